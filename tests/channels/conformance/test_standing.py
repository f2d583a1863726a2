"""How accounts stand, by what their providers answer: each figure where the channel's sheet has one, and nothing made up."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from mim_desk.channels.base import Account, Refused, Response
from mim_desk.channels.instagram.adapter import InstagramAdapter
from mim_desk.channels.messenger.adapter import WANTED
from mim_desk.channels.registry import ADAPTERS
from mim_desk.channels.standing import FigureState, Renewed, TellsStanding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOOK = "https://desk.example/webhooks/x/1"
HARMLESS = ("GET", "EHLO", "DNS")
"""What only asks: over HTTP, of a mail server before anybody signs in, of the DNS."""
OK, WARNING, DANGER = FigureState.OK, FigureState.WARNING, FigureState.DANGER


def account(**settings: str) -> Account:
    secrets = dict.fromkeys(("bot_token", "access_token", "channel_access_token", "app_secret"), "4711:secret")
    return Account("i1", settings, secrets, webhook_url=HOOK)


def told(*answers: object) -> list[Response | None]:
    return [None if one is None else Response(200, {}, msgspec.json.encode(one)) for one in answers]


def _webhook(**more: object) -> dict:
    return {"ok": True, "result": {"url": HOOK, "pending_update_count": 0, **more}}


EVERYTHING = [WANTED.field, *WANTED.also]
NUMBER = {"display_phone_number": "+1 555", "verified_name": "Acme", "name_status": "APPROVED"}
CASES = [
    pytest.param(
        *("telegram", {"mode": "webhook"}, [_webhook()]),
        {"Webhook at Telegram": ("this hub", OK), "Updates that wait at Telegram": ("0", OK)},
        id="telegram-well",
    ),
    pytest.param(
        *("telegram", {"mode": "webhook"}, [_webhook(url="https://elsewhere.example", pending_update_count=900)]),
        {
            "Webhook at Telegram": ("another address: save the inbox again", DANGER),
            "Updates that wait at Telegram": ("900", WARNING),
        },
        id="telegram-elsewhere-and-behind",
    ),
    pytest.param(
        *(
            "telegram",
            {"mode": "webhook"},
            [_webhook(last_error_date=int(NOW.timestamp()) - 7200, last_error_message="x")],
        ),
        {"Webhook at Telegram": ("this hub", OK), "Updates that wait at Telegram": ("0", OK)},
        id="telegram-an-error-of-before-is-over",
    ),
    pytest.param(
        *("whatsapp", {"phone_number_id": "310555"}),
        [{**NUMBER, "quality_rating": "GREEN", "whatsapp_business_manager_messaging_limit": "TIER_2K"}],
        {
            "Number": ("+1 555, Acme", OK),
            "Quality rating": ("green", OK),
            "People it may write to first in a day": ("2,000", OK),
        },
        id="whatsapp-green",
    ),
    pytest.param(
        *("whatsapp", {"phone_number_id": "310555"}),
        [{"quality_rating": "RED", "name_status": "PENDING_REVIEW", "new_field": 1}],
        {"Quality rating": ("red", DANGER), "Display name": ("pending review", WARNING)},
        id="whatsapp-red",
    ),
    pytest.param(
        *("messenger", {"page_id": "1"}, [{"data": [{"id": "9", "subscribed_fields": EVERYTHING}]}]),
        {"Deliveries": ("the app is subscribed", OK)},
        id="messenger-subscribed",
    ),
    pytest.param(
        *("messenger", {"page_id": "1"}, [{"data": [{"id": "9", "subscribed_fields": EVERYTHING[:-1]}]}]),
        {"Deliveries": ("the app is not subscribed to standby", WARNING)},
        id="messenger-nearly-subscribed",
    ),
    pytest.param(
        *("whatsapp", {"phone_number_id": "310555", "waba_id": "2109"}, [{}, {"data": []}]),
        {"Deliveries": ("no app is subscribed to the business account: subscribe it at Meta", DANGER)},
        id="whatsapp-unsubscribed",
    ),
    pytest.param(
        *("facebook_comments", {"page_id": "1"}, [{"data": []}]),
        {"Deliveries": ("the app is not subscribed to feed: subscribe it at Meta", DANGER)},
        id="comments-unsubscribed",
    ),
    pytest.param(
        *("line", {}),
        [
            {"displayName": "Acme", "basicId": "@acme", "chatMode": "chat"},
            {"type": "limited", "value": 1000},
            {"totalUsage": 950},
        ],
        {
            "Account": ("Acme @acme", OK),
            "Who answers": ("LINE's own manager answers too: choose the bot mode there", WARNING),
            "Messages of this month": ("950 of 1,000", WARNING),
        },
        id="line-nearly-used-up",
    ),
    pytest.param(
        *("line", {}, [None, {"type": "none"}, {"totalUsage": 12}]),
        {"Messages of this month": ("12, no limit", OK)},
        id="line-one-answer-is-missing",
    ),
    pytest.param(
        *("wechat", {"account_type": "service"}, [{"kf_list": []}, {"errcode": 48001}, {"errcode": 45009}]),
        {
            "Customer service messages": ("allowed", OK),
            "Names of people": ("not allowed: have the account verified by WeChat", WARNING),
        },
        id="wechat-service-and-what-could-not-be-asked-is-left-out",
    ),
    pytest.param(
        *("wechat", {"account_type": "subscription"}, [{"errcode": 48001}, {"errcode": 48001}]),
        {
            "Customer service messages": ("not allowed: have the account verified by WeChat", DANGER),
            "Names of people": ("not allowed: have the account verified by WeChat", WARNING),
        },
        id="wechat-subscription-is-not-asked-for-templates",
    ),
]


@pytest.mark.parametrize(("channel", "settings", "answers", "wanted"), CASES)
def test_an_account_stands_as_its_provider_says(channel, settings, answers, wanted) -> None:
    adapter, at = ADAPTERS[channel], account(**settings)
    assert isinstance(adapter, TellsStanding)

    found = adapter.read_standing(at, told(*answers), NOW)

    assert len(adapter.standing_requests(at)) == len(answers)
    assert {one.name: (one.value, one.state) for one in found.figures} == wanted


@pytest.mark.parametrize("channel", [name for name, one in ADAPTERS.items() if isinstance(one, TellsStanding)])
@pytest.mark.parametrize(
    "answer", [None, Response(200, {}, b"<html>"), Response(500, {}, b"{}"), Response(200, {}, b"[]")]
)
def test_what_cannot_be_read_says_nothing(channel, answer) -> None:
    adapter = ADAPTERS[channel]
    at = account(mode="webhook", login="instagram", page_id="1", phone_number_id="1")

    calls = adapter.standing_requests(at)

    assert calls
    assert all(one.method in HARMLESS or one.url.endswith("/getWebhookInfo") for one in calls), "harmless"
    assert adapter.read_standing(at, [answer] * len(calls), NOW).figures == ()


def fields_of(channel: str, heard: list[str]) -> list[list[str]]:
    """What each call that sets the subscription right would have it hear."""
    adapter, at = ADAPTERS[channel], account(page_id="1", login="instagram")
    assert isinstance(adapter, TellsStanding)
    (answer,) = told({"data": [{"id": "9", "subscribed_fields": heard}] if heard else []})
    calls = adapter.read_standing(at, [answer], NOW).mended_by
    assert all(one.method == "POST" and "/subscribed_apps?" in one.url and not one.body for one in calls)
    return [parse_qs(urlsplit(one.url).query)["subscribed_fields"][0].split(",") for one in calls]


def test_a_lost_subscription_is_asked_for_again_first_with_what_is_surely_known() -> None:
    first, second, third = fields_of("messenger", [])

    assert first == ["messages"]
    assert second == EVERYTHING
    assert third == [*EVERYTHING, "messenger_template_status_update"]
    assert fields_of("facebook_comments", []) == [["feed"], ["feed", "mention"]]
    assert fields_of("instagram", [])[0] == ["messages"]


def test_by_facebook_login_a_page_that_hears_anything_is_subscribed() -> None:
    adapter, at = ADAPTERS["instagram"], account(account_id="17", login="facebook")
    assert isinstance(adapter, TellsStanding)
    (ask,) = adapter.standing_requests(at)
    (none, other) = told({"data": []}, {"data": [{"id": "9", "name": "Our app"}]})

    silent, heard = (adapter.read_standing(at, [answer], NOW) for answer in (none, other))

    (call,) = silent.mended_by
    assert ask.url.endswith("/me/subscribed_apps")
    assert (call.method, urlsplit(call.url).path, urlsplit(call.url).query) == (
        "POST",
        "/v25.0/me/subscribed_apps",
        "subscribed_fields=feed",
    )
    assert [one.state for one in silent.figures] == [DANGER]
    assert (heard.mended_by, [one.state for one in heard.figures]) == ((), [FigureState.OK])


def test_what_the_app_hears_of_for_another_inbox_of_the_page_stays() -> None:
    every = fields_of("facebook_comments", EVERYTHING)

    assert every == [[*EVERYTHING, "feed"], [*EVERYTHING, "feed", "mention"]]
    assert fields_of("facebook_comments", [*EVERYTHING, "feed", "mention"]) == []


def test_a_page_that_is_asked_needs_no_subscription() -> None:
    for channel in ("messenger", "facebook_comments", "instagram"):
        assert ADAPTERS[channel].standing_requests(account(mode="polling", login="instagram", page_id="1")) == []


def test_a_bot_that_is_asked_has_no_webhook_to_look_at() -> None:
    assert ADAPTERS["telegram"].standing_requests(account(mode="polling")) == []


def test_a_new_token_of_instagram_takes_the_old_ones_place() -> None:
    adapter, at = InstagramAdapter(), account(login="instagram")

    request = adapter.renewal(at)
    assert request is not None
    good = adapter.read_renewal(at, *told({"access_token": "new", "token_type": "bearer", "expires_in": 5184000}))
    young = adapter.read_renewal(at, Response(400, {}, b'{"error": {"code": 100, "message": "too young"}}'))

    assert request.url.startswith("https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&")
    assert good == Renewed({"access_token": "new"}, 5184000)
    assert isinstance(young, Refused)
    assert adapter.renewal(account(login="facebook")) is None
