"""A small message centre: takes binds and submits, sends receipts, brings people's texts until they are answered."""

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from ssl import SSLContext
from typing import Final

from mim_desk.rehearsal.providers import smpp_octets as smpp
from mim_desk.rehearsal.providers.smpp_octets import Message

OK, INVALID_COMMAND, ALREADY_BOUND, WRONG_PASSWORD, WRONG_ID = 0x00, 0x03, 0x05, 0x0E, 0x0F
ANSWER_S: Final = 5.0
AGAIN_S: Final = 0.1
_LONGEST: Final = 100_000
_STATES: Final = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "REJECTD": 8}
_UNREADABLE: Final = (ValueError, IndexError, struct.error)


@dataclass(frozen=True)
class Habits:
    """What message centres differ in.

    Attributes:
        hex_ids: a submit is answered in hexadecimal, its receipt says the same number in decimal, padded.
        tlvs: receipts carry optional parameters, not only text.
        receipts_first: a receipt leaves before the answer to its submit.
        receipt_s: how long a message takes to the phone.
        transceiver: both ways on one connection are known here.
        most_binds: connections of one account at a time.
    """

    hex_ids: bool = False
    tlvs: bool = True
    receipts_first: bool = False
    receipt_s: float = 0.05
    transceiver: bool = True
    most_binds: int = 2


@dataclass
class Session:
    """A connection of the brand."""

    writer: asyncio.StreamWriter
    command: int = 0
    number: int = 0
    waiting: "dict[int, asyncio.Future[int]]" = field(default_factory=dict)

    @property
    def receives(self) -> bool:
        """Whether people's texts go here."""
        return self.command in (smpp.BIND_RECEIVER, smpp.BIND_TRANSCEIVER) and not self.writer.is_closing()


