"""The email driver: watches a mailbox by IMAP in a thread of its own, and sends by SMTP."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn, TypeVar

import msgspec

from mim_desk.channels.base import Account, Action, InDoubt, NeverLeft, Poll, Refused, Request, Response
from mim_desk.channels.connection import REFUSED_TOKEN, Intake
from mim_desk.channels.email import lookups, oauth, rendering, settings, smtp
from mim_desk.channels.email.answers import said
from mim_desk.channels.email.imap import BROKEN, Folder, Mailbox, NotEncryptedError, WrongPasswordError
from mim_desk.channels.email.payloads import INBOX, SENT

T = TypeVar("T")
IDLE_S: Final = 60.0
"""So long one waits for a word from the server before the other folder is looked at; it also keeps the way open."""
POLL_S: Final = 20.0
AT_ONCE: Final = 10
KEEP_S: Final = 8.0
SEND_S: Final = 30.0
"""A mail and its copy together, so that the answer to the mail itself is never lost."""
RESCANNED: Final = timedelta(days=30)
CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""By so much the server's clock may differ from ours before a mail could be taken for one from before our time."""
_LOST: Final = Refused(Action.RETRY, "The connection to the IMAP server was lost; trying again.", "lost")
_PASSWORD: Final = "The IMAP server no longer takes the password. Enter it again, or make a new app password."  # noqa: S105
_TOKEN: Final = "The IMAP server does not take the mail account's token. Sign in again and enter a new refresh token."  # noqa: S105
_IN_CLEAR: Final = "The IMAP server offers no encryption that can be trusted. Look at the security setting."


class Place(msgspec.Struct):
    """How far a folder was read.

    Attributes:
        validity: of the numbers; under another one they are void.
        last: the number of the last mail.
        since: while a renumbered folder is read again, what came before is left out, in seconds since 1970.
    """

    validity: int = 0
    last: int = 0
    since: float = 0.0


class Cursor(msgspec.Struct):
    """How far a mailbox was read.

    Attributes:
        start: when it was first connected, in seconds since 1970; what came before stays where it is.
    """

    start: float = 0.0
    folders: dict[str, Place] = {}

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


