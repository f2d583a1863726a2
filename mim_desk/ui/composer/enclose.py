"""A place, a contact card or a sticker to send: a short form below the text, and what the channel makes of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from mim_desk.domain.enclosed import (
    ContactCard,
    Enclosed,
    Fault,
    Place,
    Problem,
    Sticker,
    card_problem,
    place_problem,
    sticker_problem,
)
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, IconButton
from mim_desk.ui.widgets.form import label

LOCATION, CARD, STICKER = "location", "contact_card", "sticker"
_DEGREES: Final = r"(-?\d{1,3}(?:\.\d+)?)"
_PLACES: Final = (
    re.compile(rf"\s*{_DEGREES}\s*[,;\s]\s*{_DEGREES}\s*"),
    re.compile(rf".*[?&]mlat={_DEGREES}&mlon={_DEGREES}.*"),
    re.compile(rf".*[@=:/]{_DEGREES},{_DEGREES}.*"),
)
"""Two numbers, or the address of a map that has them in it."""
_RETURN: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def degrees_in(written: str) -> tuple[float, float]:
    """Latitude and longitude; not on the earth where there are none."""
    found = next((match for one in _PLACES if (match := one.fullmatch(written))), None)
    return (float(found[1]), float(found[2])) if found else (float("nan"), float("nan"))


def refusal_of(enclosed: Enclosed, sheet: rows.CapabilitySheet) -> str:
    """Why it cannot go, one sentence; empty when it can."""
    if isinstance(enclosed, Place):
        found = place_problem(enclosed, sheet.location)
    elif isinstance(enclosed, ContactCard):
        found = card_problem(enclosed, sheet.contact_card)
    else:
        found = sticker_problem(enclosed, sheet.sticker)
    return _said(found) if found is not None else ""


def _said(found: Problem) -> str:
    return _SENTENCES[found.fault]().format(most=texts.count(found.most))


_SENTENCES: Final[Mapping[Fault, Callable[[], str]]] = {
    Fault.NOT_ON_EARTH: lambda: tr("Write latitude and longitude, such as 42.6977, 23.3219, or paste a map’s address."),
    Fault.PLACE_NAME: lambda: tr("The name may have {most} characters here."),
    Fault.ADDRESS: lambda: tr("The address may have {most} characters here."),
    Fault.CARD_NAME: lambda: tr("Write whose card it is."),
    Fault.CARD_NAME_LENGTH: lambda: tr("The name may have {most} characters here."),
    Fault.NO_WAY: lambda: tr("Write a phone number."),
    Fault.NUMBER: lambda: tr("A phone number has digits, such as +359 2 123 456."),
    Fault.NUMBER_LENGTH: lambda: tr("A phone number may have {most} characters here."),
    Fault.NUMBERS: lambda: tr("A card carries at most {most} of them here."),
    Fault.NO_EMAILS: lambda: tr("Cards carry no mail addresses here. Write the address as text."),
    Fault.EMAIL: lambda: tr("A mail address looks like name@example.com."),
    Fault.NO_STICKERS: lambda: tr("This inbox has no stickers."),
    Fault.NO_STICKER_IDS: lambda: tr("Choose a picture: this inbox knows no stickers by number."),
    Fault.NO_STICKER_FILES: lambda: tr("This inbox takes no pictures as stickers."),
    Fault.STICKER: lambda: tr("Choose a sticker, or write its number."),
    Fault.PACK: lambda: tr("Choose a sticker, or write its pack and its number."),
}


def shown_as(kind: str, sheet: rows.CapabilitySheet) -> str:
    """What the contact will see."""
    if kind == LOCATION:
        native = sheet.location is not None
        return tr("The customer sees a map.") if native else tr("This inbox has no maps: it goes as text with a link.")
    if kind == CARD:
        native = sheet.contact_card is not None
        return tr("The customer sees a card.") if native else tr("This inbox has no cards: it goes as lines of text.")
    return tr("The customer sees the sticker.") if sheet.sticker is not None else tr("This inbox has no stickers.")


class EncloseForm(QWidget):
    """The form of one place, card or sticker; it leaves by itself, apart from the text.

    Attributes:
        send_wanted: it is to leave (Enclosed).
        picture_wanted: a picture is to be chosen as a sticker.
        left: the keyboard goes back to the text.
    """

    send_wanted = Signal(object)
    picture_wanted = Signal()
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.kind = ""
        self._sheet = rows.CapabilitySheet(text_length=0)
        self.inputs = tuple(self._input() for _ in range(3))
        self.choose = Button(theme, tr("Choose a sticker"), icon="chevron_down", size="control-small", parent=self)
        self.picture = Button(theme, tr("Choose a picture"), icon="image", size="control-small", parent=self)
        self.send = Button(theme, tr("Send it"), icon="send", key="Enter", size="control-small", parent=self)
        self.drop = IconButton(theme, "close", tr("Close without sending"), key="Esc", parent=self)
        self.told = label(theme, "", "meta", "muted", wrap=True)
        self.choose.clicked.connect(self._offer)
        self.picture.clicked.connect(self.picture_wanted)
        self.send.clicked.connect(self.submit)
        self.drop.clicked.connect(self.close_form)
        self._stack()
        self.hide()

    def _input(self) -> QLineEdit:
        made = QLineEdit(self)
        made.setFont(self.theme.font("body"))
        made.setMaxLength(1000)
        made.textEdited.connect(self._edited)
        made.installEventFilter(self)
        return made

    def _stack(self) -> None:
        theme = self.theme
        fields, foot = QHBoxLayout(), QHBoxLayout()
        for row in (fields, foot):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(theme.space(2))
        for one in self.inputs:
            fields.addWidget(one, 1)
        fields.addWidget(self.drop, 0, Qt.AlignmentFlag.AlignRight)  # also where a kind has no fields
        foot.addWidget(self.told, 1)
        for button in (self.choose, self.picture, self.send):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(3), theme.space(1), theme.space(3), theme.space(1))
        column.setSpacing(theme.space(1))
        column.addLayout(fields)
        column.addLayout(foot)

    def open_form(self, kind: str, sheet: rows.CapabilitySheet) -> None:
        """An empty form of this kind; the same kind again keeps what is written."""
        if kind != self.kind:
            self.kind = kind
            for one in self.inputs:
                one.clear()
        self.tell(sheet)
        self.show()
        self.inputs[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_again(self, enclosed: Enclosed, sheet: rows.CapabilitySheet) -> None:
        """What could not be sent stands here again."""
        if isinstance(enclosed, Place):
            there = f"{enclosed.latitude}, {enclosed.longitude}"
            kind, values = LOCATION, (there, enclosed.name, enclosed.address)
        elif isinstance(enclosed, ContactCard):
            kind, values = CARD, (enclosed.name, ", ".join(enclosed.phones), ", ".join(enclosed.emails))
        else:
            kind, values = STICKER, (enclosed.pack, enclosed.id, "")
        self.open_form(kind, sheet)
        for one, value in zip(self.inputs, values, strict=True):
            one.setText(value)
        self._edited()

    def close_form(self) -> None:
        """Nothing is to be sent."""
        self.forget()
        self.left.emit()

    def forget(self) -> None:
        """Empty and out of sight."""
        self.kind = ""
        self.hide()

    def tell(self, sheet: rows.CapabilitySheet) -> None:
        """What the channel carries now."""
        self._sheet = sheet
        if not self.kind:
            return
        stickers = sheet.sticker
        for one, hint in zip(self.inputs, self._hints(), strict=True):
            one.setPlaceholderText(hint)
            one.setAccessibleName(hint)
            one.setVisible(bool(hint))
        is_sticker = self.kind == STICKER and stickers is not None
        self.choose.setVisible(bool(is_sticker and stickers and stickers.packs))
        self.picture.setVisible(bool(is_sticker and stickers and stickers.types))
        self._edited()

    def _hints(self) -> Sequence[str]:
        stickers = self._sheet.sticker
        if self.kind == LOCATION:
            return (tr("Latitude, longitude or a map’s address"), tr("Name of the place"), tr("Street and town"))
        if self.kind == CARD:
            mail = tr("Mail addresses") if self._sheet.contact_card is None or self._sheet.contact_card.emails else ""
            return (tr("Name"), tr("Phone numbers, with commas between them"), mail)
        if stickers is None or not stickers.ids:
            return ("", "", "")
        return (tr("Pack") if stickers.in_packs else "", tr("Number or name of the sticker"), "")

    @property
    def enclosed(self) -> Enclosed:
        """What is written."""
        first, second, third = (one.text().strip() for one in self.inputs)
        if self.kind == LOCATION:
            return Place(*degrees_in(first), second, third)
        if self.kind == CARD:
            return ContactCard(first, _listed(second), _listed(third) if self.inputs[2].isVisibleTo(self) else ())
        return Sticker(second, first)

    def _edited(self) -> None:
        why = refusal_of(self.enclosed, self._sheet)
        empty = not any(one.text().strip() for one in self.inputs)
        self.send.setEnabled(not why)
        self.send.setToolTip(texts.tooltip(why))
        self.told.setText(why if why and not empty else shown_as(self.kind, self._sheet))

    def submit(self) -> None:
        """Let it leave, if it can."""
        if self.send.isEnabled():
            self.send_wanted.emit(self.enclosed)

    def _offer(self) -> None:
        """The stickers that every account may send."""
        limits = self._sheet.sticker
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for pack in limits.packs if limits else ():
            inside = menu.addMenu(pack.title.replace("&", "&&"))
            for one in pack.ids:
                inside.addAction(one, partial(self._picked, pack.id, one))
        menu.popup(self.choose.mapToGlobal(QPoint(0, self.choose.height())))

    def _picked(self, pack_id: str, sticker_id: str) -> None:
        self.inputs[0].setText(pack_id)
        self.inputs[1].setText(sticker_id)
        self._edited()
        self.send.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter sends, Esc goes back to the text."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if Qt.Key(event.key()) in _RETURN:
                self.submit()
                return True
            if Qt.Key(event.key()) == Qt.Key.Key_Escape:
                self.close_form()
                return True
        return super().eventFilter(watched, event)


def _listed(written: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in written.split(",") if one.strip())
