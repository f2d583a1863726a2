"""The card over the composer when somebody else answered first: the text stays, the agent decides."""

from datetime import datetime

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.desk.shapes import TimelineItem
from mim_desk.domain.message import MessageKind
from mim_desk.ui import texts
from mim_desk.ui.composer.strip import Line
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording as timeline_wording
from mim_desk.ui.widgets.buttons import Button


class RefusedCard(Line):
    """One held reply and what came before it.

    Attributes:
        discarded, edited, overridden, compared: what the agent wants with it (message id).
    """

    discarded = Signal(str)
    edited = Signal(str)
    overridden = Signal(str)
    compared = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("refused_send")
        self._message_id = self._name = self._seed = self._fact = self._quote = ""
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        told = (
            (tr("Discard"), "plain", self.discarded),
            (tr("Edit"), "plain", self.edited),
            (tr("Compare"), "plain", self.compared),
            (tr("Send anyway"), "text", self.overridden),
        )
        for text, kind, signal in told:
            button = Button(theme, text, kind="text" if kind == "text" else "plain", size="control-small", parent=self)
            button.clicked.connect(lambda _=False, wanted=signal: wanted.emit(self._message_id))
            row.addWidget(button)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, theme.space(16) + theme.space(1), 14, theme.space(3))
        column.addLayout(row)
        self.hide()

    @property
    def message_id(self) -> str:
        """The reply it is about, empty while there is none."""
        return self._message_id

    def tell(self, item: TimelineItem | None, names: dict[str, str], now: datetime) -> None:
        """Speak about this held reply, None about none."""
        self._message_id = item.message.id if item is not None else ""
        self.setVisible(item is not None)
        if item is None:
            return
        newer = item.held.messages if item.held is not None else ()
        other = next((m for m in reversed(newer) if m.kind is MessageKind.REPLY), newer[-1] if newer else None)
        self._seed = other.author.id if other is not None else ""
        self._name = names.get(self._seed, "")
        self._fact = timeline_wording.held_reason(item.held, item.outbox_reason)
        if other is not None and self._name and other.kind is MessageKind.REPLY:
            told = {"name": texts.isolated(self._name), "ago": texts.ago(other.occurred_at, now)}
            self._fact = tr("{name} answered {ago}").format(**told)
        said = texts.isolated(timeline_wording.preview(other)) if other is not None else ""
        stays = tr("Your text is still here.")
        self._quote = tr("“{text}”").format(text=said) + " " + stays if said else stays
        self.setAccessibleName(f"{self._fact}. {self._quote}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        brush, theme = self.brush(QPainter(self)), self.theme
        card = self.rect()
        brush.fill(card, theme.color("surface"), theme.radius("card"))
        brush.frame(card, theme.color("warning-graphic"), theme.radius("card"))
        side = theme.size("avatar-mini")
        face = QRect(14, theme.space(3), side, side)
        if self._name:
            brush.avatar(face, texts.initials(self._name), self._seed)
        else:
            brush.icon("pause", face, theme.color("warning"))
        head = QRect(face.right() + theme.space(2), face.top(), card.width() - side - 36, side)
        brush.text(head, self._fact, theme.font("body-strong"), theme.color("text"))
        words = QRect(14, face.bottom() + theme.space(2), card.width() - 28, theme.line("body"))
        font = theme.font("body", script=texts.script_of(self._quote))
        brush.text(words, self._quote, font, theme.color("text-secondary"))
