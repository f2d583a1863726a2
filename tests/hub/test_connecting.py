"""Inboxes that hold a connection: what a driver hands over is stored before it is told so, and who may send over it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

import pytest

from mim_desk.channels.base import Account, Action, InDoubt, NeverLeft, Poll, Refused, Request, Response
from mim_desk.channels.connection import Intake
from mim_desk.channels.registry import ADAPTERS
from mim_desk.hub.connecting import Connector
from mim_desk.hub.connections import Connections, elsewhere
from mim_desk.hub.failpoints import FailPoints
from mim_desk.hub.store import driver as sql
from mim_desk.hub.store import polls
from mim_desk.hub.store.polls import Hold
from tests.guards import AllowLog
from tests.hub.gateway import Gateway
from tests.hub.live import Live, incoming

SPAN = timedelta(seconds=30)
ACCOUNT = Account("in-1", {}, {})
SUBMIT = Request("SUBMIT", "")
LOST = Refused(Action.RETRY, "The connection was lost; trying again.", "lost")
Script = Callable[[str, Intake], Awaitable[Refused]]


@dataclass
class Line:
    """A driver that does what its test says.

    Attributes:
        scripts: what each connection does; the last one again and again.
        cursors: where each connection went on from.
    """

    sends_over_connection: ClassVar[bool] = True
    scripts: ClassVar[list[Script]] = []
    cursors: ClassVar[list[str]] = []
    account: Account
    sent: list[Request] = field(default_factory=list)

    async def listen(self, cursor: str, intake: Intake) -> Refused:
        self.cursors.append(cursor)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        return await script(cursor, intake)

    async def send(self, request: Request) -> Response | NeverLeft | InDoubt:
        self.sent.append(request)
        return Response(0, {}, b"taken")

    async def probe(self, request: Request) -> Response | NeverLeft | InDoubt:
        return await self.send(request)


class OwnWay(Line):
    """A driver whose replies leave by connections of their own."""

    sends_over_connection = False


def delivery(text: str, external_id: str) -> bytes:
    return json.dumps({"events": [incoming("u-1", text, external_id)]}).encode()


async def silent(cursor: str, intake: Intake) -> Refused:
    """A connection on which nothing comes."""
    await intake.connected()
    await asyncio.Event().wait()
    raise AssertionError


@pytest.fixture(autouse=True)
def fresh_scripts() -> None:
    Line.scripts = [silent]
    Line.cursors = []


@pytest.fixture
async def inbox(hub: Live, gateway: Gateway) -> Live:
    await hub.connect(gateway.url)
    return hub


async def held(live: Live, holder: str = "this") -> Hold:
    taken = await live.running.hub.store.writer.run(lambda unit: polls.hold(unit, live.inbox_id, holder, SPAN))
    assert taken is not None
    return taken


async def connector(live: Live) -> Connector:
    account = await live.running.hub.accounts.account(live.inbox_id)
    return Connector(live.running.hub, Line, ADAPTERS["custom"], account)


async def texts(live: Live) -> list[str]:
    found = []
    for conversation in (await live.client.get("/api/v1/conversations")).json()["items"]:
        listed = (await live.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
        found += [one["text"] for one in listed if one["kind"] == "incoming"]
    return found[::-1]


async def cursor(live: Live) -> str:
    found = await live.running.hub.store.read(lambda conn: sql.row(conn, "SELECT cursor FROM polls"))
    assert found is not None
    return str(found[0])


async def health(live: Live) -> tuple[str, str]:
    told = (await live.client.get(f"/api/v1/inboxes/{live.inbox_id}")).json()["health"]
    return told["state"], told["reason"]


async def test_a_delivery_is_stored_with_its_cursor_before_the_driver_may_say_so(inbox: Live):
    seen: list[object] = []

    async def one(cursor_before: str, intake: Intake) -> Refused:
        await intake.connected()
        await intake.take(Poll((delivery("Hello", "m1"),), "17"))
        seen.extend([await texts(inbox), await cursor(inbox)])
        return Refused(Action.SETTINGS, "The password is wrong.", "auth")

    Line.scripts = [one]
    await (await connector(inbox)).run(await held(inbox), failing=False)

    assert seen == [["Hello"], "17"]


async def test_a_wrong_password_pauses_the_inbox_with_a_sentence(inbox: Live):
    async def refused(cursor_before: str, intake: Intake) -> Refused:
        return Refused(Action.SETTINGS, "The password is wrong. Make a new one.", "auth")

    Line.scripts = [refused]
    goes_on = await (await connector(inbox)).run(await held(inbox), failing=False)

    assert goes_on is False
    assert await health(inbox) == ("paused", "The password is wrong. Make a new one.")
    assert len(Line.cursors) == 1


async def test_a_lost_connection_is_made_again_from_the_stored_place(inbox: Live):
    back = asyncio.Event()

    async def brings_one(cursor_before: str, intake: Intake) -> Refused:
        await intake.connected()
        await intake.take(Poll((delivery("one", "m1"), delivery("two", "m2")), "2"))
        return Refused(LOST.action, LOST.reason, LOST.code, retry_after_s=0.0)

    async def comes_back(cursor_before: str, intake: Intake) -> Refused:
        back.set()
        return await silent(cursor_before, intake)

    Line.scripts = [brings_one, comes_back]
    running = asyncio.get_running_loop().create_task((await connector(inbox)).run(await held(inbox), failing=False))
    async with asyncio.timeout(30):
        await back.wait()
    running.cancel()

    assert Line.cursors == ["", "2"]
    assert await texts(inbox) == ["one", "two"]


async def test_why_there_is_no_connection_stands_in_the_health_until_there_is_one(inbox: Live):
    connected = asyncio.Event()
    reasons: list[tuple[str, str]] = []

    async def lost(cursor_before: str, intake: Intake) -> Refused:
        return Refused(LOST.action, LOST.reason, LOST.code, retry_after_s=0.0)

    async def works(cursor_before: str, intake: Intake) -> Refused:
        reasons.append(await health(inbox))
        await intake.connected()
        connected.set()
        await asyncio.Event().wait()
        raise AssertionError

    Line.scripts = [lost, lost, lost, lost, works]
    running = asyncio.get_running_loop().create_task((await connector(inbox)).run(await held(inbox), failing=False))
    async with asyncio.timeout(30):
        await connected.wait()
    running.cancel()

    assert reasons == [("failing", "The connection was lost; trying again.")]
    assert await health(inbox) == ("ok", "")


async def test_a_driver_that_breaks_is_made_anew(inbox: Live, allow_log: AllowLog):
    allow_log("driver_failed.*a mistake in the driver")
    back = asyncio.Event()

    async def breaks(cursor_before: str, intake: Intake) -> Refused:
        raise LookupError("a mistake in the driver")

    async def comes_back(cursor_before: str, intake: Intake) -> Refused:
        back.set()
        return await silent(cursor_before, intake)

    Line.scripts = [breaks, comes_back]
    running = asyncio.get_running_loop().create_task((await connector(inbox)).run(await held(inbox), failing=False))
    async with asyncio.timeout(30):
        await back.wait()
    running.cancel()

    assert Line.cursors == ["", ""]


async def test_what_an_overtaken_hub_hands_over_is_not_stored(inbox: Live):
    mine = await held(inbox)

    async def too_late(cursor_before: str, intake: Intake) -> Refused:
        store = inbox.running.hub.store
        steal = "UPDATE polls SET holder = 'another', token = token + 1"
        await store.writer.run(lambda unit: sql.execute(unit.conn, steal))
        await intake.take(Poll((delivery("late", "m1"),), "99"))
        raise AssertionError

    Line.scripts = [too_late]
    overtaken = await (await connector(inbox)).run(mine, failing=False)

    assert overtaken is True
    assert (await texts(inbox), await cursor(inbox)) == ([], "")


async def test_an_unreadable_delivery_is_kept_and_the_cursor_moves_on(inbox: Live):
    async def broken(cursor_before: str, intake: Intake) -> Refused:
        await intake.take(Poll((b"\xff\x00 not a delivery",), "5"))
        return Refused(Action.SETTINGS, "Done.", "done")

    Line.scripts = [broken]
    await (await connector(inbox)).run(await held(inbox), failing=False)

    assert await cursor(inbox) == "5"
    assert (await inbox.client.get(f"/api/v1/inboxes/{inbox.inbox_id}")).json()["health"]["unparsed_deliveries"] == 1


async def test_cancelling_ends_the_connection_at_once(inbox: Live):
    ended = asyncio.Event()
    began = asyncio.Event()

    async def waits(cursor_before: str, intake: Intake) -> Refused:
        await intake.connected()
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    Line.scripts = [waits]
    running = asyncio.get_running_loop().create_task((await connector(inbox)).run(await held(inbox), failing=False))
    await began.wait()
    connections = inbox.running.hub.connections
    assert list(connections.here) == [inbox.inbox_id]
    running.cancel()
    await asyncio.wait([running])

    assert ended.is_set()
    assert connections.here == {}


async def test_replies_over_a_connection_wait_for_the_hub_that_has_it(inbox: Live):
    read = inbox.running.hub.store.read

    assert await read(lambda conn: elsewhere(conn, (), {"custom": Line})) == [inbox.inbox_id]
    assert await read(lambda conn: elsewhere(conn, {inbox.inbox_id}, {"custom": Line})) == []
    assert await read(lambda conn: elsewhere(conn, (), {"custom": OwnWay})) == []


async def test_a_call_goes_over_the_connection_that_stands():
    connections, line = Connections(), Line(ACCOUNT)
    heard: list[str] = []
    connections.on_new(lambda: heard.append("new"))
    connections.add("in-1", line)

    answer = await connections.send(Line, ACCOUNT, SUBMIT, FailPoints({}))
    connections.remove("in-1", line)
    later = await connections.send(Line, ACCOUNT, SUBMIT, FailPoints({}))

    assert (answer, line.sent, heard) == (Response(0, {}, b"taken"), [SUBMIT], ["new"])
    assert later == NeverLeft("not-connected")


async def test_a_call_that_needs_no_connection_goes_at_once():
    answer = await Connections().send(OwnWay, ACCOUNT, SUBMIT, FailPoints({}))

    assert answer == Response(0, {}, b"taken")
