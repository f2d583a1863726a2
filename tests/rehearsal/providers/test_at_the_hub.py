"""Every simulated provider at a real hub: whatever befalls deliveries, each message arrives once and in order."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.happytalk import Happytalk
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.posting import CALM, UNRULY
from mim_desk.rehearsal.providers.provider import Order, Provider, at_work
from mim_desk.rehearsal.providers.registry import PROVIDERS
from mim_desk.rehearsal.providers.sms_smpp import SmsSmpp
from mim_desk.rehearsal.providers.telegram import Telegram
from mim_desk.rehearsal.providers.whatsapp import WhatsApp
from mim_desk.rehearsal.scripts import Act, Script, stage
from mim_desk.rehearsal.workspace import Admin
from tests.hub.live import ADMIN_TOKEN, Live, live_hub, settings_in

pytestmark = pytest.mark.timeout(90)

SAID = [f"{number} of the messages" for number in range(12)]
ANSWERED = [f"{number} of the answers" for number in range(5)]
"""As many as WeChat lets answer one message."""


class TelegramByWebhook(Telegram):
    """The same bot, whose updates are called out."""

    mode = "webhook"


EVERY = [*PROVIDERS, TelegramByWebhook, Happytalk]
"""Those of the demo, and other ways to the same networks."""
every_provider = pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
every_provider_with_tokens = pytest.mark.parametrize(
    "kind", [kind for kind in EVERY if kind is not SmsSmpp], ids=lambda kind: kind.__name__
)
"""A carrier asks for the password when a connection begins, and never again."""


class Seconds:
    """A clock that goes on by a second whenever it is read: what is written later has a later time."""

    def __init__(self) -> None:
        self._times = itertools.count(time.time() - 600)

    def __call__(self) -> float:
        return next(self._times)


@asynccontextmanager
async def connected(folder: Path, provider: Provider) -> AsyncIterator[Live]:
    """A hub with the provider's account."""
    async with live_hub(settings_in(folder)) as hub, at_work([provider]):
        async with httpx.AsyncClient(base_url=hub.url, timeout=30) as http:
            hub.inbox_id = await Admin(http, ADMIN_TOKEN, stage()).connect(provider)
        yield hub


def people(channel: str) -> Iterator[Script]:
    for name in ("Ada Lovelace", "李小龙"):
        yield Script(name, "en", (), channel)


async def conversations(hub: Live) -> list[dict[str, Any]]:
    found = await hub.client.get("/api/v1/conversations?limit=100")
    return list(found.raise_for_status().json()["items"])


async def messages(hub: Live, conversation_id: str, kind: str) -> list[dict[str, Any]]:
    """Of one kind, oldest first."""
    found = await hub.client.get(f"/api/v1/conversations/{conversation_id}/messages?limit=100")
    return [one for one in reversed(found.raise_for_status().json()["items"]) if one["kind"] == kind]


async def until_all(hub: Live, count: int) -> list[list[dict[str, Any]]]:
    """The incoming messages by conversation, once there are so many in all."""
    async with asyncio.timeout(40):
        while True:
            found = [await messages(hub, each["id"], "incoming") for each in await conversations(hub)]
            if sum(map(len, found)) >= count:
                return found
            await asyncio.sleep(0.05)


async def until_heard(phones: Sequence[Phone], count: int) -> None:
    async with asyncio.timeout(40):
        while any(len(phone.heard) < count for phone in phones):
            await asyncio.sleep(0.02)


@every_provider
async def test_everything_arrives_once_and_in_order(tmp_path: Path, kind: type[Provider]) -> None:
    provider = kind(UNRULY, Seconds())
    async with connected(tmp_path, provider) as hub:
        phones = [provider.phone(script) for script in people(kind.channel)]
        for text in SAID:
            for phone in phones:
                await phone.do(Act(text=text))
        await until_all(hub, len(SAID) * len(phones))
        await provider.poster.emptied()
        found = await until_all(hub, len(SAID) * len(phones))

    arrived = [[one["text"] for one in conversation] for conversation in found]
    if not kind.tells_times:
        arrived = [sorted(each, key=SAID.index) for each in arrived]
    assert arrived == [SAID, SAID]
    assert provider.refused == []
    assert provider.poster.given_up == []


@every_provider
async def test_every_answer_reaches_the_person_once_and_in_order(tmp_path: Path, kind: type[Provider]) -> None:
    provider = kind(UNRULY, Seconds())
    async with connected(tmp_path, provider) as hub:
        phones = [provider.phone(script) for script in people(kind.channel)]
        for phone in phones:
            await phone.do(Act(text="Hello?"))
        await until_all(hub, len(phones))
        for text in ANSWERED:
            for each in await conversations(hub):
                assert (await hub.reply(each["id"], text)).status_code == 201
        await until_heard(phones, len(ANSWERED))
        for phone in phones:
            await phone.read(phone.heard[-1])
        await provider.poster.emptied()

    assert [[heard.text for heard in phone.heard] for phone in phones] == [ANSWERED, ANSWERED]
    assert provider.refused == []


