"""The desk over a real hub: what customers write arrives, what agents write leaves once, and any cut heals."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from mim_desk.desk.freshness import FreshnessState
from mim_desk.desk.hub_client import HubClient
from mim_desk.desk.keys import Keys
from mim_desk.desk.paths import Paths
from mim_desk.desk.session import UNWRITABLE, Session
from mim_desk.desk.settings import SettingsFile
from mim_desk.desk.shapes import Draft, ListQuery, LocalFile, UnsentOf
from mim_desk.domain.conversation import Status
from mim_desk.domain.message import DeliveryStatus
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows
from tests.desk.hubs import _raise, conversation_with, live, new_session, shown, talking, until
from tests.desk.workspace import KEYS

pytestmark = pytest.mark.timeout(120)


async def _seen(session: Session) -> int:
    """Up to where the lists and timelines show; the freshness is told a moment later."""
    return (await session.cache.cursor())[1]


async def test_a_message_arrives_and_its_answer_leaves_once(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "Will the driver wait?")
        row = await conversation_with(session, "marta")

        sent = await session.send(
            row.conversation.id, kind="reply", text="Yes, 45 minutes.", base_seq=await _seen(session)
        )

        await until(lambda: len(gateway.taken) == 1, "the gateway has the reply")
        await until(lambda: not session.outbox.pending.items, "the outbox is empty")
        items = await shown(session, row)
        assert [item.message.text for item in items] == ["Will the driver wait?", "Yes, 45 minutes."]
        assert gateway.taken[0]["id"] == sent
        hits = await session.cache.search("driver")
        assert [hit.message_id for hit in hits.hits] == [items[0].message.id]


async def test_a_file_goes_with_the_reply_and_can_be_looked_at(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "Send me the plan")
        row = await conversation_with(session, "marta")
        file = LocalFile("11111111-1111-4111-8111-111111111111", "plan.txt", "text/plain", b"the whole plan")

        await session.send(row.conversation.id, kind="reply", text="Here", attachments=[file])

        await until(lambda: len(gateway.taken) == 1 and not session.outbox.pending.items, "it left")
        items = await shown(session, row)
        attachment = items[-1].message.attachments[0]
        assert attachment.name == "plan.txt"
        assert await session.attachment(attachment) == b"the whole plan"
        await session.go_offline()
        assert await session.attachment(attachment) == b"the whole plan"


async def test_what_was_written_offline_is_sent_once_and_held_where_the_customer_wrote_again(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "First question")
        await gateway.customer_writes("diego", "Another question")
        marta = await conversation_with(session, "marta")
        diego = await conversation_with(session, "diego")
        await live(session)
        seq = await _seen(session)
        await session.go_offline()
        first = await session.send(marta.conversation.id, kind="reply", text="To Marta", base_seq=seq)
        second = await session.send(diego.conversation.id, kind="reply", text="To Diego", base_seq=seq)
        await session.patch(marta.conversation.id, api.ConversationPatch(labels=["VIP"]))
        await gateway.customer_writes("diego", "Never mind, I found it")

        await session.reconnect()
        await until(lambda: len(gateway.taken) == 1, "Marta has her answer")
        await until(lambda: session.outbox.pending.items[second].state == "held", "Diego's is held")

        assert [each["id"] for each in gateway.taken] == [first]
        items = await shown(session, diego)
        held = next(item for item in items if item.message.id == second)
        assert held.outbox_state == "held"
        assert held.held.reasons == ("customer_wrote",)
        assert [message.text for message in held.held.messages] == ["Never mind, I found it"]
        await until(lambda: set(session.outbox.pending.items) == {second}, "the label is set")
        assert (await session.cache.conversation(marta.conversation.id)).labels == ["VIP"]

        await session.override(second)

        await until(lambda: len(gateway.taken) == 2 and not session.outbox.pending.items, "the agent decided")
        assert gateway.taken[1]["text"] == "To Diego"


async def test_a_killed_hub_comes_back_and_every_message_is_there_once(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "one")
        row = await conversation_with(session, "marta")
        for number in range(3):
            os.kill(session.hub.process.pid, signal.SIGKILL)
            sent = await session.send(
                row.conversation.id, kind="reply", text=f"answer {number}", base_seq=await _seen(session)
            )
            await until(lambda number=number: session.hub.crashes == number + 1, "the crash is noticed")
            await live(session)
            # A customer who writes before it left would hold it, and a kill amid its sending leaves it in doubt: by design.
            await until(lambda: not session.outbox.pending.items, "it left")
            await until_status(session, sent, DeliveryStatus.SENT)
            await gateway.customer_writes("marta", f"again {number}")
            await until_texts(session, row, 3 + 2 * number)

        await until_texts(session, row, 7)
        items = await shown(session, row)
        texts = [item.message.text for item in items]
        assert sorted(texts) == sorted(["one", *(f"answer {n}" for n in range(3)), *(f"again {n}" for n in range(3))])
        assert [each["text"] for each in gateway.taken] == [f"answer {n}" for n in range(3)]


async def test_while_the_disk_cannot_keep_that_a_reply_may_have_left_it_stays_and_that_is_told(tmp_path: Path) -> None:
    """Taken for unsent after a restart it could be taken back, while the customer had it."""
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "one")
        row = await conversation_with(session, "marta")
        await session.go_offline()
        sent = await session.send(row.conversation.id, kind="reply", text="answer")

        await writable(session, on=False)
        await session.reconnect()
        await until(lambda: any(notice.code == UNWRITABLE for notice in session.notices), "it is told")
        await live(session)
        await asyncio.sleep(0.3)
        assert (list(session.outbox.pending.items), gateway.taken) == ([sent], [])

        await writable(session, on=True)
        await until(lambda: not session.outbox.pending.items, "the outbox is empty")
        await gateway.customer_writes("marta", "two")
        await until_texts(session, row, 3)
        assert [each["id"] for each in gateway.taken] == [sent]


async def test_a_disk_that_fills_up_while_a_reply_is_on_its_way_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = HubClient.post_message

    async def filling(client: HubClient, *values: Any) -> rows.Message:
        await writable(session, on=False)
        return await post(client, *values)

    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "one")
        row = await conversation_with(session, "marta")
        monkeypatch.setattr(HubClient, "post_message", filling)
        sent = await session.send(row.conversation.id, kind="reply", text="answer")
        await until(lambda: bool(gateway.taken), "the hub has it")
        await until(lambda: any(notice.code == UNWRITABLE for notice in session.notices), "it is told")
        with pytest.raises(Refusal, match="already"):
            await session.take_back(sent)
        monkeypatch.undo()
        await writable(session, on=True)

        await until(lambda: not session.outbox.pending.items, "the outbox is empty")
        assert [each["id"] for each in gateway.taken] == [sent]


async def writable(session: Session, *, on: bool) -> None:
    """As when the disk can be read and not written."""
    held = session.outbox._opened()
    await asyncio.to_thread(held.read, lambda connection: connection.execute(f"PRAGMA query_only = {int(not on)}"))


async def until_texts(session, row, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(await shown(session, row)) < count:
        assert time.monotonic() < deadline


async def test_a_damaged_cache_is_filled_again_by_itself(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        for who in ("marta", "diego", "amira"):
            await gateway.customer_writes(who, f"hello from {who}")
            await conversation_with(session, who)
        await live(session)
        cache = session.paths.cache
        await session.cache.write(lambda connection: connection.execute("PRAGMA user_version"))
        data = cache.read_bytes()
        cache.with_name("cache.db-wal").write_bytes(b"")
        cache.write_bytes(bytes(len(data)))

        await session.cache.search("hello")
        await session.cache.conversations(ListQuery("all"))
        for held in (*session.cache._file.readers, session.cache._file.writer):
            held._connection.execute("PRAGMA cache_size = 0")
        for who in ("marta", "diego", "amira"):
            await conversation_with(session, who)

        assert len((await session.cache.search("hello")).hits) == 3


async def test_a_resolved_conversation_is_resolved_at_the_hub_too(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "Thanks, all good")
        row = await conversation_with(session, "marta")

        await session.read(row.conversation.id, row.conversation.last_message.id)
        await session.patch(row.conversation.id, api.ConversationPatch(assignee_id=session.me.id))
        await session.patch(row.conversation.id, api.ConversationPatch(status=Status.RESOLVED, reason="Only thanks"))
        await until(lambda: not session.outbox.pending.items, "the hub has it")

        told = await session.online().conversation(row.conversation.id)
        assert (told.status, told.assignee_id, told.unread) == (Status.RESOLVED, session.me.id, 0)
        counts = await session.cache.counts()
        assert (counts.all, counts.resolved) == (0, 1)


async def test_a_second_start_reads_offline_first_and_then_catches_up(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "before")
        await conversation_with(session, "marta")
        await live(session)
        await session.close()
        again = new_session(tmp_path)
        await again.start()
        try:
            row = (await again.cache.conversations(ListQuery("all")))[0]
            assert row.contact_name == "Marta"
            assert again.freshness.state is not FreshnessState.LIVE
            await live(again)
            await gateway.customer_writes("marta", "after")
            await until_texts(again, row, 2)
        finally:
            await again.close()


async def test_a_failed_delivery_can_be_tried_again_under_a_new_id(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "hello")
        row = await conversation_with(session, "marta")
        gateway.refuses = True
        first = await session.send(row.conversation.id, kind="reply", text="not taken")
        await until_status(session, first, DeliveryStatus.FAILED)
        gateway.refuses = False

        second = await session.retry(first)

        await until(lambda: [each["id"] for each in gateway.taken] == [second], "the copy left")
        assert (await session.cache.message(first)).delivery.status is DeliveryStatus.FAILED


async def until_status(session, message_id: str, status: DeliveryStatus) -> None:
    deadline = time.monotonic() + 15
    while True:
        message = await session.cache.message(message_id)
        if message is not None and message.delivery.status is status:
            return
        assert time.monotonic() < deadline, message


def test_a_killed_desk_leaves_no_hub_behind(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from tests.desk.hubs import live, new_session\n"
        "async def main():\n"
        "    session = new_session(Path(sys.argv[1])); await session.start(); await live(session)\n"
        "    print(session.hub.process.pid, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    desk = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    hub = int(desk.stdout.readline())
    desk.kill()
    desk.wait()
    desk.stdout.close()

    deadline = time.monotonic() + 20
    while _runs(hub):
        assert time.monotonic() < deadline, "the hub outlived its desk"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        with Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_hub_that_cannot_start_says_why(tmp_path: Path) -> None:
    first = new_session(tmp_path)
    await first.start()
    await live(first)
    await first.close()
    session = new_session(tmp_path, msgspec.structs.replace(KEYS, hub=b"x" * 32))
    await session.start()
    try:
        await until(lambda: bool(session.notices), "the notice")
        assert session.notices[0].code == "hub-failed"
        assert "key" in session.notices[0].text
        await asyncio.sleep(1)
        assert len(session.notices) == 1
    finally:
        await session.close()


async def test_signing_in_to_a_teams_hub_and_out_again(tmp_path: Path) -> None:
    async with talking(tmp_path / "team") as (admin, gateway):
        await gateway.customer_writes("marta", "hello team")
        await conversation_with(admin, "marta")
        new = api.NewAgent("Ana Ribeiro", "ana", "a long password", "agent")
        await admin.online()._post("/api/v1/agents", new, rows.Agent)
        url, kept = admin.line.client.url, []
        desk = team_session(tmp_path / "desk", url, kept)
        await desk.start()
        try:
            await until(lambda: any(notice.code == "signed-out" for notice in desk.notices), "no token yet")
            for where, password, field in (
                (url, "another password", "password"),
                ("http://127.0.0.1:1", "a long password", "url"),
                ("nonsense", "a long password", "url"),
                ("http://[::bad", "a long password", "url"),
            ):
                with pytest.raises(Refusal) as refused:
                    await desk.sign_in(where, "ana", password)
                assert refused.value.field == field, where

            agent = await desk.sign_in(f"{url}/", "ana", "a long password")
            await live(desk)
            row = await conversation_with(desk, "marta")

            assert (agent.name, desk.me.name) == ("Ana Ribeiro", "Ana Ribeiro")
            assert kept[-1].tokens[url]
            assert desk.hub is None

            await desk.save_draft(row.conversation.id, "reply", Draft("half"))
            await desk.sign_out()

            assert kept[-1].tokens == {}
            assert await desk.cache.conversations(ListQuery("all")) == []
            assert (await desk.draft(row.conversation.id, "reply")).text == "half"
        finally:
            await desk.close()


async def test_unsent_work_leaves_only_under_its_authors_name(tmp_path: Path) -> None:
    async with talking(tmp_path / "team") as (admin, gateway):
        await gateway.customer_writes("marta", "hello team")
        await conversation_with(admin, "marta")
        for login in ("ana", "bob"):
            new = api.NewAgent(login.title(), login, "a long password", "agent")
            await admin.online()._post("/api/v1/agents", new, rows.Agent)
        url = admin.line.client.url
        desk = team_session(tmp_path / "desk", url, [])
        await desk.start()
        try:
            bob = await desk.sign_in(url, "bob", "a long password")
            await live(desk)
            row = await conversation_with(desk, "marta")
            await desk.line.close()
            note = await desk.send(row.conversation.id, kind="note", text="written by Bob")
            await desk.sign_out()
            assert await desk.unsent_here() == [UnsentOf("Bob", 1)]

            await desk.sign_in(url, "ana", "a long password")
            await live(desk)
            own = await desk.send(row.conversation.id, kind="note", text="written by Ana")
            await until(lambda: not desk.outbox.pending.items, "Ana's note left")
            assert [item.message.id for item in await shown(desk, row)][1:] == [own]
            assert await desk.unsent_here() == [UnsentOf("Bob", 1)]
            await desk.sign_out()

            await desk.sign_in(url, "bob", "a long password")
            assert list(desk.outbox.pending.items) == [note]
            await live(desk)
            await until(lambda: not desk.outbox.pending.items, "Bob's note left")
            assert (await desk.cache.message(note)).author.id == bob.id
            assert await desk.unsent_here() == []
        finally:
            await desk.close()


def team_session(home: Path, url: str, kept: list[Keys]) -> Session:
    """A desk told to work with a team's hub, without a token."""
    paths = Paths(home).make()
    settings = SettingsFile(paths.settings)
    settings.change(hub_url=url)

    async def keep(keys: Keys) -> None:
        kept.append(keys)

    return Session(paths, KEYS, settings, _raise, keep)


