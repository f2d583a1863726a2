"""A small IMAP server for one mailbox, as RFC 3501 and RFC 2177 have it: reading, IDLE and copies of sent mail."""

import asyncio
import base64
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

CAPABILITIES: Final = "IMAP4rev1 IDLE SPECIAL-USE"
_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True)
class Mail:
    """A mail that lies in a folder."""

    uid: int
    at: float
    data: bytes = field(repr=False)

    @property
    def arrived(self) -> str:
        """As INTERNALDATE has it."""
        at = datetime.fromtimestamp(self.at, UTC)
        return f"{at.day:2d}-{_MONTHS[at.month - 1]}-{at:%Y %H:%M:%S} +0000"


@dataclass
class Folder:
    """A folder of the mailbox.

    Attributes:
        validity: of the numbers; a server that lost its index gives new ones under another validity.
    """

    validity: int = 1
    mails: list[Mail] = field(default_factory=list)

    @property
    def next_uid(self) -> int:
        """The number that the next mail gets."""
        return self.mails[-1].uid + 1 if self.mails else 1

    def put(self, data: bytes, at: float) -> None:
        """A mail arrives."""
        self.mails.append(Mail(self.next_uid, at, data))

    def renumber(self) -> None:
        """The index is lost: the same mails under other numbers."""
        self.validity += 1
        self.mails = [Mail(number, mail.at, mail.data) for number, mail in enumerate(self.mails, 1)]


@dataclass
class MailServer:
    """The server of one account.

    Attributes:
        takes_token: whether an access token is good; without it there are only passwords.
        sent: the folder of sent mail, as it is written on the wire.
        tells_next: it says which number the next mail gets, as all but old servers do.
        watched: set once somebody waits for new mail.
    """

    user: str
    password: str = field(repr=False)
    folders: dict[str, Folder] = field(default_factory=lambda: {"INBOX": Folder(), "Sent": Folder()})
    sent: str = "Sent"
    tells_next: bool = True
    takes_token: Callable[[str], bool] | None = None
    watched: asyncio.Event = field(default_factory=asyncio.Event)
    _sessions: "set[_Session]" = field(default_factory=set)

    async def serve(self) -> asyncio.Server:
        """Listen on a free loopback port."""
        return await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=1 << 20)

    def deliver(self, data: bytes, at: float, folder: str = "INBOX") -> None:
        """A mail arrives, and whoever idles hears of it."""
        self.folders[folder].put(data, at)
        for session in self._sessions:
            session.hear(folder)

    def hang_up(self) -> None:
        """End all connections without a word."""
        for session in list(self._sessions):
            session.abort()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = _Session(self, reader, writer)
        self._sessions.add(session)
        try:
            await session.talk()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            return
        finally:
            self._sessions.discard(session)
            writer.close()