class Smsc:
    """The message centre.

    Attributes:
        port: where it listens, once it is open.
        submits: everything that was taken, in order.
        binds: the command and status of each bind.
        orders: the statuses of the next submits; None hangs up after taking one.
        delivered: how often each text of a person was brought, by its body.
        unheard: so many next answers to our deliveries are lost: we hang up instead of hearing them.
        goodbyes: how often the brand unbound.
        stat: what the next receipts say; none come while it is empty.
    """

    def __init__(self, system_id: str, password: str, habits: Habits | None = None) -> None:
        self.system_id = system_id
        self.password = password
        self.habits = habits or Habits()
        self.port = 0
        self.submits: list[Message] = []
        self.binds: list[tuple[int, int]] = []
        self.orders: deque[int | None] = deque()
        self.delivered: list[bytes] = []
        self.refused: list[int] = []
        self.unheard = 0
        self.goodbyes = 0
        self.stat = "DELIVRD"
        self.on_submit: Callable[[str, Message], None] = lambda _id, _message: None
        self._sessions: list[Session] = []
        self._bound = asyncio.Event()
        self._left = asyncio.Event()
        self._queue: asyncio.Queue[tuple[bytes, asyncio.Future[None]]] = asyncio.Queue()
        self._next_id = 0x1A2B
        self._group: asyncio.TaskGroup

    @asynccontextmanager
    async def open(self, port: int = 0, ssl: SSLContext | None = None) -> AsyncIterator[None]:
        """Listen on a loopback port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=ssl)
        self.port = server.sockets[0].getsockname()[1]
        try:
            async with asyncio.TaskGroup() as self._group:
                bringing = self._group.create_task(self._bring_all(), name="smsc brings")
                try:
                    yield
                finally:
                    bringing.cancel()
                    server.close()
                    self.hang_up()
        finally:
            await server.wait_closed()

    def hang_up(self) -> None:
        """End every connection without a word."""
        for session in self._sessions:
            session.writer.transport.abort()

    def send_octets(self, octets: bytes) -> None:
        """Send anything to whoever receives."""
        for session in self._sessions:
            if session.receives:
                session.writer.write(octets)

    async def until_alone(self) -> None:
        """Returns once nobody is connected."""
        while self._sessions:
            self._left.clear()
            await self._left.wait()

    async def until_bound(self) -> None:
        """Returns once somebody listens for people's texts."""
        while not any(session.receives for session in self._sessions):
            self._bound.clear()
            await self._bound.wait()

    def write(self, message: Message) -> "asyncio.Future[None]":
        """A person's text or a receipt; done once it was answered."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((smpp.written(message), future))
        return future

    async def _bring_all(self) -> None:
        while True:
            body, future = await self._queue.get()
            is_taken = await self._brought(body)
            while not is_taken:
                await asyncio.sleep(AGAIN_S)
                is_taken = await self._brought(body)
            if not future.done():
                future.set_result(None)

    async def _brought(self, body: bytes) -> bool:
        """Bring one; False when nobody took it."""
        await self.until_bound()
        session = next(one for one in self._sessions if one.receives)
        session.number += 1
        answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        session.waiting[session.number] = answered
        self.delivered.append(body)
        session.writer.write(smpp.pdu(smpp.DELIVER, 0, session.number, body))
        try:
            async with asyncio.timeout(ANSWER_S):
                status = await answered
        except (TimeoutError, ConnectionError):
            return False
        if status == OK and self.unheard:
            self.unheard -= 1
            session.writer.transport.abort()
            return False
        if status != OK:
            self.refused.append(status)
        return status == OK

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(writer)
        self._sessions.append(session)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, *_UNREADABLE):
                while await self._served(session, reader):
                    pass
        finally:
            self._sessions.remove(session)
            self._left.set()
            for future in session.waiting.values():
                if not future.done():
                    future.set_exception(ConnectionResetError())
            writer.close()

    async def _served(self, session: Session, reader: asyncio.StreamReader) -> bool:
        """Take one PDU; whether there may be more."""
        length, command, status, number = smpp.head(await reader.readexactly(16))
        if length > _LONGEST:
            return False
        body = await reader.readexactly(length - 16)
        if command & smpp.ANSWER:
            future = session.waiting.pop(number, None)
            if future is not None and not future.done():
                future.set_result(status)
            return True
        match command:
            case smpp.BIND_RECEIVER | smpp.BIND_TRANSMITTER | smpp.BIND_TRANSCEIVER:
                return self._bind(session, command, number, body)
            case smpp.SUBMIT if session.command in (smpp.BIND_TRANSMITTER, smpp.BIND_TRANSCEIVER):
                return self._submit(session, number, smpp.read(body))
            case smpp.ENQUIRE | smpp.UNBIND:
                self._answer(session, command, OK, number)
                self.goodbyes += command == smpp.UNBIND
                return command != smpp.UNBIND
            case _:
                session.writer.write(smpp.pdu(smpp.NACK, INVALID_COMMAND, number))
                return True

    def _answer(self, session: Session, command: int, status: int, number: int, body: bytes = b"") -> None:
        session.writer.write(smpp.pdu(command | smpp.ANSWER, status, number, body))

    def _bind(self, session: Session, command: int, number: int, body: bytes) -> bool:
        system_id, password, _ = smpp.words(body, 3)
        bound = sum(one.command != 0 for one in self._sessions)
        status = OK
        if command == smpp.BIND_TRANSCEIVER and not self.habits.transceiver:
            status = INVALID_COMMAND
        elif system_id != self.system_id:
            status = WRONG_ID
        elif password != self.password:
            status = WRONG_PASSWORD
        elif bound >= self.habits.most_binds:
            status = ALREADY_BOUND
        self.binds.append((command, status))
        self._answer(session, command, status, number, b"SMSC\0" if status == OK else b"")
        if status == OK:
            session.command = command
            self._bound.set()
        return status == OK

    def _submit(self, session: Session, number: int, message: Message) -> bool:
        order = self.order_for(message)
        if order:
            self._answer(session, smpp.SUBMIT, order, number)
            return True
        self._next_id += 1
        given = f"{self._next_id:X}" if self.habits.hex_ids else str(self._next_id)
        self.submits.append(message)
        if order is None:
            self.on_submit(given, message)
            session.writer.transport.abort()
            return False
        if self.habits.receipts_first:
            self._group.create_task(self._tell(self._next_id, message), name="receipt")
            asyncio.get_running_loop().call_later(
                self.habits.receipt_s, self._answer, session, smpp.SUBMIT, OK, number, given.encode() + b"\0"
            )
        else:
            self._answer(session, smpp.SUBMIT, OK, number, given.encode() + b"\0")
            self._group.create_task(self._tell(self._next_id, message, self.habits.receipt_s), name="receipt")
        self.on_submit(given, message)
        return True

    def order_for(self, message: Message) -> int | None:
        """The status that answers a submit; None hangs up after taking it."""
        return self.orders.popleft() if self.orders else OK

    async def _tell(self, id_: int, message: Message, after_s: float = 0.0) -> None:
        """Say what became of a message, if that was asked for."""
        if message.receipt and self.stat:
            await asyncio.sleep(after_s)
            self.write(self.receipt(id_, message, self.stat))

    def receipt(self, id_: int, message: Message, stat: str, written_as: str = "") -> Message:
        """What says that a message is at the phone, or why not."""
        told = written_as or (f"{id_:010d}" if self.habits.hex_ids else str(id_))
        is_good = stat == "DELIVRD"
        text = (
            f"id:{told} sub:001 dlvrd:00{int(is_good)} submit date:2611221203 done date:2611221204"
            f" stat:{stat} err:{0 if is_good else 34:03d} text:{'-' * 10}"
        )
        tlvs = {smpp.RECEIPTED_ID: told.encode() + b"\0", smpp.STATE: bytes((_STATES[stat],))}
        one = Message(message.dest, message.source, text.encode(), 0, smpp.RECEIPT_CLASS)
        return replace(one, tlvs=tlvs) if self.habits.tlvs else one
