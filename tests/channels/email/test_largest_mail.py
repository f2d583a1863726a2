"""The largest mail that a server takes (SIZE): learnt when the account is tried, kept, and told before anything is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mim_desk.channels.base import Account, OutgoingFile, Response
from mim_desk.channels.email.driver import EmailDriver
from mim_desk.channels.email.rendering import GREET
from mim_desk.channels.registry import manifest
from mim_desk.rehearsal.providers.email_imap import MailServer
from mim_desk.rehearsal.providers.email_smtp import Letter, SubmissionServer
from tests.channels.email.mails import ACCOUNT, ADAPTER, reply
from tests.hub.live import Live, live_hub, settings_in

CARE, PASSWORD = "care@desk.test", "app-password-of-the-tests"
USUAL = manifest("email").capabilities.files_bytes
ROOM = 128 << 10
"""What the words of a mail may take, by the adapter's reckoning."""


def files_of(size: int) -> int:
    """What the files may have in a mail of so many bytes: 57 of them become a line of 76 letters and an end of line."""
    return (size - ROOM) * 57 // 78


@dataclass
class Servers:
    """A mailbox and its submission server."""

    mailbox: MailServer
    submission: SubmissionServer
    taken: list[Letter]
    settings: dict[str, str]

    @property
    def body(self) -> dict[str, object]:
        """What connects the inbox."""
        return {"name": "Care", "channel": "email", "settings": self.settings, "secrets": {"password": PASSWORD}}


@asynccontextmanager
async def servers(most_bytes: int | None) -> AsyncIterator[Servers]:
    taken: list[Letter] = []
    mailbox = MailServer(CARE, PASSWORD)
    submission = SubmissionServer(CARE, PASSWORD, taken.append, most_bytes=most_bytes)
    imap, smtp = await mailbox.serve(), await submission.serve()
    ports = {name: str(one.sockets[0].getsockname()[1]) for name, one in (("imap_port", imap), ("smtp_port", smtp))}
    hosts = {"imap_host": "127.0.0.1", "smtp_host": "127.0.0.1", "security": "none", "address": CARE}
    try:
        yield Servers(mailbox, submission, taken, {**hosts, **ports})
    finally:
        imap.close()
        smtp.close()
        mailbox.hang_up()
        submission.hang_up()


async def room(hub: Live, inbox_id: str) -> int:
    found = (await hub.client.get(f"/api/v1/inboxes/{inbox_id}")).raise_for_status().json()
    return int(found["capabilities"]["files_bytes"])


@pytest.mark.parametrize(
    ("most_bytes", "expected"),
    [
        pytest.param(20_480_000, files_of(20_480_000), id="a limit"),
        pytest.param(1_000_000, files_of(1_000_000), id="a small one"),
        pytest.param(None, USUAL, id="the server does not tell"),
        pytest.param(0, USUAL, id="the server has none"),
    ],
)
async def test_an_inbox_knows_from_its_first_moment_what_its_server_takes(
    hub: Live, most_bytes: int | None, expected: int
) -> None:
    async with servers(most_bytes) as there:
        made = (await hub.client.post("/api/v1/inboxes", json=there.body)).raise_for_status().json()
        found = await room(hub, made["id"])

    assert found == expected


async def test_a_limit_that_the_server_changed_is_learnt_when_it_is_asked_again(hub: Live) -> None:
    async with servers(20_480_000) as there:
        made = (await hub.client.post("/api/v1/inboxes", json=there.body)).raise_for_status().json()

        seen = []
        for most_bytes in (10_240_000, None):
            there.submission.most_bytes = most_bytes
            (await hub.client.post(f"/api/v1/inboxes/{made['id']}/test")).raise_for_status()
            seen.append(await room(hub, made["id"]))

    assert seen == [files_of(10_240_000), USUAL]


