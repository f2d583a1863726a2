"""A rehearsal against a real hub: people come on every channel, are answered, read it and go; nothing fails."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from mim_desk.rehearsal import rehearsal
from mim_desk.rehearsal.person import Pace
from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.rehearsal import Rehearsal, in_turns
from mim_desk.rehearsal.scripts import Act, Script, Turn, all_scripts, stage
from mim_desk.rehearsal.workspace import OpenedChat
from tests.hub.live import ADMIN_TOKEN, Live, live_hub, settings_in


@pytest_asyncio.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Live]:
    async with live_hub(settings_in(tmp_path)) as live:
        yield live


class Agent:
    """Answers every conversation that waits, over the API."""

    def __init__(self, hub: Live) -> None:
        self._client = hub.client
        self.answered = 0

    async def work(self) -> None:
        while True:
            for conversation in await self.conversations():
                if conversation["waiting_since"] is not None:
                    await self._answer(conversation["id"])
            await asyncio.sleep(0.1)

    async def conversations(self) -> list[dict[str, Any]]:
        found = await self._client.get("/api/v1/conversations?limit=100")
        return list(found.raise_for_status().json()["items"])

    async def _answer(self, conversation_id: str) -> None:
        body = {"id": str(uuid.uuid4()), "kind": "reply", "text": "Gladly!"}
        await self._client.post(f"/api/v1/conversations/{conversation_id}/messages", json=body)
        self.answered += 1


async def inboxes(hub: Live) -> list[dict[str, Any]]:
    return list((await hub.client.get("/api/v1/inboxes?limit=100")).raise_for_status().json()["items"])


QUICK = Pace(speed=100, patience_s=600, leaves_after_s=2000)


@pytest.mark.timeout(120)
async def test_on_every_channel_people_are_received_answered_and_read_it(hub: Live) -> None:
    problems: list[str] = []
    agent = Agent(hub)
    plan = Rehearsal(pace=QUICK, rounds=1, arrival_s=3)

    async with asyncio.TaskGroup() as group:
        working = group.create_task(agent.work())
        await rehearsal.run(
            hub.url, ADMIN_TOKEN, plan, on_problem=lambda doing, problem: problems.append(f"{doing}: {problem}")
        )
        working.cancel()

    assert problems == []
    conversations = await agent.conversations()
    assert len(conversations) == len(all_scripts())
    assert {each["channel"] for each in await inboxes(hub) if each["health"]["state"] != "ok"} == set()
    assert {each.channel: each.refused for each in plan.providers if each.refused} == {}
    telling = {"web_chat", *(each.channel for each in plan.providers if each.tells == "read")}
    told = {each["id"] for each in await inboxes(hub) if each["channel"] in telling}
    assert all(each["contact_read_up_to"] for each in conversations if each["inbox_id"] in told)
    names = {(await hub.client.get(f"/api/v1/contacts/{each['contact_id']}")).json()["name"] for each in conversations}
    assert {script.name for script in all_scripts() if script.email} <= names


async def test_the_workspace_is_set_up_and_its_page_can_be_opened(hub: Live) -> None:
    opened: list[OpenedChat] = []

    await rehearsal.run(hub.url, ADMIN_TOKEN, Rehearsal(rounds=0), on_open=opened.append)

    page = await hub.client.get(opened[0].page_url)
    assert page.status_code == 200
    replies = (await hub.client.get("/api/v1/canned-replies?limit=100")).json()["items"]
    assert {"hi", "refund", "dz"} <= {reply["shortcut"] for reply in replies}


async def test_the_web_chat_that_a_desks_own_hub_begins_with_becomes_the_shops(tmp_path: Path) -> None:
    """None stands beside it empty."""
    opened: list[OpenedChat] = []

    async with live_hub(settings_in(tmp_path, embedded=True)) as hub:
        await rehearsal.run(hub.url, ADMIN_TOKEN, Rehearsal(rounds=0, providers=[]), on_open=opened.append)

        chats = [each for each in await inboxes(hub) if each["channel"] == "web_chat"]
        assert [each["id"] for each in chats] == [opened[0].inbox_id]
        assert (chats[0]["name"], chats[0]["brand"]["name"]) == (stage().inbox, stage().brand)
        assert (await hub.client.get(opened[0].page_url)).status_code == 200
        assert opened[0].widget.startswith("wpub_")


async def test_a_mail_does_not_say_its_subject_again() -> None:
    mails = Email()
    phone = mails.phone(Script("Eleanor", "en", (), "email"))

    for text in ("One lamp missing\n\nGood morning,\n\nonly one came.", "Anybody?"):
        await phone.do(Act(text=text))

    written = [message_from_bytes(mail.data, policy=SMTP) for mail in mails.mailbox.folders["INBOX"].mails]
    assert [(mail["Subject"], mail.get_content().strip()) for mail in written] == [
        ("One lamp missing", "Good morning,\r\n\r\nonly one came."),
        ("Re: One lamp missing", "Anybody?"),
    ]


async def test_a_visitor_whom_nobody_answers_nudges_and_leaves(hub: Live) -> None:
    script = Script("Mia", "en", [Turn([Act(text="Hello?")], nudge="Anybody?"), Turn([Act(text="never said")])])
    plan = Rehearsal(pace=Pace(speed=200, patience_s=40, leaves_after_s=60), rounds=1, scripts=[script])

    await rehearsal.run(hub.url, ADMIN_TOKEN, plan)

    conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]
    messages = (await hub.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
    assert [message["text"] for message in reversed(messages) if message["kind"] == "incoming"] == [
        "Hello?",
        "Anybody?",
    ]


async def test_a_rehearsal_that_is_broken_off_leaves_nothing_running(hub: Live) -> None:
    """The guards look for what is left over."""
    opened: list[OpenedChat] = []

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await rehearsal.run(hub.url, ADMIN_TOKEN, Rehearsal(pace=QUICK, arrival_s=1), on_open=opened.append)

    assert len(opened) == 1


def test_every_channel_has_its_turn_before_one_has_it_again() -> None:
    order = [script.channel for script in in_turns(all_scripts(), Random(1))]

    channels = set(order)
    assert set(order[: len(channels)]) == channels
    assert len(channels) <= Rehearsal().at_once
    assert len(order) == len(all_scripts())
