"""What happens in a chat besides messages: who comes by what, wants news, has the chat."""

from typing import Any

import pytest

from mim_desk.channels.base import Account, ConsentChanged, ContactActed, Echo, IncomingMessage, ThreadMoved
from mim_desk.domain.consent import Purpose, Source
from mim_desk.domain.message import Activity
from tests.channels.messenger.made import (
    ACCOUNT,
    ADAPTER,
    NOOR,
    PAGE,
    SECRETS,
    WRITTEN,
    batch,
    delivery,
    echo,
    event,
    message,
    parsed,
)

OURS, OTHER = "440000000000002", "263902037430900"
CAME = {
    "by an ad": (
        {
            "ref": "promo",
            "source": "ADS",
            "type": "OPEN_THREAD",
            "ad_id": "120001",
            "ads_context_data": {"ad_title": "Sale", "photo_url": "https://cdn.example/ad.jpg", "post_id": "p1"},
        },
        {"ad": "Sale", "link": "promo", "source": "ADS"},
    ),
    "by an ad without a name": ({"source": "ADS", "ad_id": 120001}, {"ad": "120001", "source": "ADS"}),
    "by a link": ({"ref": "flyer", "source": "SHORTLINK"}, {"link": "flyer", "source": "SHORTLINK"}),
    "from a product": ({"product": {"id": "555001"}}, {"product": "555001"}),
}


@pytest.mark.parametrize(("told", "details"), CAME.values(), ids=CAME.keys())
def test_who_comes_to_the_chat_is_told_and_may_be_answered(told: dict[str, Any], details: dict[str, str]):
    (one,) = parsed(event(referral=told))

    assert isinstance(one, ContactActed)
    assert (one.sender, one.at, one.activity, one.details) == (NOOR, WRITTEN, Activity.OPENED_CHAT, details)
    assert one.lets_answer


NEWS = {
    "what the sheet shows": (
        {
            "type": "notification_messages",
            "notification_messages_token": "123",
            "token_expiry_timestamp": 1806000000000,
            "title": "Offers",
            "payload": "p",
            "user_token_status": "NOT_REFRESHED",
            "notification_messages_frequency": "DAILY",
            "notification_messages_timezone": "UTC",
        },
        {"title": "Offers", "frequency": "daily", "until": "2027-03-25T18:40:00+00:00"},
    ),
    "once more": (
        {"type": "notification_messages", "title": "Offers", "notification_messages_status": "RESUME NOTIFICATIONS"},
        {"title": "Offers"},
    ),
    "of a plug-in": ({"ref": "checkout"}, {"title": "checkout"}),
    "of nothing named": ({"type": "notification_messages"}, {}),
}


@pytest.mark.parametrize(("told", "details"), NEWS.values(), ids=NEWS.keys())
def test_who_asks_for_news_is_told_and_the_token_stays_in_the_journal(told: dict[str, Any], details: dict[str, str]):
    one, *wishes = parsed(event(optin=told))

    assert isinstance(one, ContactActed)
    assert (one.activity, one.details) == (Activity.OPTED_IN, details)
    assert "123" not in str(one.details)
    marketing = ConsentChanged(NOOR, WRITTEN, granted=True, purpose=Purpose.MARKETING, source=Source.PROVIDER)
    assert wishes == ([marketing] if "type" in told else [])


def test_who_wants_news_no_more_takes_the_consent_back():
    stop = {"type": "notification_messages", "title": "Offers", "notification_messages_status": "STOP NOTIFICATIONS"}

    (wish,) = parsed(event(optin=stop))

    assert wish == ConsentChanged(NOOR, WRITTEN, granted=False, purpose=Purpose.MARKETING, source=Source.PROVIDER)


HANDED = {
    "passed to us": ("pass_thread_control", {"new_owner_app_id": OURS, "metadata": "to human"}, True),
    "passed on to another": ("pass_thread_control", {"new_owner_app_id": OTHER, "metadata": "to human"}, False),
    "passed without a name": ("pass_thread_control", {"metadata": "to human"}, True),
    "taken from us": ("take_thread_control", {"new_owner_app_id": int(OTHER), "metadata": "to human"}, False),
    "taken by us": ("take_thread_control", {"new_owner_app_id": OURS, "metadata": "to human"}, True),
    "taken without a name": ("take_thread_control", {"previous_owner_app_id": OURS, "metadata": "to human"}, False),
}


@pytest.mark.parametrize(("kind", "told", "ours"), HANDED.values(), ids=HANDED.keys())
def test_who_has_the_chat_is_told_by_our_apps_id(kind: str, told: dict[str, Any], *, ours: bool):
    account = Account("inbox-1", {"page_id": PAGE, "app_id": OURS}, SECRETS)

    (one,) = ADAPTER.parse(account, delivery(batch(event(**{kind: told})))).events

    assert isinstance(one, ThreadMoved)
    assert (one.sender, one.at, one.ours, one.details) == (NOOR, WRITTEN, ours, {"note": "to human"})
    assert one.activity is (Activity.THREAD_OURS if ours else Activity.THREAD_TAKEN)


def test_without_our_apps_id_what_is_passed_is_ours_and_what_is_taken_is_not():
    names = {"previous_owner_app_id": "1", "new_owner_app_id": OTHER}

    passed, taken = parsed(event(pass_thread_control=names), event(take_thread_control=names))

    assert "app_id" not in ACCOUNT.settings
    assert isinstance(passed, ThreadMoved)
    assert isinstance(taken, ThreadMoved)
    assert (passed.ours, taken.ours) == (True, False)


def test_a_wish_for_the_chat_moves_nothing():
    (one,) = parsed(event(request_thread_control={"requested_owner_app_id": OTHER, "metadata": {"odd": 1}}))

    assert isinstance(one, ThreadMoved)
    assert (one.ours, one.activity, one.details) == (None, Activity.THREAD_WANTED, {})


def test_what_is_said_while_another_app_has_the_chat_is_kept_to_be_read():
    told = parsed(standby=[message(text="for the bot"), echo(text="from the bot")])

    assert told == (
        IncomingMessage("m_IN1", NOOR, WRITTEN, text="for the bot", details={"standby": "yes"}, wants_answer=False),
        ThreadMoved(NOOR, WRITTEN, ours=False),
        Echo("m_OUR9", NOOR, WRITTEN, "from the bot", opens=False),
    )
