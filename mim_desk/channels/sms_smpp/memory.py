"""What an account's connection has to remember beyond its end: parts that wait, answers in doubt, numbers given.

It is the place from which a driver listens on, so it is stored in one transaction with each message and never by itself.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

import msgspec

from mim_desk.channels.sms_smpp.joining import Place, place_of
from mim_desk.channels.sms_smpp.payloads import Command, MalformedError, Pdu, ShortMessage, short_message

HOLD_S: Final = 180.0
"""So long a text waits for its parts; then it is shown with its gap."""
DOUBT_S: Final = 600.0
"""So long a message that comes again may be one whose answer was lost."""
MOST_WAITING: Final = 64
MOST_PARTS: Final = 512
"""Of all texts that wait."""
LONGEST_PART: Final = 2048
"""Octets of a PDU that waits for others; parts have some 200, what is beyond that is no part's."""
MOST_DOUBTS: Final = 500
MOST_JOINED: Final = 200
MOST_NUMBERS: Final = 300
_REFERENCES: Final = 256


class Waiting(msgspec.Struct):
    """A text that is not whole: when its first part came, and the parts so far."""

    since: float
    pdus: list[bytes]


class Doubt(msgspec.Struct):
    """A message that was stored and answered, but perhaps the answer was lost."""

    at: float
    mark: bytes


