"""Everything an agent does works without a hub."""

from datetime import timedelta

import msgspec
import pytest

from mim_desk.desk.cache import lists
from mim_desk.desk.changes import Change
from mim_desk.desk.pending import OutboxItem
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import Draft, ListQuery, ListRow, LocalFile, SearchHit
from mim_desk.domain.conversation import Status
from mim_desk.protocol import api
from tests.desk.workspace import Home, contact_id, conversation_id


async def test_every_view_is_read_in_its_order(session: Session) -> None:
    active = await session.cache.conversations(ListQuery("mine"))
    urgent = await session.cache.conversations(ListQuery("mine", "due"))
    waiting = await session.cache.conversations(ListQuery("mine", "waiting"))

    assert {row.conversation.id for row in active} == {row.conversation.id for row in urgent}
    times = [row.conversation.last_activity_at for row in active]
    assert times == sorted(times, key=lambda at: at.timestamp(), reverse=True)
    dues = [row.conversation.next_due for row in urgent if row.conversation.next_due]
    assert dues == sorted(dues)
    assert all(row.conversation.next_due is None for row in urgent[len(dues) :])
    since = [row.conversation.waiting_since for row in waiting if row.conversation.waiting_since]
    assert since == sorted(since)


async def test_pages_of_a_view_join_without_gap_or_overlap(session: Session) -> None:
    whole = await session.cache.conversations(ListQuery("all", "due"))
    paged = []
    after = None
    while page := await session.cache.conversations(ListQuery("all", "due"), after=after, limit=3):
        paged += page
        after = page[-1].key

    assert [row.conversation.id for row in paged] == [row.conversation.id for row in whole]


async def test_pages_of_a_timeline_join_without_gap_or_overlap(session: Session) -> None:
    contact_id = (await session.cache.conversations(ListQuery("mine")))[0].conversation.contact_id
    whole = (await session.cache.timeline(contact_id)).items
    page = await session.cache.timeline(contact_id, limit=3)
    paged = page.items
    while page.more:
        page = await session.cache.timeline(contact_id, before=paged[0].key, limit=3)
        paged = [*page.items, *paged]

    assert [item.message.id for item in paged] == [item.message.id for item in whole]
    onwards = await session.cache.timeline(contact_id, after=whole[3].key, limit=50)
    assert [item.message.id for item in onwards.items] == [item.message.id for item in whole[4:]]
    around = await session.cache.around(whole[5].message.id, limit=4)
    assert [item.message.id for item in around.items] == [item.message.id for item in whole[3:8]]


async def test_sending_shows_the_reply_at_once_and_ends_the_draft(session: Session) -> None:
    told: list[Change] = []
    session.changes.subscribe(told.append)
    row = (await session.cache.conversations(ListQuery("mine")))[0]
    file = LocalFile("11111111-1111-4111-8111-111111111111", "plan.pdf", "application/pdf", b"%PDF-1.4 plan")
    await session.save_draft(row.conversation.id, "reply", Draft("On its way", (file,)))

    sent = await session.send(row.conversation.id, kind="reply", text="On its way", attachments=[file], base_seq=1000)

    page = await session.cache.timeline(row.conversation.contact_id)
    assert page.items[-1].message.id == sent
    assert page.items[-1].outbox_state == "waiting"
    assert page.items[-1].message.attachments[0].name == "plan.pdf"
    assert await session.draft(row.conversation.id, "reply") is None
    assert (await session.outbox.file(file.id)).data == file.data
    assert told[-1].messages == {row.conversation.contact_id: frozenset({sent})}
    assert (await session.cache.list_rows([row.conversation.id]))[row.conversation.id].outbox_state == "waiting"


async def test_what_waits_can_be_taken_back_into_the_composer(session: Session) -> None:
    conversation = conversation_id(1)
    file = LocalFile("11111111-1111-4111-8111-111111111111", "plan.pdf", "application/pdf", b"%PDF")
    sent = await session.send(conversation, kind="reply", text="First", attachments=[file])
    await session.save_draft(conversation, "reply", Draft("second"))

    draft = await session.take_back(sent)

    assert draft.text == "First\nsecond"
    assert draft.attachments == (file,)
    assert (await session.draft(conversation, "reply")).text == "First\nsecond"
    assert not session.outbox.pending.items


async def test_drafts_of_conversations_and_modes_never_mix(session: Session) -> None:
    await session.save_draft(conversation_id(1), "reply", Draft("to the customer"))
    await session.save_draft(conversation_id(1), "note", Draft("inside"))
    await session.save_draft(conversation_id(2), "reply", Draft("somebody else"))

    await session.send(conversation_id(1), kind="reply", text="to the customer")

    assert await session.draft(conversation_id(1), "reply") is None
    assert (await session.draft(conversation_id(1), "note")).text == "inside"
    assert (await session.draft(conversation_id(2), "reply")).text == "somebody else"
    assert (await session.cache.counts()).drafts == 2


async def test_a_change_of_a_conversation_shows_in_views_and_counts_before_the_hub_knows(session: Session) -> None:
    before = await session.cache.counts()

    item = await session.patch(conversation_id(1), api.ConversationPatch(status=Status.RESOLVED))

    after = await session.cache.counts()
    assert (after.mine, after.resolved) == (before.mine - 1, before.resolved + 1)
    shown = await session.cache.conversations(ListQuery("resolved"))
    assert conversation_id(1) in {row.conversation.id for row in shown}

    await session.discard(item)

    assert await session.cache.counts() == before


