"""Which messages become a notice."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec

from mim_desk.desk.cache.apply import Batch
from mim_desk.domain.message import AuthorType, MessageKind, MessageType
from mim_desk.protocol import rows
from mim_desk.ui.at_work import DeskAtWork
from tests.desk import workspace


async def arrives(desk: DeskAtWork, text: str, at: datetime | None = None, **changed: Any) -> rows.Conversation:
    """A message of the first listed contact comes through the event log."""
    conversation = desk.window.list.list.rows.rows[0].conversation
    at = at or desk.session.hub_now()
    author = rows.Author(changed.pop("by", AuthorType.CONTACT), conversation.contact_id)
    kind = changed.pop("kind", MessageKind.INCOMING)
    type_of = changed.pop("type", MessageType.TEXT)
    message = rows.Message(
        f"new-{text}",
        conversation.id,
        conversation.contact_id,
        conversation.inbox_id,
        kind,
        author,
        at,
        at,
        type=type_of,
        text=text,
    )
    last = rows.LastMessage(message.id, kind, type_of, text, author, at)
    row = msgspec.structs.replace(
        conversation, last_message=last, unread=1, version=conversation.version + 1, **changed
    )
    batch = Batch()
    for type_, each in (("message", message), ("conversation", row)):
        batch.put(type_, each, msgspec.json.encode(each))
    change = await desk.session.cache.apply(lambda: batch, 1001)
    desk.session.changes.publish(change)
    await asyncio.sleep(0.15)
    return row


def shown(desk: DeskAtWork) -> list[tuple[str, str, str]]:
    """What the fake server was given."""
    notices: Any = desk.notices
    return list(notices.shown)


def test_a_new_message_of_mine_becomes_one_notice(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk.session.settings.change(notifications=True)

        row = await arrives(desk, "Will the <b>driver</b> wait?")

        assert [(key, body) for key, _, body in shown(desk)] == [(row.id, "Will the <b>driver</b> wait?")]
        assert "WhatsApp" in shown(desk)[0][1]

    play(story)


def test_a_message_without_words_is_named(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk.session.settings.change(notifications=True)

        await arrives(desk, "", type=MessageType.VOICE)

        assert [body for _, _, body in shown(desk)] == ["Voice message"]

    play(story)


def test_the_customers_words_stay_inside_by_choice(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk.session.settings.change(notifications=True, notification_text=False)

        await arrives(desk, "My card number is 4242")

        assert shown(desk)[0][2] == "New message"

    play(story)


def test_what_is_old_ours_elses_or_unwanted_stays_quiet(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        await arrives(desk, "switched off")
        desk.session.settings.change(notifications=True)
        now = desk.session.hub_now()
        await arrives(desk, "an old one", at=now.replace(year=now.year - 1))
        await arrives(desk, "our own", kind=MessageKind.REPLY, by=AuthorType.AGENT)
        await arrives(desk, "somebody else's", assignee_id=workspace.ANA)

        assert shown(desk) == []

    play(story)


def test_opening_the_conversation_takes_its_notice_away(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk.session.settings.change(notifications=True)
        row = await arrives(desk, "Hello?")

        desk.wiring.open(row.id)

        notices: Any = desk.notices
        assert notices.closed == [row.id]

    play(story)


def test_a_click_on_a_notice_opens_the_conversation(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        wanted = desk.window.list.list.rows.rows[2].conversation.id

        desk.notices.activated.emit(wanted)

        assert desk.window.list.list.opened_id == wanted

    play(story)


def test_a_notice_reads_in_the_order_in_which_it_was_written(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk.session.settings.change(notifications=True)

        await arrives(desk, "Pay \u202eEUR 001\u202c now")

        assert "EUR 001" in shown(desk)[0][2]
        assert "\u202e" not in shown(desk)[0][2]

    play(story)
