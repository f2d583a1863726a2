"""The pace of an account: turns are given as its network allows, and nobody writes while it asks for quiet."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import Account, Action, Adapter, Refused
from mim_desk.channels.pace import Pace
from mim_desk.channels.telegram.adapter import TelegramAdapter
from mim_desk.channels.viber.adapter import ViberAdapter
from mim_desk.hub.pacing import MOST_WAIT_S, Pacing
from mim_desk.hub.store import driver
from tests.hub.gateway import Gateway
from tests.hub.live import Live

TELEGRAM, ACCOUNT = TelegramAdapter(), Account("inbox", {}, {"bot_token": "1:x"})
PACE = Pace(per_second=30, chat_every_s=1.0, chat_burst=3)


class Clock:
    """Stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_short_burst_passes_and_then_one_a_second(clock: Clock):
    pacing = Pacing(clock)

    waits = [pacing.chat_turn("inbox", "7001", PACE) for _ in range(6)]

    assert waits == pytest.approx([0, 0, 0, 1, 2, 3])


def test_a_chat_that_was_quiet_may_burst_again(clock: Clock):
    pacing = Pacing(clock)
    for _ in range(3):
        pacing.chat_turn("inbox", "7001", PACE)

    clock.now += 10

    assert [pacing.chat_turn("inbox", "7001", PACE) for _ in range(4)] == pytest.approx([0, 0, 0, 1])


def test_another_chat_and_another_bot_wait_for_nobody(clock: Clock):
    pacing = Pacing(clock)
    for _ in range(5):
        pacing.chat_turn("inbox", "7001", PACE)

    assert pacing.chat_turn("inbox", "7002", PACE) == 0
    assert pacing.chat_turn("other", "7001", PACE) == 0


@given(st.lists(st.floats(0, 0.2), min_size=40, max_size=200))
def test_a_bot_never_sends_more_than_thirty_in_a_second(pauses: list[float]):
    clock = Clock()
    pacing, left = Pacing(clock), list[float]()
    for pause in pauses:
        clock.now += pause
        left.append(clock.now + pacing.whole_turn("inbox", PACE))

    for place, at in enumerate(left):
        assert sum(at <= other < at + 0.999 for other in left[place:]) <= 30


def test_a_group_gets_twenty_a_minute(clock: Clock):
    pacing, pace = Pacing(clock), TELEGRAM.pace(ACCOUNT, "-100200")

    left = []
    for _ in range(60):
        wait = pacing.chat_turn("inbox", "-100200", pace)
        if wait <= MOST_WAIT_S:
            left.append(clock.now + wait)
        clock.now += 1

    assert sum(at < 160 for at in left) <= 23


def test_what_telegram_asks_to_wait_is_waited_in_that_chat_alone(clock: Clock):
    pacing = Pacing(clock)

    pacing.told_quiet("inbox", "7001", 5)

    assert pacing.chat_turn("inbox", "7001", PACE) == pytest.approx(5)
    assert pacing.chat_turn("inbox", "7002", PACE) == 0


def test_asked_in_two_chats_the_whole_bot_is_quiet(clock: Clock):
    pacing = Pacing(clock)
    pacing.told_quiet("inbox", "7001", 8)

    pacing.told_quiet("inbox", "7002", 5)

    assert pacing.whole_turn("inbox", PACE) == pytest.approx(8)


async def test_a_long_wait_gives_its_place_to_others(clock: Clock):
    pacing = Pacing(clock)
    pacing.told_quiet("inbox", "7001", 60)

    told = await pacing.turn(TELEGRAM, ACCOUNT, "7001")

    assert isinstance(told, Refused)
    assert (told.action, told.retry_after_s) == (Action.RETRY, pytest.approx(60))


async def test_who_has_no_pace_never_waits(clock: Clock):
    pacing = Pacing(clock)
    pacing.told_quiet("inbox", "7001", 60)

    assert await pacing.turn(ViberAdapter(), ACCOUNT, "7001") is None


@pytest.mark.parametrize("adapter", [TELEGRAM, ViberAdapter()], ids=["with a pace", "without one"])
async def test_a_wait_of_the_whole_account_holds_every_chat_of_it(clock: Clock, adapter: Adapter):
    pacing = Pacing(clock)
    pacing.told_whole_quiet("inbox", 60)

    told = await pacing.turn(adapter, ACCOUNT, "7002")

    assert isinstance(told, Refused)
    assert (told.action, told.retry_after_s) == (Action.RETRY, pytest.approx(60))


async def test_both_turns_are_waited_for(clock: Clock):
    pacing = Pacing(clock)

    assert [await pacing.turn(TELEGRAM, ACCOUNT, "7001") for _ in range(3)] == [None, None, None]
    assert pacing.chat_turn("inbox", "7001", PACE) == pytest.approx(1)


async def test_waiting_for_a_turn_counts_as_no_try_and_never_ends_a_reply(shop: Live, gateway: Gateway):
    """The network may ask for quiet again and again before this reply's turn comes."""
    hub, conversation = shop.running.hub, await shop.conversation()
    hub.pacing.told_whole_quiet(shop.inbox_id, 60)
    posted = (await shop.reply(conversation["id"], "Later")).json()

    async def waits() -> int:
        """How often it was tried, once it waits for its next turn."""
        query = "SELECT attempt FROM sends WHERE message_id = ? AND state = 'queued' AND next_try_at > created_at"
        async with asyncio.timeout(30):
            while (found := await hub.store.read(lambda conn: driver.row(conn, query, (posted["id"],)))) is None:
                await asyncio.sleep(0.02)
        return int(found[0])

    at_first = await waits()
    again = "UPDATE sends SET attempt = 11, next_try_at = 0 WHERE message_id = ?"
    await hub.store.writer.run(lambda unit: driver.execute(unit.conn, again, (posted["id"],)))
    await shop.reply(conversation["id"], "What wakes the sender")

    assert (at_first, await waits(), gateway.calls) == (0, 11, [])
