"""System lines about what contacts did in their network: how they came, and what the network tells of them."""

from collections.abc import Callable, Mapping
from typing import Final

from mim_desk.domain.message import Activity
from mim_desk.ui import texts


def tr(text: str) -> str:
    """``text`` in the agent's language."""
    return texts.tr("timeline", text)


def patterns(activity: str, details: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences from the most to the least they need to know; none for what is no such activity."""
    decides = _DECIDES.get(activity)
    if decides is None:
        return ()
    told = _SENTENCES.get((activity, details.get(decides, "")), _SENTENCES[activity, ""])
    return tuple(tell() for tell in told)


_DECIDES: Final[Mapping[str, str]] = {
    Activity.CAME_BY: "way",
    Activity.ACCOUNT_LINKED: "result",
    Activity.MEMBERSHIP: "change",
    Activity.CAME_NEAR: "way",
    Activity.VIDEO_WATCHED: "way",
    Activity.GROUP: "change",
    Activity.IDENTITY: "change",
}
"""The detail by which the sentence is chosen."""
_SENTENCES: Final[Mapping[tuple[str, str], tuple[Callable[[], str], ...]]] = {
    (Activity.CAME_BY, "follow"): (
        lambda: tr("Follows the account, came by the code {referral}"),
        lambda: tr("Follows the account"),
    ),
    (Activity.CAME_BY, "scan"): (lambda: tr("Scanned the code {referral}"), lambda: tr("Scanned a code")),
    (Activity.CAME_BY, "enter"): (lambda: tr("Opened the chat by the link {referral}"), lambda: tr("Opened the chat")),
    (Activity.CAME_BY, ""): (lambda: tr("Came by {referral}"), lambda: tr("Came by a link")),
    (Activity.ACCOUNT_LINKED, "ok"): (lambda: tr("Linked their account with ours"),),
    (Activity.ACCOUNT_LINKED, ""): (lambda: tr("Tried to link their account with ours, which failed"),),
    (Activity.MEMBERSHIP, "joined"): (lambda: tr("Began the membership {plan}"), lambda: tr("Began a membership")),
    (Activity.MEMBERSHIP, "left"): (lambda: tr("Ended the membership {plan}"), lambda: tr("Ended a membership")),
    (Activity.MEMBERSHIP, "renewed"): (lambda: tr("Renewed the membership {plan}"), lambda: tr("Renewed a membership")),
    (Activity.MEMBERSHIP, ""): (lambda: tr("Changed the membership {plan}"), lambda: tr("Changed a membership")),
    (Activity.CAME_NEAR, "banner"): (
        lambda: tr("Tapped the banner of the beacon {beacon}"),
        lambda: tr("Tapped the banner of a beacon"),
    ),
    (Activity.CAME_NEAR, "stay"): (lambda: tr("Stays near the beacon {beacon}"), lambda: tr("Stays near a beacon")),
    (Activity.CAME_NEAR, ""): (lambda: tr("Came near the beacon {beacon}"), lambda: tr("Came near a beacon")),
    (Activity.VIDEO_WATCHED, ""): (
        lambda: tr("Watched the video {video} to its end"),
        lambda: tr("Watched a video to its end"),
    ),
    (Activity.IDENTITY, "keys"): (lambda: tr("Has new security keys, as after a change of phone"),),
    (Activity.IDENTITY, ""): (
        lambda: tr("Writes as {number} from now on"),
        lambda: tr("Writes under another address from now on"),
    ),
    (Activity.GROUP, "brand_joined"): (lambda: tr("We were added to the group"),),
    (Activity.GROUP, "brand_left"): (lambda: tr("We are in the group no more"),),
    (Activity.GROUP, "joined"): (lambda: tr("New people in the group: {people}"),),
    (Activity.GROUP, "left"): (lambda: tr("People who left the group: {people}"),),
    (Activity.GROUP, ""): (lambda: tr("The people in the group changed"),),
}
