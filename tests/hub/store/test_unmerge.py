"""Merges are undone from what each contact keeps of its own: in any order it ends as if nobody had merged anything."""

import asyncio
import uuid
from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mim_desk.domain.conversation import Status
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import avatars, contact_merge, contact_split, contacts, conversations, merges, messages
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store import made
from tests.hub.store.conftest import KEY

PEOPLE = ("ann", "ben", "cem", "dee")
INBOXES = (made.INBOX, made.OTHER_INBOX, made.INBOX, made.OTHER_INBOX)
"""Two of them write in the same inbox under different ids."""


def inbox_of(who: str) -> str:
    """The last three letters say who it is; what stands before tells histories apart."""
    return INBOXES[PEOPLE.index(who[-3:])]


async def contact_of(store: Store, who: str) -> str:
    """The contact that stands for somebody now."""
    found = await store.read(lambda conn: contacts.of_identity(conn, inbox_of(who), who))
    assert found is not None
    return found


async def merge(store: Store, source_id: str, target_id: str, **choices: str) -> rows.Contact:
    chosen = {name.replace("__", "."): value for name, value in choices.items()}
    return await store.writer.run(lambda unit: contact_merge.merge(unit, source_id, target_id, chosen, "agent-ann"))


async def unmerge(store: Store, source_id: str) -> tuple[rows.Contact, rows.Contact]:
    return await store.writer.run(lambda unit: contact_split.unmerge(unit, source_id))


async def write(store: Store, number: int, who: str) -> None:
    said = made.wrote(f"m-{who}-{number}", f"{who} {number}", who=who, at=number)
    await made.bring(store, said, inbox_id=inbox_of(who))


async def picture(store: Store, number: int, who: str) -> None:
    """Their network tells a picture of them."""
    file = rows.Attachment(str(uuid.uuid4()), f"{who} {number}", "image/png", 4)
    source = f"{who}-{number}"
    await store.writer.run(lambda unit: avatars.keep(unit, inbox_of(who), who, file, source.encode(), source))


async def state(store: Store, who: str) -> dict[str, object]:
    """All that can be seen of somebody, without what merging itself leaves: ids, numbers, system lines, empty shells."""
    contact_id = await contact_of(store, who)

    def query(conn):
        contact = contacts.by_id(conn, contact_id)
        found = []
        for row in conversations.of_contact(conn, contact_id):
            told = [one for one in messages.of_conversation(conn, row.id, 200)[0] if one.text]
            if told:
                assert {one.contact_id for one in told} == {contact_id}
                assert row.last_message is not None
                shown = (
                    row.status,
                    row.unread,
                    row.waiting_since,
                    row.inbox_id,
                    row.last_message.text,
                    row.next_due,
                )
                found.append((tuple(one.text for one in reversed(told)), *shown))
        known = [(one.inbox_id, one.external_id, one.display) for one in contact.identities]
        shown = contact.avatar and contact.avatar.name
        return {"name": contact.name, "fields": contact.fields, "known": known, "said": sorted(found), "face": shown}

    return await store.read(query)


async def open_ones(store: Store) -> dict[str, int]:
    def query(conn):
        text = "SELECT contact_id, count(*) FROM conversations WHERE status <> 'resolved' GROUP BY contact_id"
        return dict(conn.exec_driver_sql(text).all())

    return await store.read(query)


Act = tuple[str, int, int]
acts = st.lists(
    st.tuples(st.sampled_from(["write", "write", "picture", "merge", "unmerge"]), st.integers(0, 3), st.integers(0, 3)),
    min_size=3,
    max_size=14,
)


async def played(store: Store, people: Sequence[str], steps: Sequence[Act], *, with_merges: bool) -> None:
    """Play a history, or only what was written in it; at the end every merge is undone."""
    for number, who in enumerate(people):
        await write(store, number, who)
    own = [await contact_of(store, who) for who in people]
    for number, (kind, one, other) in enumerate(steps, 10):
        if kind == "write":
            await write(store, number, people[one])
        elif kind == "picture":
            await picture(store, number, people[one])
        elif with_merges and kind == "merge":
            source, target = await contact_of(store, people[one]), await contact_of(store, people[other])
            if source != target:
                await merge(store, source, target)
        elif with_merges and await store.read(lambda conn, one=one: merges.of_source(conn, own[one])):
            await unmerge(store, own[one])
        assert set((await open_ones(store)).values()) == {1}, "one unresolved conversation per contact and brand"
    for contact_id in own:
        if await store.read(lambda conn, contact_id=contact_id: merges.of_source(conn, contact_id)):
            await unmerge(store, contact_id)


