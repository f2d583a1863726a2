"""Whoever signs out of the hub on their own computer and thinks better of it goes on where they were."""

import asyncio
from pathlib import Path

import pytest

from mim_desk.protocol import api
from mim_desk.ui.sign_in.view import SignIn
from mim_desk.ui.widgets.buttons import Button
from tests.desk.hubs import SECRET, Gateway
from tests.journeys.real_desk import RealDesk, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_going_back_starts_the_own_hub_again(
    desk_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        gateway = Gateway()
        await gateway.start()
        async with RealDesk(tmp_path / "desk", monkeypatch) as agent:
            settings, secrets = {"callback_url": gateway.url}, {"signing_secret": SECRET}
            made = await agent.session.create_inbox(api.NewInbox("Shop", "custom", settings, secrets))
            gateway.webhook_url = made.webhook_url
            await gateway.customer_writes("marta", "Is it open today?")
            await agent.open("Is it open today?")

            agent.desk._elsewhere("sign_out")
            await until(lambda: isinstance(agent.window.front.currentWidget(), SignIn), "the page to sign in")
            assert agent.session.hub is None
            back = next(
                each for each in agent.window.front.currentWidget().findChildren(Button) if each.text() == "Back"
            )
            agent.click(back)

            await agent.live()

            await agent.open("Is it open today?")
            await agent.send("Until eight.")
            await until(lambda: [each["text"] for each in gateway.taken] == ["Until eight."], "the reply left")
        await gateway.close()

    desk_loop.run_until_complete(journey())
