"""Consent: what a contact said they want is kept with the message that said it, and is theirs alone to take back."""

from datetime import timedelta
from uuid import uuid4

import pytest

from mim_desk.channels.base import Unwanted
from mim_desk.channels.events import ConsentChanged, IdentityChanged, ReachChanged, Sender
from mim_desk.domain.consent import Purpose, Source
from mim_desk.domain.message import Activity
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import send_records
from mim_desk.hub.store import consents, contact_merge, contact_split, contacts, messages
from mim_desk.hub.store.store import Store
from mim_desk.protocol import api, rows
from tests.hub.store.made import INBOX, OTHER_INBOX, START, bring, conversation_of, reply, wrote
from tests.hub.store.made import inbox as inbox_row


def said(granted: bool, at: float, who: str = "cust-1", **more) -> ConsentChanged:
    return ConsentChanged(Sender(who), START + timedelta(seconds=at), granted, **{"blocks": True, **more})


async def contact(store: Store, who: str = "cust-1", inbox_id: str = INBOX) -> rows.Contact:
    found = await store.read(lambda conn: contacts.by_identity(conn, inbox_id, who))
    assert found is not None
    return found


async def standing(store: Store, who: str = "cust-1", inbox_id: str = INBOX) -> list[tuple[str, bool, str]]:
    found = await contact(store, who, inbox_id)
    return sorted((one.external_id, one.granted, one.purpose) for one in found.consents)


async def noted(store: Store, granted: bool, who: str = "cust-1", **more: str) -> rows.Contact:
    was, new = await contact(store, who), api.NewConsent(granted, "told me on the phone", **more)
    return await store.writer.run(lambda unit: consents.note_by_agent(unit, was, new, "agent-ann"))


async def lines(store: Store, who: str = "cust-1") -> list[rows.Message]:
    row = await conversation_of(store, who)
    found, _ = await store.read(lambda conn: messages.of_conversation(conn, row.id, 50))
    return [one for one in reversed(found) if one.activity.startswith("consent")]


async def test_stop_is_stored_with_its_message_and_shown_in_the_contacts_row_and_as_a_line(shop: Store):
    await bring(shop, wrote("m1"), wrote("m2", "STOP", at=5, wants_answer=False), said(False, 5, evidence="m2"))

    (only,) = (await contact(shop)).consents
    assert (only.channel, only.inbox_id, only.external_id, only.purpose) == ("line", INBOX, "cust-1", "messages")
    assert (only.granted, only.source, only.evidence, only.blocks) == (False, Source.KEYWORD, "m2", True)
    assert only.at == START + timedelta(seconds=5)
    (line,) = await lines(shop)
    assert (line.activity, line.details["purpose"], line.author.type) == (
        Activity.CONSENT_WITHDRAWN,
        "messages",
        "contact",
    )


async def test_a_reply_after_stop_is_refused_in_words_also_when_they_wrote_something_else_since(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5), wrote("m3", "and another thing", at=9))
    row = await conversation_of(shop)

    with pytest.raises(Refusal) as refused:
        await reply(shop, row.id, str(uuid4()))

    assert refused.value.code == "consent-withdrawn"
    assert "said stop in Line" in refused.value.reason


async def test_what_was_queued_before_stop_is_not_sent_after_it(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    queued = await reply(shop, row.id, str(uuid4()))
    await bring(shop, said(False, 5))

    with pytest.raises(Refusal) as refused:
        await shop.read(lambda conn: send_records.outgoing(conn, queued, START))

    assert refused.value.code == "consent-withdrawn"


async def test_start_gives_back_what_stop_took(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5), said(True, 6))
    row = await conversation_of(shop)

    await reply(shop, row.id, str(uuid4()))

    assert await standing(shop) == [("cust-1", True, "messages")]
    assert [one.activity for one in await lines(shop)] == [Activity.CONSENT_WITHDRAWN, Activity.CONSENT_GIVEN]


async def test_a_stop_told_again_after_start_changes_nothing(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5, evidence="m2"), said(True, 6, evidence="m3"))

    await bring(shop, said(False, 90, evidence="m2"))

    assert await standing(shop) == [("cust-1", True, "messages")]
    assert len(await lines(shop)) == 2


async def test_what_comes_late_is_kept_in_the_ledger_and_changes_nothing(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5))

    await bring(shop, said(True, 2))

    known = await contact(shop)
    assert await standing(shop) == [("cust-1", False, "messages")]
    kept = await shop.read(lambda conn: consents.ledger(conn, known.id))
    assert [one.granted for one in kept] == [False, True]


async def test_of_two_words_in_the_same_millisecond_the_no_counts(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5), said(True, 5))

    assert await standing(shop) == [("cust-1", False, "messages")]


