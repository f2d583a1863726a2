"""The web chat's own statements on a real PostgreSQL server: sessions, sight, streams, proofs, files."""

import pytest

from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.web_chat.app import WebChat
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import Desk, Visitor, hash_proof, streaming


@pytest.fixture
def database(postgres: str) -> str:
    return postgres


async def test_messages_go_both_ways_once_and_resume(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    client_msg_id = "7b1d0c7a-34b9-4c61-9a53-6d1a8a6b2f10"
    first = await visitor.write("Hello", client_msg_id)
    again = await visitor.write("Hello", client_msg_id)
    async with streaming(web_chat, visitor) as stream:
        await desk.reply("One")
        last, _ = await stream.next("message")
    reply = await desk.reply("Two")
    async with streaming(web_chat, visitor, after=last) as stream:
        number, told = await stream.next("message")
    await visitor.post("received", {"up_to": reply.id})
    await visitor.post("read", {"up_to": str(number)})

    assert (first.status_code, again.status_code, told["text"]) == (201, 200, "Two")
    assert await visitor.texts() == ["Hello", "One", "Two"]
    delivery = (await desk.message(reply.id)).delivery
    assert delivery is not None and delivery.status is DeliveryStatus.READ


async def test_an_anonymous_thread_joins_its_customer(visitor: Visitor, desk: Desk, clock: FakeClock) -> None:
    await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))
    await visitor.write("From home")
    phone = await Visitor(visitor.http).began()
    await phone.write("From my phone")
    await phone.identify(hash_proof("cust-42", clock.now.timestamp()))

    assert await phone.texts() == ["From home", "From my phone"]
    assert len(await desk.contacts()) == 1
    await phone.post("logout")
    assert (await phone.call("GET", "messages")).json()["code"] == "session_expired"


async def test_a_file_comes_back(visitor: Visitor) -> None:
    file_id = (await visitor.upload("note.txt", b"hello")).json()["file_id"]
    await visitor.write("", kind="file", file_id=file_id)
    address = (await visitor.messages())["messages"][0]["attachments"][0]["url"]

    assert (await visitor.http.get(address)).content == b"hello"


@pytest.mark.parametrize("path", ["read", "received"])
async def test_a_zero_character_in_a_name_is_invalid(visitor: Visitor, path: str) -> None:
    await visitor.write("Hello")

    answer = await visitor.post(path, {"up_to": "a\x00b"})
    began = await visitor.post("session", {"widget": "a\x00b"})

    assert [(one.status_code, one.json()["code"]) for one in (answer, began)] == [(400, "invalid")] * 2