async def answered(hub: Live, provider: Provider) -> tuple[Phone, dict[str, Any], str]:
    """Somebody writes and is answered at once: their phone, the conversation and the reply's id."""
    phone = provider.phone(next(people(provider.channel)))
    await phone.do(Act(text="Hello?"))
    await until_all(hub, 1)
    (conversation,) = await conversations(hub)
    reply = (await hub.reply(conversation["id"], "Once.")).raise_for_status().json()
    return phone, conversation, reply["id"]


@every_provider
async def test_a_lost_answer_doubles_nothing(tmp_path: Path, kind: type[Provider]) -> None:
    provider = kind()
    provider.order(Order.LOST)
    async with connected(tmp_path, provider) as hub:
        phone, conversation, reply_id = await answered(hub, provider)
        told = await hub.until_status(conversation["id"], reply_id, "sent", "delivered", "read", "unknown", within=40)
        await provider.poster.emptied()

    assert [heard.text for heard in phone.heard] == ["Once."]
    assert told["delivery"]["status"] != "failed"


@every_provider_with_tokens
async def test_an_expired_token_pauses_the_inbox_and_the_reply_is_sent_once_it_is_mended(
    tmp_path: Path, kind: type[Provider]
) -> None:
    provider = kind()
    provider.order(Order.TOKEN_EXPIRED)
    async with connected(tmp_path, provider) as hub:
        phone, conversation, reply_id = await answered(hub, provider)
        if not kind.renews:
            await until_paused(hub)
            assert phone.heard == []
            (await hub.client.patch(f"/api/v1/inboxes/{hub.inbox_id}", json={"name": "Mended"})).raise_for_status()
        await hub.until_status(conversation["id"], reply_id, "sent", "delivered", "read", within=40)

    assert [heard.text for heard in phone.heard] == ["Once."]


async def until_paused(hub: Live) -> None:
    async with asyncio.timeout(40):
        while (await health(hub))["state"] == "ok":
            await asyncio.sleep(0.05)


async def health(hub: Live) -> dict[str, Any]:
    found = (await hub.client.get("/api/v1/inboxes")).raise_for_status().json()["items"]
    return next(dict(one["health"]) for one in found if one["id"] == hub.inbox_id)


@every_provider
async def test_what_is_native_arrives_as_itself_with_its_file(tmp_path: Path, kind: type[Provider]) -> None:
    """Nothing that people can do there is unknown to the hub."""
    provider = kind(CALM, Seconds())
    async with connected(tmp_path, provider) as hub:
        phone, _, _ = await answered(hub, provider)
        await until_heard([phone], 1)
        for act in native(phone):
            await phone.do(act)
        await provider.poster.emptied()
        count = 1 + sum(act.kind not in ("react", "edit", "unsend") for act in native(phone))
        (found,) = await until_all(hub, count)
        files = [one for message in found for one in message["attachments"]]
        async with asyncio.timeout(40):
            while any(file["state"] == "pending" for file in files):
                await asyncio.sleep(0.05)
                (found,) = await until_all(hub, count)
                files = [one for message in found for one in message["attachments"]]
        metrics = (await hub.client.get("/metrics")).text

    assert [
        line
        for line in metrics.splitlines()
        if line.startswith("mim_unparsed_items_total") and not line.endswith(" 0.0")
    ] == []
    assert {file["state"] for file in files} <= {"ok"}
    types = {message["type"] for message in found}
    assert {TYPES[one] for one in phone.can & TYPES.keys()} <= types


TYPES = {"place": "location", "card": "contact_card", "sticker": "sticker", "story": "story_reply"}


def native(phone: Phone) -> list[Act]:
    """Everything that can be done there, once."""
    everything = (
        Act("file", "see", "broken-wheel.png"),
        Act("sticker", "hi", "smile.webp"),
        Act("voice", "", "voice-note.ogg"),
        Act("place", "The harbour", at=(60.39, 5.31)),
        Act("card", "Leo Ruiz"),
        Act("quote", "this one"),
        Act("story", "lovely", "smile.webp"),
        Act("comment", "lovely shoes"),
        Act("react", "👍"),
        Act("press", "No such button"),
        Act("edit", "this one there"),
        Act("unsend"),
    )
    return [act for act in everything if act.kind in phone.can]


async def test_one_webhook_address_serves_the_four_of_meta(tmp_path: Path) -> None:
    """Providers of one app have one secret; every delivery comes to the address that was entered first."""
    four = [WhatsApp(), Messenger(), Instagram(), FacebookComments()]
    async with live_hub(settings_in(tmp_path)) as hub, at_work(four):
        async with httpx.AsyncClient(base_url=hub.url, timeout=30) as http:
            for provider in four:
                await Admin(http, ADMIN_TOKEN, stage()).connect(provider)
        for provider in four:
            provider.webhook_url = four[0].webhook_url
            await provider.phone(next(people(provider.channel))).do(Act(text=f"by {provider.channel}"))
        found = await until_all(hub, len(four))

    assert sorted(message["text"] for each in found for message in each) == sorted(f"by {one.channel}" for one in four)
