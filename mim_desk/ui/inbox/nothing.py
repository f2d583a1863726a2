"""What a list without rows says: what is, why, and one thing to do (looks/empty_states.png)."""

from dataclasses import dataclass
from typing import Final

from mim_desk.desk.shapes import ViewCounts
from mim_desk.ui.texts import count, tr

READ_AGAIN: Final = "read_again"
"""What the button of a view does that could not be read."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """One kind of nothing.

    Attributes:
        acts: (words, icon, key) of its buttons; ``ids`` the actions they start.
    """

    icon: str
    title: str
    why: str
    acts: tuple[tuple[str, str, str], ...] = ()
    ids: tuple[str, ...] = ()


def nothing_for(view: str, counts: ViewCounts, *, has_channel: bool, loading: bool = False) -> Nothing:
    """The kind of nothing that fits a view."""
    if loading:
        return Nothing("history", tr("inbox", "Loading"), tr("inbox", "Conversations come from the hub."))
    if not has_channel:
        acts = ((tr("inbox", "Connect a channel"), "", ""), (tr("inbox", "Try the rehearsal"), "", ""))
        why = tr("inbox", "Connect one, and messages arrive here within a second.")
        return Nothing("inbox", tr("inbox", "No channel yet"), why, acts, ("connect_channel", "rehearsal"))
    if view in ("mine", "unassigned", "all") and counts.unassigned and view != "unassigned":
        waiting = tr("inbox", "%n are in the queue.", counts.unassigned).replace("%n", count(counts.unassigned))
        take = (tr("inbox", "Take the next"), "", "Shift+N")
        return Nothing("resolve", tr("inbox", "Nothing waits for you"), waiting, (take,), ("take_next",))
    return _plain(view)


def _plain(view: str) -> Nothing:
    if view in ("mine", "unassigned", "all"):
        why = tr("inbox", "Every conversation is answered. New ones appear here by themselves.")
        return Nothing("resolve", tr("inbox", "Nothing waits for you"), why)
    kinds = {
        "snoozed": ("snooze", "Nothing snoozed", "Snooze a conversation with S; it comes back by itself."),
        "drafts": ("drafts", "No drafts", "What you start to write is kept here until you send or delete it."),
        "outbox": ("outbox", "The outbox is empty", "What you write offline waits here until it has left."),
        "failed": (
            "failed_sends",
            "Nothing failed",
            "Replies a channel refused would wait here with the reason and a way out.",
        ),
        "resolved": ("resolve", "Nothing resolved yet", "Resolve a conversation with E; it is kept here."),
    }
    icon, title, why = kinds.get(view, ("inbox", "No conversation here", "New ones appear here by themselves."))
    return Nothing(icon, tr("inbox", title), tr("inbox", why))


def could_not_load() -> Nothing:
    """A view that could not be read."""
    why = tr("inbox", "The desk's own file did not answer. What customers write is kept at the hub.")
    acts = ((tr("inbox", "Try again"), "retry", ""),)
    return Nothing("warning", tr("inbox", "This view could not load"), why, acts, (READ_AGAIN,))
