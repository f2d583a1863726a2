"""Meta's channels behind a firewall: no webhook ever arrives, the hub asks, and everything comes once."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, Provider
from mim_desk.rehearsal.providers.wire import Answer, Call
from mim_desk.rehearsal.scripts import Act, Script
from tests.rehearsal.providers.test_at_the_hub import connected, conversations, until_all, until_heard

pytestmark = pytest.mark.timeout(90)


def firewalled(kind: type[Provider], looked: asyncio.Event) -> Provider:
    """A provider whose news never arrive; ``looked`` is set once somebody asks for them."""

    class Firewalled(kind):  # type: ignore[misc, valid-type]  # the kind is a parameter
        def connection(self) -> Connection:
            made = super().connection()
            return replace(made, settings={**made.settings, "mode": "polling"})

        def deliveries(self, news: object) -> list[Delivery]:
            return []

        async def answer(self, call: Call) -> Answer:
            answer: Answer = await super().answer(call)
            if call.path.endswith(("/conversations", "/feed")):
                looked.set()
            return answer

    provider: Provider = Firewalled()
    return provider


@pytest.mark.parametrize("kind", [Messenger, Instagram, FacebookComments], ids=lambda kind: kind.channel)
async def test_both_sides_read_each_other_without_a_webhook(tmp_path: Path, kind: type[Provider]) -> None:
    looked = asyncio.Event()
    provider = firewalled(kind, looked)
    async with connected(tmp_path, provider) as hub:
        await looked.wait()  # what is there by then was there before
        phone = provider.phone(Script("Ada Lovelace", "en", (), kind.channel))
        await phone.do(Act(text="one"))
        await phone.do(Act(text="two"))
        found = await until_all(hub, 2)
        (conversation,) = await conversations(hub)
        assert (await hub.reply(conversation["id"], "Answered")).status_code == 201
        await until_heard([phone], 1)
        await phone.do(Act(text="three"))
        again = await until_all(hub, 3)

    assert [one["text"] for one in found[0]] == ["one", "two"]
    assert [one["text"] for one in again[0]] == ["one", "two", "three"]
    assert [heard.text for heard in phone.heard] == ["Answered"]
    assert provider.refused == []