async def test_everything_is_still_there_after_a_restart(home: Home) -> None:
    first = home.session()
    await first.start()
    await first.save_draft(conversation_id(2), "reply", Draft("half a sentence"))
    sent = await first.send(conversation_id(1), kind="reply", text="waits for the hub")
    await first.patch(conversation_id(4), api.ConversationPatch(status=Status.SNOOZED))
    await first.close()

    second = home.session()
    await second.start()
    try:
        assert second.me is not None and second.me.name == "Leo Martins"
        assert (await second.draft(conversation_id(2), "reply")).text == "half a sentence"
        assert sent in second.outbox.pending.items
        assert (await second.cache.conversation(conversation_id(4))).status is Status.SNOOZED
    finally:
        await second.close()


async def test_search_finds_every_script_and_marks_where(session: Session) -> None:
    for wanted in ("荷物", "환불", "Чекаю", "flight lis", "สินค้า", "الحجز", "שלום"):
        hits = await session.cache.search(wanted)
        assert hits.hits, wanted
        assert all(hit.spans for hit in hits.hits), wanted
        times = [hit.occurred_at for hit in hits.hits]
        assert hits.searched == 240
        assert len(times) == hits.total
    assert next(hit.name for hit in (await session.cache.search("amira")).contacts).startswith("Amira")
    assert (await session.cache.search('"" * ((')).hits == []


async def test_no_word_of_a_customer_is_readable_in_the_home_folder(home: Home) -> None:
    canary = "zebra-canary-3141"
    session = home.session()
    await session.start()
    file = LocalFile("11111111-1111-4111-8111-111111111111", f"{canary}.txt", "text/plain", canary.encode() * 900)
    await session.save_draft(conversation_id(2), "reply", Draft(canary))
    await session.send(conversation_id(1), kind="reply", text=canary, attachments=[file])
    await session.cache.keep_file("seen", canary.encode() * 900)
    while_open = b"".join(path.read_bytes() for path in home.paths.home.rglob("*") if path.is_file())
    await session.close()
    after = b"".join(path.read_bytes() for path in home.paths.home.rglob("*") if path.is_file())

    for word in (canary, "Lindqvist", "Leo Martins"):
        assert word.encode() not in while_open
        assert word.encode() not in after
    assert all(path.stat().st_mode & 0o077 == 0 for path in home.paths.home.rglob("*.db*"))


@pytest.mark.parametrize("order", ["last_activity", "waiting", "due"])
@pytest.mark.parametrize("view", ["mine", "unassigned", "all", "snoozed", "resolved", "failed", "inbox", "label"])
@pytest.mark.parametrize("first", [True, False], ids=["first page", "next page"])
async def test_no_page_of_a_view_is_sorted_or_scanned(session: Session, view: str, order: str, first: bool) -> None:
    text = lists.statement(ListQuery(view, order), first=first)
    values = {"me": "", "inbox_id": "", "label": "", "status": "", "rank": 0, "after": "", "limit": 100}
    plan = await session.cache.read(
        lambda connection: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    )

    assert not any("TEMP B-TREE" in line for line in plan), plan
    assert plan[0].startswith(("SEARCH c USING INDEX", "SCAN c USING INDEX conversations_failed")), plan


async def test_search_is_narrowed_by_filters(session: Session, home: Home) -> None:
    async def found(text: str) -> list[SearchHit]:
        return (await session.cache.search(text)).hits

    assert {hit.contact_name for hit in await found("from:marta flight")} == {"Marta Lindqvist", "Marta Lindqvist 2"}
    assert {hit.kind for hit in await found("from:marta")} == {"incoming"}
    assert {hit.channel for hit in await found("channel:line")} == {"line"}
    assert {hit.kind for hit in await found("in:note")} == {"note"}
    assert all("Itinerary" in hit.text for hit in await found("has:file"))
    refunds = {hit.conversation_id for hit in await found("label:refund")}
    assert refunds == {row.conversation.id for row in await every(session) if "Refund" in row.conversation.labels}
    day = (home.now - timedelta(days=1)).date().isoformat()
    assert all(hit.occurred_at.date().isoformat() < day for hit in await found(f"before:{day}"))
    assert await found("from:nobody flight") == []


async def every(session: Session) -> list[ListRow]:
    views = ("all", "snoozed", "resolved")
    return [row for view in views for row in await session.cache.conversations(ListQuery(view))]


async def test_a_send_that_fails_half_way_keeps_the_draft_and_leaves_no_reply(session: Session) -> None:
    await session.save_draft(conversation_id(1), "reply", Draft("precious"))
    whole = LocalFile("11111111-1111-4111-8111-111111111111", "a.txt", "text/plain", b"a")
    torn = LocalFile("22222222-2222-4222-8222-222222222222", "b.txt", "text/plain", object())  # no bytes to store

    with pytest.raises(Exception, match="type"):
        await session.outbox.add(an_item(session), [whole, torn], draft_mode="reply")

    await session.outbox.work_as(session.me.id)
    assert (await session.draft(conversation_id(1), "reply")).text == "precious"
    assert session.outbox.pending.items == {}
    assert await session.outbox.file(whole.id) is None


def an_item(session: Session) -> OutboxItem:
    body = api.NewMessage("33333333-3333-4333-8333-333333333333", text="precious")
    return OutboxItem(0, body.id, conversation_id(1), contact_id(1), "", session.me.id, body, session.hub_now())


async def test_a_composer_that_shows_the_conversation_saves_reading_it(session: Session) -> None:
    here = await session.cache.conversation(conversation_id(1))
    shown = msgspec.structs.replace(here, id="not-in-the-cache")

    sent = await session.send(shown.id, kind="reply", text="at once", known=shown)

    item = session.outbox.pending.items[sent]
    assert (item.conversation_id, item.contact_id, item.inbox_id) == (shown.id, shown.contact_id, shown.inbox_id)
