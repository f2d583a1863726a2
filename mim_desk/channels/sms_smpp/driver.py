"""Holds the connection to a carrier: binds, hands over what comes and answers it once it is stored, submits."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from mim_desk.channels.base import Account, Action, InDoubt, NeverLeft, Poll, Refused, Request, Response
from mim_desk.channels.connection import Intake
from mim_desk.channels.sms_smpp import errors
from mim_desk.channels.sms_smpp.adapter import REFERENCE
from mim_desk.channels.sms_smpp.driver_link import LOST, SILENT, Link, NotSentError, Over
from mim_desk.channels.sms_smpp.memory import Memory, Ready
from mim_desk.channels.sms_smpp.pacing import FASTEST, Pace
from mim_desk.channels.sms_smpp.payloads import Command, Pdu, bind_body, delivered
from mim_desk.channels.sms_smpp.reading import delivery

PORT: Final = 2775
BINDS: Final = 3
"""So many binds are refused before the account is paused: some carriers refuse one while an old connection ends."""
WINDOW: Final = 10
MOST_WAITING: Final = 1000
_UNREACHABLE: Final = Refused(Action.RETRY, "The carrier could not be reached; trying again.", "unreachable")
_ENDED: Final = Refused(Action.RETRY, "The carrier ended the connection; connecting again.", "unbound")


@dataclass(frozen=True)
class Times:
    """How long things may take, in seconds.

    Attributes:
        answer_s: the carrier's answer to a request; a connection on which none comes is dropped.
        enquire_s: it is asked so often whether it is there, and ``sure_s`` after an answer of ours whether it read that.
        store_s: a message that is not stored by then is to be brought again.
        submit_s: a message that gets no turn by then is tried again later.
    """

    connect_s: float = 10.0
    answer_s: float = 10.0
    enquire_s: float = 30.0
    sure_s: float = 1.0
    store_s: float = 8.0
    submit_s: float = 20.0
    bind_again_s: float = 1.5


class SmsSmppDriver:
    """Driver of the channel ``sms_smpp``."""

    sends_over_connection = True
    times = Times()

    def __init__(self, account: Account) -> None:
        self._account = account
        settings = account.settings
        self._window = asyncio.Semaphore(int(settings.get("window") or WINDOW))
        self._pace = Pace(float(settings.get("submits_per_second") or FASTEST))
        self._keeping = asyncio.Lock()
        self._came: asyncio.Queue[tuple[Link, Pdu]] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._is_stuck = False
        self._memory = Memory()
        self._intake: Intake | None = None
        self._sender: Link | None = None

    async def listen(self, cursor: str, intake: Intake) -> Refused:
        self._memory, self._intake = Memory.opened(cursor), intake
        refused = _UNREACHABLE
        for attempt in range(BINDS):
            if attempt:
                await asyncio.sleep(self.times.bind_again_s * attempt)
            try:
                async with self._bound() as links:
                    return await self._listened(links, intake)
            except Over as over:
                refused = over.why
            if refused.action is not Action.SETTINGS:
                break
        return refused

    async def send(self, request: Request) -> Response | NeverLeft | InDoubt:
        if request.method == REFERENCE:
            return await self._numbered(request.url)
        until = asyncio.get_running_loop().time() + self.times.submit_s
        try:
            async with asyncio.timeout_at(until):
                await self._window.acquire()
        except TimeoutError:
            return NeverLeft("window")
        try:
            return await self._submitted(request, until)
        except NotSentError:
            return NeverLeft("not-connected")
        except (Over, TimeoutError) as problem:
            return InDoubt(problem.why.code if isinstance(problem, Over) else "no-answer")
        finally:
            self._window.release()

    async def probe(self, request: Request) -> Response | NeverLeft | InDoubt:
        try:
            link, bound = await self._dialled(Command.BIND_TRANSCEIVER)
            if _knows_no_transceiver(bound):
                await link.end()
                link, bound = await self._dialled(Command.BIND_TRANSMITTER)
            await link.end()
        except Over as over:
            return NeverLeft(over.why.code)
        return Response(bound.status, {}, b"")

    async def _submitted(self, request: Request, until: float) -> Response | NeverLeft:
        """The answer to a submit; what was certainly not taken for being too much or for once is submitted again."""
        loop, is_again = asyncio.get_running_loop(), False
        while True:
            wait_s = self._pace.wait_s(loop.time())
            if loop.time() + wait_s > until:
                return NeverLeft("pace")
            await asyncio.sleep(wait_s)
            if self._sender is None:
                raise NotSentError
            answer = _meant(await self._sender.ask(Command.SUBMIT_SM, request.body))
            if answer.status in errors.SLOW_DOWN:
                self._pace.slow_down(loop.time())
                if loop.time() < until:
                    continue
            elif answer.status in errors.ONCE_MORE and not is_again:
                is_again = True
                continue
            elif answer.status == errors.OK:
                self._pace.taken()
            return Response(answer.status, dict(request.headers), answer.body)

    async def _numbered(self, dest: str) -> Response | NeverLeft:
        """The next number for a text in parts, stored before it is used."""
        if self._intake is None or self._sender is None:
            return NeverLeft("not-connected")
        async with self._keeping:
            number = self._memory.next_number(dest)
            await self._intake.take(Poll((), self._memory.cursor()))
        return Response(errors.OK, {"reference": str(number)}, b"")

    @asynccontextmanager
    async def _bound(self) -> AsyncIterator[Sequence[Link]]:
        """The connections of the account, the one that brings messages first: one for both ways, or two."""
        links: list[Link] = []
        try:
            link, bound = await self._dialled(Command.BIND_TRANSCEIVER)
            links.append(link)
            if _knows_no_transceiver(bound):
                await links.pop().end()
                for command in (Command.BIND_RECEIVER, Command.BIND_TRANSMITTER):
                    link, bound = await self._dialled(command)
                    links.append(link)
                    _check_bound(bound)
            _check_bound(bound)
            self._sender = links[-1]
            yield links
        finally:
            self._sender = None
            for link in links:
                link.broke(LOST)
                await link.end()

    async def _dialled(self, command: Command) -> tuple[Link, Pdu]:
        """A connection and the carrier's answer to the bind; Over when there is none."""
        settings, secrets = self._account.settings, self._account.secrets
        try:
            async with asyncio.timeout(self.times.connect_s):
                port = int(settings.get("port") or PORT)
                streams = await asyncio.open_connection(settings["host"], port, ssl=_tls(settings))
        except (OSError, TimeoutError, ValueError) as problem:
            raise Over(_UNREACHABLE) from problem
        link = Link(*streams, self.times.answer_s)
        told = (settings.get("system_id"), secrets.get("password"), settings.get("system_type"))
        try:
            return link, await link.bind(command, bind_body(*(str(one or "") for one in told)))
        except BaseException:
            await link.end()
            raise

    async def _listened(self, links: Sequence[Link], intake: Intake) -> Refused:
        """Listen on connections that stand until one ends."""
        over: asyncio.Future[Refused] = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as group:
            works = [self._deliver_all(group)]
            for link in links:
                works += [self._until_over(link), self._enquire(link, is_receiving=link is links[0])]
            tasks = [group.create_task(_telling(work, over), name="smpp") for work in works]
            try:
                await intake.connected()
                return await over
            finally:
                for task in tasks:
                    task.cancel()

    async def _until_over(self, link: Link) -> None:
        """Take what the carrier asks."""
        try:
            while True:
                for pdu in await link.read():
                    self._asked(link, pdu)
        except Over as over:
            link.broke(over.why)
            raise

    def _asked(self, link: Link, pdu: Pdu) -> None:
        match pdu.command:
            case Command.DELIVER_SM | Command.DATA_SM:
                if self._is_stuck or self._came.qsize() >= MOST_WAITING:
                    link.say(pdu.answer(errors.NOT_READY, b"\0"))
                else:
                    self._came.put_nowait((link, pdu))
            case Command.ENQUIRE_LINK:
                link.say(pdu.answer())
            case Command.UNBIND:
                link.say(pdu.answer())
                raise Over(_ENDED)
            case Command.ALERT_NOTIFICATION:
                pass  # has no answer
            case _:
                link.say(Pdu(Command.GENERIC_NACK, errors.INVALID_COMMAND, pdu.sequence))

    async def _enquire(self, link: Link, *, is_receiving: bool) -> None:
        """Ask whether the carrier is there: now and then, and soon after our answers whether it heard them."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.times.enquire_s):
                    if is_receiving:
                        await self._answered.wait()
                        self._answered.clear()
                        await asyncio.sleep(self.times.sure_s)
                    else:
                        await asyncio.Event().wait()
            try:
                await link.ask(Command.ENQUIRE_LINK)
            except TimeoutError as problem:
                raise Over(SILENT) from problem
            except NotSentError as problem:
                raise Over(LOST) from problem
            if is_receiving:
                await self._store_what_is_sure(link)

    async def _store_what_is_sure(self, link: Link) -> None:
        async with self._keeping:
            if self._memory.is_sure(link.heard) and self._intake is not None:
                await self._intake.take(Poll((), self._memory.cursor()))

    async def _deliver_all(self, group: asyncio.TaskGroup) -> None:
        """Hand over what came, one after the other, and texts whose parts did not come in time."""
        while True:
            try:
                async with asyncio.timeout(self._memory.next_due_s(time.time())):
                    link, pdu = await self._came.get()
            except TimeoutError:
                async with self._keeping:
                    await self._store(self._memory.overdue(time.time()))
                continue
            await self._delivered(group, link, pdu)

    async def _delivered(self, group: asyncio.TaskGroup, link: Link, pdu: Pdu) -> None:
        """Answer a message once it is stored; when that takes long the carrier is to bring it again."""
        async with self._keeping:
            now, came = time.time(), delivered(pdu)
            ready = [] if self._memory.came_before(came, now) else self._memory.take(came, now)
            self._memory.answered(came, now)
            storing = group.create_task(self._store(ready), name="smpp-store")
            try:
                await asyncio.wait({storing}, timeout=self.times.store_s)
            except asyncio.CancelledError:
                storing.cancel()
                raise
            if storing.done():
                storing.result()
                link.say(pdu.answer(errors.OK, b"\0"))
                self._answered.set()
                return
            self._is_stuck = True
            link.say(pdu.answer(errors.NOT_READY, b"\0"))
            while not self._came.empty():
                other_link, other = self._came.get_nowait()
                other_link.say(other.answer(errors.NOT_READY, b"\0"))
            await storing  # which is cancelled with this
            self._memory.was_refused(came, now)
            self._is_stuck = False

    async def _store(self, ready: Sequence[Ready]) -> None:
        assert self._intake is not None
        items = tuple(delivery(one.id, one.pdus) for one in ready)
        await self._intake.take(Poll(items, self._memory.cursor()))


async def _telling(work: Coroutine[Any, Any, None], over: "asyncio.Future[Refused]") -> None:
    """Do it, and tell why when a connection is over: a group that failed itself would forget who cancelled it."""
    try:
        await work
    except Over as problem:
        if not over.done():
            over.set_result(problem.why)


def _meant(answer: Pdu) -> Pdu:
    """A request that was not understood was not taken, whatever status the carrier gives to that."""
    is_refused = answer.command == Command.GENERIC_NACK and answer.status == errors.OK
    return replace(answer, status=errors.INVALID_COMMAND) if is_refused else answer


def _knows_no_transceiver(bound: Pdu) -> bool:
    return bound.command == Command.GENERIC_NACK or bound.status == errors.INVALID_COMMAND


def _check_bound(bound: Pdu) -> None:
    if bound.status != errors.OK:
        raise Over(errors.unbound(bound.status))


def _tls(settings: Mapping[str, Any]) -> ssl.SSLContext | None:
    """How the connection is sealed; a certificate of the carrier's own stands in the settings."""
    if settings.get("tls") != "yes":
        return None
    return ssl.create_default_context(cadata=str(settings.get("ca_certificate") or "") or None)
