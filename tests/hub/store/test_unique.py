"""What the tables themselves keep unique, should a lookup before an insert ever miss: two hubs at once, a race."""

from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from mim_desk.domain.conversation import Status
from mim_desk.hub.store import schema
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from tests.hub.store.made import bring, conversation_of, patched, wrote


async def inserted(store: Store, table: str, values: dict[str, Any]) -> None:
    """A row put in past every lookup."""

    def work(unit: Unit) -> None:
        unit.conn.execute(insert(schema.metadata.tables[table]).values(**values))

    await store.writer.run(work)


async def copy_of(store: Store, table: str, **changes: Any) -> dict[str, Any]:
    """The table's only row with other values in some columns."""
    found = await store.read(lambda conn: conn.execute(schema.metadata.tables[table].select()).mappings().one())
    return {**found, **changes}


async def test_a_providers_message_is_kept_once_in_an_inbox_whatever_a_lookup_says(shop: Store):
    await bring(shop, wrote("m1"))
    again = await copy_of(shop, "messages", n=10**9, id="another")

    with pytest.raises(IntegrityError):
        await inserted(shop, "messages", again)

    await inserted(shop, "messages", {**again, "external_id": "m2"})
    await inserted(shop, "messages", {**again, "n": 10**9 + 1, "id": "elsewhere", "inbox_id": "inbox-viber"})


async def test_an_address_of_a_customer_belongs_to_one_contact(shop: Store):
    await bring(shop, wrote("m1"))
    again = await copy_of(shop, "identities", contact_id="another")

    with pytest.raises(IntegrityError):
        await inserted(shop, "identities", again)


async def test_a_contact_has_one_unresolved_conversation_with_a_brand(shop: Store):
    await bring(shop, wrote("m1"))
    again = await copy_of(shop, "conversations", id="another", number=10**9)

    with pytest.raises(IntegrityError):
        await inserted(shop, "conversations", again)

    await inserted(shop, "conversations", {**again, "status": "resolved"})


async def test_a_resolved_conversation_makes_room_for_the_next(shop: Store):
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await patched(shop, row.id, status=Status.RESOLVED, reason="done")
    await inserted(shop, "conversations", await copy_of(shop, "conversations", id="b", number=10**9, status="open"))
