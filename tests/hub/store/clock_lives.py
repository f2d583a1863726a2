"""Lives of a conversation, told to a real store and to an oracle written from response_times.md alone."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from mim_desk.channels.events import Echo, MessageDeleted, MessageEdited, ReactionSeen, Sender
from mim_desk.domain.conversation import Priority, Status
from mim_desk.domain.message import AuthorType, DeliveryStatus
from mim_desk.hub.store import messages, replan, sla, sla_policies
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from tests.fakes import FakeClock
from tests.hub.store.clock_oracle import History, Reply, Targets, at_risk, state_of
from tests.hub.store.made import START, bring, conversation_of, delivery, patched, reply, wrote

POLICIES = (
    {"first_response": 300_000, "next_response": 180_000},
    {"first_response": 60_000, "next_response": 600_000},
    {"first_response": 1_000_000, "next_response": 61_000},
)
MACHINE = rows.Author(AuthorType.SYSTEM)
numbers = count(1)

Step = tuple[str, int, int]
"""What happens, after how many milliseconds, and by how much the customer's clock is off or which message is meant."""

KINDS = (
    *("in", "in", "in", "reply", "reply", "queue", "accept", "accept", "fail", "unknown", "auto", "echo"),
    *("resolve", "note", "snooze", "priority", "edit", "delete", "react", "reopen", "policy"),
)
PASSES = (1, 1000, 29_999, 60_000, 179_999, 180_000, 180_001, 299_999, 300_000, 300_001)
OFF = (0, 0, 0, -1, -50_000, -400_000, 86_400_000)
steps = st.tuples(st.sampled_from(KINDS), st.sampled_from(PASSES), st.sampled_from(OFF))
lives = st.lists(steps, min_size=2, max_size=14).map(lambda drawn: [("in", 1000, 0), *drawn])


