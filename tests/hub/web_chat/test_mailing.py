"""Unread answers go by mail to the address a visitor left, once, with a link that goes on with the chat."""

import re
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from mim_desk.channels.events import IncomingMessage, Sender
from mim_desk.domain.message import AuthorType
from mim_desk.hub.ingest import Delivery
from mim_desk.hub.store import contacts, inboxes
from mim_desk.hub.web_chat.app import WebChat
from mim_desk.hub.web_chat.mailing import mail_unread
from mim_desk.protocol import rows
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import API, HUB, WIDGET, Desk, Visitor, jwt_proof, streaming

MAILBOX = "0192f7a0-0000-7000-8000-0000000000e1"
ADDRESS = {"email": "Ana@Example.com"}


@pytest.fixture
async def mailbox(desk: Desk) -> rows.Inbox:
    """The email inbox of the same brand."""
    sheet = rows.CapabilitySheet(text_length=100_000)
    row = rows.Inbox(MAILBOX, "Mail", "email", rows.Brand("brand", "Juniper"), sheet)
    await desk.store.writer.run(lambda unit: inboxes.add(unit, row))
    return row


async def mails(desk: Desk) -> list[rows.Message]:
    """What was queued for the mailbox, oldest first."""

    def query(conn: Any) -> list[bytes]:
        text = "SELECT row FROM messages WHERE inbox_id = ? AND kind = 'reply' ORDER BY n"
        return [row for (row,) in conn.exec_driver_sql(text, (MAILBOX,)).fetchall()]

    return [msgspec.json.decode(row, type=rows.Message) for row in await desk.store.read(query)]


def link_of(mail: rows.Message) -> str:
    found = re.search(r"#continue=(\S+)", mail.text)
    assert found is not None
    return found[1]


async def answered(visitor: Visitor, desk: Desk, *texts: str) -> None:
    """The visitor leaves an address and is answered."""
    await visitor.write("Hello", form=ADDRESS)
    for text in texts:
        await desk.reply(text)


