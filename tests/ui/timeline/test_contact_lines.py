"""System lines about what contacts do besides writing: form, message left, rating."""

import pytest

from mim_desk.domain.message import Activity, MessageKind
from mim_desk.ui.timeline import wording
from tests.ui.timeline.samples import item

MARKS = str.maketrans("", "", "\u2066\u2067\u2068\u2069\u200e")


@pytest.mark.parametrize(
    ("activity", "details", "said"),
    [
        (
            Activity.FORM,
            {"answers": "Ana · Orders", "consent": "2026-11"},
            "Says of themselves: Ana · Orders. Agreed to: 2026-11",
        ),
        (Activity.FORM, {"answers": "Ana " * 100}, "Says of themselves: " + ("Ana " * 100).strip()),
        (Activity.FORM, {"consent": "2026-11"}, "Agreed to: 2026-11"),
        (Activity.LEFT_MESSAGE, {}, "Left a message while nobody was here"),
        (Activity.RATED, {"score": "4", "of": "5", "comment": "Quick"}, "Rated 4 of 5: Quick"),
        (Activity.RATED, {"score": "4", "of": "5"}, "Rated 4 of 5"),
        (Activity.OPENED_CHAT, {"ad": "Sale", "link": "promo"}, "Opened the chat from the ad Sale"),
        (Activity.OPENED_CHAT, {"product": "555001"}, "Opened the chat about product 555001"),
        (Activity.OPENED_CHAT, {"link": "flyer"}, "Opened the chat by the link flyer"),
        (Activity.OPENED_CHAT, {"source": "SHORTLINK"}, "Opened the chat by a link"),
        (Activity.OPTED_IN, {"title": "Offers", "frequency": "daily"}, "Asked for news: Offers"),
        (Activity.OPTED_IN, {}, "Asked for news"),
        (Activity.CAME_BY, {"way": "scan", "referral": "poster"}, "Scanned the code poster"),
        (Activity.CAME_BY, {"way": "link"}, "Came by a link"),
        (Activity.ACCOUNT_LINKED, {"result": "ok"}, "Linked their account with ours"),
        (Activity.ACCOUNT_LINKED, {"result": "failed"}, "Tried to link their account with ours, which failed"),
        (Activity.MEMBERSHIP, {"change": "joined", "plan": "3189"}, "Began the membership 3189"),
        (Activity.MEMBERSHIP, {"change": "left"}, "Ended a membership"),
        (Activity.MEMBERSHIP, {"change": "renewed"}, "Renewed a membership"),
        (Activity.MEMBERSHIP, {"change": "paused"}, "Changed a membership"),
        (Activity.CAME_NEAR, {"beacon": "d41d", "way": "enter"}, "Came near the beacon d41d"),
        (Activity.CAME_NEAR, {"beacon": "d41d", "way": "banner"}, "Tapped the banner of the beacon d41d"),
        (Activity.CAME_NEAR, {"beacon": "d41d", "way": "stay"}, "Stays near the beacon d41d"),
        (Activity.VIDEO_WATCHED, {"video": "spring"}, "Watched the video spring to its end"),
        (Activity.VIDEO_WATCHED, {}, "Watched a video to its end"),
        (Activity.IDENTITY, {"change": "keys"}, "Has new security keys, as after a change of phone"),
        (Activity.IDENTITY, {"change": "id", "number": "+1 415 555 0777"}, "Writes as +1 415 555 0777 from now on"),
        (Activity.IDENTITY, {"change": "id"}, "Writes under another address from now on"),
        (Activity.GROUP, {"change": "brand_joined"}, "We were added to the group"),
        (Activity.GROUP, {"change": "brand_left"}, "We are in the group no more"),
        (Activity.GROUP, {"change": "joined", "people": "2"}, "New people in the group: 2"),
        (Activity.GROUP, {"change": "left", "people": "1"}, "People who left the group: 1"),
        (Activity.THREAD_OURS, {"note": "to human"}, "Another tool handed this chat to us: to human"),
        (Activity.THREAD_TAKEN, {}, "Another tool has this chat now"),
        (Activity.THREAD_WANTED, {"note": "bot"}, "Another tool asks for this chat: bot"),
        (Activity.RESOLVED, {"reason": "idle"}, "Resolved: nobody wrote any more"),
        (Activity.RESOLVED, {"reason": "spam"}, "Resolved"),
        (
            Activity.CONSENT_WITHDRAWN,
            {"purpose": "messages", "inbox": "SMS"},
            "Wants no more messages in SMS",
        ),
        (Activity.CONSENT_GIVEN, {"purpose": "messages", "inbox": "SMS"}, "Wants messages in SMS again"),
        (Activity.CONSENT_WITHDRAWN, {"purpose": "marketing"}, "Wants no more offers"),
        (Activity.CONSENT_WITHDRAWN, {"purpose": "surveys", "inbox": "SMS"}, "No longer agrees to: surveys"),
        (Activity.CONSENT_GIVEN, {}, "Consent given"),
        (Activity.SENT_ELSEWHERE, {"inbox": "SMS"}, "It did not arrive, so it goes through SMS instead"),
    ],
)
def test_the_timeline_says_what_the_contact_did(activity: Activity, details: dict[str, str], said: str) -> None:
    told = item(kind=MessageKind.ACTIVITY, activity=activity.value, details=details)

    assert wording.line_text(told, {}).translate(MARKS) == said


def test_a_message_left_says_what_the_page_promised() -> None:
    told = item(
        kind=MessageKind.ACTIVITY, activity=Activity.LEFT_MESSAGE.value, details={"until": "2026-11-23T08:00:00+00:00"}
    )

    said = wording.line_text(told, {})
    assert said.startswith("Left a message while closed. The page says: back ")
    assert "2026" in said