async def test_another_server_brings_its_own_limit_and_another_name_changes_nothing(hub: Live) -> None:
    async with servers(10_240_000) as there, servers(None) as other:
        made = (await hub.client.post("/api/v1/inboxes", json=there.body)).raise_for_status().json()
        path = f"/api/v1/inboxes/{made['id']}"

        (await hub.client.patch(path, json={"name": "Service"})).raise_for_status()
        renamed = await room(hub, made["id"])
        patched = await hub.client.patch(path, json={"settings": {"smtp_port": other.settings["smtp_port"]}})
        patched.raise_for_status()

        assert renamed == files_of(10_240_000)
        assert await room(hub, made["id"]) == USUAL


async def test_a_server_that_cannot_be_reached_takes_no_limit_away(hub: Live) -> None:
    async with servers(10_240_000) as there:
        made = (await hub.client.post("/api/v1/inboxes", json=there.body)).raise_for_status().json()
    (await hub.client.post(f"/api/v1/inboxes/{made['id']}/test")).raise_for_status()

    assert await room(hub, made["id"]) == files_of(10_240_000)


async def test_a_restart_forgets_no_limit(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with servers(10_240_000) as there:
        async with live_hub(settings) as first:
            made = (await first.client.post("/api/v1/inboxes", json=there.body)).raise_for_status().json()
        async with live_hub(settings) as second:
            found = await room(second, made["id"])

    assert found == files_of(10_240_000)


async def test_the_server_is_greeted_without_a_password() -> None:
    async with servers(5_000_000) as there:
        told = await EmailDriver(Account("in-1", there.settings, {})).probe(
            next(one for one in ADAPTER.standing_requests(ACCOUNT) if one.method == GREET)
        )

    assert isinstance(told, Response)
    assert ADAPTER.files_bytes(told) == files_of(5_000_000)


@pytest.mark.parametrize("count", [1, 10])
def test_files_of_that_size_fit_and_hardly_more_would(count: int) -> None:
    """The whole mail as it is handed in, its text among it, against the limit."""
    most = 4_000_000
    each = files_of(most) // count

    (request,) = ADAPTER.render(ACCOUNT, reply("Here is all of it. " * 1000, *_files(count, each)))
    (larger,) = ADAPTER.render(ACCOUNT, reply("Here is all of it. ", *_files(count, each + ROOM // count)))

    assert len(request.body) <= most
    assert len(larger.body) > most


def _files(count: int, size: int) -> list[OutgoingFile]:
    return [
        OutgoingFile(str(number), f"f{number}.bin", "application/octet-stream", bytes(size)) for number in range(count)
    ]


async def test_files_that_are_too_large_together_are_refused_in_words_and_nothing_is_sent(hub: Live) -> None:
    async with servers(1_000_000) as there:
        made = (await hub.client.post("/api/v1/inboxes", json=there.body)).raise_for_status().json()
        async with asyncio.timeout(60):
            await there.mailbox.watched.wait()
        mail = f"From: Mia <mia@cust.test>\r\nTo: {CARE}\r\nSubject: Order\r\nMessage-ID: <1@cust.test>\r\n\r\nHi\r\n"
        there.mailbox.deliver(mail.encode(), 1_795_000_000.0)
        conversation = await _first(hub)
        ids = [await _uploaded(hub, 320_000) for _ in range(2)]

        alone = await hub.reply(conversation["id"], "One", attachments=ids[:1])
        both = await hub.reply(conversation["id"], "Both", attachments=ids)
        await hub.until_status(conversation["id"], alone.raise_for_status().json()["id"], "sent", within=60)

    assert await room(hub, made["id"]) == files_of(1_000_000)
    assert both.status_code == 400
    assert both.json()["detail"] == "Care carries files up to 0.6 MB together; these have more."
    assert len(there.taken) == 1


async def _first(hub: Live) -> dict:
    async with asyncio.timeout(60):
        while not (found := (await hub.client.get("/api/v1/conversations")).raise_for_status().json()["items"]):
            await asyncio.sleep(0.02)
    return dict(found[0])


async def _uploaded(hub: Live, size: int) -> str:
    told = await hub.client.post(
        "/api/v1/attachments", files={"file": ("f.bin", bytes(size), "application/octet-stream")}
    )
    return str(told.raise_for_status().json()["attachment"]["id"])