class _Session:
    """One connection."""

    def __init__(self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._is_in = False
        self._name = ""
        self._told = 0
        self._is_idle = False

    @property
    def _folder(self) -> Folder:
        return self._server.folders[self._name]

    def hear(self, folder: str) -> None:
        """A mail arrived in a folder."""
        if folder == self._name and self._is_idle:
            self._tell()

    def abort(self) -> None:
        """Hang up."""
        self._writer.transport.abort()

    async def talk(self) -> None:
        """Answer commands until the client leaves."""
        self._say("* OK rehearsed")
        while line := await self._line():
            tag, _, rest = line.partition(" ")
            word, _, given = rest.partition(" ")
            if word.upper() == "UID":
                word, _, given = given.partition(" ")
            if word.upper() == "LOGOUT":
                self._say("* BYE", f"{tag} OK gone")
                return
            self._say(await self._answer(tag, word.upper(), given))
            self._tell()
            await self._writer.drain()

    async def _line(self) -> str:
        return (await self._reader.readline()).decode("utf-8", "replace").rstrip("\r\n")

    def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    def _tell(self) -> None:
        """New mails are told with any answer."""
        if self._name and len(self._folder.mails) > self._told:
            self._told = len(self._folder.mails)
            self._say(f"* {self._told} EXISTS")

    async def _answer(self, tag: str, word: str, given: str) -> str:
        """Do what was asked; the line that ends the answer."""
        if word in ("CAPABILITY", "NOOP"):
            self._say(*([f"* CAPABILITY {CAPABILITIES}"] if word == "CAPABILITY" else []))
            return f"{tag} OK done"
        if word == "LOGIN":
            self._is_in = shlex.split(given) == [self._server.user, self._server.password]
            return f"{tag} OK in" if self._is_in else f"{tag} NO [AUTHENTICATIONFAILED] wrong"
        if word == "AUTHENTICATE":
            return f"{tag} {await self._authenticate(given)}"
        if not self._is_in:
            return f"{tag} BAD sign in first"
        doing: dict[str, Callable[[str], object]] = {
            "LIST": self._list,
            "SELECT": self._select,
            "EXAMINE": self._select,
            "STATUS": self._status,
            "SEARCH": self._search,
            "FETCH": self._fetch,
        }
        if word == "APPEND":
            return f"{tag} {await self._append(given)}"
        if word == "IDLE":
            return f"{tag} OK idled" if await self._idle() else f"{tag} BAD say DONE"
        if word not in doing or doing[word](given) is False:
            return f"{tag} NO {word} is not done here"
        return f"{tag} OK done"

    async def _authenticate(self, given: str) -> str:
        """XOAUTH2: a refusal is told in a question that wants an empty answer."""
        if given.upper() != "XOAUTH2" or self._server.takes_token is None:
            return "NO no such way to sign in"
        self._say("+ ")
        told = base64.b64decode(await self._line()).decode().split("\x01")
        user, token = told[0].removeprefix("user="), told[1].removeprefix("auth=Bearer ")
        self._is_in = user == self._server.user and self._server.takes_token(token)
        if self._is_in:
            return "OK in"
        self._say("+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode())
        return "NO [AUTHENTICATIONFAILED] invalid credentials" if not await self._line() else "BAD say nothing"

    def _list(self, given: str) -> None:
        for name in self._server.folders:
            mark = "\\Sent" if name == self._server.sent else "\\HasNoChildren"
            self._say(f'* LIST ({mark}) "/" "{name}"')

    def _select(self, given: str) -> bool:
        name = given.strip('"')
        if name not in self._server.folders:
            return False
        self._name = name
        folder = self._folder
        self._told = len(folder.mails)
        self._say("* FLAGS (\\Seen)", f"* {self._told} EXISTS", "* 0 RECENT")
        self._say(f"* OK [UIDVALIDITY {folder.validity}] valid")
        if self._server.tells_next:
            self._say(f"* OK [UIDNEXT {folder.next_uid}] next")
        return True

    def _status(self, given: str) -> bool:
        name = shlex.split(given.partition("(")[0])[0]
        folder = self._server.folders.get(name)
        if folder is not None:
            self._say(f'* STATUS "{name}" (UIDVALIDITY {folder.validity} UIDNEXT {folder.next_uid})')
        return folder is not None

    def _search(self, given: str) -> None:
        """By numbers, with the trap that ``n:*`` means the last mail at least; and by the day."""
        word, _, value = given.partition(" ")
        mails = self._folder.mails
        if word.upper() == "UID":
            first = int(value.partition(":")[0])
            found = [mail.uid for mail in mails if mail.uid >= first] or [mail.uid for mail in mails[-1:]]
        else:
            day = _day(value)
            found = [mail.uid for mail in mails if datetime.fromtimestamp(mail.at, UTC).date() >= day.date()]
        self._say(" ".join(["* SEARCH", *map(str, found)]))

    def _fetch(self, given: str) -> None:
        which, _, what = given.partition(" ")
        wanted = {int(one) for one in which.split(",")}
        for number, mail in enumerate(self._folder.mails, 1):
            if mail.uid in wanted:
                self._writer.write(_fetched(number, mail, what))

    async def _append(self, given: str) -> str:
        """Take a mail that the client has."""
        name, size = shlex.split(given)[0], re.search(r"\{(\d+)\}$", given)
        if name not in self._server.folders or size is None:
            return "NO [TRYCREATE] no such folder"
        self._say("+ go on")
        await self._writer.drain()
        self._server.deliver(await self._reader.readexactly(int(size[1])), datetime.now(UTC).timestamp(), name)
        await self._line()
        return "OK kept"

    async def _idle(self) -> bool:
        """Tell of new mail as it comes, until the client has enough."""
        self._say("+ idling")
        self._is_idle = True
        self._server.watched.set()
        self._tell()
        await self._writer.drain()
        line = await self._line()
        self._is_idle = False
        return line.upper() == "DONE"


def _fetched(number: int, mail: Mail, what: str) -> bytes:
    head = f"* {number} FETCH (UID {mail.uid}"
    if "INTERNALDATE" in what:
        head += f' RFC822.SIZE {len(mail.data)} INTERNALDATE "{mail.arrived}"'
    named = re.search(r"BODY\.PEEK\[(HEADER)?\]", what)
    if named is None:
        return f"{head})\r\n".encode()
    data = mail.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if named[1] else mail.data
    return f"{head} BODY[{named[1] or ''}] {{{len(data)}}}\r\n".encode() + data + b")\r\n"


def _day(told: str) -> datetime:
    day, month, year = told.split("-")
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
