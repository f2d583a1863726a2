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
