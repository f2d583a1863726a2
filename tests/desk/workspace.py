"""A realistic workspace written straight into a cache: for tests, reference pictures and benchmarks.

``make_home(folder)`` gives the two dozen conversations of the pictures; with sizes it writes as
many as asked for, set-wise, with the same people over and over.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from mim_desk.desk.cache import file as cache_file
from mim_desk.desk.cache.apply import Batch, apply
from mim_desk.desk.encrypted_file import transaction
from mim_desk.desk.keys import Keys
from mim_desk.desk.outbox import file as outbox_file
from mim_desk.desk.paths import Paths
from mim_desk.desk.session import Session
from mim_desk.desk.settings import Network, SettingsFile
from mim_desk.domain.conversation import Priority, Status
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind, MessageType
from mim_desk.domain.people import Presence, Role
from mim_desk.protocol import rows
from tests.desk.people import CANNED_REPLIES, CHANNELS, LABELS, PEOPLE, Person

KEYS = Keys(cache=b"c" * 32, outbox=b"o" * 32, hub=b"h" * 32, admin_token="mim_" + "t" * 48)
EPOCH = "epoch-of-the-workspace"
BATCH = 20_000


def an_id(kind: int, number: int) -> str:
    """The same id for the same thing in every run."""
    return f"{kind:08x}-0000-7000-8000-{number:012x}"


ME, ANA = an_id(1, 1), an_id(1, 2)
BRAND = rows.Brand(an_id(2, 1), "Juniper & Sail", verified=True)
WORKSPACE = rows.Workspace(an_id(3, 1), "Juniper & Sail")
AGENTS = (
    rows.Agent(ME, "Leo Martins", "leo", Role.ADMIN, Presence.ONLINE),
    rows.Agent(ANA, "Ana Ribeiro", "ana", Role.AGENT, Presence.ONLINE),
)
_WINDOWS = {"whatsapp": 86_400, "messenger": 86_400, "instagram": 86_400, "wechat": 172_800}


@dataclass(frozen=True)
class Size:
    """How much: contacts (one conversation each, every tenth two) and messages altogether."""

    contacts: int = 24
    messages: int = 240
    big_contact: int = 0
    """Messages of the first contact, on top."""


@dataclass(frozen=True)
class Home:
    """A filled home folder."""

    paths: Paths
    keys: Keys
    now: datetime

    def session(self) -> Session:
        """A session on it, not yet started and told to stay offline; problems are raised."""
        settings = SettingsFile(self.paths.settings)
        settings.change(network=Network.OFFLINE)
        return Session(self.paths, self.keys, settings, _raise)


def _raise(name: str, error: BaseException) -> None:
    raise AssertionError(f"{name} failed") from error


def make_home(folder: Path, size: Size | None = None, now: datetime | None = None) -> Home:
    """Fill ``folder`` with a cache at seq 1,000 and an outbox that knows who works here."""
    now = now or datetime.now(UTC).replace(microsecond=0)
    paths = Paths(folder).make()
    fill_cache(paths.cache, KEYS.cache, size or Size(), now)
    connection = outbox_file.open_connection(paths.outbox, KEYS.outbox)
    with transaction(connection, "BEGIN IMMEDIATE"):
        outbox_file.keep_meta(connection, "me", AGENTS[0])
        outbox_file.keep_meta(connection, "workspace", WORKSPACE)
    connection.close()
    return Home(paths, KEYS, now)


def fill_cache(path: Path, key: bytes, size: Size, now: datetime) -> None:
    """Write the rows, many to a transaction."""
    connection = cache_file.open_connection(path, key)
    batch, waiting = Batch(), 0
    for type_, row in _everything(size, now):
        batch.put(type_, row, msgspec.json.encode(row))
        waiting += 1
        if waiting == BATCH:
            with transaction(connection, "BEGIN IMMEDIATE"):
                apply(connection, batch, {})
            batch, waiting = Batch(), 0
    with transaction(connection, "BEGIN IMMEDIATE"):
        apply(connection, batch, {})
        cache_file.keep_cursor(connection, 1000, EPOCH)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _everything(size: Size, now: datetime) -> Iterator[tuple[str, msgspec.Struct]]:
    yield "workspace", WORKSPACE
    yield from (("agent", agent) for agent in AGENTS)
    yield from (("inbox", inbox(channel)) for channel in CHANNELS)
    yield from (("label", rows.Label(name, name, color)) for name, color in LABELS.items())
    for number, (shortcut, title, text) in enumerate(CANNED_REPLIES):
        yield "canned_reply", rows.CannedReply(an_id(9, number), shortcut, title, text)
    yield "sla_policy", rows.SlaPolicy(an_id(8, 1), "Everyone", 300, 180)
    chance = random.Random(7)
    share, rest = divmod(size.messages, size.contacts)
    for number in range(size.contacts):
        extra = size.big_contact if number == 0 else 0
        yield from _one(number, share + (number < rest) + extra, now, chance, size.contacts)


def inbox(channel: str) -> rows.Inbox:
    """The workspace's inbox of a channel."""
    sheet = rows.CapabilitySheet(
        text_length=4096,
        media=[
            rows.MediaLimit(["image/*"], 5_000_000),
            rows.MediaLimit(["application/pdf", "text/plain", "video/mp4"], 16_000_000),
        ],
        attachments_per_message=10 if channel in ("web_chat", "email") else 1,
        reply_window_s=_WINDOWS.get(channel),
        receipts=channel != "sms",
        typing=channel in ("web_chat", "whatsapp", "line"),
        quoting=channel in ("web_chat", "whatsapp"),
    )
    number = list(CHANNELS).index(channel)
    return rows.Inbox(an_id(4, number), CHANNELS[channel], channel, BRAND, sheet)


