"""Journey: a customer with a plain phone, a carrier that speaks SMPP, and an agent at the real desk."""

import asyncio
from pathlib import Path

import pytest

from mim_desk.protocol.api import NewInbox
from mim_desk.rehearsal.providers.provider import at_work
from mim_desk.rehearsal.providers.sms_smpp import SmsSmpp
from mim_desk.rehearsal.scripts import Act, Script
from tests.journeys.real_desk import RealDesk, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

QUESTION = "Где моя посылка J-20398? Я был дома весь день, и никто не звонил. Пожалуйста, узнайте, где она сейчас 🙏"
ANSWER = "Здравствуйте! Курьер приедет завтра с 10 до 12. Мы напишем, когда он будет рядом с вашим домом. 📦"


def test_texts_in_parts_go_both_ways_and_stop_ends_them(
    desk_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = SmsSmpp()

    async def journey() -> None:
        async with at_work([carrier]), RealDesk(tmp_path, monkeypatch) as agent:
            wanted = carrier.connection()
            await agent.session.create_inbox(
                NewInbox("SMS", "sms_smpp", dict(wanted.settings), dict(wanted.secrets), {})
            )
            phone = carrier.phone(Script("Marcus Reed", "en", (), "sms_smpp"))

            await phone.do(Act(text=QUESTION))
            await agent.open(QUESTION)
            await agent.send(ANSWER)
            await until(lambda: [heard.text for heard in phone.heard] == [ANSWER], "the phone shows the whole answer")
            await until(lambda: agent.delivery(ANSWER) == "delivered", "both parts are at the phone")

            await phone.do(Act(text="STOP"))
            await until(lambda: "STOP" in agent.texts("incoming"), "the word is in the timeline")
            assert len(phone.heard) == 1

    desk_loop.run_until_complete(journey())
    assert carrier.refused == []
