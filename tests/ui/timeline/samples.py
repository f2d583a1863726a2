"""Timeline items by hand: Marta's conversation of the reference pictures and small builders."""

import uuid
from datetime import UTC, datetime, timedelta

from mim_desk.desk.shapes import HeldReply, TimelineItem
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind, MessageType
from mim_desk.protocol import rows

NOW = datetime(2026, 11, 22, 10, 38, tzinfo=UTC)
CONTACT, CONVERSATION, INBOX, ME, ANA = (str(uuid.UUID(int=n)) for n in range(1, 6))
_NAMES = {ME: "Leo Martins", ANA: "Ana Ribeiro", "juno": "Juno"}


def item(
    text: str = "",
    *,
    kind: MessageKind = MessageKind.INCOMING,
    at: datetime = NOW,
    by: str = "",
    bot: bool = False,
    status: DeliveryStatus | None = None,
    reason: str = "",
    state: str = "",
    channel: str = "whatsapp",
    inbox: str = INBOX,
    message_id: str = "",
    held: HeldReply | None = None,
    received: datetime | None = None,
    **more: object,
) -> TimelineItem:
    """One timeline item."""
    contact = kind is MessageKind.INCOMING
    author_type = AuthorType.CONTACT if contact else AuthorType.BOT if bot else AuthorType.AGENT
    message = rows.Message(
        id=message_id or str(uuid.uuid4()),
        conversation_id=CONVERSATION,
        contact_id=CONTACT,
        inbox_id=inbox,
        kind=kind,
        author=rows.Author(author_type, CONTACT if contact else by),
        occurred_at=at,
        received_at=received or at,
        text=text,
        delivery=rows.Delivery(status, reason) if status else None,
        **more,
    )
    name = "Marta Lindqvist" if contact else _NAMES.get(by, "")
    return TimelineItem(message, name, channel, outbox_state=state, held=held)


def reply(text: str, **more: object) -> TimelineItem:
    """An answer by the reader."""
    more.setdefault("by", ME)
    return item(text, kind=MessageKind.REPLY, **more)


def many(count: int) -> list[TimelineItem]:
    """A long plain talk, oldest first."""
    start = NOW - timedelta(minutes=count)
    words = [
        "the",
        "driver",
        "follows",
        "your",
        "flight",
        "and",
        "waits",
        "forty",
        "five",
        "minutes",
        "after",
        "landing",
    ]
    made = []
    for n in range(count):
        text = f"{n}: " + " ".join(words[: 3 + n * 7 % 10]) + (" 请问酒店可以改到十二月三号吗" if n % 5 == 0 else "")
        build = item if n % 3 else reply
        made.append(build(text, at=start + timedelta(minutes=n), message_id=str(uuid.UUID(int=10_000 + n))))
    return made


def marta() -> list[TimelineItem]:
    """The conversation of the picture ``desk_light``."""

    def at(hour: int, minute: int, day: int = 22) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=UTC)

    pdf = rows.Attachment("a1", "Itinerary JS-48213.pdf", "application/pdf", 214_000)
    read = DeliveryStatus.READ
    instagram = {"channel": "instagram", "inbox": "other"}
    handoff = {"activity": "handoff", "details": {"reason": "booking change. Assigned to you."}}
    return [
        item("Hi! Do you ship the Halo cabin case to Sweden before 1 December?", at=at(18, 12, 20), **instagram),
        reply(
            "Yes, Marta. Order by Wednesday and it arrives by Friday 27 November.",
            at=at(18, 12, 20),
            by="juno",
            bot=True,
            status=read,
            **instagram,
        ),
        item("", at=at(10, 29), type=MessageType.FILE, attachments=[pdf]),
        item("My flight to Lisbon was moved to 06:10 tomorrow. Can you change the hotel transfer?", at=at(10, 30)),
        item("", kind=MessageKind.ACTIVITY, by="juno", bot=True, at=at(10, 31), **handoff),
        item(
            "@Leo pick-ups before 05:00 need the driver to confirm. I have asked the transfer desk.",
            kind=MessageKind.NOTE,
            by=ANA,
            at=at(10, 33),
        ),
        reply(
            "Thank you, Marta. Pick-up would be at 04:05 from Hotel Avenida. Does that suit you?",
            at=at(10, 34),
            status=read,
        ),
        item("04:05 is fine 👍 We are two, with three suitcases.", at=at(10, 37), message_id="unread"),
        item("Will the driver wait if our flight is late?", at=at(10, 37)),
    ]
