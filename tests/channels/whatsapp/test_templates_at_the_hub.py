"""Templates of WhatsApp through a running hub: listed, checked, sent outside the reply window, told of by webhook."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from mim_desk.hub.store import driver
from mim_desk.hub.store.times import ms, utc_now
from mim_desk.hub.store.unit import Unit
from tests.channels.whatsapp import templates as made
from tests.channels.whatsapp.provider import WhatsappProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, events_until, stream

__all__ = ["gateway", "hub"]

TAKEN = Answer(body=b'{"messages": [{"id": "wamid.OUR1"}]}')
GREETING = {"name": "greeting", "language": "en_US", "parameters": {"body.1": "Mina"}}
LISTED = made.listed("greeting", {"type": "BODY", "text": "Hello {{1}}, we have news."})


def page(*told: object) -> Answer:
    return Answer(body=json.dumps({"data": told}).encode())


@pytest.fixture
async def meta(hub: Live, gateway: Gateway) -> WhatsappProvider:
    """A connected number whose customer wrote, with two templates."""
    provider = WhatsappProvider()
    gateway.ping = page(LISTED, made.ORDER_UPDATE)
    hub.inbox_id = await provider.connect(hub, gateway)
    settings = {"settings": {"waba_id": "210987654321098"}}
    (await hub.client.patch(f"/api/v1/inboxes/{hub.inbox_id}", json=settings)).raise_for_status()
    assert await provider.write(hub, "IN1", "Is it in stock?") == 200
    await refreshed(hub)
    return provider


async def refreshed(live: Live) -> dict[str, Any]:
    return dict((await live.client.post(f"/api/v1/inboxes/{live.inbox_id}/templates")).raise_for_status().json())


async def templates(live: Live) -> dict[str, dict[str, Any]]:
    listed = await live.client.get("/api/v1/templates", params={"inbox": live.inbox_id})
    return {one["name"]: one for one in listed.raise_for_status().json()["items"]}


async def until_template(live: Live, name: str, **wanted: object) -> None:
    async with asyncio.timeout(30):
        while {key: (await templates(live)).get(name, {}).get(key) for key in wanted} != wanted:
            await asyncio.sleep(0.02)


async def conversation_id(live: Live) -> str:
    return str((await live.client.get("/api/v1/conversations")).json()["items"][0]["id"])


async def window_closes(live: Live) -> None:
    """The customer wrote two days ago."""
    at = ms(utc_now() - timedelta(days=2))

    def work(unit: Unit) -> None:
        driver.execute(unit.conn, "UPDATE messages SET occurred_at = ? WHERE kind = 'incoming'", (at,))

    await live.running.hub.store.writer.run(work)


async def test_templates_are_listed_with_their_parts(hub: Live, meta: WhatsappProvider):
    found = await templates(hub)

    assert sorted(found) == ["greeting", "order_update"]
    assert found["greeting"]["parts"][0]["parameters"][0]["key"] == "body.1"
    assert (await refreshed(hub)) == {"count": 2, "problem": ""}


async def test_a_template_goes_out_though_the_window_is_closed(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    await window_closes(hub)
    gateway.answers.append(TAKEN)
    conversation = await conversation_id(hub)

    free = await hub.reply(conversation, "Hello")
    posted = await hub.reply(conversation, "", template=GREETING)

    assert (free.status_code, free.json()["code"]) == (409, "window-closed")
    assert posted.status_code == 201
    message = await hub.until_status(conversation, posted.json()["id"], "sent")
    assert (message["type"], message["text"]) == ("template", "Hello Mina, we have news.")
    assert message["template"]["parameters"] == {"body.1": "Mina"}
    (call,) = gateway.calls
    assert call.json["template"]["components"] == [{"type": "body", "parameters": [{"type": "text", "text": "Mina"}]}]


async def test_the_same_template_twice_is_sent_once(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.answers.append(TAKEN)
    conversation = await conversation_id(hub)
    body = {"id": "0b9cf7c4-2f4a-4d0e-9a0e-7f8f0f6f1a11", "text": "as the desk reads it", "template": GREETING}
    path = f"/api/v1/conversations/{conversation}/messages"

    first = await hub.client.post(path, json=body)
    again = await hub.client.post(path, json=body)
    other = await hub.client.post(path, json={**body, "template": {**GREETING, "parameters": {"body.1": "Leo"}}})

    assert [one.status_code for one in (first, again, other)] == [201, 200, 409]
    await hub.until_status(conversation, body["id"], "sent")
    assert len(gateway.calls) == 1


async def test_a_template_stops_the_clocks_as_any_reply(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.answers.append(TAKEN)
    conversation = await conversation_id(hub)

    posted = await hub.reply(conversation, "", template=GREETING)
    await hub.until_status(conversation, posted.json()["id"], "sent")

    row = (await hub.client.get(f"/api/v1/conversations/{conversation}")).json()
    assert row["waiting_since"] is None
    assert [clock["state"] for clock in row["clocks"]] == ["met"]


@pytest.mark.parametrize(
    ("template", "code", "field", "says"),
    [
        ({"name": "nothing", "language": "en_US"}, "no-template", "template.name", "does not exist"),
        ({"name": "greeting", "language": "de"}, "no-template", "template.name", "does not exist"),
        (
            {"name": "greeting", "language": "en_US"},
            "template-parameter",
            "template.parameters.body.1",
            "Fill in blank 1.",
        ),
        (
            {**GREETING, "parameters": {"body.1": "two\nlines"}},
            "template-parameter",
            "template.parameters.body.1",
            "one line",
        ),
        (
            {**GREETING, "parameters": {"body.1": "Mina", "body.2": "x"}},
            "template-parameter",
            "template.parameters.body.2",
            "no blank",
        ),
    ],
)
async def test_the_hub_names_the_blank_that_is_wrong(
    hub: Live, gateway: Gateway, meta: WhatsappProvider, template: dict[str, Any], code: str, field: str, says: str
):
    refused = await hub.reply(await conversation_id(hub), "", template=template)

    told = refused.json()
    assert (refused.status_code, told["code"], told["field"]) == (400, code, field)
    assert says in told["detail"]
    assert gateway.calls == []


async def test_a_picture_in_the_header_is_uploaded_and_named(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
    uploaded = await hub.client.post("/api/v1/attachments", files={"file": ("h.png", png, "image/png")})
    file_id = uploaded.raise_for_status().json()["attachment"]["id"]
    values = {"header.image": file_id, "body.1": "Mina", "body.2": "A-77", "button.1.link": "A-77"}
    gateway.answers += [Answer(body=b'{"id": "880000000000001"}'), TAKEN]
    conversation = await conversation_id(hub)

    posted = await hub.reply(
        conversation,
        "",
        template={"name": "order_update", "language": "en_US", "parameters": values},
        attachments=[file_id],
    )

    message = await hub.until_status(conversation, posted.raise_for_status().json()["id"], "sent")
    assert message["text"].startswith("Hi Mina, order A-77 is on its way.\nAcme")
    assert gateway.calls[-1].json["template"]["components"][0] == {
        "type": "header",
        "parameters": [{"type": "image", "image": {"id": "880000000000001"}}],
    }


async def test_a_file_that_no_blank_asks_for_is_refused(hub: Live, meta: WhatsappProvider):
    form = {"file": ("plan.pdf", b"%PDF-1.7 plan", "application/pdf")}
    uploaded = (await hub.client.post("/api/v1/attachments", files=form)).raise_for_status().json()["attachment"]

    refused = await hub.reply(await conversation_id(hub), "", template=GREETING, attachments=[uploaded["id"]])

    assert (refused.status_code, refused.json()["field"]) == (400, "attachments")


async def test_a_paused_template_cannot_be_chosen_and_says_why(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    told = {
        "event": "PAUSED",
        "message_template_id": 1,
        "message_template_name": "greeting",
        "message_template_language": "en-US",
    }
    gateway.ping = page({**LISTED, "status": "PAUSED"}, made.ORDER_UPDATE)

    async with stream(hub.client) as events:
        assert await meta._post(hub, {"field": "message_template_status_update", "value": told}) == 200
        seq = hub.running.hub.store.log.seq
        heard = await events_until(events, seq)
    refused = await hub.reply(await conversation_id(hub), "", template=GREETING)

    last = next(json.loads(one.data) for one in reversed(heard) if one.event == "template")
    assert (last["name"], last["status"]) == ("greeting", "paused")
    assert (refused.status_code, refused.json()["code"]) == (400, "template-not-approved")
    assert refused.json()["detail"] == "The provider paused this template. Choose another one."


async def test_news_of_a_template_bring_the_whole_list_anew(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    told = {"event": "APPROVED", "message_template_name": "fresh", "message_template_language": "en_US"}
    gateway.ping = page(LISTED, made.listed("fresh", {"type": "BODY", "text": "Fresh."}))

    await meta._post(hub, {"field": "message_template_status_update", "value": told})
    gone = {"event": "DELETED", "message_template_name": "order_update", "message_template_language": "en_US"}
    await meta._post(hub, {"field": "message_template_status_update", "value": gone})

    await until_template(hub, "fresh", status="approved")
    assert sorted(await templates(hub)) == ["fresh", "greeting"]


async def test_a_list_that_cannot_be_had_leaves_the_last_one_and_says_why(
    hub: Live, gateway: Gateway, meta: WhatsappProvider
):
    gateway.ping = Answer(400, b'{"error": {"code": 200, "message": "no permission"}}')

    told = await refreshed(hub)

    assert told["count"] == 2
    assert "permissions" in told["problem"]
    assert len(await templates(hub)) == 2


async def test_a_provider_that_refuses_the_template_says_why(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    details = {"details": "body: number of localizable_params (1) does not match"}
    error = {"error": {"code": 132000, "message": "(#132000)", "error_data": details}}
    gateway.answers.append(Answer(400, json.dumps(error).encode()))
    conversation = await conversation_id(hub)

    posted = await hub.reply(conversation, "", template=GREETING)
    message = await hub.until_status(conversation, posted.json()["id"], "failed")

    assert message["delivery"]["code"] == "132000"
    assert message["delivery"]["reason"].startswith("The template does not fit what WhatsApp approved.")


async def test_a_note_is_never_a_template(hub: Live, meta: WhatsappProvider):
    refused = await hub.reply(await conversation_id(hub), "inside", kind="note", template=GREETING)

    assert (refused.status_code, refused.json()["field"]) == (400, "template")


async def test_a_removed_inbox_takes_its_templates_along(hub: Live, meta: WhatsappProvider):
    (await hub.client.delete(f"/api/v1/inboxes/{hub.inbox_id}")).raise_for_status()

    snapshot = (await hub.client.get("/api/v1/snapshot")).json()
    assert "template" not in snapshot["rows"]


async def test_a_new_desk_gets_the_templates_with_its_start_state(hub: Live, meta: WhatsappProvider):
    snapshot = (await hub.client.get("/api/v1/snapshot")).json()

    assert sorted(one["name"] for one in snapshot["rows"]["template"]) == ["greeting", "order_update"]


async def until_gone(live: Live, name: str) -> None:
    live.running.hub.template_news.set()  # else the list is looked at some seconds later
    async with asyncio.timeout(30):
        while name in await templates(live):
            await asyncio.sleep(0.02)


async def test_a_refusal_of_a_template_has_the_list_asked_for_anew(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.ping = page(made.ORDER_UPDATE)
    gateway.answers.append(Answer(404, b'{"error": {"code": 132001, "message": "Template name does not exist"}}'))

    sent = (await hub.reply(await conversation_id(hub), "", template=GREETING)).json()
    failed = await hub.until_status(await conversation_id(hub), sent["id"], "failed")

    assert failed["delivery"]["code"] == "132001"
    await until_gone(hub, "greeting")


async def test_a_template_that_fails_later_has_the_list_asked_for_anew(
    hub: Live, gateway: Gateway, meta: WhatsappProvider
):
    gateway.answers.append(TAKEN)
    sent = (await hub.reply(await conversation_id(hub), "", template=GREETING)).json()
    await hub.until_status(await conversation_id(hub), sent["id"], "sent")
    gateway.ping = page(made.ORDER_UPDATE)

    paused = [{"code": 132015, "title": "Template is paused"}]
    status = {"id": "wamid.OUR1", "status": "failed", "timestamp": "1795305661", "errors": paused}
    assert await meta._post(hub, meta._change(statuses=[status])) == 200

    await hub.until_status(await conversation_id(hub), sent["id"], "failed")
    await until_gone(hub, "greeting")


async def test_a_number_that_is_held_back_is_told_in_its_health(hub: Live, gateway: Gateway, meta: WhatsappProvider):
    gateway.answers.append(Answer(400, b'{"error": {"code": 131048, "message": "Spam rate limit hit"}}'))

    sent = (await hub.reply(await conversation_id(hub), "Hello")).json()
    await hub.until_status(await conversation_id(hub), sent["id"], "failed")

    health = (await hub.client.get(f"/api/v1/inboxes/{hub.inbox_id}")).json()["health"]
    assert [(one["name"], one["state"]) for one in health["notices"]] == [("Sending", "danger")]
