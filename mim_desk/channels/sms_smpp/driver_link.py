"""One connection of a driver to a carrier."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mim_desk.channels.base import Action, Refused
from mim_desk.channels.sms_smpp import errors
from mim_desk.channels.sms_smpp.payloads import Command, Frames, MalformedError, Pdu

LOST: Final = Refused(Action.RETRY, "The connection to the carrier broke; connecting again.", "lost")
SILENT: Final = Refused(Action.RETRY, "The carrier stopped answering; connecting again.", "silent")
CONFUSED: Final = Refused(Action.RETRY, "The carrier sent what is no SMPP; connecting again.", "not-smpp")
_GOODBYE_S: Final = 1.0
_STORED: Final = (Command.DELIVER_SM | Command.GENERIC_NACK, Command.DATA_SM | Command.GENERIC_NACK)
"""Our answers to what was stored."""


class Over(Exception):
    """A connection is over."""

    def __init__(self, why: Refused) -> None:
        super().__init__(why.reason)
        self.why = why


class NotSentError(Exception):
    """Nothing of a request left."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of ours: what it is, who waits for its answer, how many of our own answers left before it."""

    command: Command
    answer: "asyncio.Future[Pdu]"
    answers: int


class Link:
    """One connection.

    Attributes:
        heard: how many of our answers the carrier has certainly read.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer_s: float) -> None:
        self._reader = reader
        self._writer = writer
        self._answer_s = answer_s
        self._frames = Frames()
        self._early: list[Pdu] = []
        self._sequence = 1
        self._answers = 0
        self._asked: dict[int, _Asked] = {}
        self.heard = 0

    async def bind(self, command: Command, body: bytes) -> Pdu:
        """The answer to the first request; Over when none comes."""
        self._writer.write(Pdu(command, 0, self._sequence, body).octets())
        try:
            async with asyncio.timeout(self._answer_s):
                while True:
                    self._early += await self._pdus()
                    answer = next((pdu for pdu in self._early if _answers(pdu, command)), None)
                    if answer is not None:
                        self._early.remove(answer)
                        return answer
        except TimeoutError as problem:
            raise Over(SILENT) from problem

    async def ask(self, command: Command, body: bytes = b"") -> Pdu:
        """The answer to a request; Over when the connection ended before it, TimeoutError when none came."""
        if self._writer.is_closing():
            raise NotSentError
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        number = self._sequence
        future: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._asked[number] = _Asked(command, future, self._answers)
        try:
            self._writer.write(Pdu(command, 0, number, body).octets())
            async with asyncio.timeout(self._answer_s):
                return await future
        finally:
            self._asked.pop(number, None)

    def say(self, pdu: Pdu) -> None:
        """Answer the carrier."""
        self._answers += pdu.command in _STORED and pdu.status == errors.OK
        if not self._writer.is_closing():
            self._writer.write(pdu.octets())

    async def read(self) -> list[Pdu]:
        """The next requests of the carrier; answers go to who asked. Raises Over at the end."""
        found, self._early = self._early, []
        while not found:
            found = [pdu for pdu in await self._pdus() if not self._is_answer(pdu)]
        return found

    async def _pdus(self) -> list[Pdu]:
        """What came; nothing is read from a carrier that does not read what it is told."""
        try:
            self._frames.feed(b"")  # what made no sense behind the last PDUs ends it now that they were heard
            await self._writer.drain()
            octets = await self._reader.read(65_536)
            pdus = self._frames.feed(octets)
        except OSError as problem:
            raise Over(LOST) from problem
        except MalformedError as problem:
            raise Over(CONFUSED) from problem
        if not octets:
            raise Over(LOST)
        return pdus

    def _is_answer(self, pdu: Pdu) -> bool:
        """Whether it is an answer, which goes to who asked; one to something else is nobody's."""
        if not pdu.is_answer:
            return False
        asked = self._asked.get(pdu.sequence)
        if asked is not None and _answers(pdu, asked.command) and not asked.answer.done():
            self.heard = max(self.heard, asked.answers)
            asked.answer.set_result(pdu)
        return True

    def broke(self, why: Refused) -> None:
        """Nothing more comes: tell who waits."""
        for asked in self._asked.values():
            if not asked.answer.done():
                asked.answer.set_exception(Over(why))

    async def end(self) -> None:
        """Say goodbye and close."""
        if not self._writer.is_closing():
            self._writer.write(Pdu(Command.UNBIND, 0, self._sequence + 1).octets())
            self._writer.close()
        with suppress(OSError):
            try:
                async with asyncio.timeout(_GOODBYE_S):
                    await self._writer.wait_closed()
            except TimeoutError:
                self._writer.transport.abort()  # who does not read its goodbye


def _answers(pdu: Pdu, command: Command) -> bool:
    """Whether it can be the answer to such a request; a refusal as unknown can be to any."""
    return pdu.command in (command | Command.GENERIC_NACK, Command.GENERIC_NACK)
