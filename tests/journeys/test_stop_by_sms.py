"""A customer by a carrier's own SMPP connection and the real desk: long texts in parts, receipts, STOP and START."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mim_desk.rehearsal.scripts import Act
from tests.journeys.real_desk import RealDesk, until
from tests.journeys.town import opened_town

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CHANNEL = "sms_smpp"
LONG = "Your table for two is free at eight o'clock. " * 8
"""In three parts."""


def test_after_stop_by_sms_the_composer_is_closed_until_the_customer_writes_start(
    desk_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def journey() -> None:
        async with RealDesk(tmp_path, monkeypatch) as agent, opened_town((CHANNEL,)) as town:
            assert agent.session.hub is not None
            await town.connect(agent.session.hub.url, agent.session.keys.admin_token)
            phone, composer = town.phone(CHANNEL), agent.thread.composer
            await town.do(CHANNEL, Act(text="Is a table free tonight? " * 10))
            await agent.open("Is a table free tonight?")

            await agent.type(LONG.strip())
            await until(lambda: "3 SMS" in composer.frame.split.words, "the composer counts three SMS")
            agent.press(Qt.Key.Key_Return)
            await until(lambda: phone.heard, "the answer arrives in one piece")
            assert phone.heard[0].text == LONG.strip()
            await until(lambda: agent.delivery(LONG.strip()) == "delivered", "all parts are delivered")

            await town.do(CHANNEL, Act(text="STOP"))
            await until(lambda: composer.is_unreachable and composer.editor.isReadOnly(), "the composer closes")
            assert "said stop" in composer.frame.closed_line.accessibleName()
            await town.do(CHANNEL, Act(text="START"))
            await agent.send("Welcome back.")
            await until(lambda: len(phone.heard) == 2, "what is sent after START arrives")
            assert town.providers[CHANNEL].refused == []

    desk_loop.run_until_complete(journey())
