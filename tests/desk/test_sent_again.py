"""A failed or doubtful reply sent again: once, however often it is asked for."""

import msgspec
import pytest

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.session import Session
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind
from mim_desk.protocol import rows
from tests.desk.workspace import ME, Home, contact_id, conversation_id

FIRST = "00000007-9999-7000-8000-000000000001"


async def arrives(session: Session, message: rows.Message) -> None:
    """As when the replica applied it."""

    def batch() -> Batch:
        made = Batch()
        made.put("message", message, msgspec.json.encode(message))
        return made

    await session.line.applied(await session.cache.apply(batch, 1001))


def failed_reply(session: Session, status: DeliveryStatus, id_: str = FIRST) -> rows.Message:
    """A reply of mine that the channel refused, or may have taken."""
    now = session.hub_now()
    author = rows.Author(AuthorType.AGENT, ME)
    return rows.Message(
        id_, conversation_id(1), contact_id(1), "i", MessageKind.REPLY, author, now, now, text="Your refund is on its way",
        delivery=rows.Delivery(status, "Not today."),
    )  # fmt: skip


async def again(session: Session, id_: str = FIRST) -> bool:
    """Whether the timeline says of it that it was sent again."""
    found, _ = await session.cache.timeline_news(contact_id(1), conversation_id(1), [id_])
    page = await session.cache.timeline(contact_id(1))
    assert [item for item in page.items if item.message.id == id_] == [found[id_]]
    return found[id_].sent_again


@pytest.mark.parametrize("status", [DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN])
async def test_asking_twice_sends_once(home: Home, status: DeliveryStatus) -> None:
    session = home.session()
    await session.start()
    await arrives(session, failed_reply(session, status))
    assert not await again(session)

    first = await session.retry(FIRST)
    second = await session.retry(FIRST)
    assert await again(session)
    await session.close()
    session = home.session()
    await session.start()
    third = await session.retry(FIRST)

    assert first == second == third
    assert [item.body.text for item in session.outbox.pending.items.values()] == ["Your refund is on its way"]
    assert await again(session)
    await session.close()


async def test_a_copy_the_hub_has_is_not_sent_again_but_one_that_failed_is(session: Session) -> None:
    await arrives(session, failed_reply(session, DeliveryStatus.UNKNOWN))
    copy = await session.retry(FIRST)
    await arrives(session, failed_reply(session, DeliveryStatus.FAILED, copy))
    assert not session.outbox.pending.items

    assert await session.retry(FIRST) == copy
    assert not session.outbox.pending.items
    assert await again(session)
    of_the_copy = await session.retry(copy)

    assert list(session.outbox.pending.items) == [of_the_copy]
    assert of_the_copy not in (FIRST, copy)


async def test_a_copy_that_was_discarded_can_be_asked_for_again(session: Session) -> None:
    await arrives(session, failed_reply(session, DeliveryStatus.FAILED))
    copy = await session.retry(FIRST)

    await session.discard(copy)

    assert not await again(session)
    assert await session.retry(FIRST) == copy
