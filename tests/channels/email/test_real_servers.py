"""A mailbox at a real IMAP server and a real submission server: pushed, renumbered, cut off, refused, answered."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from tests.channels.email.submission import Submission, by_lmtp, submission
from tests.guards import AllowLog
from tests.hub.live import Live
from tests.servers import Dovecot

PASSWORD = "app-password-of-the-tests"
MIA = "mia@cust.test"


@dataclass
class Post:
    """One connected mailbox and the customer's own."""

    live: Live
    dovecot: Dovecot
    submission: Submission
    user: str
    mia: str
    inbox_id: str = ""

    @property
    def settings(self) -> dict[str, str]:
        return {
            "address": "care@desk.test",
            "imap_host": "127.0.0.1",
            "imap_port": str(self.dovecot.imap),
            "smtp_host": "127.0.0.1",
            "smtp_port": str(self.submission.port),
            "security": "none",
            "username": self.user,
        }

    async def connect(self) -> None:
        answer = await self.offer()
        self.inbox_id = self.live.inbox_id = str(answer.raise_for_status().json()["id"])
        await self.until_connected()

    async def offer(self, **changes: str) -> httpx.Response:
        body = {
            "name": "Care",
            "channel": "email",
            "settings": {**self.settings, **changes},
            "secrets": {"password": PASSWORD},
            "brand": {"name": "Desk Shop"},
        }
        return await self.live.client.post("/api/v1/inboxes", json=body)

    async def until_connected(self) -> None:
        async with asyncio.timeout(30):
            while self.inbox_id not in self.live.running.hub.connections.here:
                await asyncio.sleep(0.02)

    async def until_gone(self) -> None:
        async with asyncio.timeout(30):
            while self.inbox_id in self.live.running.hub.connections.here:
                await asyncio.sleep(0.02)

    async def write(self, text: str, message_id: str = "", **head: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Mia <{MIA}>", "care@desk.test", head.pop("subject", "Order")
        mail["Message-ID"] = f"<{message_id or text.replace(' ', '-')}@cust.test>"
        for name, value in head.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        await asyncio.to_thread(self.dovecot.deliver, self.user, mail.as_bytes())
        return mail

    async def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for conversation in (await self.live.client.get("/api/v1/conversations")).json()["items"]:
            path = f"/api/v1/conversations/{conversation['id']}/messages"
            found += (await self.live.client.get(path)).json()["items"]
        return sorted(found, key=lambda one: str(one["id"]))

    async def until_texts(self, *wanted: str, within: float = 30) -> list[dict[str, Any]]:
        async with asyncio.timeout(within):
            while True:
                found = [one for one in await self.messages() if one["kind"] == "incoming"]
                if sorted(one["text"] for one in found) == sorted(wanted):
                    return found
                await asyncio.sleep(0.05)

    async def conversation(self) -> str:
        return str((await self.live.client.get("/api/v1/conversations")).json()["items"][0]["id"])

    async def health(self, state: str, within: float = 30) -> str:
        async with asyncio.timeout(within):
            while True:
                told = (await self.live.client.get(f"/api/v1/inboxes/{self.inbox_id}")).json()["health"]
                if told["state"] == state:
                    return str(told["reason"])
                await asyncio.sleep(0.05)


@pytest.fixture
async def post(hub: Live, dovecot: Dovecot, allow_log: AllowLog) -> AsyncIterator[Post]:
    allow_log("mail.log: Session.login_data is deprecated")
    async with submission(PASSWORD) as sending:
        user, mia = dovecot.new_user(PASSWORD), dovecot.new_user(PASSWORD)
        sending.hand_on = by_lmtp(dovecot.lmtp, {MIA: mia, "care@desk.test": user})
        yield Post(hub, dovecot, sending, user, mia)


def read(sent: Any) -> EmailMessage:
    content = sent.content if isinstance(sent.content, bytes) else sent.content.encode()
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]  # of this policy


async def test_new_mail_is_pushed_and_answered_in_its_thread(post: Post):
    await post.connect()
    mail = await post.write("Where is my order?", subject="Order 77")
    (message,) = await post.until_texts("Where is my order?")
    posted = (await post.live.reply(await post.conversation(), "It is on its way.")).json()
    await post.live.until_status(await post.conversation(), posted["id"], "sent")

    (sent,) = post.submission.taken
    answer = read(sent)
    assert message["details"]["subject"] == "Order 77"
    assert (sent.mail_from, sent.rcpt_tos) == ("care@desk.test", [MIA])
    assert (answer["From"], answer["Subject"]) == ("Desk Shop <care@desk.test>", "Re: Order 77")
    assert answer["In-Reply-To"] == answer["References"] == mail["Message-ID"]
    assert answer["Message-ID"].endswith("@desk.test>")
    assert answer.get_body(("plain",)).get_content().startswith("It is on its way.")
    assert post.submission.names == ["desk.test"] * len(post.submission.names)


