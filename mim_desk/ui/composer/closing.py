"""What the composer says instead of the text where nothing can be written freely now."""

from datetime import datetime
from typing import TYPE_CHECKING

from mim_desk.ui import texts
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.timeline import wording as timeline_wording

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel


def closed_words(panel: "ComposerPanel", *, closed: bool) -> tuple[str, str]:
    """First the fact, then what still works; both empty where one can write."""
    if not closed or panel.row is None:
        return "", ""
    until = panel.going.until(panel.row.conversation, panel.session.hub_now())
    channel = timeline_wording.channel_name(panel.inbox.channel if panel.inbox is not None else panel.row.channel)
    nobody = _nobody_there(panel, channel)
    if nobody is not None:
        return nobody
    if checks.replies_used_up(panel.row.conversation) and not panel.going.chosen:
        return (
            tr("{channel} takes no more replies to their last message.").format(channel=channel),
            tr("You can answer again once they write. A note still goes to the team."),
        )
    rest = tr("{channel} takes only an approved template now.").format(channel=channel)
    if not panel.sheet().templates:
        rest = tr("They have to write again. A note still goes to the team.")
    return closed_since(until, panel.session.hub_now()), rest


def closed_since(until: datetime | None, now: datetime) -> str:
    """When it closed, as one would say it."""
    if until is None:
        return tr("The reply window is closed.")
    days = (now.astimezone().date() - until.astimezone().date()).days
    time = texts.left_to_right(texts.clock_time(until))
    if days == 0:
        return tr("The reply window closed today at {time}.").format(time=time)
    if days == 1:
        return tr("The reply window closed yesterday at {time}.").format(time=time)
    return tr("The reply window closed {time}.").format(time=texts.left_to_right(texts.full_time(until)))


def _nobody_there(panel: "ComposerPanel", channel: str) -> tuple[str, str] | None:
    """Why nothing at all can be sent, in two sentences; None where something can."""
    if panel.row is not None and panel.row.conversation.archive:
        name = texts.isolated(panel.row.conversation.archive)
        rest = tr("It can be read and searched, not answered. A note still goes to the team.")
        return tr("This was read from the archive {name}.").format(name=name), rest
    if panel.is_unreachable:
        rest = tr("They left, blocked us or said stop. Answer through another inbox.")
        return tr("Nothing can be sent to this contact on {channel}.").format(channel=channel), rest
    if panel.tool_has_it:
        rest = tr("Answer once it hands the chat back, or through another inbox. A note still goes to the team.")
        return tr("Another tool of yours has this chat on {channel}.").format(channel=channel), rest
    return None
