"""Caches full of rows, written the way the replica writes them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from mim_desk.desk.cache import file
from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.encrypted_file import Connection, transaction
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind, MessageType
from mim_desk.domain.people import Role
from mim_desk.protocol import rows

ME: Final = rows.Agent("agent-1", "Noor Haddad", "noor", Role.AGENT)
BRAND: Final = rows.Brand("brand-1", "Juniper & Sail")
INBOX: Final = rows.Inbox("inbox-1", "Shop", "custom", BRAND, rows.CapabilitySheet(4000, receipts=True))
START: Final = datetime(2026, 11, 1, 8, tzinfo=UTC)
EPOCH: Final = "benchmark"
_TEXTS: Final = (
    "Where is my order? It should have been here on Friday, and I leave on Monday morning.",
    "你好，我昨天下单的旅行箱想修改地址，订单号是 J-20388，麻烦尽快处理一下。",
    "こんにちは。瀬戸内の島めぐりツアーについて質問があります。",
    "Thank you! 🙏",
    "안녕하세요! 레인 재킷 사이즈 문의드려요. 키 168인데 M이 맞을까요?",
    "Could you send the label again?\nThe first one was cut off at the right-hand side, so the post office refused it.",
    "مرحبا، حجزت رحلة إلى العقبة ووادي رم",
    "ok",
    "Отримала валізу, а одне коліщатко зламане. Що мені робити?",
    "The boat leaves at 9:40 from pier 3; please be there half an hour earlier, with the voucher and a passport each.",
)
_BATCH: Final = 2000
_encode = msgspec.json.Encoder().encode


def text_of(number: int) -> str:
    """One of many different texts."""
    return f"{_TEXTS[number % len(_TEXTS)]} {number}"


def cache_of_conversations(path: Path, key: bytes, count: int) -> None:
    """A cache of ``count`` open conversations with a contact each."""
    _fill(path, key, _conversations(count))


def cache_of_timelines(path: Path, key: bytes, counts: dict[str, int]) -> None:
    """A cache with one conversation for each contact id, of so many messages."""
    _fill(path, key, _timelines(counts))


def _fill(path: Path, key: bytes, found: Iterator[tuple[str, msgspec.Struct]]) -> None:
    connection = file.open_connection(path, key)
    try:
        batch, held = _nouns(), 0
        for type_, row in found:
            batch.put(type_, row, _encode(row))
            held += 1
            if held == _BATCH:
                _apply(connection, batch)
                batch, held = Batch(), 0
        _apply(connection, batch)
        with transaction(connection, "BEGIN IMMEDIATE"):
            file.keep_cursor(connection, 1, EPOCH)
    finally:
        connection.close()


def _apply(connection: Connection, batch: Batch) -> None:
    with transaction(connection, "BEGIN IMMEDIATE"):
        file.apply_events(connection, batch, 0, {})


def _nouns() -> Batch:
    batch = Batch()
    batch.put("agent", ME, _encode(ME))
    batch.put("inbox", INBOX, _encode(INBOX))
    return batch


def _conversations(count: int) -> Iterator[tuple[str, msgspec.Struct]]:
    for number in range(count):
        contact = _contact(f"contact-{number}", f"Customer {number}")
        message = message_of(contact.id, f"conversation-{number}", number)
        yield "contact", contact
        yield "conversation", conversation_of(message, number, assignee_id=ME.id if number % 10 == 0 else None)


def _timelines(counts: dict[str, int]) -> Iterator[tuple[str, msgspec.Struct]]:
    for place, (contact_id, count) in enumerate(counts.items()):
        yield "contact", _contact(contact_id, f"Customer {place}")
        messages = (message_of(contact_id, f"conversation-{contact_id}", number) for number in range(count))
        last = None
        for last in messages:
            yield "message", last
        assert last is not None
        yield "conversation", conversation_of(last, place, assignee_id=ME.id)


def _contact(id_: str, name: str) -> rows.Contact:
    return rows.Contact(id_, name, START, identities=[rows.Identity("custom", INBOX.id, f"x-{id_}", name)])


def message_of(contact_id: str, conversation_id: str, number: int) -> rows.Message:
    """Every third message is our reply."""
    at = START + timedelta(seconds=40 * number)
    is_reply = number % 3 == 2
    return rows.Message(
        id=f"message-{contact_id}-{number}",
        conversation_id=conversation_id,
        contact_id=contact_id,
        inbox_id=INBOX.id,
        kind=MessageKind.REPLY if is_reply else MessageKind.INCOMING,
        author=rows.Author(AuthorType.AGENT, ME.id) if is_reply else rows.Author(AuthorType.CONTACT, contact_id),
        occurred_at=at,
        received_at=at,
        text=text_of(number),
        delivery=rows.Delivery(DeliveryStatus.READ) if is_reply else None,
    )


def conversation_of(last: rows.Message, number: int, *, assignee_id: str | None) -> rows.Conversation:
    """The conversation that ``last`` is the newest message of."""
    shown = rows.LastMessage(last.id, last.kind, MessageType.TEXT, last.text[:200], last.author, last.occurred_at)
    return rows.Conversation(
        id=last.conversation_id,
        number=number + 1,
        contact_id=last.contact_id,
        inbox_id=INBOX.id,
        brand_id=BRAND.id,
        created_at=START,
        version=1,
        assignee_id=assignee_id,
        last_activity_at=last.occurred_at,
        last_message=shown,
        unread=0 if assignee_id else number % 3,
        waiting_since=last.occurred_at if last.kind is MessageKind.INCOMING else None,
    )
