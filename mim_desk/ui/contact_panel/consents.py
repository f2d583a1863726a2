"""What a contact wants to be sent, a line for each statement that counts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from mim_desk.domain.consent import Purpose, Source
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import IconButton
from mim_desk.ui.widgets.paint import Brush


def tr(text: str) -> str:
    """``text`` in the agent's language."""
    return texts.tr("contact_panel", text)


class ConsentLine(QWidget):
    """Yes or no as a drawing and in words, where, and since when; what an agent noted has a way back.

    Attributes:
        back_wanted: the opposite is to be noted.
    """

    back_wanted = Signal()

    def __init__(
        self, theme: Theme, consent: rows.Consent, inbox: str, now: datetime, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.theme, self.consent = theme, consent
        self.text, self.day = texts.one_line(_words(consent, inbox), 200), texts.list_time(consent.at, now)
        said = ", ".join(part for part in (self.text, texts.full_time(consent.at), _source(consent)) if part)
        self.setAccessibleName(said)
        self.setToolTip(texts.tooltip(said))
        self.setFixedHeight(theme.size("contact-line"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        self.back: IconButton | None = None
        if consent.source == Source.AGENT:
            self._add_way_back()

    def _add_way_back(self) -> None:
        self.back = IconButton(self.theme, "undo", tr("Take back: {what}").format(what=self.text), parent=self)
        self.back.clicked.connect(self.back_wanted)
        side = self.theme.size("control-small")
        self.back.setFixedSize(side, side)
        self.setFixedHeight(side)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.back)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it; a no stands out."""
        painter, theme = QPainter(self), self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        side = theme.size("icon-small")
        color = theme.color("text-muted" if self.consent.granted else "danger")
        brush.icon(
            "check" if self.consent.granted else "mute", QRect(0, (self.height() - side) // 2, side, side), color
        )
        font = theme.font("meta", tabular=True)
        end = self.back.width() + theme.space(1) if self.back is not None else 0
        wide = texts.metrics(font).horizontalAdvance(self.day) + theme.space(1)
        room = self.rect().adjusted(side + theme.space(2), 0, -wide - theme.space(2) - end, 0)
        brush.text(room, self.text, theme.font("body", script=texts.script_of(self.text)), theme.color("text"))
        day = QRect(self.width() - wide - end, 0, wide, self.height())
        brush.text(day, self.day, font, theme.color("text-muted"))


def _words(consent: rows.Consent, inbox: str) -> str:
    patterns = _SENTENCES.get((consent.purpose, consent.granted))
    if patterns is None:
        patterns = _OTHERS[consent.granted]
    pattern = patterns[0]() if consent.inbox_id or consent.channel else patterns[1]()
    named = {"inbox": texts.isolated(inbox), "purpose": texts.isolated(texts.one_line(consent.purpose, 60))}
    return pattern.format_map(named)


def _source(consent: rows.Consent) -> str:
    if consent.reason:
        return texts.isolated(texts.one_line(consent.reason, 200))
    words = _SOURCES.get(consent.source)
    return words() if words else ""


_Sentences = tuple[Callable[[], str], Callable[[], str]]
_SENTENCES: Final[Mapping[tuple[str, bool], _Sentences]] = {
    (Purpose.MESSAGES, True): (lambda: tr("Messages in {inbox}"), lambda: tr("Messages everywhere")),
    (Purpose.MESSAGES, False): (lambda: tr("No messages in {inbox}"), lambda: tr("No messages anywhere")),
    (Purpose.MARKETING, True): (lambda: tr("Offers in {inbox}"), lambda: tr("Offers everywhere")),
    (Purpose.MARKETING, False): (lambda: tr("No offers in {inbox}"), lambda: tr("No offers anywhere")),
}
_OTHERS: Final[Mapping[bool, _Sentences]] = {
    True: (lambda: tr("Agrees to {purpose} in {inbox}"), lambda: tr("Agrees to {purpose}")),
    False: (lambda: tr("Does not agree to {purpose} in {inbox}"), lambda: tr("Does not agree to {purpose}")),
}
_SOURCES: Final[Mapping[str, Callable[[], str]]] = {
    Source.KEYWORD: lambda: tr("they wrote so"),
    Source.PROVIDER: lambda: tr("the channel told us"),
}
