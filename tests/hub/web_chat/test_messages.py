"""Messages both ways: once each, in order, resumed where they broke off."""

from uuid import uuid4

import pytest

from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.broker import Broker
from mim_desk.hub.web_chat.app import WebChat
from mim_desk.protocol import events
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import LEO, Desk, Visitor, streaming


async def test_opening_a_chat_writes_nothing_and_the_first_message_stores_the_session(
    visitor: Visitor, desk: Desk
) -> None:
    assert await desk.count("web_chat_sessions") == 0

    answer = await visitor.write("Hello")

    assert answer.status_code == 201
    assert await desk.count("web_chat_sessions") == 1
    assert (await desk.last()).last_message.text == "Hello"  # type: ignore[union-attr]


async def test_the_same_client_id_answers_the_same_ids_and_has_no_second_effect(visitor: Visitor, desk: Desk) -> None:
    client_msg_id = str(uuid4())
    first = await visitor.write("Hello", client_msg_id)
    again = await visitor.write("Hello", client_msg_id)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "message": again.json()["message"]}
    assert await desk.count("messages") == 1


async def test_a_client_id_in_another_writing_is_the_same_id(visitor: Visitor, desk: Desk) -> None:
    client_msg_id = str(uuid4())
    await visitor.write("Hello", client_msg_id)

    again = await visitor.write("Hello", client_msg_id.upper())

    assert again.status_code == 200
    assert await desk.count("messages") == 1


async def test_two_sessions_may_use_the_same_client_id(visitor: Visitor, desk: Desk) -> None:
    other = await Visitor(visitor.http).began()
    client_msg_id = str(uuid4())

    answers = [await visitor.write("One", client_msg_id), await other.write("Two", client_msg_id)]

    assert [one.status_code for one in answers] == [201, 201]
    assert await visitor.texts() == ["One"]
    assert await other.texts() == ["Two"]


async def test_text_is_composed_trimmed_and_freed_of_control_characters(visitor: Visitor) -> None:
    await visitor.write("  e\u0301te\u0301\x00\x07\r\nsun \u202eevil ")

    assert await visitor.texts() == ["\u00e9t\u00e9\nsun \u202eevil"]


async def test_a_message_of_4000_characters_is_taken_whole(visitor: Visitor) -> None:
    text = "\U0001f600" * 4000

    answer = await visitor.write(text)

    assert answer.status_code == 201
    assert await visitor.texts() == [text]


