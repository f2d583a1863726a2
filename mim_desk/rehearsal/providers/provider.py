"""What all simulated providers have: a place on the wire, a poster, people's phones, and refusals on order."""

import asyncio
import contextlib
import hashlib
import mimetypes
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from random import Random
from typing import Any, ClassVar, Final

import httpx

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.posting import CALM, Delivery, Mischief, Poster
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, serving
from mim_desk.rehearsal.scripts import Act, Script, file_of, stage

Clock = Callable[[], float]
LATEST_S: Final = 2.0
"""No answer is kept back for longer."""


class Order(Enum):
    """What the next send is answered with, if somebody orders it."""

    WINDOW_CLOSED = auto()
    BLOCKED = auto()
    BUSY = auto()
    """Too many calls; the answer says when to ask again, where the provider says so."""
    TOKEN_EXPIRED = auto()
    BROKEN = auto()
    """An error inside the provider."""
    LOST = auto()
    """Everything is done, but the answer never arrives."""


@dataclass(frozen=True)
class Connection:
    """What ``POST /api/v1/inboxes`` takes to connect the brand's account."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class KeptFile:
    """A file that a person sent."""

    name: str
    mime_type: str
    data: bytes = field(repr=False)
    id: str


class NotShaken(Exception):
    """The hub's webhook did not answer as this provider wants it."""


class Provider:
    """A simulated provider with the brand's account.

    Attributes:
        channel: its name at the hub and its prefix on the wire.
        batch: most news in one call of the webhook.
        tells: the furthest that the network says of a message of the brand's: sent, delivered or read.
        refusals: the answers that can be ordered.
        address: where it is reached, once it is at work.
        webhook_url: where its news go, once the inbox is connected.
        tells_times: whether news say when they happened; where not, nobody can put them in order again.
        renews: whether an expired token is nothing to the hub but a reason to ask for another.
        refused: why calls were refused without an order: what an adapter does wrong is here.
        beside: the providers at work at the same time, by channel: some assets have two sides.
    """

    channel: ClassVar[str] = ""
    batch: ClassVar[int] = 1
    tells: ClassVar[str] = "sent"
    refusals: ClassVar[Mapping[Order, Answer]] = {}
    tells_times: ClassVar[bool] = True
    renews: ClassVar[bool] = False

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        self.clock = clock
        self.mischief = mischief
        self.brand = stage().brand
        self.poster = Poster(self.deliveries, mischief, most=self.batch)
        self.address = ""
        self.webhook_url = ""
        self.refused: list[str] = []
        self.beside: Mapping[str, Provider] = {}
        self._dice = Random(mischief.seed)  # noqa: S311  # a game, no secret
        self.http: httpx.AsyncClient
        self._orders: deque[Order] = deque()
        self._phones: dict[str, Phone] = {}
        self._files: dict[str, KeptFile] = {}

    # -- what each provider says for itself ------------------------------------------------------

    def connection(self) -> Connection:
        """The settings and secrets that the admin enters at set-up."""
        raise NotImplementedError

    async def answer(self, call: Call) -> Answer:
        """Answer one call of the hub."""
        raise NotImplementedError

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        """Write and sign the calls that bring some news to ``webhook_url``."""
        raise NotImplementedError

    def new_phone(self, script: Script) -> Phone:
        """The phone of a person, made once."""
        raise NotImplementedError

    async def shake_hands(self, verify_token: str) -> None:
        """What the provider does once the admin has entered the webhook's address there."""

    # -- the same for all ------------------------------------------------------------------------

    @asynccontextmanager
    async def at_work(self, address: str, http: httpx.AsyncClient) -> AsyncIterator[None]:
        """Bring news for as long as this is open; ``http`` calls the hub."""
        self.address = f"{address}/{self.channel}"
        self.http = http
        async with asyncio.TaskGroup() as group:
            working = group.create_task(self.poster.work(http), name=f"{self.channel} posts")
            try:
                yield
            finally:
                working.cancel()

    async def connected(self, webhook_url: str, verify_token: str) -> None:
        """The inbox is there."""
        self.webhook_url = webhook_url
        await self.shake_hands(verify_token)

    async def answered(self, call: Call) -> Answer:
        """The answer as it comes over the wire: sometimes after the receipts of what it answers."""
        answer = await self.answer(call)
        if self._dice.random() < self.mischief.late:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LATEST_S):
                    await self.poster.emptied()
        return answer

    def phone(self, script: Script) -> Phone:
        """The phone of a person: the same one whenever they come."""
        if script.name not in self._phones:
            self._phones[script.name] = self.new_phone(script)
        return self._phones[script.name]

    def order(self, *orders: Order) -> None:
        """Have the next sends answered so."""
        self._orders.extend(orders)

    def as_ordered(self, take: Callable[[], Answer]) -> Answer:
        """The answer to a send: what was ordered, else what comes of taking it."""
        order = self._orders.popleft() if self._orders else None
        if order is Order.LOST:
            return replace(take(), lost=True)
        return take() if order is None else self.refusals[order]

    def no(self, why: str, answer: Answer) -> Answer:
        """Refuse a call, and remember why."""
        self.refused.append(why)
        return answer

    def keep(self, act: Act) -> KeptFile:
        """Take a person's file; it can be fetched below ``/files/`` from now on."""
        file = file_of(act)
        mime_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        kept = KeptFile(file.name, mime_type, file.read_bytes(), f"f{len(self._files) + 1}")
        self._files[kept.id] = kept
        return kept

    def portrait(self, owner: str, data: bytes) -> str:
        """The address of somebody's picture."""
        kept = KeptFile("picture.png", "image/png", data, f"portrait-{owner}")
        self._files[kept.id] = kept
        return f"{self.address}/files/{kept.id}"

    def file(self, id_: str) -> Answer:
        """A file that somebody asks for."""
        kept = self._files.get(id_)
        return NOWHERE if kept is None else Answer(200, kept.data, {"content-type": kept.mime_type})


def digits(name: str, length: int) -> str:
    """A number for a name: always the same, without a zero at its start."""
    found = int.from_bytes(hashlib.sha256(name.encode()).digest())
    return str(10 ** (length - 1) + found % (9 * 10 ** (length - 1)))


@asynccontextmanager
async def at_work(providers: Sequence[Provider]) -> AsyncIterator[None]:
    """Serve all of them on one loopback port, and let them bring their news."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(limits=limits, timeout=30, trust_env=False))
        address = await stack.enter_async_context(serving({each.channel: each.answered for each in providers}))
        for each in providers:
            each.beside = {other.channel: other for other in providers}
            await stack.enter_async_context(each.at_work(address, http))
        yield
