"""What changed on the desk: the one signal from cache and outbox to every model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from mim_desk.desk.shapes import TimelineItem
    from mim_desk.protocol import rows


@dataclass(frozen=True)
class News:
    """What a change brings to the timeline on screen, read in the transaction that wrote it.

    Attributes:
        items: the messages that changed, by id.
        conversation: its row as it is now.
    """

    contact_id: str
    conversation_id: str
    items: "Mapping[str, TimelineItem]"
    conversation: "rows.Conversation | None"


@dataclass(frozen=True)
class Change:
    """Which rows to read again.

    Attributes:
        seq: the cursor after it; 0 when the change did not come from the event log.
        conversations: ids whose list row may look different.
        messages: ids of messages by contact id.
        contacts: ids.
        nouns: kinds of small rows that changed as a whole: ``inbox``, ``agent``, ``label``,
            ``canned_reply``, ``template``, ``sla_policy``, ``team``, ``workspace``, and ``outbox`` and ``draft``.
        origin: who started it, so that the initiator may ignore its echo.
        reset: everything may be different (new snapshot, rebuilt cache).
        news: what the timeline on screen would read next; without it, it reads.
    """

    seq: int = 0
    conversations: frozenset[str] = frozenset()
    messages: Mapping[str, frozenset[str]] = field(default_factory=dict)
    contacts: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()
    origin: object | None = None
    reset: bool = False
    news: News | None = None


def folded(changes: Iterable[Change]) -> Change:
    """Several changes as one, without news; the origin stays only when all share it."""
    parts = list(changes)
    messages: dict[str, set[str]] = {}
    for part in parts:
        for contact_id, ids in part.messages.items():
            messages.setdefault(contact_id, set()).update(ids)
    origins = {id(part.origin): part.origin for part in parts}
    return Change(
        seq=max((part.seq for part in parts), default=0),
        conversations=frozenset().union(*(part.conversations for part in parts)),
        messages={contact_id: frozenset(ids) for contact_id, ids in messages.items()},
        contacts=frozenset().union(*(part.contacts for part in parts)),
        nouns=frozenset().union(*(part.nouns for part in parts)),
        origin=next(iter(origins.values())) if len(origins) == 1 else None,
        reset=any(part.reset for part in parts),
    )


_Callback = TypeVar("_Callback")
Foretold = Callable[["Sequence[rows.Message]"], None]


class Changes:
    """Hands each change to every subscriber, in order, on the loop's thread."""

    def __init__(self) -> None:
        self._callbacks: dict[int, Callable[[Change], None]] = {}
        self._foretold: dict[int, Foretold] = {}
        self._next = 0

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``callback`` with each change; the returned function ends that."""
        return self._added(self._callbacks, callback)

    def on_foretold(self, callback: Foretold) -> Callable[[], None]:
        """Call ``callback`` with new messages of the contact on screen before the cache has them.

        The change that brings them follows; if they could not be kept, one that has them read again.
        """
        return self._added(self._foretold, callback)

    def _added(self, into: dict[int, _Callback], callback: _Callback) -> Callable[[], None]:
        key = self._next
        self._next += 1
        into[key] = callback

        def end() -> None:
            into.pop(key, None)

        return end

    def publish(self, change: Change) -> None:
        """Tell everybody; models re-read just those rows."""
        for callback in list(self._callbacks.values()):
            callback(change)

    def foretell(self, messages: "Sequence[rows.Message]") -> None:
        """Tell who shows them."""
        for callback in list(self._foretold.values()):
            callback(messages)
