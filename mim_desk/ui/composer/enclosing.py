"""How a place, a card or a sticker leaves the composer: by its tool, apart from the text that is being written."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMenu

from mim_desk.desk.shapes import LocalFile
from mim_desk.domain.enclosed import Enclosed, Sticker
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.enclose import CARD, LOCATION, STICKER, shown_as
from mim_desk.ui.composer.wording import tr

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel

KEY: Final = "Ctrl+Shift+E"
_KINDS: Final[Mapping[str, Callable[[], str]]] = {
    LOCATION: lambda: tr("Location"),
    CARD: lambda: tr("Contact card"),
    STICKER: lambda: tr("Sticker"),
}


class Enclosing(QObject):
    """Wires the tool and its form to one composer.

    Attributes:
        menu: what can be sent, while it is open.
    """

    def __init__(self, panel: "ComposerPanel") -> None:
        super().__init__(panel)
        self._panel, self._form = panel, panel.frame.enclose
        self.menu: QMenu | None = None
        self._unsent: dict[str, tuple[Enclosed, str]] = {}
        panel.frame.enclosing.clicked.connect(self.offer)
        self._form.left.connect(panel.editor.setFocus)
        self._form.send_wanted.connect(self._send)
        self._form.picture_wanted.connect(self._choose)
        panel.attaching.reader.taken.connect(self._take)
        panel.attaching.reader.refused.connect(self._refuse)
        shortcut = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence(KEY), panel, self.offer, context=shortcut)

    def offer(self) -> None:
        """A menu of what can be sent; what the channel lacks says so."""
        if not self._panel.frame.enclosing.isEnabled():
            return
        menu = self.menu = QMenu(self._panel)
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.destroyed.connect(self._gone)
        sheet = self._panel.sheet()
        for kind, name in _KINDS.items():
            action = menu.addAction(name(), partial(self.open, kind))
            action.setToolTip(texts.tooltip(shown_as(kind, sheet)))
            action.setEnabled(kind != STICKER or sheet.sticker is not None)
        self._offer_request(menu, sheet)
        tool = self._panel.frame.enclosing
        menu.popup(tool.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _offer_request(self, menu: QMenu, sheet: rows.CapabilitySheet) -> None:
        """A button under the text that the customer answers with their place."""
        can = sheet.button_limits is not None and sheet.button_limits.place_requests
        action = menu.addAction(tr("Ask for their location"), self._panel.frame.offer.ask_place)
        told = tr("The customer sees a button and answers with where they are.")
        action.setToolTip(texts.tooltip(told if can else tr("This inbox has no such button. Ask for it in the text.")))
        action.setEnabled(can)

    def _gone(self) -> None:
        self.menu = None

    def open(self, kind: str) -> None:
        """The form of one kind."""
        self._form.open_form(kind, self._panel.sheet())

    def tell(self, *, on: bool) -> None:
        """Whether a reply can leave now, and by which inbox."""
        self._panel.frame.enclosing.setEnabled(on)
        if on:
            self._form.tell(self._panel.sheet())
            self._bring_back()
        else:
            self._form.forget()

    def _bring_back(self) -> None:
        """What was not sent, in the conversation that it was written into; another one may have been open meanwhile."""
        place = self._panel.place
        if place is None or not self._panel.frame.enclosing.isEnabled():
            return
        unsent = self._unsent.pop(place[0], None)
        if unsent is not None:
            enclosed, why = unsent
            self._form.show_again(enclosed, self._panel.sheet())
            self._panel.frame.refusal.tell(why)

    def _choose(self) -> None:
        dialog = QFileDialog(self._panel, tr("Choose a picture"))
        dialog.fileSelected.connect(self._read)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _read(self, path: str) -> None:
        """The picture, as far as the channel takes it as a sticker."""
        sheet, place = self._panel.sheet(), self._panel.place
        if sheet.sticker is None or place is None:
            return
        limits = [rows.MediaLimit(list(sheet.sticker.types), sheet.sticker.max_bytes)]
        self._panel.attaching.reader.read((STICKER, place), path, msgspec.structs.replace(sheet, media=limits))

    def _take(self, place: object, file: LocalFile, _: QImage) -> None:
        if place == (STICKER, self._panel.place):
            self._leave(Sticker(attachment=file.id), (file,))

    def _refuse(self, place: object, why: str) -> None:
        if place == (STICKER, self._panel.place):
            self._panel.frame.refusal.tell(why)

    def _send(self, enclosed: Enclosed) -> None:
        self._leave(enclosed, ())

    def _leave(self, enclosed: Enclosed, files: tuple[LocalFile, ...]) -> None:
        panel = self._panel
        place = panel.place
        if place is None or not panel.frame.enclosing.isEnabled():
            return
        self._form.close_form()
        sending = self._sending(place[0], enclosed, files, panel.shown_seq(), panel.going.chosen)
        panel.session.owner.spawn(sending, name="composer.enclose")

    async def _sending(
        self, conversation_id: str, enclosed: Enclosed, files: tuple[LocalFile, ...], base_seq: int | None, by: str
    ) -> None:
        panel = self._panel
        try:
            sent = await panel.session.send(
                conversation_id,
                kind="reply",
                text="",
                attachments=files,
                base_seq=base_seq,
                inbox_id=by,
                enclosed=enclosed,
            )
        except Exception as error:  # whatever it was, nothing an agent wrote is lost
            shown = replace(enclosed, attachment="") if isinstance(enclosed, Sticker) else enclosed
            back = tr("This was not sent. What you wrote is here again.")
            self._unsent[conversation_id] = shown, error.reason if isinstance(error, Refusal) else back
            self._bring_back()
            if not isinstance(error, Refusal):
                raise
            return
        panel.sent.emit(sent)
