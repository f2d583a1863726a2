"""Journey (d): on every channel a customer writes, the agent answers as the brand, and sees how far the answer got."""

import asyncio
from pathlib import Path

import pytest

from mim_desk.rehearsal.providers.registry import PROVIDERS
from mim_desk.rehearsal.scripts import Act
from mim_desk.ui.composer.answering import PUBLIC
from tests.journeys.real_desk import RealDesk, until
from tests.journeys.town import Town, opened_town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BRAND = "Juniper & Sail"


def test_on_every_channel_a_customer_and_the_agent_talk_as_brand_and_customer(
    desk_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    """One desk for all, since its start takes longer than a talk."""

    async def journey() -> None:
        async with RealDesk(tmp_path, monkeypatch) as agent, opened_town() as town:
            assert agent.session.hub is not None
            await town.connect(agent.session.hub.url, agent.session.keys.admin_token)
            for kind in PROVIDERS:
                with subtests.test(kind.channel):
                    await talk(agent, town, kind.channel)

    desk_loop.run_until_complete(journey())


async def talk(agent: RealDesk, town: Town, channel: str) -> None:
    """There, back, and there again."""
    provider, phone = town.providers[channel], town.phone(channel)
    asked, answered, thanked = f"Hello by {channel}?", f"Gladly, by {channel}.", f"Thanks by {channel}!"

    await town.do(channel, Act(text=asked))
    await agent.open(asked)
    await send(agent, answered, channel)
    await until(lambda: phone.heard, f"the answer arrives by {channel}")
    assert [(heard.text, heard.sender) for heard in phone.heard] == [(answered, BRAND)]

    await until(lambda: agent.delivery(answered) in ("sent", "delivered"), "the desk shows that the answer left")
    await town.read(channel)
    await until(lambda: agent.delivery(answered) == provider.tells, f"the desk shows {provider.tells}")
    await town.do(channel, Act(text=thanked))
    await until(lambda: thanked in agent.texts("incoming"), "the customer's next message is there")
    assert (agent.texts("incoming"), agent.texts("reply")) == ([asked, thanked], [answered])
    await send(agent, "Goodbye.", channel)
    await until(lambda: len(phone.heard) == 2, f"the goodbye arrives by {channel}")
    assert provider.refused == []


async def send(agent: RealDesk, text: str, channel: str) -> None:
    """As an agent does: below a comment first say that everybody may read it."""
    if channel == "facebook_comments":
        composer = agent.thread.composer
        await until(lambda: composer.answering.comment is not None, "the composer asks who may read the answer")
        agent.click(composer.frame.answer.segments[PUBLIC])
    await agent.send(text)
