"""What changes in the timeline on screen comes with the change, as it would be read."""

import msgspec

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.changes import Change, folded
from mim_desk.desk.session import Session
from mim_desk.protocol import rows
from tests.desk.workspace import an_id, contact_id, conversation_id


async def put(session: Session, **told: object) -> Change:
    """As the replica does."""
    batch = Batch()
    for type_, row in told.items():
        batch.put(type_, row, msgspec.json.encode(row))
    return await session.cache.apply(lambda: batch, 1001)


async def newer(session: Session, number: int = 1) -> rows.Message:
    """Another message of this contact."""
    last = (await session.cache.timeline(contact_id(number))).items[-1].message
    return msgspec.structs.replace(last, id=an_id(77, number), text="And where is it now?")


async def test_a_message_of_the_timeline_on_screen_comes_as_it_would_be_read(session: Session) -> None:
    session.cache.show(contact_id(1), conversation_id(1))
    message = await newer(session)

    news = (await put(session, message=message)).news

    assert news is not None
    items, conversation = await session.cache.timeline_news(contact_id(1), conversation_id(1), [message.id])
    assert (news.contact_id, news.conversation_id) == (contact_id(1), conversation_id(1))
    assert dict(news.items) == items
    assert items.keys() == {message.id}
    assert news.conversation == conversation


async def test_a_change_of_the_conversation_alone_brings_its_row(session: Session) -> None:
    session.cache.show(contact_id(1), conversation_id(1))
    row = await session.cache.conversation(conversation_id(1))
    assert row is not None
    row = msgspec.structs.replace(row, unread=7, version=row.version + 1)

    news = (await put(session, conversation=row)).news

    assert news is not None
    assert (dict(news.items), news.conversation) == ({}, row)


async def test_nothing_comes_of_another_timeline_or_of_none(session: Session) -> None:
    session.cache.show(contact_id(1), conversation_id(1))
    assert (await put(session, message=await newer(session, 2))).news is None

    session.cache.show("", "")
    assert (await put(session, message=await newer(session))).news is None


async def test_with_another_name_everything_is_to_be_read(session: Session) -> None:
    session.cache.show(contact_id(1), conversation_id(1))
    agent = msgspec.structs.replace((await session.cache.agents())[0], name="Renamed")

    change = await put(session, message=await newer(session), agent=agent)

    assert change.news is None
    assert "agent" in change.nouns


async def test_changes_folded_into_one_bring_no_news(session: Session) -> None:
    session.cache.show(contact_id(1), conversation_id(1))
    change = await put(session, message=await newer(session))

    assert folded([change, Change(seq=1002)]).news is None
