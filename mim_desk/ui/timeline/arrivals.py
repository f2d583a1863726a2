"""What came while the agent reads: it fades in at the end, or is counted in a pill, and never scrolls away."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEasingCurve, QRect, QSize, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mim_desk.domain.message import MessageKind
from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.repaint import update
from mim_desk.ui.widgets.buttons import PaintedButton

if TYPE_CHECKING:
    from mim_desk.ui.timeline.view import TimelineView

_PILL_ICON: Final = 14
_FIRST_SIGHT: Final = 0.4
"""How clear a message that arrives is from its first frame on: it can be read at once."""


class Arrivals:
    """Counts and fades what arrives in one view.

    Attributes:
        pill: the "3 new" button over the end of the timeline.
    """

    def __init__(self, view: "TimelineView") -> None:
        self._view = view
        self._unseen: list[str] = []
        self._seen_seq = 0
        self.pill = Pill(view.theme, view.viewport())
        self.pill.hide()
        self.pill.clicked.connect(view.to_newest)
        self._fade = QVariantAnimation(view)
        self._fade.setStartValue(_FIRST_SIGHT)
        self._fade.setEndValue(1.0)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.valueChanged.connect(self._faded)
        self._fading: list[str] = []

    def clear(self) -> None:
        """Another timeline."""
        self._unseen.clear()
        self._seen_seq = 0
        self._fade.stop()
        self._fading = []
        self._view.scene.faded.clear()

    def take(self, ended: list[str]) -> None:
        """These messages are new at the end."""
        if not ended:
            return
        if any(self._own(message_id) for message_id in ended):
            self._view.stack.to_bottom()
            self._view.model.mark_unread("")
        if self._view.stack.at_bottom:
            self._start_fading(ended)
        else:
            self._unseen += [message_id for message_id in ended if not self._own(message_id)]

    def _own(self, message_id: str) -> bool:
        place = self._view.model.place(message_id)
        if place is None:
            return False
        message = self._view.model.entries[place].item.message
        mine = message.author.id == self._view.model.me_id
        return mine and message.kind in (MessageKind.REPLY, MessageKind.NOTE)

    def _start_fading(self, ended: list[str]) -> None:
        duration = self._view.theme.motion("popup")
        if duration <= 0 or not self._view.isVisible():
            return
        self._fade.stop()
        self._fading = ended
        self._fade.setDuration(duration)
        self._fade.start()
        self._faded(_FIRST_SIGHT)  # an animation that stands at its start already does not tell

    def _faded(self, value: float) -> None:
        self._view.scene.faded = {} if value >= 1.0 else dict.fromkeys(self._fading, float(value))
        for placed in self._view.placed:
            if placed.bubble.entry.id in self._fading:
                update(self._view.viewport(), placed)

    def follow(self) -> None:
        """The view moved or changed: what is in sight is no longer unseen."""
        if self._view.stack.at_bottom:
            self._unseen.clear()
        elif self._unseen and self._view.placed:
            last = self._view.placed[-1].index
            self._unseen = [m for m in self._unseen if (self._view.model.place(m) or 0) > last]
        if not self._unseen:
            self._seen_seq = self._view.feed.seq
        self._place_pill()

    def shown_seq(self, seq: int) -> int:
        """``seq`` when everything is seen, else the last at which it was."""
        return self._seen_seq if self._unseen else seq

    def _place_pill(self) -> None:
        self.pill.setVisible(bool(self._unseen))
        if not self._unseen:
            return
        self.pill.tell(wording.tr("%n new", len(self._unseen)).replace("%n", texts.count(len(self._unseen))))
        size = self.pill.sizeHint()
        area = self._view.viewport().rect()
        corner = QRect(0, 0, size.width(), size.height())
        corner.moveCenter(area.center())
        corner.moveBottom(area.bottom() - self._view.theme.space(3))
        self.pill.setGeometry(corner)


class Pill(PaintedButton):
    """A round button over the timeline."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("new_messages")

    def tell(self, text: str) -> None:
        """Say how many."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words and the arrow."""
        words = texts.metrics(self.theme.font("label")).horizontalAdvance(self.text())
        return QSize(
            words + _PILL_ICON + self.theme.space(1) + 2 * self.theme.space(3), self.theme.size("control-small")
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        brush = self.brush(painter)
        ground = "accent-hover" if self.underMouse() or self.isDown() else "accent"
        brush.fill(self.rect(), self.theme.color(ground), self.height() // 2)
        inside = self.rect().adjusted(self.theme.space(3), 0, -self.theme.space(3), 0)
        glyph = QRect(inside.left(), (self.height() - _PILL_ICON) // 2, _PILL_ICON, _PILL_ICON)
        brush.icon("arrow_down", glyph, self.theme.color("on-accent"))
        inside.setLeft(glyph.right() + 1 + self.theme.space(1))
        brush.text(inside, self.text(), self.theme.font("label"), self.theme.color("on-accent"))
        self.draw_ring(brush)