async def test_what_was_not_read_in_ten_minutes_is_mailed_once(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    await answered(visitor, desk, "Good day", "Your coat is here")
    early = await mail_unread(web_chat.chat)
    clock.advance(timedelta(minutes=11))

    first, again = await mail_unread(web_chat.chat), await mail_unread(web_chat.chat)

    assert (early, first, again) == (0, 1, 0)
    (mail,) = await mails(desk)
    assert mail.text.startswith("Juniper answered you in the chat:\n\nGood day\n\nYour coat is here\n\n")
    assert f"{HUB}/chat/{WIDGET}#continue=" in mail.text
    assert mail.author.type is AuthorType.SYSTEM
    assert mail.delivery is not None and mail.delivery.status.value == "queued"
    assert await visitor.texts() == ["Hello", "Good day", "Your coat is here"]


async def test_who_answers_the_mail_goes_on_in_the_same_conversation(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    await answered(visitor, desk, "Good day")
    clock.advance(timedelta(minutes=11))
    await mail_unread(web_chat.chat)
    (mail,) = await mails(desk)
    sender = Sender("ana@example.com", "Ana", "ana@example.com")
    told = IncomingMessage("<1@example.com>", sender, clock.now, text="Thank you", reply_to_message_id=mail.id)

    await desk.store.writer.ingest(Delivery(MAILBOX, "email", b"", (told,), clock.now))

    (conversation,) = await desk.conversations()
    assert conversation.last_message is not None and conversation.last_message.text == "Thank you"
    assert conversation.inbox_id == MAILBOX
    assert await visitor.texts() == ["Hello", "Good day"]


async def test_only_what_came_since_the_last_mail_is_in_the_next(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    await answered(visitor, desk, "Good day")
    clock.advance(timedelta(minutes=11))
    await mail_unread(web_chat.chat)
    await desk.reply("One more thing")
    clock.advance(timedelta(minutes=11))

    await mail_unread(web_chat.chat)

    texts = [mail.text for mail in await mails(desk)]
    assert [("Good day" in text, "One more thing" in text) for text in texts] == [(True, False), (False, True)]


async def test_what_was_read_or_is_looked_at_is_not_mailed(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    await answered(visitor, desk, "Good day")
    clock.advance(timedelta(minutes=11))
    async with streaming(web_chat, visitor):
        looking = await mail_unread(web_chat.chat)
    newest = (await visitor.messages())["messages"][-1]["id"]
    await visitor.post("read", {"up_to": newest})

    assert (looking, await mail_unread(web_chat.chat)) == (0, 0)


@pytest.mark.parametrize("case", ["no address", "switched off", "no mailbox", "a mailbox of another brand"])
async def test_nothing_is_mailed_where_nothing_can_or_may(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, case: str
) -> None:
    brand = rows.Brand("other" if case == "a mailbox of another brand" else "brand", "Juniper")
    row = rows.Inbox(MAILBOX, "Mail", "email", brand, rows.CapabilitySheet(text_length=1000))
    if case != "no mailbox":
        await desk.store.writer.run(lambda unit: inboxes.add(unit, row))
    if case == "switched off":
        await desk.settings(mail_after_minutes=0)
    await visitor.write("Hello", form={} if case == "no address" else ADDRESS)
    await desk.reply("Good day")
    clock.advance(timedelta(hours=1))

    assert await mail_unread(web_chat.chat) == 0
    assert await mails(desk) == []


async def test_a_proven_customers_history_is_never_mailed_to_an_address_that_was_only_typed(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    await visitor.write("Hello", form={"email": "typed@example.com"})
    await visitor.identify({"jwt": jwt_proof("cust-42", clock.now.timestamp())})
    await desk.reply("Good day")
    clock.advance(timedelta(minutes=11))

    assert await mail_unread(web_chat.chat) == 0


async def test_the_address_a_proof_names_goes_before_the_one_that_was_typed(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    await visitor.write("Hello", form={"email": "typed@example.com"})
    await visitor.identify({"jwt": jwt_proof("cust-42", clock.now.timestamp(), email="proven@example.com")})
    await desk.reply("Good day")
    clock.advance(timedelta(minutes=11))

    await mail_unread(web_chat.chat)

    owner = await desk.store.read(lambda conn: contacts.of_identity(conn, MAILBOX, "proven@example.com"))
    assert owner == (await desk.last()).contact_id


async def test_an_address_of_somebody_else_is_not_written_to_and_merges_nobody(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    sender = Sender("ana@example.com", "Ana", "ana@example.com")
    other = await desk.store.writer.run(lambda unit: contacts.identify(unit, MAILBOX, "email", sender))
    await answered(visitor, desk, "Good day")
    clock.advance(timedelta(minutes=11))

    await mail_unread(web_chat.chat)

    assert await mails(desk) == []
    assert (await desk.last()).contact_id != other.id
    assert len(await desk.contacts()) == 2


async def test_the_mail_speaks_the_visitors_language_and_names_no_agent(
    web_chat: WebChat, http: httpx.AsyncClient, desk: Desk, clock: FakeClock, mailbox: rows.Inbox
) -> None:
    visitor = await Visitor(http).began(locale="de-DE")
    await answered(visitor, desk, "Guten Tag")
    clock.advance(timedelta(minutes=11))

    await mail_unread(web_chat.chat)

    (mail,) = await mails(desk)
    assert mail.text.startswith("Juniper hat Ihnen im Chat geantwortet:")
    assert "Leo" not in mail.text and "Martins" not in mail.text


async def test_the_mailed_link_goes_on_in_another_browser_and_the_first_one_stays(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox, http: httpx.AsyncClient
) -> None:
    await answered(visitor, desk, "Good day")
    clock.advance(timedelta(minutes=11))
    await mail_unread(web_chat.chat)
    (mail,) = await mails(desk)
    elsewhere = Visitor(http)

    answer = await http.post(f"{API}/session", json={"widget": WIDGET, "continues": link_of(mail)})
    elsewhere.take(answer.json())
    await elsewhere.write("I am here now")
    await elsewhere.post("form", {"answers": {"email": "new@example.com"}})
    await visitor.write("And here")

    assert (answer.status_code, answer.json()["form_done"]) == (200, True)
    assert await elsewhere.texts() == ["Hello", "Good day", "I am here now", "And here"] == await visitor.texts()
    assert len(await desk.conversations()) == 1


async def test_a_link_that_is_forged_old_or_of_an_ended_session_opens_nothing(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox, http: httpx.AsyncClient
) -> None:
    await answered(visitor, desk, "Good day")
    clock.advance(timedelta(minutes=11))
    await mail_unread(web_chat.chat)
    mark = link_of((await mails(desk))[0])
    forged = mark[:-2] + ("AA" if mark[-2:] != "AA" else "BB")

    async def opened(told: str) -> int:
        return (await http.post(f"{API}/session", json={"widget": WIDGET, "continues": told})).status_code

    assert [await opened(one) for one in (forged, "", "x", mark)] == [401, 201, 401, 200]
    clock.advance(timedelta(days=14, seconds=1))
    assert await opened(mark) == 401
    clock.advance(timedelta(days=-14, seconds=-1))
    await visitor.post("logout")
    assert await opened(mark) == 401


async def test_a_link_ends_when_the_session_becomes_a_proven_customers(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock, mailbox: rows.Inbox, http: httpx.AsyncClient
) -> None:
    await answered(visitor, desk, "Good day")
    clock.advance(timedelta(minutes=11))
    await mail_unread(web_chat.chat)
    elsewhere = Visitor(http)
    told = await http.post(f"{API}/session", json={"widget": WIDGET, "continues": link_of((await mails(desk))[0])})
    elsewhere.take(told.json())

    await visitor.identify({"jwt": jwt_proof("cust-42", clock.now.timestamp())})

    assert (await elsewhere.call("GET", "messages")).json()["code"] == "session_expired"
