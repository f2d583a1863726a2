"""What each timeline item looks like beside its neighbours: rules, runs, sender lines.

Each answer needs the item before only, so appending and inserting stay local.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from typing import Final

from mim_desk.desk.shapes import TimelineItem
from mim_desk.domain.message import AuthorType, MessageKind

RUN_SPAN: Final = timedelta(minutes=5)
LATE_AFTER: Final = timedelta(seconds=60)


class Shape(Enum):
    """How an item is drawn."""

    INCOMING = auto()
    REPLY = auto()
    AUTOMATIC = auto()
    NOTE = auto()
    LINE = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """An item with what its place adds to it.

    Attributes:
        rule_day: the day of a rule above it, None without a rule.
        rule_channel: the channel named in that rule.
        new_above: whether the "New" rule stands above it.
        tight: whether it continues a run and stands close to the item before.
        sender: who answered, when it was another agent than the reader.
        late: whether it came long after it was written.
    """

    item: TimelineItem
    shape: Shape
    rule_day: date | None = None
    rule_channel: str = ""
    new_above: bool = False
    tight: bool = False
    sender: str = ""
    late: bool = False

    @property
    def id(self) -> str:
        """The message's id."""
        return self.item.message.id

    @property
    def mine(self) -> bool:
        """Whether it stands at the end side."""
        return self.shape in (Shape.REPLY, Shape.AUTOMATIC, Shape.NOTE)


def entry_of(item: TimelineItem, before: TimelineItem | None, *, first_unread: str, me_id: str) -> Entry:
    """How ``item`` is drawn after ``before`` (None for the oldest there is)."""
    day, channel = _rule(item, before)
    new = item.message.id == first_unread
    tight = before is not None and day is None and not new and _continues(item, before)
    return Entry(
        item,
        shape_of(item),
        rule_day=day,
        rule_channel=channel,
        new_above=new,
        tight=tight,
        sender=_sender(item, before if tight else None, me_id),
        late=_late(item),
    )


def shape_of(item: TimelineItem) -> Shape:
    """How an item is drawn, by its kind and author."""
    message = item.message
    if message.kind is MessageKind.INCOMING:
        return Shape.INCOMING
    if message.kind is MessageKind.NOTE:
        return Shape.NOTE
    if message.kind is MessageKind.ACTIVITY:
        return Shape.LINE
    return Shape.REPLY if message.author.type is AuthorType.AGENT else Shape.AUTOMATIC


def _day(item: TimelineItem) -> date:
    return item.message.occurred_at.astimezone().date()


def _rule(item: TimelineItem, before: TimelineItem | None) -> tuple[date | None, str]:
    if before is None or _day(before) != _day(item) or _other_channel(item, before):
        return _day(item), item.channel
    return None, ""


def _other_channel(item: TimelineItem, before: TimelineItem) -> bool:
    spoken = item.message.kind in (MessageKind.INCOMING, MessageKind.REPLY)
    return spoken and bool(item.channel) and bool(before.channel) and item.message.inbox_id != before.message.inbox_id


def _continues(item: TimelineItem, before: TimelineItem) -> bool:
    mine, theirs = item.message, before.message
    if mine.kind is not theirs.kind or mine.kind in (MessageKind.ACTIVITY, MessageKind.NOTE):
        return False
    return mine.author == theirs.author and mine.occurred_at - theirs.occurred_at < RUN_SPAN


def _sender(item: TimelineItem, run_of: TimelineItem | None, me_id: str) -> str:
    author = item.message.author
    if item.message.kind is not MessageKind.REPLY or author.type is not AuthorType.AGENT:
        return ""
    return item.author_name if author.id not in ("", me_id) and run_of is None else ""


def _late(item: TimelineItem) -> bool:
    message = item.message
    return message.kind is MessageKind.INCOMING and message.received_at - message.occurred_at > LATE_AFTER