async def test_who_unsubscribes_or_blocks_us_withdraws_and_who_comes_back_gives(shop: Store):
    left = ReachChanged(Sender("cust-1"), START + timedelta(seconds=5), can_reach=False, by_choice=True)
    await bring(shop, wrote("m1"), left)
    assert await standing(shop) == [("cust-1", False, "messages")]

    back = ReachChanged(Sender("cust-1"), START + timedelta(seconds=9), can_reach=True, by_choice=True)
    await bring(shop, back)

    assert await standing(shop) == [("cust-1", True, "messages")]


async def test_who_blocked_us_and_writes_again_can_be_answered_but_not_sent_offers(shop: Store):
    left = ReachChanged(Sender("cust-1"), START + timedelta(seconds=5), can_reach=False, by_choice=True)
    await bring(shop, wrote("m1"), left, wrote("m2", at=9))
    row = await conversation_of(shop)

    await reply(shop, row.id, str(uuid4()))

    known, inbox = await contact(shop), inbox_row()
    with pytest.raises(Refusal):
        consents.refuse_unwanted(known, inbox, "cust-1", Purpose.MARKETING)


async def test_a_stranger_leaves_no_trace(shop: Store):
    await bring(shop, said(False, 5, who="nobody"))

    assert await shop.read(lambda conn: contacts.by_identity(conn, INBOX, "nobody")) is None


async def test_a_refusal_by_the_provider_withdraws_without_any_stop_on_file(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    sent = await reply(shop, row.id, str(uuid4()))

    unwanted = Unwanted(blocks=True)
    await shop.writer.run(lambda unit: consents.withdrawn_at_provider(unit, sent, unwanted, f"{sent.id}:21610"))

    (only,) = (await contact(shop)).consents
    assert (only.granted, only.source, only.blocks, only.evidence) == (False, "provider", True, f"{sent.id}:21610")


async def test_an_agent_notes_a_no_for_everywhere_with_a_reason_and_a_line(shop: Store):
    await bring(shop, wrote("m1"))

    known = await noted(shop, False)

    (only,) = known.consents
    assert (only.inbox_id, only.by, only.reason, only.source) == ("", "agent-ann", "told me on the phone", "agent")
    (line,) = await lines(shop)
    assert (line.author.id, line.details["reason"]) == ("agent-ann", "told me on the phone")


async def test_an_agent_cannot_take_back_what_the_contact_said_until_they_write_again(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5))
    with pytest.raises(Refusal) as refused:
        await noted(shop, True, inbox_id=INBOX)
    assert refused.value.code == "their-own-word"

    await bring(shop, wrote("m2", "YES", at=9))
    await noted(shop, True, inbox_id=INBOX)

    assert await standing(shop) == [("cust-1", True, "messages")]


async def test_a_merge_joins_consents_and_an_unmerge_gives_each_their_own_back(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5))
    await bring(shop, wrote("v1", who="cust-2"), said(True, 5, who="cust-2"), inbox_id=OTHER_INBOX)
    one, other = await contact(shop), await contact(shop, "cust-2", OTHER_INBOX)

    merged = await shop.writer.run(lambda unit: contact_merge.merge(unit, other.id, one.id))

    both = [("cust-1", False, "messages"), ("cust-2", True, "messages")]
    assert sorted((each.external_id, each.granted, each.purpose) for each in merged.consents) == both
    await bring(shop, said(False, 9, who="cust-2"), inbox_id=OTHER_INBOX)
    assert [granted for _, granted, _ in await standing(shop)] == [False, False]

    rest, back = await shop.writer.run(lambda unit: contact_split.unmerge(unit, other.id))

    assert [(each.external_id, each.granted) for each in rest.consents] == [("cust-1", False)]
    assert [(each.external_id, each.granted) for each in back.consents] == [("cust-2", False)]


async def test_of_what_two_merged_contacts_said_of_everything_the_no_wins_and_returns_to_who_said_it(shop: Store):
    await bring(shop, wrote("m1"))
    await bring(shop, wrote("m2", who="cust-2"))
    await noted(shop, False, "cust-1")
    await noted(shop, True, "cust-2")
    one, other = await contact(shop), await contact(shop, "cust-2")

    merged = await shop.writer.run(lambda unit: contact_merge.merge(unit, one.id, other.id))
    rest, back = await shop.writer.run(lambda unit: contact_split.unmerge(unit, one.id))

    assert [each.granted for each in merged.consents] == [False]
    assert [each.granted for each in rest.consents] == [True]
    assert [each.granted for each in back.consents] == [False]


async def test_an_address_that_is_called_otherwise_keeps_what_was_said_there(shop: Store):
    await bring(shop, wrote("m1"), said(False, 5))

    await bring(shop, IdentityChanged(Sender("new-1", formerly=("cust-1",)), START + timedelta(seconds=9)))

    assert await standing(shop, "new-1") == [("new-1", False, "messages")]
    await bring(shop, said(True, 20, who="new-1"))
    assert await standing(shop, "new-1") == [("new-1", True, "messages")]
