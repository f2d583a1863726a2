"""By which of the contact's inboxes a reply leaves: each with its reply window, and the button that offers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QPoint, QRect, QSize, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from mim_desk.domain import reply_window
from mim_desk.protocol import rows
from mim_desk.ui import icons, texts
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import PaintedButton


@dataclass(frozen=True)
class Way:
    """One inbox in which the contact has an address.

    Attributes:
        until: when its reply window closes, None for never.
        closed: the contact never wrote there, or too long ago for a free reply.
        blocked: the contact left or blocked us there.
        taken: another tool of the brand has the chat there.
    """

    inbox: rows.Inbox
    address: str
    until: datetime | None = None
    closed: bool = False
    blocked: bool = False
    taken: bool = False

    @property
    def open(self) -> bool:
        """Whether a reply can leave there now."""
        return not (self.closed or self.blocked or self.taken)


def ways_of(
    contact: rows.Contact | None,
    inboxes: Mapping[str, rows.Inbox],
    wrote: Mapping[str, datetime],
    now: datetime,
) -> list[Way]:
    """The contact's ways, one for each inbox, in the order of their identities."""
    found: dict[str, Way] = {}
    for one in contact.identities if contact is not None else ():
        inbox = inboxes.get(one.inbox_id)
        if inbox is None or (inbox.id in found and not found[inbox.id].blocked):
            continue
        window_s = inbox.capabilities.reply_window_s
        last = max((at for at in (wrote.get(inbox.id), one.acted_at) if at), default=None)
        found[inbox.id] = Way(
            inbox,
            one.display or one.external_id,
            reply_window.closes_at(last, window_s, one.over_at),
            not reply_window.can_reply(now, last, window_s, one.over_at),
            checks.is_shut(contact, one),
        )
    return list(found.values())


def state_of(way: Way, now: datetime) -> str:
    """What a menu says of a way."""
    if way.blocked:
        return tr("left, blocked us or said stop")
    if way.closed:
        return tr("reply window closed")
    if way.until is None:
        return ""
    return tr("closes in {time}").format(time=texts.duration(way.until - now, roomy=True))


class Going:
    """By which inbox the reply in hand leaves.

    Attributes:
        chosen: the inbox the agent picked, empty for that of the contact's last message.
        inbox: the one that counts, None while nothing is known.
    """

    def __init__(self) -> None:
        self.chosen = ""
        self.inbox: rows.Inbox | None = None
        self.contact: rows.Contact | None = None
        self._inboxes: Mapping[str, rows.Inbox] = {}
        self._wrote: Mapping[str, datetime] = {}

    def learn(
        self, contact: rows.Contact | None, inboxes: Mapping[str, rows.Inbox], wrote: Mapping[str, datetime]
    ) -> None:
        """What is known of the contact and their inboxes."""
        self.contact, self._inboxes, self._wrote = contact, inboxes, wrote

    def choose(self, inbox_id: str, conversation: rows.Conversation) -> None:
        """Take an inbox, while the contact has an address there."""
        known = self.contact is None or any(one.inbox_id == inbox_id for one in self.contact.identities)
        self.chosen = inbox_id if inbox_id != conversation.inbox_id and known else ""
        self.inbox = self._inboxes.get(self.chosen or conversation.inbox_id, self.inbox)

    def ways(self, now: datetime) -> list[Way]:
        """All that the contact has."""
        return ways_of(self.contact, self._inboxes, self._wrote, now)

    def way(self, now: datetime) -> Way | None:
        """The one that was picked, None where it is that of the last message."""
        return next((way for way in self.ways(now) if way.inbox.id == self.chosen), None) if self.chosen else None

    def until(self, conversation: rows.Conversation, now: datetime) -> datetime | None:
        """When the reply window closes by which the reply leaves."""
        way = self.way(now)
        return way.until if way is not None else conversation.reply_window_until

    def closed(self, conversation: rows.Conversation, now: datetime) -> bool:
        """Whether nothing can be written freely there now."""
        way = self.way(now)
        return not way.open if way is not None else checks.window_closed(conversation, now)


class WayButton(PaintedButton):
    """Shows by which inbox the reply leaves, and offers the contact's others.

    Attributes:
        chosen: another one was picked (inbox id).
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._ways: Sequence[Way] = ()
        self._current: Way | None = None
        self._now: datetime | None = None
        self.menu: QMenu | None = None
        self.clicked.connect(self.offer)
        self.hide()

    def tell(self, ways: Sequence[Way], inbox_id: str, now: datetime) -> None:
        """The ways and the one that is taken; with one alone there is nothing to choose."""
        self._ways, self._now = ways, now
        self._current = next((way for way in ways if way.inbox.id == inbox_id), None)
        name = self._name()
        told = tr("Reply through {inbox}. Choose another inbox.").format(inbox=texts.isolated(name))
        self.setText(name)
        self.setAccessibleName(told)
        self.setToolTip(texts.tooltip(told))
        self.setVisible(len(ways) > 1 and self._current is not None)
        self.updateGeometry()
        self.update()

    def _name(self) -> str:
        return texts.one_line(self._current.inbox.name, 24) if self._current is not None else ""

    def sizeHint(self) -> QSize:
        """Mark, name and the arrow."""
        width = texts.metrics(self.theme.font("label")).horizontalAdvance(self._name())
        side = self.theme.size("icon-small")
        return QSize(width + 2 * side + self.theme.space(5), self.theme.size("control-small"))

    def offer(self) -> None:
        """The menu of all ways; those that are shut say why and cannot be chosen."""
        menu = self.menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.destroyed.connect(self._gone)
        for way in self._ways:
            state = state_of(way, self._now) if self._now is not None else ""
            address = texts.left_to_right(texts.one_line(way.address, 40))
            words = "  ·  ".join(part for part in (way.inbox.name, address, state) if part)
            action = menu.addAction(
                QIcon(icons.channel_pixmap(way.inbox.channel, 16, self.devicePixelRatio())), words.replace("&", "&&")
            )
            action.setCheckable(True)
            action.setChecked(way is self._current)
            action.setEnabled(way.open or way is self._current)
            action.triggered.connect(lambda _=False, id_=way.inbox.id: self.chosen.emit(id_))
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def _gone(self) -> None:
        self.menu = None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it flat; a frame only under the pointer or the keyboard."""
        if self._current is None:
            return
        brush, theme = self.brush(QPainter(self)), self.theme
        if self.underMouse():
            brush.fill(self.rect(), theme.color("hover"), theme.radius("control"))
        side = theme.size("icon-small")
        middle = (self.height() - side) // 2
        brush.mark(self._current.inbox.channel, QRect(theme.space(1), middle, side, side))
        room = self.rect().adjusted(theme.space(1) + side + 6, 0, -side - 6, 0)
        brush.text(room, self._name(), theme.font("label"), theme.color("text-secondary"))
        arrow = QRect(self.width() - side - theme.space(1), middle, side, side)
        brush.icon("chevron_down", arrow, theme.color("text-muted"))
        self.draw_ring(brush)
