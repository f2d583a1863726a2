"""Channels that call a contact by another id one day: the person, the conversation and the way to answer stay."""

from datetime import timedelta

import pytest

from mim_desk.channels.events import IdentityChanged, IncomingMessage, Sender
from mim_desk.hub.store import addresses, contacts, conversations
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.made import INBOX, OTHER_INBOX, START, bring, conversation_of, wrote


def says(external_id: str, sender: Sender, at: float = 60.0) -> IncomingMessage:
    return IncomingMessage(external_id, sender, START + timedelta(seconds=at), text="hello")


async def contact_of(store: Store, who: str, inbox_id: str = INBOX) -> rows.Contact | None:
    return await store.read(lambda conn: contacts.by_identity(conn, inbox_id, who))


async def test_a_known_contact_is_found_by_the_id_of_before_and_kept_under_the_new_one(shop: Store):
    await bring(shop, wrote("m1", who="14155550123"))
    before = await contact_of(shop, "14155550123")

    await bring(shop, says("m2", Sender("US.1", "Mina", formerly=("14155550123",))))

    after = await contact_of(shop, "US.1")
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert [one.external_id for one in after.identities] == ["US.1"]
    assert addresses.external_id_in(after, INBOX) == "US.1"
    assert await contact_of(shop, "14155550123") is None
    assert (await conversation_of(shop, "US.1")).unread == 2


async def test_a_number_that_another_person_has_now_leads_to_nobody_known(shop: Store):
    await bring(shop, says("m1", Sender("US.1", formerly=("14155550123",))))

    await bring(shop, says("m2", Sender("US.2", formerly=("14155550123",))))

    first, second = await contact_of(shop, "US.1"), await contact_of(shop, "US.2")
    assert first is not None
    assert second is not None
    assert first.id != second.id


async def test_old_and_new_in_one_delivery_are_one_person(shop: Store):
    new = Sender("US.1", formerly=("14155550123",))

    await bring(shop, wrote("m1", who="14155550123"), says("m2", new), says("m3", new))

    assert (await conversation_of(shop, "US.1")).unread == 3
    assert await contact_of(shop, "14155550123") is None


async def test_an_old_id_that_comes_after_the_new_one_is_somebody_else(shop: Store):
    await bring(shop, wrote("m1", who="14155550123"))

    await bring(shop, says("m2", Sender("US.1", formerly=("14155550123",))), wrote("m3", who="14155550123", at=90.0))

    first, second = await contact_of(shop, "US.1"), await contact_of(shop, "14155550123")
    assert first is not None
    assert second is not None
    assert first.id != second.id


async def test_a_change_alone_renames_the_contact_and_writes_nothing(shop: Store):
    await bring(shop, wrote("m1", who="US.1"))
    before = await contact_of(shop, "US.1")

    changed = IdentityChanged(Sender("US.7", display="+14155550777", formerly=("US.1",)), START)
    await bring(shop, changed)
    await bring(shop, changed)

    after = await contact_of(shop, "US.7")
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert after.name == before.name
    assert [(one.external_id, one.display) for one in after.identities] == [("US.7", "+14155550777")]
    assert (await conversation_of(shop, "US.7")).unread == 1


async def test_a_change_of_somebody_unknown_makes_no_contact(shop: Store):
    await bring(shop, IdentityChanged(Sender("US.7", formerly=("US.1",)), START))

    assert await contact_of(shop, "US.7") is None


async def test_ids_of_another_inbox_are_other_people(shop: Store):
    await bring(shop, wrote("m1", who="14155550123"), inbox_id=OTHER_INBOX)

    await bring(shop, says("m2", Sender("US.1", formerly=("14155550123",))))

    assert await contact_of(shop, "14155550123", OTHER_INBOX) is not None
    assert await contact_of(shop, "US.1") != await contact_of(shop, "14155550123", OTHER_INBOX)


NUMBER = Sender("14155550123", display="+14155550123", verified=True, is_alias=True)
USER = Sender("US.1", "Mina", verified=True)
BOTH = Sender("US.1", "Mina", verified=True, formerly=(NUMBER.external_id,), aliases=(NUMBER.external_id,))


@pytest.mark.parametrize("at_once", [True, False], ids=["in one delivery", "one after the other"])
async def test_two_contacts_that_one_message_names_together_become_one(shop: Store, *, at_once: bool):
    """WhatsApp's number and user id came alone first; who names both tells that they are one person."""
    told = [says("m1", NUMBER, 1), says("m2", USER, 2), says("m3", BOTH, 3), says("m4", NUMBER, 4)]

    for part in [told] if at_once else [[one] for one in told]:
        await bring(shop, *part)

    number, user = await contact_of(shop, NUMBER.external_id), await contact_of(shop, USER.external_id)
    assert user is not None
    assert number == (None if at_once else user)
    rows_of = await shop.read(lambda conn: conversations.of_contact(conn, user.id))
    assert sum(one.unread for one in rows_of) == 4