async def test_a_reply_reaches_the_open_stream_as_the_brand(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        await desk.reply("Good day")
        number, told = await stream.next("message")

    assert number is not None
    assert told["text"] == "Good day"
    assert told["sender"] == {"role": "brand", "name": "Juniper", "avatar": ""}


async def test_marks_of_a_reply_are_told_apart_from_its_letters_and_a_visitors_stay_letters(
    web_chat: WebChat, visitor: Visitor, desk: Desk
) -> None:
    await visitor.write("Is it *free*?")
    async with streaming(web_chat, visitor) as stream:
        await desk.reply("👍 It is *free* <b>")
        _, told = await stream.next("message")

    assert (told["text"], told["marks"]) == ("👍 It is free <b>", [{"start": 9, "end": 13, "style": "bold"}])
    assert (await visitor.texts())[0] == "Is it *free*?"


async def test_a_stream_opened_before_the_first_message_tells_the_answer(
    web_chat: WebChat, visitor: Visitor, desk: Desk
) -> None:
    async with streaming(web_chat, visitor) as stream:
        await visitor.write("Hello")
        own = await stream.next("message")
        await desk.reply("Good day")
        told = await stream.next("message")

    assert (own[1]["role"], told[1]["text"]) == ("visitor", "Good day")


async def test_a_stream_resumes_where_it_broke_off(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        await desk.reply("One")
        last, _ = await stream.next("message")
    await desk.reply("Two")
    await desk.reply("Three")

    async with streaming(web_chat, visitor, after=last) as stream:
        told = [(await stream.next("message"))[1]["text"], (await stream.next("message"))[1]["text"]]

    assert told == ["Two", "Three"]


async def test_event_numbers_only_rise(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    async with streaming(web_chat, visitor) as stream:
        for text in ("One", "Two", "Three"):
            await visitor.write(text)
        numbers = [(await stream.next("message"))[0] for _ in range(3)]

    assert numbers == sorted(set(numbers))  # type: ignore[type-var]


async def test_the_answer_to_a_post_names_the_event_of_the_stream(web_chat: WebChat, visitor: Visitor) -> None:
    async with streaming(web_chat, visitor) as stream:
        answer = (await visitor.write("Hello")).json()
        number, told = await stream.next("message")

    assert (answer["event_id"], answer["message_id"]) == (number, told["id"])


@pytest.mark.parametrize("place", [10**12, 1])
async def test_a_place_that_the_log_does_not_hold_is_answered_with_reset(
    web_chat: WebChat, visitor: Visitor, desk: Desk, place: int
) -> None:
    await visitor.write("Hello")
    await desk.store.writer.run(lambda unit: unit.conn.exec_driver_sql("UPDATE log_head SET trimmed = 5").rowcount)

    async with streaming(web_chat, visitor, after=place) as stream:
        _, told = await stream.next("reset")

    assert told == {"last_event_id": desk.store.log.seq}
    assert await visitor.texts() == ["Hello"]


async def test_the_newest_stream_wins_and_the_other_is_told(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as first, streaming(web_chat, visitor) as second:
        await first.next("superseded")
        await first.over()
        await desk.reply("Good day")
        _, told = await second.next("message")

    assert told["text"] == "Good day"


async def test_pages_of_messages_go_back_to_the_beginning(visitor: Visitor) -> None:
    for number in range(5):
        await visitor.write(f"Message {number}")

    newest = await visitor.messages(limit=2)
    middle = await visitor.messages(limit=2, before=newest["before"])
    oldest = await visitor.messages(limit=2, before=middle["before"])

    texts = [[one["text"] for one in page["messages"]] for page in (newest, middle, oldest)]
    assert texts == [["Message 3", "Message 4"], ["Message 1", "Message 2"], ["Message 0"]]
    assert oldest["before"] is None


async def test_long_poll_answers_as_soon_as_there_is_something(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    place = (await visitor.messages())["last_event_id"]
    reply = await desk.reply("Good day")

    told = (await visitor.call("GET", "events", params={"after": place})).json()

    assert [event["data"]["id"] for event in told["events"] if event["type"] == "message"] == [reply.id]
    empty = (await visitor.call("GET", "events", params={"after": told["last_event_id"], "wait": 0})).json()
    assert (empty["events"], empty["last_event_id"]) == ([], told["last_event_id"])


async def test_an_edited_reply_is_told_again_and_its_receipts_are_not(
    web_chat: WebChat, visitor: Visitor, desk: Desk
) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        reply = await desk.reply("Good day")
        await stream.next("message")
        await visitor.post("read", {"up_to": reply.id})
        await stream.next("read")

    assert stream.seen("message_updated") == []


async def test_received_and_read_move_the_delivery_and_never_back(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    replies = [await desk.reply("One"), await desk.reply("Two")]

    await visitor.post("received", {"up_to": replies[1].id})
    delivered = [await desk.message(one.id) for one in replies]
    await visitor.post("read", {"up_to": replies[0].id})
    await visitor.post("received", {"up_to": replies[1].id})
    after = [await desk.message(one.id) for one in replies]

    assert [one.delivery.status for one in delivered if one.delivery] == [DeliveryStatus.DELIVERED] * 2
    assert [one.delivery.status for one in after if one.delivery] == [DeliveryStatus.READ, DeliveryStatus.DELIVERED]


async def test_read_takes_a_number_of_the_stream_too(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        reply = await desk.reply("Good day")
        number, _ = await stream.next("message")

    await visitor.post("read", {"up_to": str(number)})

    delivery = (await desk.message(reply.id)).delivery
    assert delivery is not None and delivery.status is DeliveryStatus.READ


async def test_a_read_mark_for_a_strange_message_is_ignored(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    reply = await desk.reply("Good day")

    answer = await visitor.post("read", {"up_to": str(uuid4())})

    delivery = (await desk.message(reply.id)).delivery
    assert answer.status_code == 204
    assert delivery is not None and delivery.status is not DeliveryStatus.READ


async def test_the_state_of_the_conversation_is_told_without_saying_who(
    web_chat: WebChat, visitor: Visitor, desk: Desk
) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        await desk.patch(assignee_id="agent-leo")
        _, assigned = await stream.next("state")
        await desk.resolve()
        _, resolved = await stream.next("state")

    assert (assigned, resolved) == ({"state": "human"}, {"state": "closed"})


async def test_typing_goes_both_ways_and_names_nobody(
    web_chat: WebChat, visitor: Visitor, desk: Desk, typed: list[object], clock: FakeClock, broker: Broker
) -> None:
    await visitor.write("Hello")
    await visitor.post("typing")
    async with streaming(web_chat, visitor) as stream:
        conversation = await desk.last()
        await broker.publish_ephemeral(events.TYPING, events.Typing(conversation.id, LEO, clock.now))
        _, told = await stream.next("typing")

    assert len(typed) == 1
    assert set(told) == {"until", "for_ms"}


async def test_a_note_and_a_system_line_never_reach_the_page(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        await desk.reply("For the team only", kind="note")
        await desk.patch(assignee_id="agent-leo")
        await desk.reply("For the customer")
        _, told = await stream.next("message")

    assert told["text"] == "For the customer"
    assert b"team only" not in stream.raw
    assert await visitor.texts() == ["Hello", "For the customer"]


async def test_no_byte_that_leaves_names_an_agent(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        await desk.patch(assignee_id="agent-leo")
        await desk.reply("Good day")
        await stream.next("message")
        await desk.resolve()
        await stream.next("state")
    answers = [
        await visitor.call("GET", "messages"),
        await visitor.call("GET", "events", params={"after": 0, "wait": 0}),
        await visitor.http.get(f"http://hub.example/chat/{'wpub_test'}"),
        await visitor.write("Thanks"),
    ]

    bytes_out = stream.raw + b"".join(str(one.headers.raw).encode() + one.content for one in answers)
    for word in (b"agent-leo", b"Leo", b"leo.martins", b"Martins"):
        assert word not in bytes_out
