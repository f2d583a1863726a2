"""Templates on the desk over a real hub: kept for offline, written offline, sent once with their files."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import ListQuery, ListRow, LocalFile
from mim_desk.protocol import api, rows
from tests.channels.whatsapp import templates as made
from tests.desk.hubs import live, new_session, until
from tests.hub.gateway import Answer, Gateway, serving_gateway

pytestmark = pytest.mark.timeout(120)

SECRET, NUMBER = "app-secret-of-the-tests", "310555000111222"
FILE = LocalFile("11111111-1111-4111-8111-111111111111", "h.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
ORDER = rows.ChosenTemplate(
    "order_update",
    "en_US",
    {"header.image": FILE.id, "body.1": "Mina", "body.2": "A-77", "button.1.link": "A-77"},
)


@asynccontextmanager
async def whatsapp(home: Path) -> AsyncIterator[tuple[Session, Gateway, ListRow]]:
    """A live desk whose WhatsApp number has templates and a customer who wrote."""
    async with serving_gateway() as gateway:
        gateway.ping = Answer(body=json.dumps({"data": [made.ORDER_UPDATE, made.PLAIN]}).encode())
        session = new_session(home)
        await session.start()
        try:
            await live(session)
            told = await session.create_inbox(
                api.NewInbox(
                    "WhatsApp",
                    "whatsapp",
                    {"phone_number_id": NUMBER, "waba_id": "210987654321098", "api_base_url": gateway.url},
                    {"access_token": "token", "app_secret": SECRET},
                )
            )
            gateway.ping = Answer(body=json.dumps({"data": [made.ORDER_UPDATE, made.PLAIN]}).encode())
            await session.refresh_templates(told.id)
            await customer_writes(told.webhook_url)
            yield session, gateway, await row_of(session, told.id)
        finally:
            await session.close()


async def customer_writes(url: str) -> None:
    message = {"from": "14155550123", "id": "wamid.1", "timestamp": str(int(time.time())), "type": "text"}
    value = {"metadata": {"phone_number_id": NUMBER}, "messages": [{**message, "text": {"body": "Hello"}}]}
    entry = {"id": "210987654321098", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    mark = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    async with httpx.AsyncClient(verify=False) as client:
        (await client.post(url, content=body, headers={"x-hub-signature-256": mark})).raise_for_status()


async def row_of(session: Session, inbox_id: str) -> ListRow:
    found: list[ListRow] = []

    async def look() -> None:
        found[:] = await session.cache.conversations(ListQuery("inbox", inbox_id=inbox_id))

    await look()
    deadline = time.monotonic() + 45
    while not found or len(await session.cache.templates(inbox_id)) != 2:
        assert time.monotonic() < deadline, "no conversation or no templates on the desk"
        await look()
    return found[0]


async def names_in(cache: Cache, inbox_id: str) -> list[str]:
    return [one.name for one in await cache.templates(inbox_id)]


async def test_templates_are_on_the_desk_also_without_a_hub(tmp_path: Path) -> None:
    async with whatsapp(tmp_path) as (session, _, row):
        await session.go_offline()

        assert await names_in(session.cache, row.conversation.inbox_id) == ["hello_world", "order_update"]
        assert await session.cache.templates("another") == []


async def test_a_template_written_offline_leaves_once_with_its_file_under_the_hubs_id(tmp_path: Path) -> None:
    async with whatsapp(tmp_path) as (session, gateway, row):
        gateway.answers += [
            Answer(body=b'{"id": "880000000000001"}'),
            Answer(body=b'{"messages": [{"id": "wamid.O1"}]}'),
        ]
        await session.go_offline()
        sent = await session.send(
            row.conversation.id, kind="reply", text="as it reads", attachments=[FILE], template=ORDER
        )
        assert session.outbox.pending.items[sent].as_message().type == "template"

        await session.reconnect()
        await until(lambda: not session.outbox.pending.items, "it left")

        call = await gateway.next_call(2)
        assert call.json["template"]["components"][0]["parameters"] == [
            {"type": "image", "image": {"id": "880000000000001"}}
        ]
        message = await session.cache.message(sent)
        assert message is not None
        assert message.text.startswith("Hi Mina, order A-77 is on its way.")
        assert message.template is not None
        assert message.template.parameters["header.image"] == message.attachments[0].id
        assert message.attachments[0].id != FILE.id


async def test_a_failed_template_is_sent_again_as_a_template(tmp_path: Path) -> None:
    async with whatsapp(tmp_path) as (session, gateway, row):
        refused = {"error": {"code": 132015, "message": "paused"}}
        gateway.answers += [
            Answer(400, json.dumps(refused).encode()),
            Answer(body=b'{"messages": [{"id": "wamid.O2"}]}'),
        ]
        plain = rows.ChosenTemplate("hello_world", "en_US")
        sent = await session.send(row.conversation.id, kind="reply", text="Hello.", template=plain)
        await gateway.next_call(1)
        await until(lambda: not session.outbox.pending.items, "it left")
        deadline = time.monotonic() + 45
        while (message := await session.cache.message(sent)) is None or message.delivery.status != "failed":
            assert time.monotonic() < deadline, "it never failed"

        await session.retry(sent)

        again = await gateway.next_call(2)
        assert (
            message.delivery.reason == "WhatsApp paused this template since people did not like it. Choose another one."
        )
        assert (again.json["type"], again.json["template"]["name"]) == ("template", "hello_world")
