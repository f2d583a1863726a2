"""What an agent decided about a reply holds for what was shown then: whatever comes later holds the reply again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mim_desk.desk import posting
from mim_desk.desk.pending import Decided, OutboxItem, OutboxState
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import HeldReply, ListRow
from mim_desk.domain.message import DeliveryStatus
from mim_desk.protocol import api
from tests.desk.hubs import Gateway, conversation_with, live, shown, talking, until
from tests.desk.test_with_hub import until_status

THEN, NOW = datetime(2026, 1, 30, 9, tzinfo=UTC), datetime(2026, 1, 30, 10, tzinfo=UTC)


async def wrote(session: Session, gateway: Gateway) -> ListRow:
    await gateway.customer_writes("marta", "Is it on its way?")
    return await conversation_with(session, "marta")


async def held_for(session: Session, row: ListRow, id_: str, *texts: str) -> None:
    """Wait until the reply is held, and these are the messages that are shown beside it."""

    def is_held() -> bool:
        item = session.outbox.pending.items[id_]
        return item.held is not None and tuple(one.text for one in item.held.messages) == texts

    await until(is_held, "it is held")
    item = next(one for one in await shown(session, row) if one.message.id == id_)
    assert item.outbox_state == "held"


async def base_of(session: Session, row: ListRow) -> int:
    return (await session.cache.timeline(row.conversation.contact_id)).seq


async def test_send_anyway_said_while_cut_off_is_not_said_of_what_comes_meanwhile(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        row = await wrote(session, gateway)
        await session.go_offline()
        sent = await session.send(
            row.conversation.id, kind="reply", text="It ships today", base_seq=await base_of(session, row)
        )
        await gateway.customer_writes("marta", "Hello?")
        await session.reconnect()
        await held_for(session, row, sent, "Hello?")

        await session.go_offline()
        await session.override(sent)
        await gateway.customer_writes("marta", "STOP, I cancel the order")
        await session.reconnect()
        await held_for(session, row, sent, "STOP, I cancel the order")
        assert gateway.taken == []

        await live(session)
        await session.override(sent)
        await until(lambda: not session.outbox.pending.items, "it left")
    assert [one["id"] for one in gateway.taken] == [sent]


async def test_sent_again_while_cut_off_a_refused_reply_is_held_when_the_customer_wrote_since(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        row = await wrote(session, gateway)
        gateway.refuses = True
        first = await session.send(
            row.conversation.id, kind="reply", text="It ships today", base_seq=await base_of(session, row)
        )
        await until_status(session, first, DeliveryStatus.FAILED)
        gateway.refuses = False

        await session.go_offline()
        again = await session.retry(first)
        await gateway.customer_writes("marta", "STOP, I cancel the order")
        await session.reconnect()
        await held_for(session, row, again, "STOP, I cancel the order")

        assert gateway.taken == []


async def test_what_waited_long_is_held_however_soon_the_first_attempt_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a closed desk or a sleep, where no attempt had failed meanwhile."""
    monkeypatch.setattr(posting, "LIVE_FOR", timedelta(0))
    async with talking(tmp_path) as (session, gateway):
        row = await wrote(session, gateway)
        base = await base_of(session, row)
        await session.go_offline()
        sent = await session.send(
            row.conversation.id, kind="reply", text="It ships today", base_seq=base, composed="live"
        )
        await gateway.customer_writes("marta", "STOP, I cancel the order")
        await session.reconnect()
        await held_for(session, row, sent, "STOP, I cancel the order")

        assert gateway.taken == []


def item(state: OutboxState, held: HeldReply | None = None, base_seq: int | None = 5) -> OutboxItem:
    body = api.NewMessage("m1", text="Hi", base_seq=base_seq, composed="offline")
    return OutboxItem(1, "m1", "c", "p", "i", "a", body, THEN, state=state, held=held)


@pytest.mark.parametrize(
    ("was", "seen", "base_seq", "override"),
    [
        (item(OutboxState.HELD, HeldReply(("answered",), seq=9)), 0, 9, False),
        (item(OutboxState.HELD, HeldReply(("answered",), seq=9)), 12, 12, False),
        (item(OutboxState.HELD, HeldReply(("answered",))), 12, 5, True),
        (item(OutboxState.FAILED), 12, 12, False),
        (item(OutboxState.FAILED), 0, 5, False),
        (item(OutboxState.FAILED, base_seq=None), 12, None, False),
    ],
    ids=["as told", "as shown", "an older hub", "failed", "failed, nothing shown", "without a guard"],
)
def test_a_decision_goes_as_far_as_what_was_shown(
    was: OutboxItem, seen: int, base_seq: int | None, override: bool
) -> None:
    now = was.decided(Decided(seen, "live", NOW))

    assert (now.body.base_seq, now.body.override) == (base_seq, override)
    assert (now.state, now.held, now.created_at) == (OutboxState.WAITING, None, NOW)
