"""Two machines never answer each other for ever by mail: of what nobody wrote one address gets only so much in an hour."""

import asyncio
import uuid
from pathlib import Path

import httpx
import pytest

from mim_desk.channels.base import Account
from mim_desk.channels.email.adapter import EmailAdapter
from mim_desk.domain.message import AuthorType
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import messages
from mim_desk.protocol import api, rows
from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.providers.provider import at_work
from mim_desk.rehearsal.scripts import Act, Script, stage
from mim_desk.rehearsal.workspace import Admin
from tests.hub.live import ADMIN_TOKEN, live_hub, settings_in
from tests.hub.test_polling import until_texts

SETTINGS = {"address": "care@example.com", "imap_host": "mail.example.com", "smtp_host": "mail.example.com"}


async def test_one_address_gets_so_many_automatic_mails_an_hour_and_an_agents_answer_all_the_same(tmp_path: Path):
    mail = Email()
    phone = mail.phone(Script("Mia", "en", (), "email"))
    async with live_hub(settings_in(tmp_path)) as hub, at_work([mail]):
        async with httpx.AsyncClient(base_url=hub.url, timeout=30) as http:
            inbox = await Admin(http, ADMIN_TOKEN, stage()).connect(mail)
        row = (await hub.client.get(f"/api/v1/inboxes/{inbox}")).json()
        changed = {"settings": {**row["settings"], "automatic_per_hour": 2}}
        (await hub.client.patch(f"/api/v1/inboxes/{inbox}", json=changed)).raise_for_status()
        await phone.do(Act(text="Hello"))
        await until_texts(hub, "Hello")
        conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"]
        by_agent = (await hub.reply(conversation, "by a person")).json()["id"]
        await hub.until_status(conversation, by_agent, "sent", "delivered")

        automatic = [str(uuid.uuid4()) for _ in range(3)]
        for number, message_id in enumerate(automatic):
            new = api.NewMessage(message_id, text=f"by a machine {number}")
            author = rows.Author(AuthorType.SYSTEM)
            await hub.running.hub.store.writer.run(
                lambda unit, new=new, author=author: messages.add_reply(unit, conversation, new, author)
            )
        for message_id in automatic[:2]:
            await hub.until_status(conversation, message_id, "sent", "delivered")
        waits: dict[str, str] = {}
        async with asyncio.timeout(30):
            while not waits.get("reason"):
                await asyncio.sleep(0.02)
                waits = (await hub.message(conversation, automatic[2]))["delivery"]

    assert waits["status"] == "queued"
    assert waits["reason"].startswith("At most 2 automatic messages an hour go to one address")
    assert [one.text for one in phone.heard] == ["by a person", "by a machine 0", "by a machine 1"]


@pytest.mark.parametrize(("told", "most"), [(None, 20), ("", 20), ("5", 5)])
def test_how_many_is_a_setting(told: str | None, most: int):
    assert EmailAdapter().automatic_per_hour(Account("i", {**SETTINGS, "automatic_per_hour": told}, {})) == most


def test_a_number_that_is_none_is_refused_by_name():
    with pytest.raises(Refusal) as refused:
        EmailAdapter().check({**SETTINGS, "automatic_per_hour": "many"}, {})

    assert refused.value.field == "settings.automatic_per_hour"
