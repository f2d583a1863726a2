"""One customer on several devices: what the others write, and what a guest had written before, reaches each page."""

import pytest

from mim_desk.hub.web_chat.app import WebChat
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import Visitor, hash_proof, streaming


@pytest.fixture
async def phone(visitor: Visitor) -> Visitor:
    """Another device."""
    return await Visitor(visitor.http).began()


async def proved(one: Visitor, clock: FakeClock) -> None:
    assert (await one.identify(hash_proof("cust-42", clock.now.timestamp()))).status_code == 200


async def test_a_page_that_never_wrote_hears_of_what_the_customer_had_written_as_a_guest_elsewhere(
    web_chat: WebChat, visitor: Visitor, phone: Visitor, clock: FakeClock
) -> None:
    """It stayed empty, and missed what came next as well, until it was loaded anew."""
    await phone.write("As a guest")
    await proved(visitor, clock)
    place = (await visitor.messages())["last_event_id"]
    async with streaming(web_chat, visitor, after=place) as stream:
        await proved(phone, clock)
        await stream.next("reset")
        seen = await visitor.texts()
        await phone.write("As myself")
        _, told = await stream.next("message")
        await visitor.write("Here too")
        _, own = await stream.next("message")

    assert seen == ["As a guest"]
    assert [told["text"], own["text"]] == ["As myself", "Here too"]


async def test_a_page_that_connects_anew_after_that_hears_of_it_too(
    web_chat: WebChat, visitor: Visitor, phone: Visitor, clock: FakeClock
) -> None:
    await phone.write("As a guest")
    await proved(visitor, clock)
    place = (await visitor.messages())["last_event_id"]
    await proved(phone, clock)

    async with streaming(web_chat, visitor, after=place) as stream:
        await stream.next("reset")

    assert await visitor.texts() == ["As a guest"]


async def test_a_page_that_never_wrote_hears_of_the_first_words_from_another_device(
    web_chat: WebChat, visitor: Visitor, phone: Visitor, clock: FakeClock
) -> None:
    await proved(visitor, clock)
    await proved(phone, clock)
    async with streaming(web_chat, visitor, after=(await visitor.messages())["last_event_id"]) as stream:
        await phone.write("From the phone")
        _, told = await stream.next("message")

    assert told["text"] == "From the phone"


async def test_the_first_words_of_a_guest_are_told_as_they_are(web_chat: WebChat, visitor: Visitor) -> None:
    """Nothing has to be fetched anew for them."""
    async with streaming(web_chat, visitor, after=(await visitor.messages())["last_event_id"]) as stream:
        await visitor.write("Hello")
        _, told = await stream.next("message")

    assert told["text"] == "Hello"
    assert b"event: reset" not in stream.raw