def test_merges_messages_and_unmerges_in_any_order_end_as_never_merged(database: str) -> None:
    """One store for all histories, each with people of its own; what is compared leaves their marks out."""
    marks = count()

    async def told(store: Store, steps: Sequence[Act], *, with_merges: bool) -> str:
        mark = f"{next(marks):06d}"
        people = [mark + who for who in PEOPLE]
        await played(store, people, steps, with_merges=with_merges)
        return repr([await state(store, who) for who in people]).replace(mark, "")

    with asyncio.Runner() as runner:
        store = runner.run(Store.open(database, KEY, now=lambda: made.START.replace(hour=10)))
        runner.run(store.writer.run(made.prepare))

        @settings(max_examples=20 if store.is_shared else 60, deadline=None)
        @given(steps=acts)
        def history(steps: list[Act]) -> None:
            merged = runner.run(told(store, steps, with_merges=True))

            assert merged == runner.run(told(store, steps, with_merges=False))

        try:
            history()
        finally:
            runner.run(store.close())


async def test_what_came_after_the_merge_goes_to_the_identity_it_belongs_to(shop: Store) -> None:
    await write(shop, 1, "ann")
    await write(shop, 2, "ben")
    ann, ben = await contact_of(shop, "ann"), await contact_of(shop, "ben")
    await merge(shop, ann, ben)
    await write(shop, 3, "ann")
    await write(shop, 4, "ben")

    rest, back = await unmerge(shop, ann)

    assert (rest.id, back.id) == (ben, ann)
    assert [said for said, *_ in (await state(shop, "ann"))["said"]] == [("ann 1", "ann 3")]
    assert [said for said, *_ in (await state(shop, "ben"))["said"]] == [("ben 2", "ben 4")]


async def test_a_conversation_begun_after_the_merge_goes_whole_with_its_author(shop: Store) -> None:
    await write(shop, 1, "ann")
    ann = await contact_of(shop, "ann")
    await write(shop, 2, "ben")
    ben = await contact_of(shop, "ben")
    for who in ("ann", "ben"):
        row = await made.conversation_of(shop, who, inbox_of(who))
        await made.patched(shop, row.id, status=Status.RESOLVED, reason="spam")
    await merge(shop, ann, ben)
    late = made.wrote("m-late", "much later", who="ann", at=3600)
    await made.bring(shop, late)

    await unmerge(shop, ann)

    said = [one for one, *_ in (await state(shop, "ann"))["said"]]
    assert ("ann 1", "much later") in said or ("much later",) in said
    assert [one for one, *_ in (await state(shop, "ben"))["said"]] == [("ben 2",)]


async def test_replies_notes_and_status_stay_true(shop: Store) -> None:
    await write(shop, 1, "ann")
    await write(shop, 2, "ben")
    ann, ben = await contact_of(shop, "ann"), await contact_of(shop, "ben")
    await merge(shop, ann, ben)
    open_one = await made.conversation_of(shop, "ben", made.OTHER_INBOX)
    await made.reply(shop, open_one.id, "0192f7a0-0000-7000-8000-0000000000a1", text="To Ann", inbox_id=made.INBOX)
    await made.reply(
        shop, open_one.id, "0192f7a0-0000-7000-8000-0000000000a2", text="To Ben", inbox_id=made.OTHER_INBOX
    )

    await unmerge(shop, ann)

    (ann_said,) = (await state(shop, "ann"))["said"]
    (ben_said,) = (await state(shop, "ben"))["said"]
    assert ann_said[0] == ("ann 1", "To Ann")
    assert ben_said[0] == ("ben 2", "To Ben")
    waits = await shop.read(
        lambda conn: dict(conn.exec_driver_sql("SELECT message_id, conversation_id FROM sends").all())
    )
    assert len(set(waits.values())) == 2, "each reply leaves in its own conversation"


async def test_what_was_resolved_together_stays_resolved_for_both(shop: Store) -> None:
    await write(shop, 1, "ann")
    await write(shop, 2, "ben")
    ann, ben = await contact_of(shop, "ann"), await contact_of(shop, "ben")
    await merge(shop, ann, ben)
    open_one = await made.conversation_of(shop, "ben", made.OTHER_INBOX)
    await made.patched(shop, open_one.id, status=Status.RESOLVED, reason="spam")

    await unmerge(shop, ann)

    assert await open_ones(shop) == {}


