"""Typing, read marks, reactions, edits and deletions at a running hub."""

import json
from typing import Any

import pytest

from mim_desk.hub.seldom import Seldom
from tests.channels.conformance.providers import SmsTwilioProvider
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

TAKEN = Answer(body=b'{"id": "g-1"}')


def kinds(gateway: Gateway) -> list[str]:
    return [one.json["type"] for one in gateway.calls]


async def sent(shop: Live, gateway: Gateway, text: str = "First") -> tuple[str, dict[str, Any]]:
    """A conversation and a reply that the gateway has."""
    conversation = (await shop.conversation("ana"))["id"]
    gateway.answers.append(TAKEN)
    reply = (await shop.reply(conversation, text)).json()
    await shop.until_status(conversation, reply["id"], "sent")
    return conversation, reply


async def test_the_customer_sees_that_somebody_types_and_not_oftener_than_the_channel_needs(
    shop: Live, gateway: Gateway
):
    conversation = (await shop.conversation("ana"))["id"]

    for _ in range(3):
        answer = await shop.client.post(f"/api/v1/conversations/{conversation}/typing")
        assert answer.status_code == 204
    await gateway.next_call(1)
    reply = (await shop.reply(conversation, "Hello")).json()
    await shop.until_status(conversation, reply["id"], "sent")

    assert kinds(gateway) == ["typing", "message"]


def test_typing_is_told_again_once_it_has_faded():
    now = [0.0]
    told = Seldom(clock=lambda: now[0])

    at = []
    for second in range(10):
        now[0] = float(second)
        at += [second] if told.is_due("c", "i", 4.0) else []

    assert at == [0, 4, 8]
    assert told.is_due("c", "other", 4.0)
    assert not told.is_due("c", "none", 0.0)


async def test_the_customer_sees_that_their_message_was_read(shop: Live, gateway: Gateway):
    conversation = await shop.conversation("ana")
    up_to = {"up_to": conversation["last_message"]["id"]}

    answer = await shop.client.post(f"/api/v1/conversations/{conversation['id']}/read", json=up_to)
    call = await gateway.next_call(1)

    assert answer.status_code == 200
    assert (call.json["type"], call.json["to"]) == ("read", "ana")


async def test_a_read_mark_that_is_refused_costs_nothing(shop: Live, gateway: Gateway):
    conversation = await shop.conversation("ana")
    gateway.answers.append(Answer(500))
    up_to = {"up_to": conversation["last_message"]["id"]}

    answer = await shop.client.post(f"/api/v1/conversations/{conversation['id']}/read", json=up_to)
    await gateway.next_call(1)
    reply = (await shop.reply(conversation["id"], "Hello")).json()

    assert answer.json()["unread"] == 0
    await shop.until_status(conversation["id"], reply["id"], "sent")


async def test_a_reaction_is_the_brands_and_can_be_taken_back(shop: Live, gateway: Gateway):
    conversation = await shop.conversation("ana")
    message = conversation["last_message"]["id"]

    put = await shop.client.put(f"/api/v1/messages/{message}/reaction", json={"emoji": "👍"})
    gone = await shop.client.put(f"/api/v1/messages/{message}/reaction", json={"emoji": ""})

    assert put.json()["reactions"] == [{"emoji": "👍", "by": "brand"}]
    assert gone.json()["reactions"] == []
    assert [one.json["emoji"] for one in gateway.calls] == ["👍", ""]


async def test_a_reaction_that_the_channel_refuses_is_not_shown(shop: Live, gateway: Gateway):
    conversation = await shop.conversation("ana")
    message = conversation["last_message"]["id"]
    gateway.answers.append(Answer(422, b'{"detail": "Not this one."}'))

    refused = await shop.client.put(f"/api/v1/messages/{message}/reaction", json={"emoji": "👍"})

    assert (refused.status_code, refused.json()["detail"]) == (400, "Not this one.")
    assert (await shop.message(conversation["id"], message))["reactions"] == []


async def test_a_sent_reply_is_changed_there_and_here(shop: Live, gateway: Gateway):
    _, reply = await sent(shop, gateway)

    changed = await shop.client.patch(f"/api/v1/messages/{reply['id']}", json={"text": " Second "})

    call = gateway.calls[-1].json
    assert (call["type"], call["of"], call["text"]) == ("edit", "g-1", "Second")
    assert changed.json()["text"] == "Second"
    assert changed.json()["edited_at"] is not None


async def test_a_sent_reply_is_taken_back_there_and_here(shop: Live, gateway: Gateway):
    _, reply = await sent(shop, gateway)

    gone = await shop.client.delete(f"/api/v1/messages/{reply['id']}")

    assert (gateway.calls[-1].json["type"], gateway.calls[-1].json["of"]) == ("delete", "g-1")
    assert (gone.json()["text"], gone.json()["deleted_at"] is not None) == ("", True)
    again = await shop.client.delete(f"/api/v1/messages/{reply['id']}")
    assert again.status_code == 400


async def test_a_refused_change_leaves_the_message_as_it_was(shop: Live, gateway: Gateway):
    conversation, reply = await sent(shop, gateway)
    gateway.answers.append(Answer(422, b'{"detail": "Too late."}'))

    refused = await shop.client.patch(f"/api/v1/messages/{reply['id']}", json={"text": "Second"})

    assert refused.json()["detail"] == "Too late."
    assert (await shop.message(conversation, reply["id"]))["text"] == "First"


async def test_only_its_author_or_a_supervisor_changes_a_reply(shop: Live, gateway: Gateway):
    _, reply = await sent(shop, gateway)
    ben = await shop.agent("ben")
    vera = await shop.agent("vera", "supervisor")

    refused = await ben.patch(f"/api/v1/messages/{reply['id']}", json={"text": "Ben's"})
    allowed = await vera.patch(f"/api/v1/messages/{reply['id']}", json={"text": "Corrected"})

    assert (refused.status_code, allowed.status_code) == (403, 200)


@pytest.mark.parametrize("method", ["patch", "delete"])
async def test_a_note_and_a_customers_message_cannot_be_changed_so(shop: Live, gateway: Gateway, method: str):
    conversation = await shop.conversation("ana")
    note = (await shop.reply(conversation["id"], "inside", kind="note")).json()
    gateway.calls.clear()

    for id_ in (note["id"], conversation["last_message"]["id"]):
        body = {"json": {"text": "x"}} if method == "patch" else {}
        assert (await shop.client.request(method.upper(), f"/api/v1/messages/{id_}", **body)).status_code == 400

    assert gateway.calls == []


async def test_a_channel_that_cannot_says_so(hub: Live, gateway: Gateway):
    provider = SmsTwilioProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    gateway.calls.clear()
    await provider.write(hub, "first", "Hello")
    conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]
    gateway.answers.append(Answer(201, json.dumps({"sid": "SM1", "status": "queued"}).encode()))
    reply = (await hub.reply(conversation["id"], "Hi")).json()
    await hub.until_status(conversation["id"], reply["id"], "sent")

    await hub.client.post(f"/api/v1/conversations/{conversation['id']}/typing")
    refused = [
        await hub.client.put(f"/api/v1/messages/{conversation['last_message']['id']}/reaction", json={"emoji": "👍"}),
        await hub.client.patch(f"/api/v1/messages/{reply['id']}", json={"text": "Ho"}),
        await hub.client.delete(f"/api/v1/messages/{reply['id']}"),
    ]

    assert [one.json()["detail"] for one in refused] == [
        "SMS has no reactions.",
        "SMS cannot change what was sent.",
        "SMS cannot take back what was sent.",
    ]
    assert len(gateway.calls) == 1
