"""Which lines the views pane shows for these counts, inboxes and labels."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from mim_desk.desk.shapes import ViewCounts
from mim_desk.protocol import rows
from mim_desk.ui.inbox.views.model import ViewLine
from mim_desk.ui.texts import tr

_VIEWS: Final = (
    ("mine", "Mine", "inbox"),
    ("unassigned", "Unassigned", "unassigned"),
    ("all", "All open", "all_conversations"),
    ("snoozed", "Snoozed", "snooze"),
    ("drafts", "Drafts", "drafts"),
    ("outbox", "Outbox", "outbox"),
    ("failed", "Failed sends", "failed_sends"),
    ("resolved", "Resolved", "resolve"),
)
PLACES: Final = (
    ViewLine("connect_channel", "Connect a channel", "plug"),
    ViewLine("preferences", "Preferences", "preferences"),
)
TITLES: Final = {key: title for key, title, _ in _VIEWS}


_FOLDS: Final = ((4, 6), (4, 4), (3, 3))
"""How many labels and inboxes stay when not all have room, the roomiest first."""
MORE: Final = "more:"
"""Begins the key of a line that folds or unfolds a section."""


def view_lines(
    counts: ViewCounts, inboxes: Sequence[rows.Inbox] = (), labels: Sequence[rows.Label] = (), *, rail: bool = False
) -> list[ViewLine]:
    """The upper list; the outbox shows only while something waits in it, a rail has views only."""
    shown = []
    for key, title, icon in _VIEWS:
        count = 0 if key == "resolved" else getattr(counts, key)
        if key != "outbox" or count:
            shown.append(ViewLine(key, tr("inbox", title), icon, count=count, alarm=key == "failed"))
    if rail:
        return shown
    if labels:
        shown.append(ViewLine("", tr("inbox", "Labels")))
        shown += [
            ViewLine(f"label:{label.name}", label.name, dot=label.color, count=counts.labels.get(label.name, 0))
            for label in labels
        ]
    if inboxes:
        shown.append(ViewLine("", tr("inbox", "Inboxes")))
        shown += [
            ViewLine(f"inbox:{inbox.id}", inbox.name, channel=inbox.channel, count=counts.inboxes.get(inbox.id, 0))
            for inbox in inboxes
        ]
    return shown


def folded(
    lines: Sequence[ViewLine], has_room: Callable[[Sequence[ViewLine]], bool], unfolded: Collection[str], chosen: str
) -> list[ViewLine]:
    """``lines`` with only the first labels and inboxes when not all have room; what is chosen always stays."""
    whole = shown = list(lines)
    if has_room(whole):
        return whole
    labels, inboxes = (len([line for line in whole if line.key.startswith(kind)]) for kind in ("label:", "inbox:"))
    for few_labels, few_inboxes in _FOLDS:
        shown = _fold(whole, "label:", labels if "label:" in unfolded else few_labels, chosen)
        shown = _fold(shown, "inbox:", inboxes if "inbox:" in unfolded else few_inboxes, chosen)
        if has_room(shown):
            break
    return shown


def _fold(lines: list[ViewLine], kind: str, few: int, chosen: str) -> list[ViewLine]:
    """One section with ``few`` lines and one that says how many more there are."""
    own = [line for line in lines if line.key.startswith(kind)]
    hidden = len(own) - few
    if not own or hidden == 1:
        return lines
    kept = own[:few]
    if chosen in {line.key for line in own[few:]}:
        kept[-1] = next(line for line in own if line.key == chosen)
    at = lines.index(own[0])
    return [*lines[:at], *kept, _more(kind, hidden), *lines[at + len(own) :]]


def _more(kind: str, hidden: int) -> ViewLine:
    if hidden <= 0:
        words = tr("inbox", "Fewer labels") if kind == "label:" else tr("inbox", "Fewer inboxes")
        return ViewLine(MORE + kind, words, "chevron_up")
    words = tr("inbox", "%n more labels", hidden) if kind == "label:" else tr("inbox", "%n more inboxes", hidden)
    return ViewLine(MORE + kind, words, "chevron_down")


def places() -> list[ViewLine]:
    """The lower list."""
    return [ViewLine(line.key, tr("inbox", line.title), line.icon) for line in PLACES]