async def test_a_chosen_fact_survives_and_every_fact_returns(shop: Store) -> None:
    await write(shop, 1, "ann")
    await write(shop, 2, "ben")
    ann, ben = await contact_of(shop, "ann"), await contact_of(shop, "ben")

    def facts(unit, contact_id: str, **told: object) -> None:
        import msgspec

        contacts.save(unit, msgspec.structs.replace(contacts.locked(unit, contact_id), **told))

    await shop.writer.run(
        lambda unit: facts(unit, ann, language="sv", fields={"city": "Oslo", "vip": "yes"}, labels=["a"])
    )
    await shop.writer.run(lambda unit: facts(unit, ben, fields={"city": "Rome"}, labels=["b"]))

    merged = await merge(shop, ann, ben, name="other", fields__city="other")
    await shop.writer.run(lambda unit: facts(unit, ben, time_zone="Europe/Rome", labels=["b", "a", "c"]))
    rest, back = await unmerge(shop, ann)

    assert (merged.name, merged.language) == ("Ann", "sv")
    assert merged.fields == {"city": "Oslo", "vip": "yes"}
    assert merged.labels == ["b", "a"]
    assert (rest.name, rest.language, rest.time_zone, rest.fields) == ("Ben", "", "Europe/Rome", {"city": "Rome"})
    assert rest.labels == ["b", "c"], "what people changed since stays where they changed it"
    assert (back.name, back.language, back.fields, back.labels) == ("Ann", "sv", {"city": "Oslo", "vip": "yes"}, ["a"])


async def test_each_keeps_the_picture_that_their_own_network_tells(shop: Store) -> None:
    """One who has none is shown with the other's while they are one."""

    async def faces(*who: str) -> list[object]:
        return [(await state(shop, one))["face"] for one in who]

    await write(shop, 1, "ann")
    await write(shop, 2, "ben")
    ann, ben = await contact_of(shop, "ann"), await contact_of(shop, "ben")
    await picture(shop, 1, "ann")
    await merge(shop, ann, ben)
    together = await faces("ben")
    await picture(shop, 2, "ben")
    both = await faces("ben")
    await picture(shop, 3, "ann")
    wanted = await shop.read(lambda conn: avatars.is_wanted(conn, made.OTHER_INBOX, "ben", "ben-2"))
    still = await faces("ben")

    await unmerge(shop, ann)

    assert (together, both, still, wanted) == (["ann 1"], ["ben 2"], ["ben 2"], False)
    assert await faces("ann", "ben") == ["ann 3", "ben 2"]


async def test_an_undone_merge_cannot_be_undone_again(shop: Store) -> None:
    await write(shop, 1, "ann")
    await write(shop, 2, "ben")
    ann, ben = await contact_of(shop, "ann"), await contact_of(shop, "ben")
    await merge(shop, ann, ben)
    await unmerge(shop, ann)

    with pytest.raises(Refusal, match="undone already"):
        await unmerge(shop, ann)


async def test_merging_and_undoing_tell_every_row_by_the_log(shop: Store) -> None:
    """Whoever follows the log has the same rows as the store: contacts, conversations and messages."""
    import msgspec

    await write(shop, 1, "ann")
    await write(shop, 2, "ben")
    ann, ben = await contact_of(shop, "ann"), await contact_of(shop, "ben")
    await merge(shop, ann, ben)
    await write(shop, 3, "ann")
    await unmerge(shop, ann)

    followed: dict[tuple[str, str], bytes] = {}
    for event in await shop.log.after(0):
        if event.type == "forgotten":
            gone = msgspec.json.decode(event.payload)
            followed.pop((gone["type"], gone["id"]), None)
        else:
            followed[event.type, event.row_id] = event.payload
    for table, kind in (("contacts", "contact"), ("conversations", "conversation"), ("messages", "message")):
        stored = await shop.read(
            lambda conn, table=table: dict(conn.exec_driver_sql(f"SELECT id, row FROM {table}").all())
        )
        assert {one for of, one in followed if of == kind} == set(stored)
        for row_id, row in stored.items():
            assert bytes(row) == followed[kind, row_id]


async def test_a_reply_goes_to_the_identity_that_wrote_last_of_two_in_one_inbox(shop: Store) -> None:
    await write(shop, 1, "ann")
    await write(shop, 2, "cem")
    ann, cem = await contact_of(shop, "ann"), await contact_of(shop, "cem")
    await merge(shop, ann, cem)
    await write(shop, 3, "ann")
    open_one = await made.conversation_of(shop, "ann")
    reply = await made.reply(shop, open_one.id, "0192f7a0-0000-7000-8000-0000000000a1", text="To Ann")

    def query(conn):
        contact = contacts.by_id(conn, reply.contact_id)
        return contacts.identity_written_to(conn, contact, reply)

    there = await shop.read(query)
    assert there is not None
    assert there.external_id == "ann"


async def test_an_inner_merge_is_undone_before_the_outer_one(shop: Store) -> None:
    """Cem's open conversation goes on in Dee's, and that in Ann's; it is open again when Cem stands for himself."""
    for number, who in enumerate(("ann", "cem", "dee")):
        await write(shop, number, who)
    ann, cem, dee = [await contact_of(shop, who) for who in ("ann", "cem", "dee")]
    await merge(shop, cem, dee)
    await merge(shop, dee, ann)

    await unmerge(shop, cem)
    await unmerge(shop, dee)

    assert await open_ones(shop) == {ann: 1, cem: 1, dee: 1}
