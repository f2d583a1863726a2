"""Journey: a customer with a mail program and an agent at the real desk answer each other."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from mim_desk.protocol.api import NewInbox
from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.providers.provider import at_work
from mim_desk.rehearsal.scripts import Act, Script
from tests.journeys.real_desk import RealDesk, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

QUESTION = "Do you have the Halo case in navy?"
ANSWER = "Yes, navy is in stock."


def test_a_mail_is_answered_and_the_answer_to_that_comes_back_with_what_it_quotes_folded(
    desk_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = Email()
    mia = mail.phone(Script("Mia Carter", "en", (), "email"))

    async def journey() -> None:
        async with at_work([mail]), RealDesk(tmp_path, monkeypatch) as agent:
            told = mail.connection()
            settings, secrets = dict(told.settings), dict(told.secrets)
            await agent.session.create_inbox(NewInbox("Mail", "email", settings, secrets, {"name": "Juniper & Sail"}))
            await mail.connected("", "")

            await mia.do(Act(text=QUESTION))
            await agent.open(QUESTION)
            await agent.send(ANSWER)
            async with asyncio.timeout(30):
                heard = await mia.coming.get()
            assert (heard.text, heard.sender) == (ANSWER, "Juniper & Sail")
            await until(lambda: agent.delivery(ANSWER) == "sent", "the reply is sent")

            await mia.do(Act(text="I take two."))
            await until(lambda: "I take two." in agent.texts("incoming"), "the answer is there, without what it quotes")
            await until(lambda: agent.delivery(ANSWER) == "delivered", "who answers a mail has got it")

            timeline = agent.thread.timeline
            timeline.setFocus()
            agent.press(Qt.Key.Key_Up, timeline)
            agent.press(Qt.Key.Key_Period, timeline)
            await until(lambda: ANSWER in timeline.current.text(), "a key shows what the mail quotes")

    desk_loop.run_until_complete(journey())
    assert mail.refused == []
