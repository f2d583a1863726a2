"""Files: kept once by what they hold, given to one message, swept when nobody wanted them."""

import os
from datetime import timedelta
from uuid import uuid4

import pytest

from mim_desk.channels.events import IncomingFile
from mim_desk.domain.message import AttachmentState, MessageType
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import tidying
from mim_desk.hub.store import attachments, driver, messages
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows
from tests.hub.store.made import bring, conversation_of, reply, wrote


async def upload(store: Store, data: bytes, name: str = "a.png") -> rows.Attachment:
    row = rows.Attachment(id="", name=name, mime_type="image/png", size=0)
    return await store.writer.run(lambda unit: attachments.add(unit, row, data, owner="agent-ann"))


async def test_a_file_of_many_pieces_comes_back_whole(shop: Store):
    data = os.urandom(attachments.PIECE * 2 + 17)

    kept = await upload(shop, data)

    assert (kept.size, kept.state, kept.url) == (len(data), AttachmentState.OK, f"/api/v1/attachments/{kept.id}")
    assert await shop.read(lambda conn: attachments.content(conn, kept.id)) == data
    assert await shop.read(lambda conn: attachments.content(conn, "no")) is None


async def test_the_same_content_is_kept_once_and_goes_with_its_last_name(shop: Store, clock):
    first, second = await upload(shop, b"same"), await upload(shop, b"same")
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    sent = await reply(shop, row.id, str(uuid4()), text="", attachments=[first.id])

    clock.advance(timedelta(days=2))
    await tidying.tidy(shop, clock.now)

    assert sent.type is MessageType.IMAGE
    assert await shop.read(lambda conn: attachments.by_id(conn, second.id)) is None
    assert await shop.read(lambda conn: attachments.content(conn, first.id)) == b"same"
    assert await shop.read(lambda conn: driver.row(conn, "SELECT count(*) FROM blobs")) == (1,)


async def test_a_file_belongs_to_one_message(shop: Store):
    kept = await upload(shop, b"x")
    await bring(shop, wrote("m1"))
    row = await conversation_of(shop)
    await reply(shop, row.id, str(uuid4()), attachments=[kept.id])

    with pytest.raises(Refusal):
        await reply(shop, row.id, str(uuid4()), attachments=[kept.id])


async def test_incoming_files_are_stored_or_fetched_later(shop: Store):
    here = IncomingFile("a.txt", "text/plain", data=b"hello")
    there = IncomingFile("b.jpg", "image/jpeg", size=9, url="https://provider.test/b")
    result = await bring(shop, wrote("m1", "", files=(here, there)))
    message = await shop.read(lambda conn: messages.by_id(conn, result.message_ids[0]))

    assert [one.state for one in message.attachments] == [AttachmentState.OK, AttachmentState.PENDING]
    assert message.attachments[1].url == ""
    assert await shop.read(lambda conn: attachments.content(conn, message.attachments[1].id)) is None


@pytest.mark.parametrize(
    ("data", "claimed", "mime_type", "carries"),
    [
        (b"MZ\x90\x00program", "image/png", "application/x-executable", MessageType.FILE),
        (b"MZ", "image/png", "application/x-executable", MessageType.FILE),
        (b"MZ\x90\x00program", "application/pdf", "application/x-executable", MessageType.FILE),
        (b"\x7fELF", "image/png", "application/x-executable", MessageType.FILE),
        (b"<svg onload=x>", "image/svg+xml", "application/octet-stream", MessageType.FILE),
        (b"\x89PNG\r\n\x1a\n...", "image/jpeg", "image/png", MessageType.IMAGE),
        (b"0000ftypheic", "image/heic", "image/heic", MessageType.IMAGE),
    ],
    ids=["program as png", "short program", "program as pdf", "elf", "svg", "png as jpeg", "heic"],
)
async def test_a_file_that_comes_along_is_what_its_bytes_say(
    shop: Store, data: bytes, claimed: str, mime_type: str, carries: MessageType
):
    file = IncomingFile("photo\u202egnp.exe", claimed, data=data)

    result = await bring(shop, wrote("m1", "", files=(file,), type=MessageType.IMAGE))

    message = await shop.read(lambda conn: messages.by_id(conn, result.message_ids[0]))
    assert message is not None
    (kept,) = message.attachments
    assert (message.type, kept.mime_type, kept.name) == (carries, mime_type, "photognp.exe")
