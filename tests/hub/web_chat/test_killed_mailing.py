"""The copy of a chat by mail, and a hub that dies at any step of it: exactly one mail, or doubt that is said."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest

from mim_desk.hub.secrets import Keys
from mim_desk.hub.store import message_rows
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.providers.provider import at_work
from mim_desk.rehearsal.scripts import Script, stage
from mim_desk.rehearsal.workspace import Admin
from tests.hub.live import ADMIN_TOKEN, Live
from tests.hub.process import KEY
from tests.hub.test_killed_sends import ARRIVED, ENDS, Town, conversation_of, replies, steps
from tests.hub.web_chat.visitors import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
ANSWER: Final = "Your coat is here"
STEPS: Final = ["mail_copy.before_queue", "mail_copy.after_queue", *steps(1)]
IN_THE_STORE: Final = ("before_queue", "after_queue", "after_outcome")
"""Steps at which the store knows whether the mail left."""


async def answered(town: Town, mail: Email, address: str) -> str:
    """A visitor leaves an address, goes away and is answered; the conversation."""
    async with town.hub() as (hub, live):
        async with httpx.AsyncClient(base_url=live.url, timeout=30) as http:
            admin = Admin(http, ADMIN_TOKEN, stage())
            chat = await admin.open_chat()
            await admin.connect(mail)
            http.headers["origin"] = live.url
            began = await http.post("/api/web-chat/v1/session", json={"widget": chat.widget})
            visitor = Visitor(http)
            visitor.take(began.raise_for_status().json())
            (await visitor.write("Is it there?", form={"email": address})).raise_for_status()
        conversation = await conversation_of(live, "Is it there?")
        (await live.reply(conversation, ANSWER)).raise_for_status()
        await hub.end_of_input()
    return conversation


async def waited(town: Town, conversation: str) -> None:
    """The answer is an hour old."""

    def work(unit: Unit) -> None:
        for row in message_rows.of_conversation(unit.conn, conversation)[0]:
            message_rows.change(unit, row.id, earlier)

    def earlier(row: rows.Message) -> rows.Message:
        return msgspec.structs.replace(row, occurred_at=row.occurred_at - timedelta(hours=1))

    store = await Store.open(f"sqlite:///{town.folder}/hub/hub.db", Keys(bytes.fromhex(KEY)).database)
    await store.writer.run(work)
    await store.close()


async def mailed(live: Live, conversation: str) -> dict[str, Any]:
    """What became of the copy."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while not found:
            await asyncio.sleep(0.02)
            found = [one for one in await replies(live, conversation) if one["text"] != ANSWER]
    (copy,) = found
    return await live.until_status(conversation, copy["id"], *ENDS)


@pytest.mark.parametrize("step", STEPS)
async def test_a_copy_by_mail_leaves_once_or_is_in_doubt_wherever_the_hub_dies(tmp_path: Path, step: str):
    mail = Email()
    town = Town(tmp_path, [mail])
    async with at_work(town.networks):
        person = mail.phone(Script("Ana Ruiz", "en", (), "email"))
        conversation = await answered(town, mail, person.address)  # type: ignore[attr-defined]  # it is an EmailPhone
        await waited(town, conversation)
        async with town.hub(f"{step}:kill") as (doomed, _):
            assert await doomed.died() < 0
        async with town.hub() as (_, live):
            told = await mailed(live, conversation)

    arrived = [one.text for one in person.heard]
    assert len(arrived) <= 1
    assert all(ANSWER in one for one in arrived)
    if told["delivery"]["status"] in ARRIVED:
        assert len(arrived) == 1
    else:
        assert told["delivery"]["status"] == "unknown"
        assert not step.endswith(IN_THE_STORE)
