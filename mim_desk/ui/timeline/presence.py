"""Who types and who looks on: one line between timeline and composer that never moves the composer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from PySide6.QtCore import QRect, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mim_desk.domain.message import AuthorType
from mim_desk.protocol import events
from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.wording import tr
from mim_desk.ui.widgets.paint import Brush

_STEP_MS: Final = 266
_DOTS: Final = (1.0, 0.6, 0.3)
_DOT: Final = 4


class PresenceLine(QWidget):
    """Somebody types or looks on; the line is there only then."""

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._now = theme, now
        self._conversation_id = self._me_id = ""
        self._contact_name = ""
        self._names: Mapping[str, str] = {}
        self._typing: dict[str, tuple[events.Typing, datetime]] = {}
        self._viewing: dict[str, datetime] = {}
        self._step = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._tick)
        self.setObjectName("presence")
        self.setFixedHeight(theme.size("control-small"))
        self.hide()

    def show_conversation(self, conversation_id: str, contact_name: str, me_id: str, names: Mapping[str, str]) -> None:
        """Watch another conversation."""
        if conversation_id != self._conversation_id:
            self._typing.clear()
            self._viewing.clear()
        self._conversation_id, self._contact_name = conversation_id, contact_name
        self._me_id, self._names = me_id, names
        self._tell()

    def take(self, event: events.Typing | events.PresenceChange) -> None:
        """Somebody did something somewhere."""
        if isinstance(event, events.Typing):
            if event.conversation_id == self._conversation_id and event.by.id != self._me_id:
                self._typing[event.by.id] = (event, event.until)
        elif event.agent_id != self._me_id:
            self._viewing.pop(event.agent_id, None)
            if event.conversation_id == self._conversation_id and event.doing != "left":
                self._viewing[event.agent_id] = event.until
        self._tell()

    def written(self, author_id: str) -> None:
        """A message of this person came: they no longer type."""
        if self._typing.pop(author_id, None) is not None:
            self._tell()

    def _tick(self) -> None:
        self._step = (self._step + 1) % len(_DOTS)
        self._tell()
        self.update()

    def _tell(self) -> None:
        now = self._now()
        self._typing = {who: told for who, told in self._typing.items() if told[1] > now}
        self._viewing = {who: until for who, until in self._viewing.items() if until > now}
        anybody = bool(self._typing or self._viewing) and bool(self._conversation_id)
        if anybody and not self._timer.isActive():
            self._timer.start()
        elif not anybody:
            self._timer.stop()
        self.setAccessibleName(self.sentence())
        self.setVisible(anybody)
        self.update()

    def _who(self) -> tuple[str, str]:
        """Name and id of the one shown; who types comes before who looks on, the contact first."""
        for who, (event, _) in sorted(self._typing.items(), key=lambda told: told[1][0].by.type != AuthorType.CONTACT):
            contact = event.by.type is AuthorType.CONTACT
            return (self._contact_name if contact else self._names.get(who, "")) or tr("Somebody"), who
        who = next(iter(self._viewing), "")
        return self._names.get(who, "") or tr("Somebody"), who

    def sentence(self) -> str:
        """What the line says."""
        if not self._typing and not self._viewing:
            return ""
        name, who = self._who()
        shown = texts.isolated(texts.one_line(name, 60))
        if who not in self._typing:
            return tr("{name} is looking at this").format(name=shown)
        contact = self._typing[who][0].by.type is AuthorType.CONTACT
        return (
            tr("{name} is typing").format(name=shown) if contact else tr("{name} is typing a reply").format(name=shown)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw avatar, sentence and three dots."""
        if not self._typing and not self._viewing:
            return
        theme = self._theme
        brush = Brush(QPainter(self), theme, self.rect(), rtl=self.isRightToLeft())
        name, who = self._who()
        side = theme.size("avatar-mini")
        face = QRect(theme.space(5), (self.height() - side) // 2, side, side)
        brush.avatar(face, texts.initials(name), who)
        room = self.rect().adjusted(face.right() + 7, 0, -theme.space(5), 0)
        width = brush.text(room, self.sentence(), theme.font("meta"), theme.color("text-secondary"))
        if self._typing:
            self._dots(brush, room.left() + width + 6)

    def _dots(self, brush: Brush, x: int) -> None:
        still = self._theme.motion("popup") == 0
        for place in range(len(_DOTS)):
            color = QColor(self._theme.color("accent"))
            color.setAlphaF(_DOTS[place if still else (place - self._step) % len(_DOTS)])
            dot = QRect(x + place * (_DOT + 3), (self.height() - _DOT) // 2, _DOT, _DOT)
            brush.fill(dot, color, _DOT // 2)
