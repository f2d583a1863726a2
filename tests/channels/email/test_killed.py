"""The hub dies between reading a mail and remembering that it did: its successor reads on, nothing is lost, nothing twice."""

from pathlib import Path

import httpx
import pytest

from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.providers.provider import at_work
from mim_desk.rehearsal.scripts import Act, Script, stage
from mim_desk.rehearsal.workspace import Admin
from tests.hub.live import ADMIN_TOKEN, Live
from tests.hub.process import embedded_hub
from tests.hub.test_polling import _close, _live, until_texts

pytestmark = pytest.mark.timeout(90)


async def seen(url: str, *wanted: str) -> list[dict]:
    """The conversations, once these texts are there."""
    live: Live = _live(url)
    await until_texts(live, *wanted, within=20)
    found = (await live.client.get("/api/v1/conversations")).json()["items"]
    await _close(live)
    return list(found)


@pytest.mark.parametrize("point", ["poll.before_cursor", "poll.after_cursor"])
async def test_a_hub_killed_anywhere_loses_no_mail_and_doubles_none(tmp_path: Path, point: str):
    mail = Email()
    phone = mail.phone(Script("Mia", "en", (), "email"))
    async with at_work([mail]):
        async with embedded_hub(tmp_path) as first, httpx.AsyncClient(base_url=first.url, timeout=30) as http:
            await Admin(http, ADMIN_TOKEN, stage()).connect(mail)
            await phone.do(Act(text="before"))
            await seen(first.url, "before")
            await first.end_of_input()
        await phone.do(Act(text="one"))
        await phone.do(Act(text="two"))
        async with embedded_hub(tmp_path, failpoint=f"{point}:kill") as dying:
            assert await dying.died() != 0

        async with embedded_hub(tmp_path) as again:
            (conversation,) = await seen(again.url, "before", "one", "two")

    assert conversation["unread"] == 3
