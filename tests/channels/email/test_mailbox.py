"""The driver at a small IMAP server: where it begins, what it reads again, and that nothing between is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from mim_desk.channels.base import Account, Outgoing, Poll, Refused, Response
from mim_desk.channels.email.adapter import EmailAdapter
from mim_desk.channels.email.driver import EmailDriver
from mim_desk.rehearsal.providers.email_imap import Folder, Mail, MailServer
from mim_desk.rehearsal.providers.email_smtp import Letter, SubmissionServer
from tests.hub.live import Live

CARE, PASSWORD = "care@desk.test", "app-password-of-the-tests"
ADAPTER = EmailAdapter()


def mail(text: str) -> bytes:
    head = f"From: Mia <mia@cust.test>\r\nTo: {CARE}\r\nSubject: Order\r\nMessage-ID: <{text}@cust.test>\r\n"
    return f"{head}Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n{text}\r\n".encode()


def now() -> float:
    return datetime.now(UTC).timestamp()


class Ended(Exception):
    """The test has seen enough, or the hub dies."""


@dataclass
class Side:
    """The hub's side of a driver: keeps what it is given, until there is enough.

    Attributes:
        enough: how many mails end the listening; with ``dies_at`` so many places end it instead.
    """

    enough: int = 1
    dies_at: int = 0
    cursor: str = ""
    places: int = 0
    texts: list[str] = field(default_factory=list)
    is_connected: bool = False

    async def connected(self) -> None:
        self.is_connected = True

    async def take(self, news: Poll) -> None:
        self.places += 1
        self.cursor = news.cursor
        self.texts += [one.rpartition(b"\r\n\r\n")[2].decode().strip() for one in news.items]
        if self.places == self.dies_at or len(self.texts) >= self.enough:
            raise Ended


@asynccontextmanager
async def reached(mailbox: MailServer) -> AsyncIterator[Account]:
    """The account at a running mailbox."""
    server = await mailbox.serve()
    port = str(server.sockets[0].getsockname()[1])
    there = {"imap_host": "127.0.0.1", "imap_port": port, "smtp_host": "127.0.0.1", "smtp_port": "1"}
    try:
        yield Account("in-1", {"address": CARE, "security": "none", **there}, {"password": PASSWORD})
    finally:
        server.close()
        mailbox.hang_up()


async def begin(account: Account) -> str:
    request = ADAPTER.beginning_request(account)
    assert request is not None
    answer = await EmailDriver(account).probe(request)
    assert isinstance(answer, Response)
    told = ADAPTER.read_beginning(account, answer)
    assert isinstance(told, str)
    return told


async def listen(account: Account, cursor: str, side: Side) -> Refused | None:
    try:
        async with asyncio.timeout(30):
            return await EmailDriver(account).listen(cursor, side)
    except Ended:
        return None


class Late(MailServer):
    """A mailbox to which a mail comes just before it is looked at for the first time: after the trial and the beginning."""

    met = 0

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.met += 1
        if self.met == 3:
            self.deliver(mail("in-between"), now())
        await super()._meet(reader, writer)


async def test_mail_that_comes_after_connecting_and_before_the_first_look_is_read():
    mailbox = MailServer(CARE, PASSWORD)
    mailbox.deliver(mail("old"), now())
    async with reached(mailbox) as account:
        cursor = await begin(account)
        mailbox.deliver(mail("in-between"), now())
        side = Side()
        await listen(account, cursor, side)

    assert side.texts == ["in-between"]


async def test_an_inbox_is_saved_with_the_place_where_it_begins(hub: Live):
    mailbox, letters = Late(CARE, PASSWORD), list[Letter]()
    mailbox.deliver(mail("old"), now())
    submission = await SubmissionServer(CARE, PASSWORD, letters.append).serve()
    async with reached(mailbox) as account:
        settings = {**account.settings, "smtp_port": str(submission.sockets[0].getsockname()[1])}
        body = {"name": "Care", "channel": "email", "settings": settings, "secrets": {"password": PASSWORD}}
        (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status()
        async with asyncio.timeout(30):
            while not (found := (await hub.client.get("/api/v1/conversations")).json()["items"]):
                await asyncio.sleep(0.01)
    submission.close()

    assert [one["last_message"]["text"] for one in found] == ["in-between"]


async def test_a_server_that_tells_no_next_number_floods_nothing():
    mailbox = MailServer(CARE, PASSWORD, tells_next=False)
    mailbox.deliver(mail("old"), now())
    async with reached(mailbox) as account:
        place = json.loads(await begin(account))

    assert place["folders"]["inbox"]["last"] == 1


@pytest.mark.parametrize("dies_at", [1, 2])
async def test_a_hub_that_dies_while_it_reads_a_renumbered_mailbox_again_takes_nothing_from_before(dies_at: int):
    mailbox = MailServer(CARE, PASSWORD)
    old = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    mailbox.folders["INBOX"].mails = [Mail(uid, old, mail(f"old-{uid}")) for uid in range(1, 4)]
    async with reached(mailbox) as account:
        cursor = await begin(account)
        mailbox.deliver(mail("new"), now())
        mailbox.folders["INBOX"].renumber()
        dying = Side(enough=99, dies_at=dies_at)
        await listen(account, cursor, dying)
        after = Side(enough=2)
        mailbox.deliver(mail("newer"), now())
        mailbox.deliver(mail("newest"), now())
        await listen(account, dying.cursor, after)

    assert sorted({*dying.texts, *after.texts}) == ["new", "newer", "newest"]


def test_a_server_that_does_not_say_where_it_stands_refuses_the_inbox_in_words():
    told = ADAPTER.read_beginning(Account("in-1", {}, {}), Response(421, {}, b"{}"))

    assert isinstance(told, Refused)
    assert told.reason.startswith("The IMAP server did not say")


SENT_IN_FRENCH = "&AMk-l&AOk-ments envoy&AOk-s"


def in_french() -> MailServer:
    """A mailbox whose folder of sent mail has a name beyond ASCII."""
    return MailServer(CARE, PASSWORD, folders={"INBOX": Folder(), SENT_IN_FRENCH: Folder()}, sent=SENT_IN_FRENCH)


@pytest.mark.parametrize("named", ["", "Éléments envoyés", SENT_IN_FRENCH])
async def test_a_folder_of_sent_mail_may_have_a_name_in_any_language(named: str):
    mailbox, side = in_french(), Side()
    async with reached(mailbox) as account:
        account = replace(account, settings={**account.settings, "sent_folder": named})
        cursor = await begin(account)
        mailbox.deliver(mail("by hand"), now(), SENT_IN_FRENCH)
        await listen(account, cursor, side)

    assert side.texts == ["by hand"]


async def sent(mailbox: MailServer, **wanted: str) -> list[Letter]:
    """What leaves when a reply is sent with these settings."""
    letters = list[Letter]()
    submission = await SubmissionServer(CARE, PASSWORD, letters.append).serve()
    async with reached(mailbox) as there:
        port = str(submission.sockets[0].getsockname()[1])
        account = replace(there, settings={**there.settings, "smtp_port": port, **wanted}, brand_name="Shop")
        (request,) = ADAPTER.render(account, Outgoing("m-1", "mia@cust.test", datetime.now(UTC), "On its way."))
        answer = await EmailDriver(account).send(request)
    submission.close()
    assert isinstance(answer, Response) and answer.status == 250
    return letters


async def test_a_copy_of_a_reply_is_kept_where_the_server_does_not_do_so():
    mailbox = in_french()

    (letter,) = await sent(mailbox, keep_copies="on")

    (kept,) = mailbox.folders[SENT_IN_FRENCH].mails
    assert kept.data.splitlines() == letter.data.splitlines()


async def test_without_that_wish_none_is_kept_and_no_mailbox_costs_a_reply_its_success():
    mailbox = in_french()
    await sent(mailbox)
    assert mailbox.folders[SENT_IN_FRENCH].mails == []

    assert len(await sent(mailbox, keep_copies="on", sent_folder="Nowhere")) == 1
    assert len(await sent(mailbox, keep_copies="on", imap_port="1")) == 1