def contact_id(number: int) -> str:
    """The id of the nth contact."""
    return an_id(5, number)


def conversation_id(number: int) -> str:
    """The id of the nth contact's unresolved conversation."""
    return an_id(6, number)


def _one(
    number: int, count: int, now: datetime, chance: random.Random, contacts: int
) -> Iterator[tuple[str, msgspec.Struct]]:
    """A contact, the conversation and its messages, oldest first."""
    person = PEOPLE[number % len(PEOPLE)]
    turn = number // len(PEOPLE)
    name = person.name if not turn else f"{person.name} {turn + 1}"
    yield "contact", _contact(number, person, name, now)
    started = now - timedelta(minutes=7 * number % 40_000 + 3 * count, seconds=30)
    step = (now - timedelta(seconds=40 * (number % 900) + 12) - started) / max(count, 1)
    messages = [_message(number, place, person, started + step * place, chance) for place in range(count)]
    yield from (("message", message) for message in messages)
    yield "conversation", _conversation(number, person, messages, started, now)


def _contact(number: int, person: Person, name: str, now: datetime) -> rows.Contact:
    address = person.address or f"visitor-{number}"
    return rows.Contact(
        contact_id(number),
        name,
        now - timedelta(days=40),
        language=person.language,
        time_zone="Europe/Stockholm" if person.language == "sv" else "",
        identities=[
            rows.Identity(person.channel, inbox(person.channel).id, address, address, verified=bool(person.address))
        ],
        fields={"booking": f"JS-{48213 + number}"} if number % 3 == 1 else {},
        labels=["VIP"] if number % 14 == 1 else [],
    )


def _message(number: int, place: int, person: Person, at: datetime, chance: random.Random) -> rows.Message:
    ours = place % 3 == 2
    words = person.answers if ours else person.lines
    text = words[(place // 3 if ours else place) % len(words)]
    note = ours and chance.random() < 0.08
    kind = MessageKind.NOTE if note else MessageKind.REPLY if ours else MessageKind.INCOMING
    author = (
        rows.Author(AuthorType.AGENT, ME if place % 2 else ANA)
        if ours
        else rows.Author(AuthorType.CONTACT, contact_id(number))
    )
    attachments = []
    if not ours and place % 41 == 4:
        attachments = [
            rows.Attachment(an_id(10, number * 100_003 + place), "Itinerary JS-48213.pdf", "application/pdf", 219_136)
        ]
    return rows.Message(
        id=an_id(7, number * 10_000_000 + place),
        conversation_id=conversation_id(number),
        contact_id=contact_id(number),
        inbox_id=inbox_ids[person.channel],
        kind=kind,
        author=author,
        occurred_at=at,
        received_at=at,
        type=MessageType.FILE if attachments else MessageType.TEXT,
        text=text if place < 4 else f"{text} #{number * 1000 + place:06d}",
        attachments=attachments,
        delivery=rows.Delivery(DeliveryStatus.READ, attempts=1) if kind is MessageKind.REPLY else None,
    )


inbox_ids = {channel: inbox(channel).id for channel in CHANNELS}


def _conversation(
    number: int, person: Person, messages: list[rows.Message], started: datetime, now: datetime
) -> rows.Conversation:
    last = messages[-1] if messages else None
    waits = last is not None and last.kind is MessageKind.INCOMING
    due = now + timedelta(seconds=48 * (number % 60) - 72) if waits else None
    status = Status.OPEN if number % 9 != 8 else Status.SNOOZED if number % 2 else Status.RESOLVED
    assignee = ME if number % 3 else None
    last_at = last.received_at if last else started
    window = _WINDOWS.get(person.channel)
    clock = (
        rows.Clock("next_response", "running", last_at, due, 180, at_risk_at=due - timedelta(seconds=60))
        if due
        else None
    )
    return rows.Conversation(
        id=conversation_id(number),
        number=48_000 + number,
        contact_id=contact_id(number),
        inbox_id=inbox_ids[person.channel],
        brand_id=BRAND.id,
        created_at=started,
        version=3,
        status=status,
        assignee_id=assignee,
        priority=Priority.HIGH if number % 17 == 3 else Priority.NONE,
        labels=[label for label in (person.label, "VIP" if number % 14 == 1 else "") if label],
        unread=(number % 3) if waits else 0,
        waiting_since=last_at if waits else None,
        next_due=due,
        reply_window_until=last_at + timedelta(seconds=window) if window else None,
        snoozed_until=now + timedelta(hours=3) if status is Status.SNOOZED else None,
        resolved_at=now if status is Status.RESOLVED else None,
        last_activity_at=last_at,
        last_message=None
        if last is None
        else rows.LastMessage(
            last.id,
            last.kind,
            last.type,
            last.text[:200],
            last.author,
            last.occurred_at,
            last.delivery and last.delivery.status,
        ),
        clocks=[clock] if clock else [],
        human_only=person.language == "ko",
    )
