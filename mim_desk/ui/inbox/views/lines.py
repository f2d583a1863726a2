"""Which lines the views pane shows for these counts, inboxes and labels."""

from collections.abc import Sequence
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


def places() -> list[ViewLine]:
    """The lower list."""
    return [ViewLine(line.key, tr("inbox", line.title), line.icon) for line in PLACES]
