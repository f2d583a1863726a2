"""A contact who gave no name is called by a number, the same wherever the desk shows it."""

from collections.abc import Callable

import msgspec

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.session import Session
from mim_desk.domain.contact import visitor_number
from mim_desk.protocol import rows
from tests.desk import workspace
from tests.desk.workspace import contact_id, conversation_id


def nameless(number: int = 1) -> Callable[[], Batch]:
    """The nth contact as an anonymous visitor who just wrote."""
    visitor = f"visitor:{workspace.an_id(40, number)}"
    told = rows.Contact(
        contact_id(number),
        "",
        workspace.datetime.now(workspace.UTC),
        identities=[rows.Identity("web_chat", workspace.inbox_ids["web_chat"], visitor, visitor)],
        version=9,
    )
    batch = Batch()
    batch.put("contact", told, msgspec.json.encode(told))
    return lambda: batch


async def test_lists_timelines_and_hits_call_a_nameless_contact_alike(session: Session) -> None:
    name = f"Visitor {visitor_number(contact_id(1))}"
    await session.cache.apply(nameless(), 1001)

    row = (await session.cache.list_rows([conversation_id(1)]))[conversation_id(1)]
    items = (await session.cache.timeline(contact_id(1))).items
    written = next(item for item in items if item.message.kind == "incoming")
    hits = await session.cache.search(written.message.text)

    assert row.contact_name == name
    assert written.author_name == name
    assert {hit.contact_name for hit in hits.hits if hit.contact_id == contact_id(1)} == {name}
    assert (await session.cache.contact(contact_id(1))).name == ""


async def test_nobody_reads_the_id_of_a_visitor_in_search(session: Session) -> None:
    await session.cache.apply(nameless(), 1001)

    found = (await session.cache.search(workspace.an_id(40, 1))).contacts

    assert [(each.name, each.detail) for each in found] == [(f"Visitor {visitor_number(contact_id(1))}", "")]


async def test_nameless_contacts_are_called_in_the_agents_language(session: Session) -> None:
    session.cache.call_visitors("زائر {number}")
    await session.cache.apply(nameless(), 1001)

    row = (await session.cache.list_rows([conversation_id(1)]))[conversation_id(1)]

    assert row.contact_name == f"زائر {visitor_number(contact_id(1))}"