async def test_mail_from_before_the_inbox_was_connected_stays_where_it_is(post: Post):
    await post.write("old")
    await post.connect()
    await post.write("new")

    await post.until_texts("new")


async def test_what_came_while_the_server_was_away_is_read_after_the_reconnect(post: Post):
    await post.connect()
    await post.write("one")
    await post.until_texts("one")

    post.dovecot.stop()
    await post.until_gone()
    post.dovecot.start()
    await post.write("two")

    await post.until_texts("one", "two", within=25)


async def test_a_renumbered_mailbox_is_read_again_and_nothing_doubles(post: Post):
    await post.connect()
    await post.write("one")
    await post.write("two")
    await post.until_texts("one", "two")

    post.dovecot.stop()
    await post.until_gone()
    post.dovecot.renumber(post.user)
    post.dovecot.start()
    await post.write("three")

    await post.until_texts("one", "two", "three", within=25)


async def test_the_same_mail_delivered_twice_is_one(post: Post):
    await post.connect()
    await post.write("once", "same", Date="Sun, 22 Nov 2026 10:00:00 +0000")
    await post.write("once", "same", Date="Sun, 22 Nov 2026 10:00:00 +0000")
    await post.write("after")

    await post.until_texts("once", "after")


async def test_reading_changes_nothing_in_the_mailbox(post: Post):
    await post.connect()
    await post.write("unseen")
    await post.until_texts("unseen")

    files = [
        one.name for one in (post.dovecot.home / "box" / post.user).rglob("*") if one.parent.name in ("new", "cur")
    ]
    assert len(files) == 1
    assert "S" not in files[0].partition(":2,")[2]


async def test_a_wrong_password_is_refused_at_set_up_by_its_field(post: Post):
    post.dovecot.set_password(post.user, "another")

    answer = await post.offer()

    assert (answer.status_code, answer.json()["field"]) == (400, "secrets.password")
    assert "IMAP" in answer.json()["detail"]


async def test_a_password_that_only_smtp_refuses_is_told_so(post: Post):
    post.submission.password = "another"

    answer = await post.offer()

    assert (answer.status_code, answer.json()["field"]) == (400, "secrets.password")
    assert "SMTP" in answer.json()["detail"]


@pytest.mark.parametrize(("setting", "field"), [("imap_port", "imap_host"), ("smtp_port", "smtp_host")])
async def test_a_server_that_is_not_there_is_named(post: Post, setting: str, field: str):
    answer = await post.offer(**{setting: "9"})

    assert (answer.status_code, answer.json()["field"]) == (400, f"settings.{field}")


async def test_no_password_is_sent_to_a_server_without_encryption(post: Post):
    answer = await post.offer(security="starttls")

    assert (answer.status_code, answer.json()["field"]) == (400, "settings.security")
    assert post.submission.names == []


async def test_a_password_that_was_changed_pauses_the_inbox_with_a_sentence(post: Post):
    await post.connect()
    post.dovecot.set_password(post.user, "another")
    post.dovecot.stop()
    await post.until_gone()
    post.dovecot.start()

    assert (await post.health("paused")).startswith("The IMAP server no longer takes the password.")
    post.dovecot.set_password(post.user, PASSWORD)
    await post.live.client.patch(f"/api/v1/inboxes/{post.inbox_id}", json={"secrets": {"password": PASSWORD}})
    await post.write("again")
    await post.until_texts("again")


async def test_an_answer_to_our_mail_is_tied_to_it_and_settles_it(post: Post):
    """The connection breaks after the last byte: the reply is unknown until the customer answers it."""
    await post.connect()
    await post.write("Hello")
    await post.until_texts("Hello")
    post.submission.refusals.append("cut")
    posted = (await post.live.reply(await post.conversation(), "Which colour?")).json()
    await post.live.until_status(await post.conversation(), posted["id"], "unknown")
    ours = read(post.submission.taken[0])["Message-ID"]

    await post.write("Red", In_Reply_To=ours, subject="Re: Order")
    answer = next(one for one in await post.until_texts("Hello", "Red") if one["text"] == "Red")

    await post.live.until_status(await post.conversation(), posted["id"], "delivered")
    assert answer["reply_to"]["message_id"] == posted["id"]
    assert len(post.submission.taken) == 1


