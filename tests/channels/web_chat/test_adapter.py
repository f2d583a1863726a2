"""The web chat's adapter: the page's posts become events; settings are checked for their shape."""

from datetime import UTC, datetime

import msgspec
import pytest

from mim_desk.channels.base import (
    Account,
    IncomingMessage,
    Outgoing,
    RawRequest,
    ReadUpTo,
    Receipt,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.channels.web_chat import payloads
from mim_desk.domain.message import DeliveryStatus, MessageType
from mim_desk.domain.refusal import Refusal

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = Account("inbox", {}, {})
ADAPTER = ADAPTERS["web_chat"]
ANON = payloads.Visitor("s1", "visitor:s1", locale="ar", fields={"claimed.page_url": "https://shop.example/"})
KNOWN = payloads.Visitor("s1", "customer:cust-42", verified=True, name="Ana", fields={"plan": "gold"})


def parsed(body: object) -> list[object]:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return list(ADAPTER.parse(ACCOUNT, RawRequest("POST", "/", "", {}, raw, AT)).events)


def test_a_post_becomes_an_incoming_message() -> None:
    post = payloads.NewPost("c1", text=" Hello\u0000 ", reply_to="m0")

    (event,) = parsed(payloads.Posted(ANON, "m1", post))

    assert isinstance(event, IncomingMessage)
    assert (event.external_id, event.message_id, event.text) == ("s1:c1", "m1", "Hello")
    assert (event.type, event.occurred_at, event.reply_to_message_id) == (MessageType.TEXT, AT, "m0")
    assert (event.sender.external_id, event.sender.verified, event.sender.language) == ("visitor:s1", False, "ar")
    assert event.sender.fields == {"claimed.page_url": "https://shop.example/"}


def test_a_proven_visitor_is_a_verified_sender_with_the_sites_own_id() -> None:
    (event,) = parsed(payloads.Posted(KNOWN, "m1", payloads.NewPost("c1", text="Hello")))

    assert isinstance(event, IncomingMessage)
    assert (event.sender.external_id, event.sender.display, event.sender.name) == ("customer:cust-42", "cust-42", "Ana")
    assert event.sender.verified


@pytest.mark.parametrize(
    ("mime_type", "wanted"),
    [
        ("image/png", MessageType.IMAGE),
        ("video/mp4", MessageType.VIDEO),
        ("audio/mp4", MessageType.AUDIO),
        ("application/pdf", MessageType.FILE),
        ("text/plain", MessageType.FILE),
    ],
)
def test_files_say_what_the_message_is(mime_type: str, wanted: MessageType) -> None:
    file = payloads.StoredFile("f1", "a", mime_type, 5, 4, 3)

    (event,) = parsed(payloads.Posted(ANON, "m1", payloads.NewPost("c1", "file", file_ids=["f1"]), [file]))

    assert isinstance(event, IncomingMessage)
    assert event.type is wanted
    assert (event.files[0].attachment_id, event.files[0].width) == ("f1", 4)


def test_choices_and_places_come_through() -> None:
    choice = payloads.NewPost("c1", "choice", choice=payloads.Choice("yes", "Yes, reserve it"))
    place = payloads.NewPost("c2", "location", location=payloads.Place(39.47, -0.37, "Valencia"))

    (chosen,) = parsed(payloads.Posted(ANON, "m1", choice))
    (there,) = parsed(payloads.Posted(ANON, "m2", place))

    assert isinstance(chosen, IncomingMessage) and isinstance(there, IncomingMessage)
    assert (chosen.type, chosen.text, chosen.choice and chosen.choice.id) == (
        MessageType.CHOICE,
        "Yes, reserve it",
        "yes",
    )
    assert there.location is not None and there.location.name == "Valencia"


def test_read_received_and_typing_become_events() -> None:
    assert isinstance(parsed(payloads.TypingPost(ANON))[0], TypingSeen)
    assert parsed(payloads.ReadPost(ANON, "m1"))[0].message_id == "m1"  # type: ignore[attr-defined]
    assert isinstance(parsed(payloads.ReadPost(ANON, "m1"))[0], ReadUpTo)
    assert [
        (one.message_id, one.status)
        for one in parsed(payloads.ReceivedPost(ANON, ["m1", "m2"]))
        if isinstance(one, Receipt)
    ] == [
        ("m1", DeliveryStatus.DELIVERED),
        ("m2", DeliveryStatus.DELIVERED),
    ]


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"type":"other"}', b"\xff", b"[" * 5000])
def test_foreign_bytes_are_unknown_not_an_error(raw: bytes) -> None:
    assert isinstance(parsed(raw)[0], Unknown)


def test_there_is_no_webhook_to_forge() -> None:
    request = RawRequest("POST", "/webhooks/web_chat/inbox", "", {}, b"{}", AT)

    with pytest.raises(Refusal, match="no webhook"):
        ADAPTER.verify(ACCOUNT, request)
    with pytest.raises(Refusal, match="no webhook"):
        ADAPTER.handshake(ACCOUNT, request)


def test_replies_need_no_call_since_the_hub_streams_them_itself() -> None:
    assert ADAPTER.local
    assert list(ADAPTER.render(ACCOUNT, Outgoing("m1", "visitor:s1", AT, "Hello"))) == []


@pytest.mark.parametrize(
    ("settings", "secrets", "field"),
    [
        ({"allowed_origins": ["https://shop.example/"]}, {}, "settings.allowed_origins"),
        ({"allowed_origins": ["shop.example"]}, {}, "settings.allowed_origins"),
        ({"allowed_origins": ["https://*"]}, {}, "settings.allowed_origins"),
        ({"allowed_origins": ["https://a.*.example"]}, {}, "settings.allowed_origins"),
        ({"allowed_origins": ["*"]}, {}, "settings.allowed_origins"),
        ({"allowed_origins": ["https://shop.example; script-src *"]}, {}, "settings.allowed_origins"),
        ({"allowed_origins": ["null", 5]}, {}, "settings.allowed_origins"),
        ({"color": "red"}, {}, "settings.color"),
        ({"hours": {"time_zone": "Mars/Olympus", "weekly": {"mon": [["09:00", "17:00"]]}}}, {}, "settings.hours"),
        ({"form": {"fields": [{"kind": "age"}]}}, {}, "settings.form"),
        ({"close_after_hours": 0}, {}, "settings.close_after_hours"),
        ({"close_after_hours": 9000}, {}, "settings.close_after_hours"),
        (
            {"identity_public_key": "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----"},
            {},
            "settings.identity_public_key",
        ),
        (
            {"identity_public_key": "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----"},
            {},
            "settings.identity_public_key",
        ),
        ({"previous_identity_public_key": "x"}, {}, "settings.previous_identity_public_key"),
        ({}, {"identity_secret": "short"}, "secrets.identity_secret"),
        ({}, {"previous_identity_secret": "short"}, "secrets.previous_identity_secret"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, object], secrets: dict[str, str], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(settings, secrets)

    assert refused.value.field == field


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "http://localhost:8080",
        "https://*.shop.example",
        "http://127.0.0.1:1",
        "http://[::1]:8080",
    ],
)
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    ADAPTER.check({"allowed_origins": [origin]}, {})


def test_the_manifest_and_the_guide_name_every_setting() -> None:
    announced = manifest("web_chat")

    for field in announced.settings:
        assert f"`{field.name}`" in announced.guide, field.name
    assert announced.capabilities.text_length == payloads.MAX_TEXT
