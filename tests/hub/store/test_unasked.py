"""Messages that nobody has to answer: kept, but they open, reopen, wake and time nothing."""

from mim_desk.domain.conversation import Status
from mim_desk.domain.message import MessageKind
from mim_desk.hub.store import messages
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.made import bring, conversation_of, patched, wrote


async def listed(store: Store, conversation: rows.Conversation) -> list[rows.Message]:
    found, _ = await store.read(lambda conn: messages.of_conversation(conn, conversation.id))
    return found


async def test_a_first_one_makes_a_conversation_that_is_over(shop: Store):
    result = await bring(shop, wrote("m1", "STOP", wants_answer=False))

    row = await conversation_of(shop)
    assert (row.status, row.unread, row.waiting_since, row.clocks) == (Status.RESOLVED, 0, None, [])
    assert row.last_message is not None
    assert row.last_message.text == "STOP"
    assert (result.new, len(result.message_ids)) == (1, 1)


async def test_a_resolved_conversation_stays_resolved(shop: Store):
    await bring(shop, wrote("m1"))
    await patched(shop, (await conversation_of(shop)).id, status=Status.RESOLVED)
    before = await conversation_of(shop)

    await bring(shop, wrote("m2", "STOP", at=10, wants_answer=False))

    row = await conversation_of(shop)
    assert (row.id, row.status, row.unread) == (before.id, Status.RESOLVED, before.unread)
    assert (row.clocks, row.waiting_since) == (before.clocks, before.waiting_since)
    assert [one.kind for one in await listed(shop, row)].count(MessageKind.ACTIVITY) == 1


async def test_an_open_conversation_shows_it_as_unread_and_its_clocks_stay(shop: Store):
    await bring(shop, wrote("m1"))
    before = await conversation_of(shop)

    await bring(shop, wrote("m2", "STOP", at=10, wants_answer=False))

    row = await conversation_of(shop)
    assert (row.status, row.unread) == (Status.OPEN, before.unread + 1)
    assert (row.clocks, row.waiting_since, row.next_due) == (before.clocks, before.waiting_since, before.next_due)


async def test_the_same_twice_is_one(shop: Store):
    stop = wrote("m1", "STOP", wants_answer=False)

    results = [await bring(shop, stop, stop), await bring(shop, stop)]

    assert [(one.new, one.duplicates) for one in results] == [(1, 1), (0, 1)]
    assert len({message_id for one in results for message_id in one.message_ids}) == 1
    assert len(await listed(shop, await conversation_of(shop))) == 1


async def test_what_comes_beside_it_goes_on_as_ever(shop: Store):
    await bring(shop, wrote("m1", "STOP", wants_answer=False), wrote("m2", "Hello?", at=1))

    row = await conversation_of(shop)
    assert row.status is Status.OPEN
    assert row.waiting_since is not None
    assert sorted(one.text for one in await listed(shop, row) if one.kind is MessageKind.INCOMING) == ["Hello?", "STOP"]


async def test_a_message_after_it_reopens_the_conversation(shop: Store):
    await bring(shop, wrote("m1", "STOP", wants_answer=False))

    await bring(shop, wrote("m2", "Hello?", at=60))

    row = await conversation_of(shop)
    assert (row.status, row.unread) == (Status.OPEN, 1)
    assert row.waiting_since is not None