class Kept(msgspec.Struct):
    """The memory as it is stored.

    Attributes:
        joined: parts of texts that were handed on lately: a copy of one begins no text of its own.
    """

    waiting: list[Waiting] = msgspec.field(default_factory=list)
    doubts: list[Doubt] = msgspec.field(default_factory=list)
    numbers: dict[str, int] = msgspec.field(default_factory=dict)
    joined: list[Doubt] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Key:
    source: str
    dest: str
    reference: int
    total: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A text to be delivered: its id, the same after a restart, and its PDUs."""

    id: str
    pdus: list[bytes]


@dataclass
class Memory:
    """The memory at work; times are seconds since the epoch.

    Attributes:
        unsure: what fits one of these was stored already: the carrier did not hear so.
        count: how many messages were answered on this connection.
    """

    kept: Kept = field(default_factory=Kept)
    unsure: list[Doubt] = field(default_factory=list)
    count: int = 0

    @classmethod
    def opened(cls, cursor: str) -> "Memory":
        """What was stored; everything in doubt then is unsure now. Unreadable is as if there were nothing."""
        try:
            kept = msgspec.json.decode(cursor, type=Kept) if cursor else Kept()
        except msgspec.MsgspecError:
            kept = Kept()
        return cls(Kept(kept.waiting, [], kept.numbers, kept.joined), list(kept.doubts))

    def cursor(self) -> str:
        """The memory to be stored."""
        told = Kept(self.kept.waiting, [*self.unsure, *self.kept.doubts], self.kept.numbers, self.kept.joined)
        return msgspec.json.encode(told).decode()

    def came_before(self, pdu: Pdu, now: float) -> bool:
        """Whether this was stored on an earlier connection whose answer may be lost; each is asked for once."""
        mark = mark_of(pdu)
        self.unsure = [one for one in self.unsure if now - one.at < DOUBT_S]
        found = next((one for one in self.unsure if one.mark == mark), None)
        if found is not None:
            self.unsure.remove(found)
        return found is not None

    def answered(self, pdu: Pdu, now: float) -> None:
        """It is stored with this memory, and about to be answered."""
        self.kept.doubts = [*self.kept.doubts, Doubt(now, mark_of(pdu))][-MOST_DOUBTS:]
        self.count += 1

    def is_sure(self, count: int) -> bool:
        """The carrier has read the first ``count`` answers; whether that ended a doubt."""
        left = max(self.count - count, 0)
        before, self.kept.doubts = len(self.kept.doubts), self.kept.doubts[-left:] if left else []
        return len(self.kept.doubts) < before

    def was_refused(self, pdu: Pdu, now: float) -> None:
        """The carrier was told to bring again what was stored then after all: it was not ``answered``."""
        self.kept.doubts = self.kept.doubts[:-1]
        self.count -= 1
        self.unsure.append(Doubt(now, mark_of(pdu)))

    def take(self, pdu: Pdu, now: float) -> list[Ready]:
        """Texts that are ready now: of a whole message itself, of a part what it makes whole."""
        message, octets = _read(pdu), pdu.octets()
        place = place_of(message) if message and len(octets) <= LONGEST_PART else None
        if message is None or place is None:
            return [_ready(now, [octets])]
        if self._was_joined(pdu, now):
            return []
        key = _key(message, place)
        text = next((one for one in self.kept.waiting if _key_of(one) == key), None)
        ready: list[Ready] = []
        if text is not None and (same := _with_number(text, place.number)) is not None:
            if _text_of(same) == message.octets:
                return []
            # The sender's numbers wrapped: this is another text.
            ready.append(self._ended(text, now))
            text = None
        if text is None:
            text = Waiting(now, [])
            self.kept.waiting.append(text)
        text.pdus.append(octets)
        if len(text.pdus) == place.total:
            ready.append(self._ended(text, now))
        while len(self.kept.waiting) > MOST_WAITING or sum(len(one.pdus) for one in self.kept.waiting) > MOST_PARTS:
            ready.append(self._ended(self.kept.waiting[0], now))
        return ready

    def overdue(self, now: float) -> list[Ready]:
        """Texts that have waited long enough for what is missing."""
        return [self._ended(one, now) for one in list(self.kept.waiting) if now - one.since >= HOLD_S]

    def next_due_s(self, now: float) -> float | None:
        """Seconds until the next text has waited long enough."""
        return min((max(one.since + HOLD_S - now, 0.0) for one in self.kept.waiting), default=None)

    def next_number(self, dest: str) -> int:
        """The next number for a text in parts to this address."""
        number = (self.kept.numbers.pop(dest, 0) + 1) % _REFERENCES
        self.kept.numbers[dest] = number
        for oldest in list(self.kept.numbers)[: max(len(self.kept.numbers) - MOST_NUMBERS, 0)]:
            del self.kept.numbers[oldest]
        return number

    def _was_joined(self, pdu: Pdu, now: float) -> bool:
        self.kept.joined = [one for one in self.kept.joined if now - one.at < HOLD_S]
        return any(one.mark == mark_of(pdu) for one in self.kept.joined)

    def _ended(self, text: Waiting, now: float) -> Ready:
        self.kept.waiting.remove(text)
        marks = [Doubt(now, mark_of(Pdu(Command.DELIVER_SM, body=octets[16:]))) for octets in text.pdus]
        self.kept.joined = [*self.kept.joined, *marks][-MOST_JOINED:]
        return _ready(text.since, text.pdus)


def _ready(since: float, pdus: list[bytes]) -> Ready:
    told = b"".join((repr(float(since)).encode(), *pdus))
    return Ready(hashlib.blake2b(told, digest_size=16).hexdigest(), pdus)


def mark_of(pdu: Pdu) -> bytes:
    """What two copies of one message have in common; their sequence numbers differ."""
    return hashlib.blake2b(pdu.body, digest_size=12).digest()


def _read(pdu: Pdu) -> ShortMessage | None:
    try:
        return short_message(pdu.body)
    except MalformedError:
        return None


def _stored(octets: bytes) -> ShortMessage | None:
    return _read(Pdu(Command.DELIVER_SM, body=octets[16:]))


def _key(message: ShortMessage, place: Place) -> _Key:
    return _Key(message.source.digits, message.dest.digits, place.reference, place.total)


def _key_of(text: Waiting) -> _Key | None:
    message = _stored(text.pdus[0])
    place = place_of(message) if message else None
    return _key(message, place) if message and place else None


def _with_number(text: Waiting, number: int) -> bytes | None:
    for octets in text.pdus:
        message = _stored(octets)
        place = place_of(message) if message else None
        if place and place.number == number:
            return octets
    return None


def _text_of(octets: bytes) -> bytes:
    message = _stored(octets)
    return message.octets if message else b""
