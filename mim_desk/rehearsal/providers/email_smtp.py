"""A small submission server, as RFC 5321 and RFC 4954 have it: one account, one mail after the other."""

import asyncio
import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MOST_BYTES: Final = 20_480_000
CUT: Final = "cut"
"""Instead of an answer: the mail is taken and the connection ends."""


@dataclass
class Letter:
    """A mail on its way in."""

    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    data: bytes = b""


@dataclass
class SubmissionServer:
    """The server of one account.

    Attributes:
        judge: what is answered to a whole mail: a refusal, ``CUT``, or nothing when it is taken.
        take: what is done with a mail that is taken.
        knows: whether mail to an address is taken at all.
        names: how clients introduced themselves.
        most_bytes: the largest mail that it takes, told as SIZE; 0 where it names no limit, None where it tells no SIZE.
    """

    user: str
    password: str = field(repr=False)
    take: Callable[[Letter], None]
    judge: Callable[[], str] = lambda: ""
    knows: Callable[[str], bool] = lambda address: True
    names: list[str] = field(default_factory=list)
    most_bytes: int | None = MOST_BYTES
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self) -> asyncio.Server:
        """Listen on a free loopback port."""
        return await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=1 << 20)

    def hang_up(self) -> None:
        """End all connections without a word."""
        for writer in list(self._open):
            writer.transport.abort()

    async def handed_in(self, letter: Letter) -> str:
        """What is answered to a whole mail, and done with it."""
        judged = self.judge()
        if judged and judged != CUT:
            return judged
        self.take(letter)
        return judged or "250 2.0.0 taken"

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await _Session(self, reader, writer).talk()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            return
        finally:
            self._open.discard(writer)
            writer.close()


class _Session:
    """One connection."""

    def __init__(self, server: SubmissionServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._is_in = False
        self._letter = Letter()

    async def talk(self) -> None:
        """Answer commands until the client leaves."""
        self._say("220 rehearsed ESMTP")
        while line := await self._line():
            word, _, given = line.partition(" ")
            answer = await self._answer(word.upper(), given)
            if answer == CUT:
                self._writer.transport.abort()
                return
            self._say(*answer.split("\n"))
            await self._writer.drain()
            if word.upper() == "QUIT":
                return

    async def _line(self) -> str:
        return (await self._reader.readline()).decode("utf-8", "replace").rstrip("\r\n")

    def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def _answer(self, word: str, given: str) -> str:
        match word:
            case "EHLO":
                self._server.names.append(given)
                size = "" if self._server.most_bytes is None else f"250-SIZE {self._server.most_bytes}\n"
                return f"250-rehearsed\n{size}250-8BITMIME\n250 AUTH PLAIN LOGIN"
            case "AUTH":
                return await self._authenticate(given)
            case "MAIL":
                return self._mail(given)
            case "RCPT":
                return self._rcpt(given)
            case "DATA":
                return await self._data()
            case "RSET" | "NOOP":
                self._letter = Letter()
                return "250 2.0.0 fine"
            case "QUIT":
                return "221 2.0.0 bye"
        return "502 5.5.1 not known here"

    async def _authenticate(self, given: str) -> str:
        how, _, packed = given.partition(" ")
        if how.upper() == "PLAIN":
            _, user, password = base64.b64decode(packed or await self._asked("")).decode().split("\0")
        else:
            user = base64.b64decode(packed or await self._asked("Username:")).decode()
            password = base64.b64decode(await self._asked("Password:")).decode()
        self._is_in = (user, password) == (self._server.user, self._server.password)
        return "235 2.7.0 in" if self._is_in else "535 5.7.8 wrong user name or password"

    async def _asked(self, what: str) -> str:
        self._say(f"334 {base64.b64encode(what.encode()).decode()}")
        return await self._line()

    def _mail(self, given: str) -> str:
        if not self._is_in:
            return "530 5.7.0 sign in first"
        size = re.search(r"SIZE=(\d+)", given, re.IGNORECASE)
        if size and 0 < (self._server.most_bytes or 0) < int(size[1]):
            return "552 5.3.4 Message size exceeds fixed limit"
        self._letter = Letter(_angled(given))
        return "250 2.1.0 fine"

    def _rcpt(self, given: str) -> str:
        address = _angled(given)
        if not self._letter.sender:
            return "503 5.5.1 MAIL first"
        if not self._server.knows(address):
            return "550 5.1.1 no such mailbox"
        self._letter.recipients.append(address)
        return "250 2.1.5 fine"

    async def _data(self) -> str:
        if not self._letter.recipients:
            return "503 5.5.1 RCPT first"
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := await self._reader.readline()) != b".\r\n":
            if not line.endswith(b"\r\n"):
                raise ConnectionError("the client left in the middle of a mail")
            lines.append(line[1:] if line.startswith(b".") else line)
        letter, self._letter = self._letter, Letter()
        letter.data = b"".join(lines)
        return await self._server.handed_in(letter)


def _angled(given: str) -> str:
    found = re.search(r"<([^<>]*)>", given)
    return found[1] if found else ""
