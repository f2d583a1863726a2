"""Every registered adapter by itself: complete manifest, no state, no crash on any bytes, no way out for notes."""

import dataclasses
import inspect
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    Action,
    InDoubt,
    LastIncoming,
    Outgoing,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.message import AuthorType, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.send_records import outgoing_of
from mim_desk.protocol import rows
from tests.channels.conformance.providers import CANARY, PROVIDERS

NOW = datetime(2026, 1, 30, 16, 30, tzinfo=UTC)
RULES = {
    "signature",
    "duplicates",
    "unknown_events",
    "throttling",
    "idempotent_sends",
    "credentials_tested_at_setup",
    "receipts",
    "typing_in",
    "typing_out",
    "reply_window",
    "templates",
}
channels = pytest.mark.parametrize("channel", sorted(ADAPTERS))


def account(channel: str) -> Account:
    announced = manifest(channel)
    settings = {field.name: f"https://gateway.example/{field.name}" for field in announced.settings if field.required}
    return Account("inbox", settings, {field.name: CANARY for field in announced.secrets}, "Brand")


def request(body: bytes, headers: dict[str, str] | None = None) -> RawRequest:
    return RawRequest("POST", "/webhooks/x/inbox", "", headers or {}, body, NOW)


def test_every_registered_channel_runs_these_tests():
    assert set(PROVIDERS) == set(ADAPTERS)


@channels
def test_the_manifest_is_complete_and_its_checklist_honest(channel: str):
    announced = manifest(channel)

    assert announced.channel == channel == ADAPTERS[channel].channel
    assert set(announced.checklist) >= RULES
    for rule, state in announced.checklist.items():
        assert state in ("done", "todo") or state.startswith("exempt: "), rule
    assert announced.guide.startswith("# ")
    for field in (*announced.settings, *announced.secrets):
        assert field.label, field.name


@channels
def test_an_adapter_is_stateless(channel: str):
    assert vars(ADAPTERS[channel]) == {}


@channels
@given(body=st.binary(max_size=300))
def test_any_bytes_are_parsed_without_an_exception(channel: str, body: bytes):
    assert isinstance(ADAPTERS[channel].parse(account(channel), request(body)), Parsed)


@channels
@given(body=st.binary(max_size=100), header=st.text(max_size=80))
def test_a_delivery_without_proof_is_refused_and_never_a_crash(channel: str, body: bytes, header: str):
    names = (
        "x-mim-signature",
        "x-hub-signature-256",
        "authorization",
        "x-line-signature",
        "x-goog-signature",
        "x-twilio-signature",
        "x-viber-content-signature",
    )

    with pytest.raises(Refusal):
        ADAPTERS[channel].verify(account(channel), request(body, dict.fromkeys(names, header)))


@channels
@given(body=st.binary(max_size=200), status=st.integers(200, 599))
def test_any_answer_of_the_provider_is_classified(channel: str, body: bytes, status: int):
    told = ADAPTERS[channel].classify(account(channel), Response(status, {"retry-after": "soon"}, body))

    assert isinstance(told, Taken | Refused | InDoubt)
    if isinstance(told, Refused):
        assert told.reason.endswith(".")
        assert told.action in Action


SAID_BY_NOBODY = {
    "nothing": b"",
    "a page": b"<html><body>Sign in to the hotel's network</body></html>",
    "a word": b"ok",
    "cut": b'{"messages": [{"id": "wam',
    "a list": b"[]",
    "null": b"null",
    "no text": b"\xff\xfe\x00",
    "nested deep": b"[" * 30_000,
}


@pytest.mark.parametrize("body", SAID_BY_NOBODY.values(), ids=SAID_BY_NOBODY.keys())
@pytest.mark.parametrize("channel", sorted(set(ADAPTERS) - {"custom", "email", "sms_smpp", "web_chat"}))
@pytest.mark.parametrize("status", [200, 201])
def test_a_success_that_is_not_in_the_providers_words_is_in_doubt(channel: str, status: int, body: bytes):
    """Of the custom channel any 2xx is a yes, as its contract says; the drivers of email and SMPP make answers themselves."""
    assert ADAPTERS[channel].classify(account(channel), Response(status, {}, body)) == UNREADABLE_ANSWER


@channels
def test_missing_settings_are_refused_by_name(channel: str):
    announced = manifest(channel)
    given_settings, given_secrets = account(channel).settings, dict(account(channel).secrets)

    for field in announced.settings:
        if field.required and not field.only_for:
            rest = {name: value for name, value in given_settings.items() if name != field.name}
            with pytest.raises(Refusal) as refused:
                announced.check(rest, given_secrets)
            assert refused.value.field == f"settings.{field.name}"
    for field in announced.secrets:
        if field.required and not field.only_for:
            with pytest.raises(Refusal) as refused:
                announced.check(given_settings, {**given_secrets, field.name: ""})
            assert refused.value.field == f"secrets.{field.name}"


@channels
def test_nothing_that_shows_a_secret_when_it_is_printed(channel: str):
    sent = ADAPTERS[channel].render(
        account(channel), Outgoing("id", "ana", NOW, "Hello", last_incoming=LastIncoming(NOW, "m-1"))
    )

    assert CANARY not in repr(account(channel))
    assert CANARY not in repr(sent)


@channels
def test_a_rendered_reply_carries_nothing_of_the_agent(channel: str):
    sent = ADAPTERS[channel].render(
        account(channel), Outgoing("id", "ana", NOW, "Hello", last_incoming=LastIncoming(NOW, "m-1"))
    )

    for one in (step for step in sent if isinstance(step, Request)):
        told = one.body + one.url.encode() + repr(dict(one.headers)).encode()
        for own in (b"agentMessages", b"agentId", b"%2Fagent_id"):  # words of providers for the brand's sender
            told = told.replace(own, b"")
        assert b"agent" not in told


def test_there_is_no_way_to_make_an_outgoing_of_a_note():
    """An Outgoing has no kind, and the one function that makes it out of a message takes replies alone."""
    assert "kind" not in {field.name for field in dataclasses.fields(Outgoing)}
    author = rows.Author(AuthorType.AGENT, "agent")
    for kind in set(MessageKind) - {MessageKind.REPLY}:
        message = rows.Message("id", "conversation", "contact", "inbox", kind, author, NOW, NOW, text="internal")
        with pytest.raises(Refusal) as refused:
            outgoing_of(None, message, "ana", NOW)  # type: ignore[arg-type]  # it never comes to the store
        assert refused.value.code == "not-a-reply"


@channels
def test_no_adapter_reads_a_clock(channel: str):
    source = inspect.getsource(inspect.getmodule(type(ADAPTERS[channel])))  # type: ignore[arg-type]  # it has a module

    assert "now(" not in source
    assert "time.time" not in source
