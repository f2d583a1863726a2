"""Two contacts become one: whatever either wrote or was told is there afterwards, once."""

import msgspec
import pytest

from mim_desk.domain.conversation import Status
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import contact_merge, contacts, conversations, messages
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store import made


async def _contact(store: Store, who: str) -> str:
    found = await store.read(lambda conn: contacts.by_identity(conn, made.INBOX, who))
    assert found is not None
    return found.id


async def _merge(store: Store, source: str, target: str) -> rows.Contact:
    ids = await _contact(store, source), await _contact(store, target)
    return await store.writer.run(lambda unit: contact_merge.merge(unit, *ids))


async def _texts(store: Store, conversation_id: str) -> list[str]:
    page, _ = await store.read(lambda conn: messages.of_conversation(conn, conversation_id))
    return [one.text for one in reversed(page) if one.text]


async def test_an_open_conversation_goes_on_in_the_others_open_one(shop: Store) -> None:
    await made.bring(shop, made.wrote("1", "Known one", "known", at=0), made.wrote("2", "Unknown one", "unknown", at=1))
    await made.bring(shop, made.wrote("3", "Known two", "known", at=2))

    merged = await _merge(shop, "unknown", "known")

    found = await shop.read(lambda conn: conversations.of_contact(conn, merged.id))
    open_ones = [one for one in found if one.status is not Status.RESOLVED]
    assert len(open_ones) == 1
    assert await _texts(shop, open_ones[0].id) == ["Known one", "Unknown one", "Known two"]
    assert open_ones[0].unread == 3
    assert open_ones[0].waiting_since == made.START
    assert {one.external_id for one in merged.identities} == {"known", "unknown"}


async def test_the_next_message_of_either_identity_lands_in_the_one_conversation(shop: Store) -> None:
    await made.bring(shop, made.wrote("1", "One", "known", at=0), made.wrote("2", "Two", "unknown", at=1))
    merged = await _merge(shop, "unknown", "known")

    await made.bring(shop, made.wrote("3", "Three", "unknown", at=2), made.wrote("4", "Four", "known", at=3))

    found = await shop.read(lambda conn: conversations.of_contact(conn, merged.id))
    (open_one,) = [one for one in found if one.status is not Status.RESOLVED]
    assert await _texts(shop, open_one.id) == ["One", "Two", "Three", "Four"]


async def test_resolved_conversations_move_whole(shop: Store) -> None:
    await made.bring(shop, made.wrote("1", "Long ago", "unknown", at=0), made.wrote("2", "Now", "known", at=1))
    past = await made.conversation_of(shop, "unknown")
    await made.patched(shop, past.id, status=Status.RESOLVED, reason="spam")

    merged = await _merge(shop, "unknown", "known")

    found = await shop.read(lambda conn: conversations.of_contact(conn, merged.id))
    assert {one.id: one.status for one in found}[past.id] is Status.RESOLVED
    assert await _texts(shop, past.id) == ["Long ago"]


async def test_a_waiting_reply_still_leaves(shop: Store) -> None:
    await made.bring(shop, made.wrote("1", "One", "known", at=0), made.wrote("2", "Two", "unknown", at=1))
    moved = await made.conversation_of(shop, "unknown")
    reply = await made.reply(shop, moved.id, "0192f7a0-0000-7000-8000-0000000000aa")

    merged = await _merge(shop, "unknown", "known")

    found = await shop.read(lambda conn: conversations.unresolved(conn, merged.id, "brand"))
    assert found is not None
    waits_in = await shop.read(lambda conn: conn.exec_driver_sql("SELECT conversation_id FROM sends").scalars().all())
    assert list(waits_in) == [found.id]
    assert reply.text in await _texts(shop, found.id)


async def test_the_log_tells_desks_everything_that_moved(shop: Store) -> None:
    await made.bring(shop, made.wrote("1", "One", "known", at=0), made.wrote("2", "Two", "unknown", at=1))
    gone = await _contact(shop, "unknown")
    before = shop.log.seq

    merged = await _merge(shop, "unknown", "known")

    told = await shop.log.after(before)
    assert [one.row_id for one in told if one.type == "forgotten"] == [f"contact:{gone}"]
    moved = [msgspec.json.decode(one.payload, type=rows.Message) for one in told if one.type == "message"]
    assert [(one.text, one.contact_id, one.author.id) for one in moved if one.text] == [("Two", merged.id, merged.id)]
    assert [one.activity for one in moved if not one.text] == ["merged"]
    assert {one.row_id for one in told if one.type == "contact"} == {merged.id}
    assert len([one for one in told if one.type == "conversation"]) == 2


async def test_the_targets_own_facts_win(shop: Store) -> None:
    await made.bring(shop, made.wrote("1", "One", "known", at=0), made.wrote("2", "Two", "unknown", at=1))

    def name(unit):  # type: ignore[no-untyped-def]
        for who, fields in (("known", {"plan": "gold"}), ("unknown", {"plan": "none", "town": "Jena"})):
            row = contacts.by_identity(unit.conn, made.INBOX, who)
            contacts.save(unit, msgspec.structs.replace(row, fields=fields))

    await shop.writer.run(name)
    merged = await _merge(shop, "unknown", "known")

    assert merged.name == "Known"
    assert merged.fields == {"plan": "gold", "town": "Jena"}


async def test_a_contact_that_is_not_there_is_refused(shop: Store) -> None:
    await made.bring(shop, made.wrote("1", "One", "known", at=0))
    known = await _contact(shop, "known")

    with pytest.raises(Refusal):
        await shop.writer.run(lambda unit: contact_merge.merge(unit, "nobody", known))