async def hold(store: Store, targets: dict[str, int]) -> None:
    """Change the one policy, as its API call does."""

    def work(unit: Unit) -> None:
        wanted = {f"{name}_s": target // 1000 for name, target in targets.items()}
        (policy,) = sla_policies.everything(unit.conn)
        sla_policies.change(unit, msgspec.structs.replace(policy, **wanted))
        replan.replan(unit)

    await store.writer.run(work)


@dataclass
class Life:
    """One conversation at the store and in the oracle."""

    store: Store
    clock: FakeClock
    who: str
    targets: Targets
    history: History = field(default_factory=History)
    sent: list[tuple[str, Reply]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def now(self) -> int:
        return ms(self.clock.now) - ms(START)

    def at(self, off: int) -> float:
        return (self.now + off) / 1000

    async def do(self, step: Step) -> None:
        kind, passes, off = step
        self.clock.advance(timedelta(milliseconds=passes))
        row = await conversation_of(self.store, self.who) if self.written else None
        if kind == "in":
            await self.comes_in(off)
        elif row is not None:
            await getattr(self, kind)(row, off)

    async def comes_in(self, off: int) -> None:
        self.written.append(f"{self.who}-{len(self.written)}")
        event = wrote(self.written[-1], who=self.who, at=self.at(off))
        await self.store.writer.ingest(delivery(event, received=self.at(0)))
        self.history.customer(self.now + off, self.now)

    async def _reply(self, row: rows.Conversation, author: rows.Author, *, local: bool) -> None:
        message_id = str(UUID(int=next(numbers)))
        await reply(self.store, row.id, message_id, author, local=local)
        human = author.type is AuthorType.AGENT
        self.sent.append((message_id, self.history.reply(self.now if local else None, human=human)))

    async def reply(self, row: rows.Conversation, _: int) -> None:
        await self._reply(row, rows.Author(AuthorType.AGENT, "agent-ann"), local=True)

    async def queue(self, row: rows.Conversation, _: int) -> None:
        await self._reply(row, rows.Author(AuthorType.AGENT, "agent-ann"), local=False)

    async def auto(self, row: rows.Conversation, _: int) -> None:
        await self._reply(row, MACHINE, local=True)

    async def note(self, row: rows.Conversation, _: int) -> None:
        await reply(self.store, row.id, str(UUID(int=next(numbers))), kind="note")

    async def echo(self, _: rows.Conversation, off: int) -> None:
        event = Echo(
            f"echo-{next(numbers)}", Sender(self.who), START + timedelta(seconds=self.at(off)), "From the phone"
        )
        await self.store.writer.ingest(delivery(event, received=self.at(0)))
        self.history.reply(min(self.now + off, self.now))

    async def _told(self, status: DeliveryStatus) -> Reply | None:
        if not self.sent:
            return None
        message_id, known = self.sent[-1]
        await self.store.writer.run(lambda unit: messages.merge_delivery(unit, message_id, rows.Delivery(status)))
        return known

    async def accept(self, _: rows.Conversation, __: int) -> None:
        known = await self._told(DeliveryStatus.SENT)
        if known is not None and known.accepted is None:
            known.accepted = self.now

    async def fail(self, _: rows.Conversation, __: int) -> None:
        known = await self._told(DeliveryStatus.FAILED)
        if known is not None:
            known.failed = True

    async def unknown(self, _: rows.Conversation, __: int) -> None:
        await self._told(DeliveryStatus.UNKNOWN)

    async def resolve(self, row: rows.Conversation, _: int) -> None:
        if row.status is not Status.RESOLVED:
            await patched(self.store, row.id, status=Status.RESOLVED, reason="done")
            self.history.resolve(self.now)

    async def reopen(self, row: rows.Conversation, _: int) -> None:
        await patched(self.store, row.id, status=Status.OPEN)

    async def snooze(self, row: rows.Conversation, _: int) -> None:
        if row.status is Status.OPEN:
            await patched(self.store, row.id, status=Status.SNOOZED)

    async def priority(self, row: rows.Conversation, _: int) -> None:
        await patched(self.store, row.id, priority=Priority.HIGH, labels=["vip"])

    async def edit(self, _: rows.Conversation, __: int) -> None:
        await bring(self.store, MessageEdited(self.written[-1], self.clock.now, "otherwise"))

    async def delete(self, _: rows.Conversation, __: int) -> None:
        await bring(self.store, MessageDeleted(self.written[-1], self.clock.now))

    async def react(self, _: rows.Conversation, __: int) -> None:
        event = ReactionSeen(Sender(self.who), self.clock.now, "👍", external_id=self.written[-1])
        await bring(self.store, event)

    async def policy(self, _: rows.Conversation, off: int) -> None:
        told = POLICIES[off % len(POLICIES)]
        await hold(self.store, told)
        self.targets.change(told, self.history.segments(), self.now)

    async def check(self) -> None:
        row = await conversation_of(self.store, self.who)
        stored = await self.store.read(lambda conn: sla.stored(conn, row.id))
        segments = self.history.segments()
        wanted = list(zip(segments, self.targets.of(segments), strict=True))
        since = self.history.waiting_since()
        assert [
            (
                one.name.value,
                one.segment,
                ms(one.started_at),
                None if one.stopped_at is None else ms(one.stopped_at),
                one.state.value,
                ms(one.due_at),
                ms(one.at_risk_at),
            )
            for one in stored
        ] == [
            (
                one.clock,
                one.number,
                ms(START) + one.start,
                None if one.stop is None else ms(START) + one.stop,
                state_of(one, target),
                ms(START) + one.start + target,
                ms(START) + at_risk(one, target),
            )
            for one, target in wanted
        ]
        assert row.waiting_since == (None if since is None else START + timedelta(milliseconds=since))
        running = [one.start + target for one, target in wanted if one.stop is None]
        assert row.next_due == (START + timedelta(milliseconds=min(running)) if running else None)
        shown = [stored[0], stored[-1]] if len(stored) > 1 and stored[0].segment == 0 else list(stored[-1:])
        assert row.clocks == sla.to_rows(tuple(shown))
