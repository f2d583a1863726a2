"""A desk that is left while the hub's answer is still to come: what may have gone is neither taken back nor sent twice."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from mim_desk.desk.outbox.outbox import Outbox
from mim_desk.desk.pending import OutboxItem
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api
from tests.desk.hubs import until
from tests.desk.test_histories import World, world


async def a_reply_without_an_answer(here: World) -> str:
    """The hub has it and the channel too; the desk does not know."""
    here.wire.answers_wait = True
    id_ = await here.session.send(here.conversations[0][1], kind="reply", text="On its way", base_seq=1 << 40)
    await until(lambda: len(here.gateway.taken) == 1, "the gateway has the reply")
    return id_


async def it_is_settled(here: World, id_: str) -> None:
    """It cannot be taken back, and leaves the outbox when the hub is heard again; it was sent once."""
    for undo in (here.session.take_back, here.session.discard):
        with pytest.raises(Refusal) as refused:
            await undo(id_)
        assert refused.value.code == "being-sent"
    here.wire.heal()
    await here.session.go_offline()
    await here.session.line.connect(here.wire.url, here.session.keys.admin_token)
    await until(lambda: not here.session.outbox.pending.items, "the outbox is empty")
    assert [each["id"] for each in here.gateway.taken] == [id_]


async def test_a_desk_that_is_closed_meanwhile_knows_it_when_it_opens(tmp_path: Path) -> None:
    async with world(tmp_path, 1) as here:
        id_ = await a_reply_without_an_answer(here)

        await here.session.close()
        here.wire.cut()
        await here.start_desk()

        await it_is_settled(here, id_)


async def test_a_desk_that_goes_offline_meanwhile_knows_it_at_once(tmp_path: Path) -> None:
    async with world(tmp_path, 1) as here:
        id_ = await a_reply_without_an_answer(here)

        await here.session.go_offline()

        await it_is_settled(here, id_)


async def replies(outbox: Outbox) -> None:
    """Two that wait in one conversation with a note behind them, and one in another; one of somebody else's."""
    numbers: Iterator[int] = count(1)
    for conversation_id, kind, agent_id in (
        ("first", "reply", "me"),
        ("first", "reply", "me"),
        ("first", "note", "me"),
        ("second", "reply", "me"),
        ("second", "reply", "ana"),
    ):
        id_ = f"{conversation_id} {kind} {next(numbers)}"
        body = api.NewMessage(id_, kind, text="words")
        await outbox.add(OutboxItem(0, id_, conversation_id, "c", "i", agent_id, body, datetime.now(UTC)))


async def opened(path: Path) -> Outbox:
    """The outbox as a desk finds it at its start."""
    outbox = Outbox(path, b"o" * 32, pytest.fail)
    await outbox.open()
    return outbox


async def doubtful(path: Path) -> set[str]:
    """What a desk that starts now does not know of."""
    outbox = await opened(path)
    try:
        found: set[str] = set()
        for agent_id in ("me", "ana"):
            await outbox.work_as(agent_id)
            found |= {item.id for item in outbox.pending.items.values() if item.doubtful}
        return found
    finally:
        await outbox.close()


async def test_after_a_crash_only_what_was_first_in_line_is_in_doubt(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = await opened(path)
    await replies(outbox)
    await outbox.begin_handing_over()
    await outbox.close()

    assert await doubtful(path) == {"first reply 1", "first note 3", "second reply 4", "second reply 5"}


async def test_after_a_crash_with_nothing_on_its_way_nothing_is_in_doubt(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = await opened(path)
    await replies(outbox)
    await outbox.begin_handing_over()
    await outbox.end_handing_over()
    await outbox.close()

    assert await doubtful(path) == set()
