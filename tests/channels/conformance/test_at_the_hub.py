"""Every registered channel in a running hub: forged, repeated, unknown, throttled, down, and secrets kept."""

import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from mim_desk.channels.registry import ADAPTERS, DRIVERS
from tests.channels.conformance.providers import BUSY, CANARY, DOWN, PROVIDERS, Closes, HasServer, Provider
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import SECRET, Live

ARRIVED = ("sent", "delivered", "read")
"""A receipt may come before anybody looks."""


@pytest.fixture(params=sorted(ADAPTERS))
async def provider(request: pytest.FixtureRequest, hub: Live, gateway: Gateway) -> AsyncIterator[Provider]:
    """One channel's customer with a connected inbox."""
    made: Provider = PROVIDERS[request.param]()
    async with made.at_work() if isinstance(made, HasServer) else contextlib.nullcontext():
        hub.inbox_id = await made.connect(hub, gateway)
        yield made
        if isinstance(made, Closes):
            await made.close()


@pytest.fixture
def remote(provider: Provider) -> None:
    """For what only a provider behind a network can do."""
    if ADAPTERS[provider.channel].local:
        pytest.skip("replies of this channel make no call")


async def texts(live: Live) -> list[str]:
    found: list[str] = []
    for conversation in (await live.client.get("/api/v1/conversations")).json()["items"]:
        listed = (await live.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
        found += [one["text"] for one in listed if one["kind"] == "incoming"]
    return sorted(found)


async def conversation_of(live: Live, provider: Provider) -> str:
    assert await provider.write(live, "first", "Hello") == 200
    return str((await live.client.get("/api/v1/conversations")).json()["items"][0]["id"])


async def test_a_forged_delivery_is_refused_and_nothing_is_stored(hub: Live, provider: Provider):
    before = (await hub.client.get("/readyz")).json()["seq"]

    assert await provider.forge(hub) == provider.refused
    assert (await hub.client.get("/readyz")).json()["seq"] == before


async def test_the_same_message_twice_is_one(hub: Live, provider: Provider):
    statuses = [await provider.write(hub, "m-1", "once") for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert await texts(hub) == ["once"]


async def test_an_unknown_event_harms_no_neighbour(hub: Live, provider: Provider):
    assert await provider.surprise(hub) == provider.unknown
    assert await texts(hub) == ["beside it"]


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize("answer", [BUSY, DOWN], ids=["throttled", "down"])
async def test_a_provider_that_cannot_now_gets_it_later_once_and_in_order(
    hub: Live, provider: Provider, gateway: Gateway, answer: Answer
):
    conversation = await conversation_of(hub, provider)
    gateway.answers += [answer, answer]

    await hub.reply(conversation, "one")
    second = (await hub.reply(conversation, "two")).json()
    await hub.until_status(conversation, second["id"], *ARRIVED)

    accepted = gateway.calls[2:]
    assert len(accepted) == 2
    assert [b"one" in accepted[0].body, b"two" in accepted[1].body] == [True, True]


@pytest.mark.usefixtures("remote")
async def test_a_lost_answer_is_repeated_only_under_our_key(hub: Live, provider: Provider, gateway: Gateway):
    conversation = await conversation_of(hub, provider)
    gateway.answers.append(Answer(cut=True))

    posted = (await hub.reply(conversation, "one")).json()
    keyed = ADAPTERS[provider.channel].keyed
    await hub.until_status(conversation, posted["id"], *(ARRIVED if keyed else ["unknown"]))

    assert len(gateway.calls) == (2 if keyed else 1)


@pytest.mark.usefixtures("remote")
async def test_what_broke_between_is_repeated_only_under_our_key(hub: Live, provider: Provider, gateway: Gateway):
    """A page of a proxy says nothing of the message: the provider may have it."""
    if provider.channel in DRIVERS:
        pytest.skip("nothing stands between the hub and this provider")
    conversation = await conversation_of(hub, provider)
    gateway.answers.append(Answer(504, b"<html><h1>Gateway timeout</h1></html>"))

    posted = (await hub.reply(conversation, "one")).json()
    keyed = ADAPTERS[provider.channel].keyed
    await hub.until_status(conversation, posted["id"], *(ARRIVED if keyed else ["unknown"]))

    assert len(gateway.calls) == (2 if keyed else 1)


@pytest.mark.usefixtures("remote")
async def test_a_yes_that_nobody_can_read_is_repeated_only_under_our_key(
    hub: Live, provider: Provider, gateway: Gateway
):
    """A page with status 200 is no word of the provider's: it may have the message, or never saw it."""
    if provider.channel in {*DRIVERS, "custom"}:
        pytest.skip("its driver makes the answers, or any 2xx is a yes")
    conversation = await conversation_of(hub, provider)
    gateway.answers.append(Answer(200, b"<html>Welcome to the hotel's network</html>"))

    posted = (await hub.reply(conversation, "one")).json()
    keyed = ADAPTERS[provider.channel].keyed
    await hub.until_status(conversation, posted["id"], *(ARRIVED if keyed else ["unknown"]))

    assert len(gateway.calls) == (2 if keyed else 1)


async def test_a_note_stays_inside(hub: Live, provider: Provider, gateway: Gateway):
    conversation = await conversation_of(hub, provider)

    note = await hub.reply(conversation, "internal", kind="note")
    reply = (await hub.reply(conversation, "Hello")).json()
    await hub.until_status(conversation, reply["id"], *ARRIVED)

    assert note.status_code == 201
    assert note.json()["delivery"] is None
    assert all(b"internal" not in call.body for call in gateway.calls)


async def test_secrets_and_contents_are_in_no_log_and_no_answer(
    hub: Live, provider: Provider, gateway: Gateway, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    conversation = await conversation_of(hub, provider)
    await provider.write(hub, "canary", "canary-of-the-text")
    await provider.forge(hub)
    gateway.answers.append(Answer(422, b'{"detail": "No."}'))
    posted = (await hub.reply(conversation, "canary-of-the-reply")).json()
    await hub.until_status(conversation, posted["id"], "failed", *ARRIVED)

    answers = [await hub.client.get(path) for path in ("/api/v1/inboxes", "/api/v1/snapshot", "/metrics", "/readyz")]
    told = "".join(answer.text for answer in answers)
    for secret in (SECRET, CANARY, getattr(provider, "secret", CANARY)):
        assert secret not in told
        assert secret not in caplog.text
    for content in ("canary-of-the-text", "canary-of-the-reply"):
        assert content not in caplog.text