class EmailDriver:
    """One account's connections."""

    sends_over_connection = False

    def __init__(self, account: Account) -> None:
        self._account = account
        self._box = Mailbox(account)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")

    async def listen(self, cursor: str, intake: Intake) -> Refused:
        try:
            token = self._account.renewed.get("access_token", "")
            await self._blocking(lambda: self._box.open(token))
            await self._watch(_cursor(cursor), intake)
        except WrongPasswordError:
            if oauth.is_used(self._account.settings):
                return Refused(Action.SETTINGS, _TOKEN, REFUSED_TOKEN)
            return Refused(Action.SETTINGS, _PASSWORD, "auth")
        except NotEncryptedError:
            return Refused(Action.RETRY, _IN_CLEAR, "tls")
        except BROKEN:
            return _LOST
        finally:
            self._end()

    async def send(self, request: Request) -> Response | NeverLeft | InDoubt:
        if request.method == rendering.TRY:
            return await self.probe(request)
        started = asyncio.get_running_loop().time()
        answer = await smtp.send(self._account, request)
        if isinstance(answer, Response) and answer.status < 300 and settings.keeps_copies(self._account.settings):
            await self._keep_copy(request, started)
        return answer

    async def _keep_copy(self, request: Request, started: float) -> None:
        """Put a sent mail into the folder of sent mail; it is sent whether that succeeds or not."""
        box = Mailbox(self._account)

        def keep() -> None:
            try:
                box.open(request.headers.get(oauth.TOKEN, ""))
                box.keep(request.body)
            finally:
                box.close()

        try:
            with contextlib.suppress(WrongPasswordError, NotEncryptedError, TimeoutError, *BROKEN):
                async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + KEEP_S, started + SEND_S)):
                    await asyncio.to_thread(keep)  # the thread of this account waits for news meanwhile
        finally:
            box.break_off()

    async def probe(self, request: Request) -> Response | NeverLeft | InDoubt:
        """Sign in at both servers, or tell where the mailbox stands; else which server does not let us, at which step.

        How the account stands is asked over neither: of the DNS, and of the SMTP server's greeting.
        """
        if request.method == rendering.LOOK_UP:
            return await lookups.look_up(self._account)
        if request.method == rendering.GREET:
            return await smtp.greet(self._account)
        try:
            await self._blocking(lambda: self._box.open(request.headers.get(oauth.TOKEN, "")))
            if request.method == rendering.BEGIN:
                return Response(200, {}, (await self._beginning()).written().encode())
        except WrongPasswordError as problem:
            return said(535, str(problem), "auth", "imap")
        except NotEncryptedError as problem:
            return said(530, str(problem), "tls", "imap")
        except BROKEN as problem:
            return said(421, str(problem), "connect", "imap")
        finally:
            self._end()
        answer = await smtp.try_out(self._account, request)
        return said(421, answer.problem, "connect", "smtp") if isinstance(answer, NeverLeft) else answer

    async def _beginning(self) -> Cursor:
        """After all that lies in the folders now."""
        box, begins = self._box, Cursor(datetime.now(UTC).timestamp())
        for name, folder in self._folders():
            stands = await self._blocking(lambda folder=folder: box.select(folder))  # type: ignore[misc]
            begins.folders[name] = Place(stands.validity, max(stands.next_uid - 1, 0))
        return begins

    async def _watch(self, place: Cursor, intake: Intake) -> NoReturn:
        """Catch up, then wait for what is new, for ever."""
        box = self._box
        if not place.folders:
            place.folders = (await self._beginning()).folders
            await intake.take(Poll(cursor=place.written()))
        await intake.connected()
        while True:
            for name, folder in self._folders()[::-1]:
                await self._read(name, folder, place, intake)
            if box.can_idle:
                await self._blocking(lambda: box.idle(IDLE_S))
            else:
                await asyncio.sleep(POLL_S)

    def _folders(self) -> list[tuple[str, str]]:
        """The folders that are watched; the inbox is looked at last, so that the server speaks of it."""
        return [(INBOX, "INBOX"), *([(SENT, self._box.sent)] if self._box.sent else [])]

    async def _read(self, name: str, folder: str, place: Cursor, intake: Intake) -> None:
        """Hand over what is new in a folder."""
        box = self._box
        known = place.folders.setdefault(name, Place())
        if name != INBOX and _is_same(known, await self._blocking(lambda: box.status(folder))):
            return
        stands = await self._blocking(lambda: box.select(folder))
        if stands.validity != known.validity:
            await self._begin_again(known, stands, place)
            await intake.take(Poll(cursor=place.written()))
        start = datetime.fromtimestamp(known.since, UTC)
        uids = await self._blocking(lambda: box.uids_after(known.last))
        for at in range(0, len(uids), AT_ONCE):
            part = uids[at : at + AT_ONCE]
            mails = await self._blocking(lambda part=part: box.fetch(part, name, start))  # type: ignore[misc]
            known.last = max(known.last, part[-1])
            await intake.take(Poll(tuple(mail.delivery for mail in mails), place.written()))
        known.since = 0.0

    async def _begin_again(self, known: Place, stands: Folder, place: Cursor) -> None:
        """Whatever came since the inbox was connected is read once more, of the last days: known mails are known again."""
        begun = datetime.fromtimestamp(place.start, UTC) - CLOCKS_DIFFER
        start = max(begun, datetime.now(UTC) - RESCANNED)
        uids = await self._blocking(lambda: self._box.uids_since(start))
        known.validity, known.since = stands.validity, start.timestamp()
        known.last = uids[0] - 1 if uids else max(stands.next_uid - 1, 0)

    async def _blocking(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step)

    def _end(self) -> None:
        """Whatever the thread waits for ends with its connection."""
        self._box.break_off()
        self._thread.submit(self._box.close)
        self._thread.shutdown(wait=False)


def _cursor(told: str) -> Cursor:
    try:
        return msgspec.json.decode(told, type=Cursor)
    except msgspec.MsgspecError:
        return Cursor(datetime.now(UTC).timestamp())


def _is_same(known: Place, stands: Folder) -> bool:
    return known.validity == stands.validity and stands.next_uid == known.last + 1
