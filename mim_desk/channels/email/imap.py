"""The blocking half of the email driver: one IMAP connection, used by one thread at a time."""

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError
from imap_tools.idle import get_socket_poller
from imap_tools.imap_utf7 import utf7_encode

from mim_desk.channels.base import Account
from mim_desk.channels.email import settings
from mim_desk.channels.email.payloads import Envelope

CONNECT_S: Final = 10.0
ANSWER_S: Final = 60.0
MOST_BYTES: Final = 35 << 20
"""Of a larger mail only the header is read."""
_UTF7: Final = re.compile(r"&[A-Za-z0-9+,]*-")
_UID: Final = re.compile(rb"\bUID (\d+)")
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d+)")
_ARRIVED: Final = re.compile(rb'INTERNALDATE "([^"]+)"')
_encode = msgspec.json.encode
BROKEN: Final = (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError, EOFError)
"""What a connection may die of."""


class WrongPasswordError(Exception):
    """The server does not take the user name or password."""


class NotEncryptedError(Exception):
    """The server offers no encryption that can be trusted."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as a delivery."""

    uid: int
    delivery: bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a folder stands: its numbers are void when ``validity`` is another one."""

    validity: int
    next_uid: int


class Mailbox:
    """A signed-in connection.

    Attributes:
        sent: the folder of what left the account; empty when the server does not tell it.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._box: BaseMailBox | None = None
        self._is_over = False
        self.sent = ""

    @property
    def _client(self) -> imaplib.IMAP4:
        assert self._box is not None
        return self._box.client

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return "IDLE" in self._client.capabilities

    def open(self, token: str = "") -> None:
        """Connect and sign in, with an access token if there is one; WrongPasswordError, NotEncryptedError or ``BROKEN``."""
        self._box = _connected(settings.server(self._account.settings, "imap"))
        if self._is_over:
            raise OSError("broken off")
        try:
            self._sign_in(token)
        except (MailboxLoginError, imaplib.IMAP4.error) as problem:
            if _is_passing(str(problem)) or isinstance(problem, imaplib.IMAP4.abort):
                raise OSError(str(problem)) from problem
            raise WrongPasswordError(str(problem)) from problem
        self._client.sock.settimeout(ANSWER_S)
        self.sent = self._find_sent()

    def _sign_in(self, token: str) -> None:
        assert self._box is not None
        user, password = settings.user_name(self._account.settings), self._account.secrets.get("password", "")
        if token:
            said = iter((f"user={user}\x01auth=Bearer {token}\x01\x01".encode(), b""))
            # A refusal is told in a second question, which wants an empty answer.
            self._client.authenticate("XOAUTH2", lambda question: next(said, b""))
        elif user.isascii() and password.isascii():
            self._box.login(user, password, initial_folder=None)
        else:
            self._box.login_utf8(user, password, initial_folder=None)

    def break_off(self) -> None:
        """End the connection at once, from any thread: whatever waits on it wakes with one of ``BROKEN``."""
        self._is_over = True
        if self._box is not None:
            with contextlib.suppress(OSError, AttributeError):
                self._box.client.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back, after it was broken off."""
        if self._box is not None:
            with contextlib.suppress(*BROKEN):
                self._box.client.shutdown()

    def select(self, name: str) -> Folder:
        """Look at a folder without changing anything in it."""
        status, told = self._client.select(_quoted(name), readonly=True)
        if status != "OK":
            raise OSError(f"the folder cannot be opened: {told!r}"[:200])
        next_uid = self._number("UIDNEXT") or max(self._search("UID", "1:*"), default=0) + 1
        return Folder(self._number("UIDVALIDITY"), next_uid)

    def status(self, name: str) -> Folder:
        """Where another folder stands than the one that is looked at."""
        status, told = self._client.status(_quoted(name), "(UIDVALIDITY UIDNEXT)")
        line = b" ".join(one for one in told if isinstance(one, bytes))
        validity, next_uid = re.search(rb"UIDVALIDITY (\d+)", line), re.search(rb"UIDNEXT (\d+)", line)
        if status != "OK" or validity is None or next_uid is None:
            raise OSError("the folder cannot be asked")
        return Folder(int(validity[1]), int(next_uid[1]))

    def uids_after(self, last: int) -> list[int]:
        """The mails of the folder after ``last``; a server answers ``n:*`` with its last mail in any case."""
        self._client.untagged_responses.pop("EXISTS", None)
        return sorted(uid for uid in self._search("UID", f"{last + 1}:*") if uid > last)

    def uids_since(self, start: datetime) -> list[int]:
        """The mails of the folder that came on the day of ``start`` or later."""
        months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
        return sorted(self._search("SINCE", f"{start.day}-{months[start.month - 1]}-{start.year}"))

    def fetch(self, uids: Sequence[int], folder: str, start: datetime) -> list[Fetched]:
        """These mails as deliveries, in order; what came before ``start`` is left out. Nothing is marked as seen."""
        heads = self._fetched(uids, "(UID RFC822.SIZE INTERNALDATE)")
        out = []
        for uid in uids:
            told = heads.get(uid)
            if told is None:
                continue  # gone since it was listed
            arrived, size = _moment(told[0]), _found(_SIZE, told[0])
            if arrived < start:
                continue
            whole = size <= MOST_BYTES
            body = self._fetched([uid], "(UID BODY.PEEK[])" if whole else "(UID BODY.PEEK[HEADER])").get(uid)
            if body is None:
                continue
            envelope = Envelope(folder, arrived.timestamp(), 0 if whole else size)
            out.append(Fetched(uid, _encode(envelope) + b"\n" + body[1]))
        return out

    def keep(self, mail: bytes) -> None:
        """Put a copy into the folder of sent mail, as read; nothing where the server has none."""
        if self.sent:
            status, told = self._client.append(_quoted(self.sent), "(\\Seen)", "", mail)
            if status != "OK":
                raise OSError(f"the copy is not taken: {told!r}"[:200])

    def idle(self, seconds: float) -> None:
        """Wait until the server tells of something or the time is over.

        What it told since the mails were last listed, and while it was asked to idle, is among the answers already.
        """
        # imap-tools' own idle looks at the socket alone: what was read with the answer to IDLE would wait there unseen.
        client: Any = self._client
        if "EXISTS" in client.untagged_responses:
            return
        tag = client._command("IDLE")  # noqa: SLF001  # as imap-tools does it: imaplib has no IDLE before Python 3.14
        while client._get_response() is not None:  # noqa: SLF001  # the same; None means that it idles now
            if client.tagged_commands.get(tag) is not None:
                raise OSError("the server does not idle")
        if "EXISTS" not in client.untagged_responses and not self._has_unread():
            get_socket_poller(client.sock, int(seconds))
        client.send(b"DONE\r\n")
        assert self._box is not None
        self._box.consume_until_tagged_response(tag)

    def _has_unread(self) -> bool:
        """Whether the server said more than was looked at so far."""
        client: Any = self._client
        waits_s = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            return bool((vars(client).get("file") or client._file).peek(1))  # noqa: SLF001  # its name since Python 3.14
        except OSError:
            return False
        finally:
            client.sock.settimeout(waits_s)

    def _search(self, *words: str) -> list[int]:
        status, told = self._client.uid("SEARCH", *words)
        if status != "OK":
            raise OSError("the folder cannot be searched")
        return [int(one) for line in told if isinstance(line, bytes) for one in line.split() if one.isdigit()]

    def _fetched(self, uids: Sequence[int], what: str) -> dict[int, tuple[bytes, bytes]]:
        """Of each mail the line that answers and the literal in it."""
        if not uids:
            return {}
        status, told = self._client.uid("FETCH", ",".join(map(str, uids)), what)
        if status != "OK":
            raise OSError("the mails cannot be read")
        found = {}
        for line, literal in _answers(told):
            uid = _found(_UID, line)
            if uid:
                found[uid] = (line, literal)
        return found

    def _number(self, name: str) -> int:
        told = self._client.untagged_responses.get(name) or [b""]
        return int(told[-1]) if isinstance(told[-1], bytes) and told[-1].isdigit() else 0

    def _find_sent(self) -> str:
        """The special-use folder of sent mail (RFC 6154)."""
        wanted = str(self._account.settings.get("sent_folder") or "").strip()
        if wanted:
            return wanted
        assert self._box is not None
        with contextlib.suppress(ImapToolsError, imaplib.IMAP4.error):
            return next((one.name for one in self._box.folder.list() if "\\Sent" in one.flags), "")
        return ""


def _connected(server: settings.Server) -> BaseMailBox:
    if server.security == "none" and not settings.is_here(server.host):
        raise NotEncryptedError("a password is sent in clear to this machine only")
    context = ssl.create_default_context()
    try:
        return _connection(server, context)
    except imaplib.IMAP4.error as problem:
        if "TLS" not in str(problem):
            raise
        raise NotEncryptedError(str(problem)) from problem
    except ssl.SSLError as problem:
        if not isinstance(problem, ssl.SSLCertVerificationError) and "WRONG_VERSION" not in str(problem):
            raise
        raise NotEncryptedError(str(problem)) from problem


def _connection(server: settings.Server, context: ssl.SSLContext) -> BaseMailBox:
    if server.security == "tls":
        return MailBox(server.host, server.port, timeout=CONNECT_S, ssl_context=context)
    box = MailBoxUnencrypted(server.host, server.port, timeout=CONNECT_S)
    if server.security == "starttls":
        _encrypt(box, context)
    return box


def _encrypt(box: BaseMailBox, context: ssl.SSLContext) -> None:
    try:
        box.client.starttls(context)
    except BROKEN:
        box.client.shutdown()
        raise


def _is_passing(said: str) -> bool:
    """Whether a refused sign-in says that it may work later (RFC 5530)."""
    return any(
        word in said.upper() for word in ("[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]", "[CONTACTADMIN]", "TOO MANY")
    )


def _answers(told: Sequence[Any]) -> Iterator[tuple[bytes, bytes]]:
    """The lines of a FETCH with their literals; what follows a literal belongs to its line."""
    for one in told:
        if isinstance(one, tuple):
            yield bytes(one[0]), bytes(one[1])
        elif isinstance(one, bytes):
            yield one, b""


def _found(pattern: re.Pattern[bytes], line: bytes) -> int:
    match = pattern.search(line)
    return int(match[1]) if match else 0


def _moment(line: bytes) -> datetime:
    match = _ARRIVED.search(line)
    try:
        return datetime.strptime((match[1] if match else b"").decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return datetime.now(UTC)


def _quoted(name: str) -> str:
    """A folder's name as the server has it: letters beyond ASCII in the UTF-7 of IMAP, unless they were told so."""
    told = name if name.isascii() and _UTF7.search(name) else utf7_encode(name).decode("ascii")
    return '"' + told.replace("\\", "\\\\").replace('"', '\\"') + '"'