async def test_a_copy_in_the_sent_folder_settles_a_reply_in_doubt(post: Post):
    await post.connect()
    await post.write("Hello")
    await post.until_texts("Hello")
    post.submission.refusals.append("cut")
    posted = (await post.live.reply(await post.conversation(), "Hi Mia")).json()
    await post.live.until_status(await post.conversation(), posted["id"], "unknown")

    content = post.submission.taken[0].content
    assert isinstance(content, bytes)
    sent = post.dovecot.home / "box" / post.user / ".Sent" / "new"
    (sent / "1.copy").write_bytes(content)
    await post.write("And?")

    await post.live.until_status(await post.conversation(), posted["id"], "sent", within=15)


async def test_a_reply_written_in_another_program_is_shown(post: Post):
    await post.connect()
    await post.write("Hello")
    await post.until_texts("Hello")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "care@desk.test", MIA, "<elsewhere@desk.test>"
    mail.set_content("From my phone")

    (post.dovecot.home / "box" / post.user / ".Sent" / "new" / "1.elsewhere").write_bytes(mail.as_bytes())
    await post.write("Thanks")
    await post.until_texts("Hello", "Thanks")

    async with asyncio.timeout(30):
        while not any(one["kind"] == "reply" and one["text"] == "From my phone" for one in await post.messages()):
            await asyncio.sleep(0.05)


async def test_a_mailbox_that_is_not_there_fails_the_reply_and_blocks_the_address(post: Post):
    await post.connect()
    await post.write("Hello")
    await post.until_texts("Hello")
    post.submission.refused_recipients[MIA] = "550 5.1.1 no such user"

    posted = (await post.live.reply(await post.conversation(), "Hi")).json()
    told = await post.live.until_status(await post.conversation(), posted["id"], "failed")

    assert told["delivery"]["reason"] == "There is no mailbox at this address. Ask the customer for another one."
    assert told["delivery"]["code"] == "550 5.1.1"


async def test_a_mail_that_is_too_large_for_the_server_is_not_begun(hub: Live, dovecot: Dovecot, allow_log: AllowLog):
    allow_log("mail.log: Session.login_data is deprecated")
    async with submission(PASSWORD, size=2000) as sending:
        post = Post(hub, dovecot, sending, dovecot.new_user(PASSWORD), "")
        await post.connect()
        await post.write("Hello")
        await post.until_texts("Hello")

        posted = (await post.live.reply(await post.conversation(), "x" * 3000)).json()
        told = await post.live.until_status(await post.conversation(), posted["id"], "failed")

    assert told["delivery"]["code"] == "552 5.3.4"
    assert sending.taken == []


async def test_greylisting_is_waited_for(post: Post):
    await post.connect()
    await post.write("Hello")
    await post.until_texts("Hello")
    post.submission.refusals.append("451 4.7.1 greylisted, come again")

    posted = (await post.live.reply(await post.conversation(), "Hi")).json()
    await post.live.until_status(await post.conversation(), posted["id"], "sent", within=20)

    assert len(post.submission.taken) == 1


async def test_a_bounce_fails_the_reply_and_opens_nothing(post: Post):
    await post.connect()
    await post.write("Hello")
    await post.until_texts("Hello")
    posted = (await post.live.reply(await post.conversation(), "Hi")).json()
    await post.live.until_status(await post.conversation(), posted["id"], "sent")
    ours = read(post.submission.taken[0])["Message-ID"]
    bounce = (
        "From: MAILER-DAEMON@mx.test\r\nTo: care@desk.test\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nSorry.\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
        f"Final-Recipient: rfc822; {MIA}\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours}\r\nSubject: Re: Order\r\n--b--\r\n"
    )

    await asyncio.to_thread(post.dovecot.deliver, post.user, bounce.encode(), "")
    told = await post.live.until_status(await post.conversation(), posted["id"], "failed")

    assert told["delivery"]["reason"].startswith("The customer's mailbox is full.")
    assert len((await post.live.client.get("/api/v1/conversations")).json()["items"]) == 1


async def test_the_password_is_in_no_log_and_no_answer(post: Post, caplog: pytest.LogCaptureFixture):
    caplog.set_level(1)
    await post.connect()
    await post.write("Hello")
    await post.until_texts("Hello")
    answers = [await post.live.client.get(path) for path in ("/api/v1/inboxes", "/api/v1/snapshot", "/metrics")]

    assert PASSWORD not in caplog.text
    assert all(PASSWORD not in answer.text for answer in answers)
