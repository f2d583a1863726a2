"""The sender: leases replies, commits *sending* before the first byte, calls the provider, records what it said."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final, Protocol

import structlog

from mim_desk.channels.base import (
    Account,
    Action,
    Adapter,
    CallsSeveral,
    ExplainsRefusals,
    InDoubt,
    NeverLeft,
    Outgoing,
    Refused,
    Request,
    Response,
    Step,
    Taken,
)
from mim_desk.channels.offering import offers
from mim_desk.channels.pace import Paced
from mim_desk.channels.registry import DRIVERS
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import known_keys, loop_guard, send_records
from mim_desk.hub.begun import stands_alone
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import LONGEST_CALL_S, Leaving, call
from mim_desk.hub.quotas import Quotas
from mim_desk.hub.send_records import Job
from mim_desk.hub.sending_rules import KEY_OVER, Next, Outcome, Verdict, cut_anew, is_broken, verdict
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.sends import Lease
from mim_desk.hub.store.times import utc_now

AT_ONCE: Final = 32
LONGEST_SLEEP_S: Final = 5.0
SHORTEST_SLEEP_S: Final = 0.25
OTHERS_S: Final = 0.1
"""At most so often is looked for what other hubs stored."""
CLOSING_S: Final = 8.0
STORE_AGAIN_S: Final = 0.5
LONGEST_REPLY_S: Final = 50.0
"""No further part of a reply is begun later than this, so that the lease outlasts the last call."""
_log = structlog.get_logger("mim_desk.hub.sender")


class ExplainingAdapter(Adapter, ExplainsRefusals, Protocol):
    """An adapter whose provider tells why, when it is asked."""


NOTHING: Final = Verdict(Next.FAILED, "The channel has no way to send this message.", "nothing-to-send")
Answer = Response | NeverLeft | InDoubt | Refused
"""Of the provider, or why there is none; ``Refused`` when it gave no token to call with."""


class Sender:
    """Sends replies until it is closed; several hubs may run one each."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._quotas = Quotas(hub.store)
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._running = 0
        self._left: set[str] = set()
        self._closing = False
        hub.handoff.room = AT_ONCE
        hub.store.on_commit(self._look_at)
        hub.connections.on_new(self._wake.set)

    def _look_at(self, events: list[LoggedEvent]) -> None:
        if any(_may_be_due(event) for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Send what was leased with its storing, and lease what is due later; runs as long as the hub."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take_due(), name="sender-due")
            if self._hub.store.is_shared:
                group.create_task(self._hear_of_others(), name="sender-others")
            with self._hub.handoff.taken_by(partial(self._start, group)):
                await asyncio.get_running_loop().create_future()  # until the hub ends

    async def close(self) -> None:
        """Take nothing new and wait a moment for what is under way, and for what the store was just leasing."""
        self._closing = True
        self._hub.handoff.room = 0
        self._wake.set()
        try:
            async with asyncio.timeout(CLOSING_S):
                await self._handed_over()
                await self._idle.wait()
        except TimeoutError:
            _log.warning("closed_while_sending", sends=self._running)

    async def _handed_over(self) -> None:
        """Wait until all that was leased so far has come from the store: its work is done in turn."""
        try:
            await self._hub.store.writer.run(lambda unit: None)
        except StoreUnavailable as problem:
            _log.warning("store_unavailable", problem=str(problem))

    async def _take_due(self) -> None:
        while not self._closing:
            self._wake.clear()
            try:
                pause = await self._lease_due()
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", problem=str(problem))
                pause = 1.0
            await self._sleep(pause)

    async def _hear_of_others(self) -> None:
        """Look at what other hubs store for the connections of this one."""
        grown = self._hub.store.log.subscribe()
        while True:
            await grown.wait()
            if self._hub.connections.any_to_send_over:
                self._wake.set()
            await asyncio.sleep(OTHERS_S)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _lease_due(self) -> float:
        """Lease what is due; seconds until the next is. What another hub or an agent sets free is looked for now and then."""
        here = self._hub.connections.here
        due = await self._hub.store.read(lambda conn: send_records.next_due(conn, here))
        if due is None:
            return LONGEST_SLEEP_S
        wait_s = (due - utc_now()).total_seconds()
        room = AT_ONCE - self._running
        if wait_s > 0 or room <= 0 or self._closing:
            return min(max(wait_s, SHORTEST_SLEEP_S), LONGEST_SLEEP_S)
        under_way = self._hub.handoff.under_way
        lease = partial(send_records.lease, room=room, under_way=under_way, here=here)
        await self._hub.store.writer.run(lease, self._hub.handoff.give)
        return SHORTEST_SLEEP_S

    def _start(self, group: asyncio.TaskGroup, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._running += 1
            self._count(job, 1)
            self._idle.clear()
            group.create_task(self._finish(job), name=f"send-{job.lease.message.id}")
            self._say_room()

    def _count(self, job: Job, more: int) -> None:
        inbox_id, before = job.lease.message.inbox_id, self._hub.handoff.under_way
        self._hub.handoff.under_way = {**before, inbox_id: before.get(inbox_id, 0) + more}

    def _say_room(self) -> None:
        self._hub.handoff.room = 0 if self._closing else max(AT_ONCE - self._running, 0)

    async def _finish(self, job: Job) -> None:
        try:
            await self._attempt(job)
        except asyncio.CancelledError:
            await self._give_back(job)
            raise
        except StoreUnavailable as problem:
            _log.warning("outcome_not_stored", message_id=job.lease.message.id, problem=str(problem))
        except Exception as error:  # noqa: BLE001  # one reply must not end the others; its lease runs out to unknown
            _log.error("attempt_failed", message_id=job.lease.message.id, exc_info=error)
        finally:
            self._running -= 1
            self._left.discard(job.lease.message.id)
            self._count(job, -1)
            self._say_room()
            if not self._running:
                self._idle.set()
            self._wake.set()

    async def _give_back(self, job: Job) -> None:
        """The hub ends in mid-work: of what nothing has left nobody has to be in doubt, and of the rest at once."""
        has_left = job.lease.message.id in self._left
        try:
            await self._hub.store.writer.run(partial(send_records.give_back, taken=job.lease, has_left=has_left))
        except StoreUnavailable as problem:
            _log.warning("not_given_back", message_id=job.lease.message.id, problem=str(problem))

    async def _attempt(self, job: Job) -> None:
        points = self._hub.points
        await points.reach("send.after_lease")
        told = await self._called(job)
        await points.reach("send.before_outcome")
        self._hub.metrics.sends.labels(job.channel, told.next.value).inc()
        await self._record(job, told)
        await points.reach("send.after_outcome")
        if told.next is not Next.DONE:
            _log.info(
                "send_outcome",
                message_id=job.lease.message.id,
                inbox_id=job.lease.message.inbox_id,
                outcome=told.next.value,
                code=told.code,
                attempt=job.lease.attempt,
            )

    async def _record(self, job: Job, told: Verdict) -> None:
        """Store the outcome. Nobody else knows it, so while the store takes nothing it is held until the lease ends."""
        while True:
            try:
                await self._hub.store.writer.run(lambda unit: send_records.record(unit, job.lease, told))
            except StoreUnavailable as problem:
                if utc_now() >= job.lease.until:
                    raise
                _log.warning("outcome_waits", message_id=job.lease.message.id, problem=str(problem))
                await asyncio.sleep(STORE_AGAIN_S)
            else:
                return

    async def _called(self, job: Job) -> Verdict:
        if job.adapter is None:
            return Verdict(Next.FAILED, "The inbox was removed. Answer through another one.", "inbox-removed")
        over = known_keys.forgotten(job.lease, job.adapter)
        if over is not None:
            return over
        try:
            account = await self._hub.accounts.account(job.lease.message.inbox_id)
            waits = await loop_guard.held(self._hub.store, job.adapter, account, job.lease.message)
            waits = waits or await self._quotas.held(account)
            if waits is not None:
                return waits
            message = job.outgoing or await self._read_outgoing(job)
            steps = _rendered(job.adapter, account, message)
            parts = sum(not (isinstance(one, Request) and (one.prepares or one.asks)) for one in steps)
            if parts > 1:
                await self._hub.store.writer.run(partial(send_records.begin, taken=job.lease, parts=parts))
        except Refusal as refusal:
            return Verdict(Next.FAILED, refusal.reason, refusal.code)
        except StoreUnavailable:
            return verdict(NeverLeft("store"), job.lease.attempt, keyed=job.adapter.keyed)
        return await self._calls(job, job.adapter, account, steps, message.recipient)

    async def _read_outgoing(self, job: Job) -> Outgoing:
        message, links = job.lease.message, self._hub.files
        return await self._hub.store.read(lambda conn: send_records.outgoing(conn, message, utc_now(), links))

    async def _calls(
        self, job: Job, adapter: Adapter, account: Account, steps: Sequence[Step], recipient: str
    ) -> Verdict:
        """Make the calls of one reply in order, until one is not taken."""
        before = job.lease.before
        until = monotonic() + LONGEST_REPLY_S
        answer: Answer = NeverLeft("nothing")
        told = NOTHING if before.fits(len(steps)) else cut_anew(before)
        for place, step in enumerate(steps[before.done :] if told is NOTHING else (), before.done + 1):
            try:
                request = step if isinstance(step, Request) else _written(step, answer, adapter, job)
            except Refusal as refusal:
                ended = Refused(Action.REJECTED, refusal.reason, refusal.code)
                return verdict(ended, job.lease.attempt, keyed=adapter.keyed, before=before)
            waits = None if request.prepares else await self._hub.pacing.turn(adapter, account, recipient)
            if waits is not None:
                return verdict(waits, attempt=1, keyed=adapter.keyed, before=before)  # waiting wears nothing out
            late = before is not job.lease.before and monotonic() > until
            way, answer, outcome = await self._taken_way(job, adapter, account, request, late=late)
            if request.asks and isinstance(answer, Response):
                continue
            if isinstance(outcome, Taken) and request.prepares:
                continue
            keyed = adapter.keyed and not way.once and outcome != InDoubt(KEY_OVER)
            told = verdict(outcome, job.lease.attempt, keyed=keyed, before=before)
            if not isinstance(outcome, Taken):
                self._hear_pause(adapter, account, recipient, answer, outcome)
                break
            before = before.and_also(outcome, place if stands_alone(steps, place) else 0, len(steps))
        return told

    def _hear_pause(self, adapter: Adapter, account: Account, recipient: str, answer: Answer, outcome: Outcome) -> None:
        """A wait that is of the account holds all of its replies; where chats have a pace, one chat comes first."""
        if not isinstance(outcome, Refused) or outcome.action is not Action.RETRY or not outcome.retry_after_s:
            return
        whole = outcome.whole
        if whole is None and not offers(adapter, Paced):
            whole = isinstance(answer, Response) and answer.status == 429
        if whole:
            self._hub.pacing.told_whole_quiet(account.inbox_id, outcome.retry_after_s)
        elif outcome.code == "429":
            self._hub.pacing.told_quiet(account.inbox_id, recipient, outcome.retry_after_s)

    async def _taken_way(
        self, job: Job, adapter: Adapter, account: Account, request: Request, *, late: bool
    ) -> tuple[Request, Answer, Outcome]:
        """One call, and when it is rejected what may be made instead: the last one made and what came of it."""
        while True:
            late = late or _ends_before_a_call(job.lease)
            answer = NeverLeft("lease") if late else await self._made(job, adapter, account, request)
            outcome = _classified(adapter, account, request, answer)
            for mending in outcome.mended_by if isinstance(outcome, Refused) else ():
                self._hub.errands.take(adapter, account, mending)
            if isinstance(outcome, Refused) and offers(adapter, ExplainsRefusals):
                outcome = await self._explained(adapter, account, request, outcome)
            is_rejected = isinstance(outcome, Refused) and outcome.action is Action.REJECTED
            if not is_rejected or request.instead is None:
                return request, answer, outcome
            request = request.instead

    async def _explained(
        self, adapter: ExplainingAdapter, account: Account, request: Request, refused: Refused
    ) -> Refused:
        """Why the provider took it not, where it says so when asked."""
        question = adapter.explanation_request(account, request, refused)
        if question is None:
            return refused
        answer = await self._hub.account_tokens.call(adapter, account, question, partial(call, self._hub.client))
        return adapter.read_explanation(refused, answer) if isinstance(answer, Response) else refused

    async def _made(self, job: Job, adapter: Adapter, account: Account, request: Request) -> Answer:
        """The answer to one call; what is not clear about a call that may be made only once stays in doubt."""
        hub = self._hub
        if adapter.keyed and request.once:
            try:
                await hub.store.writer.run(lambda unit: send_records.unkey(unit, job.lease))
            except StoreUnavailable:
                return NeverLeft("store")
        await hub.points.reach("send.before_bytes")

        async def in_time(one: Request) -> Response | NeverLeft | InDoubt:
            """Asking for a token may have taken long, or may have been a sign-in from another device."""
            if _ends_before_a_call(job.lease):
                return NeverLeft("lease")
            if not request.prepares and await known_keys.of_another_device(hub, job.lease, adapter, account):
                return InDoubt(KEY_OVER)
            leaving, driver = Leaving(), DRIVERS.get(adapter.channel)
            try:
                if driver is not None:
                    return await hub.connections.send(driver, account, one, hub.points)
                return await call(hub.client, one, hub.points, leaving=leaving)
            finally:
                if not (request.prepares or request.asks or leaving.is_connecting):
                    self._left.add(job.lease.message.id)

        answer = await hub.account_tokens.call(adapter, account, request, in_time)
        if isinstance(answer, InDoubt) and request.prepares:
            return NeverLeft(answer.problem)
        return answer


def _classified(adapter: Adapter, account: Account, request: Request, answer: Answer) -> Outcome:
    """What an answer means; what broke in between without a word of the provider is no answer of theirs."""
    if not isinstance(answer, Response):
        return answer
    if offers(adapter, CallsSeveral):
        told = adapter.classify_of(account, request, answer)
    else:
        told = adapter.classify(account, answer)
    if isinstance(told, InDoubt):
        return NeverLeft(told.problem) if request.prepares else told
    is_covered = request.prepares or request.asks or (adapter.keyed and not request.once)
    return told if is_covered or not is_broken(answer.status, told, once=request.once) else InDoubt(str(answer.status))


def _ends_before_a_call(lease: Lease) -> bool:
    """Whether the lease may end during a call begun now, as when the machine slept: then another may hold the reply."""
    return utc_now() + timedelta(seconds=LONGEST_CALL_S) > lease.until


def _may_be_due(event: LoggedEvent) -> bool:
    """Whether there may be something to send now: a queued reply, or an inbox that was mended."""
    return event.type == "inbox" or (event.type == "message" and b'"status":"queued"' in event.payload)


def _written(step: Callable[[Response], Request], answer: Answer, adapter: Adapter, job: Job) -> Request:
    """The call that follows from the answer to the one before."""
    try:
        assert isinstance(answer, Response)
        return step(answer)
    except Refusal:
        raise
    except Exception as error:
        _log.error("adapter_failed", channel=adapter.channel, message_id=job.lease.message.id, exc_info=error)
        raise Refusal("not-rendered", "The channel's answer could not be read.") from error


def _rendered(adapter: Adapter, account: Account, message: Outgoing) -> Sequence[Step]:
    try:
        return adapter.render(account, message)
    except Refusal:
        raise
    except Exception as error:
        _log.error("adapter_failed", channel=adapter.channel, message_id=message.message_id, exc_info=error)
        raise Refusal("not-rendered", "The message could not be written for this channel.") from error