async def test_a_hub_that_comes_back_on_another_port_is_found(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        before = session.hub.url
        os.kill(session.hub.process.pid, signal.SIGKILL)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            await until(lambda: _bound(taken, urlsplit(before).port), "the old port is free")
            taken.listen()
            await until(lambda: session.hub.url != before, "the new address")
            await live(session)

            gateway.webhook_url = gateway.webhook_url.replace(before, session.hub.url)
            await gateway.customer_writes("marta", "found you")
            await conversation_with(session, "marta")


def _bound(taken: socket.socket, port: int) -> bool:
    try:
        taken.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


async def test_a_canned_reply_is_made_changed_and_deleted_from_the_desk(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, _):
        made = await session.save_canned_reply("", api.NewCannedReply("hours", "Opening hours", "We open at 9."))
        await _texts(session, {"hours": "We open at 9."})
        with pytest.raises(Refusal) as refused:
            await session.save_canned_reply("", api.NewCannedReply("hours", "Again", "We open at 10."))
        await session.save_canned_reply(made.id, api.NewCannedReply("hours", "Opening hours", "We open at 8."))
        await _texts(session, {"hours": "We open at 8."})
        await session.remove_canned_reply(made.id)
        await _texts(session, {})

        assert (refused.value.code, refused.value.field) == ("taken", "shortcut")


async def _texts(session: Session, wanted: dict[str, str]) -> None:
    """Wait until the desk has heard of it."""
    for _ in range(500):
        known = {reply.shortcut: reply.text for reply in await session.cache.canned_replies()}
        if known == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{known} is not {wanted}")
