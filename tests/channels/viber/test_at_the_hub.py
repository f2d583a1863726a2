"""Viber through a running hub: receipts, who left, doubt, set-up."""

import asyncio

import pytest

from tests.channels.conformance.canary import CANARY
from tests.channels.viber.provider import ViberProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

OURS = 6_000_000_000_000_000_011
TAKEN = Answer(body=b'{"status":0,"status_message":"ok","message_token":6000000000000000011}')


@pytest.fixture
async def viber(hub: Live, gateway: Gateway) -> ViberProvider:
    """A connected Viber inbox whose customer wrote."""
    provider = ViberProvider()
    hub.inbox_id = await provider.connect(hub, gateway)
    assert await provider.write(hub, "first", "Hello") == 200
    return provider


async def conversation_of(hub: Live) -> str:
    return str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])


async def sent(hub: Live, *wanted: str) -> dict:
    conversation = await conversation_of(hub)
    posted = (await hub.reply(conversation, "Hi")).json()
    return await hub.until_status(conversation, posted["id"], *wanted)


async def test_receipts_move_a_reply_forward_only(hub: Live, gateway: Gateway, viber: ViberProvider):
    gateway.answers.append(TAKEN)
    message = await sent(hub, "sent")

    assert message["external_id"] == str(OURS)
    for kind in ("seen", "delivered", "seen"):
        assert await viber._post(hub, viber._event(kind, OURS, user_id="AbC==")) == 200

    assert (await hub.message(message["conversation_id"], message["id"]))["delivery"]["status"] == "read"


async def test_a_failure_told_later_fails_the_reply_with_the_reason(hub: Live, gateway: Gateway, viber: ViberProvider):
    gateway.answers.append(TAKEN)
    message = await sent(hub, "sent")

    await viber._post(hub, viber._event("failed", OURS, user_id="AbC==", desc="bad keyboard"))

    delivery = (await hub.message(message["conversation_id"], message["id"]))["delivery"]
    assert (delivery["status"], delivery["reason"]) == ("failed", "Viber could not deliver it: bad keyboard.")


async def test_a_receipt_of_what_the_customer_wrote_changes_nothing(hub: Live, viber: ViberProvider):
    before = (await hub.client.get("/readyz")).json()["seq"]
    wrote = viber._message("first", "Hello")["message_token"]

    assert await viber._post(hub, viber._event("delivered", wrote, user_id="AbC==")) == 200
    assert (await hub.client.get("/readyz")).json()["seq"] == before


async def test_who_left_gets_nothing_until_they_write_again(hub: Live, gateway: Gateway, viber: ViberProvider):
    left = {**viber._event("unsubscribed", 6 * 10**18 + 1, user_id="AbC=="), "timestamp": 1763790002000}
    assert await viber._post(hub, left) == 200

    assert (await sent(hub, "failed"))["delivery"]["code"] == "blocked"
    back = {**viber._message("back", "Me again"), "timestamp": 1763790003000}
    assert await viber._post(hub, back) == 200

    assert (await sent(hub, "sent"))["delivery"]["status"] == "sent"
    assert len(gateway.calls) == 1


async def test_opening_the_chat_is_no_conversation(hub: Live, viber: ViberProvider):
    person = {"id": "Xyz==", "name": "Leo"}
    opened = viber._event("conversation_started", 6 * 10**18 + 2, user=person, context="shop7", subscribed=False)

    assert await viber._post(hub, opened) == 200

    assert len((await hub.client.get("/api/v1/conversations")).json()["items"]) == 1


@pytest.mark.usefixtures("viber")
@pytest.mark.parametrize("answer", [Answer(cut=True), Answer(500), Answer(504)], ids=["cut", "broken", "too late"])
async def test_a_send_in_doubt_is_unknown_and_not_made_again(hub: Live, gateway: Gateway, answer: Answer):
    gateway.answers.append(answer)

    await sent(hub, "unknown")

    assert len(gateway.calls) == 1


@pytest.mark.usefixtures("viber")
async def test_a_status_inside_an_answer_fails_the_reply(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"status":6,"status_message":"receiverNotSubscribed"}'))

    delivery = (await sent(hub, "failed"))["delivery"]

    assert (delivery["code"], delivery["reason"]) == ("6", "This contact left or blocked the bot on Viber.")


async def test_a_wrong_token_is_refused_at_set_up_by_name(hub: Live, gateway: Gateway):
    gateway.answers.append(Answer(body=b'{"status":2,"status_message":"invalidAuthToken"}'))
    body = {
        "name": "Viber",
        "channel": "viber",
        "settings": {"api_base_url": gateway.url},
        "secrets": {"auth_token": "wrong"},
    }

    answer = await hub.client.post("/api/v1/inboxes", json=body)

    assert answer.status_code == 400
    assert answer.json()["field"] == "secrets.auth_token"


CONNECTING = {"name": "Viber", "channel": "viber", "secrets": {"auth_token": CANARY}}


async def test_viber_is_told_where_to_deliver_and_may_call_back_before_it_answers(hub: Live, gateway: Gateway):
    gateway.answers += [Answer(body=b'{"status":0}'), Answer(body=b'{"status":0}', wait_s=0.3)]
    body = {**CONNECTING, "settings": {"api_base_url": gateway.url}}

    async with asyncio.TaskGroup() as group:
        connecting = group.create_task(hub.client.post("/api/v1/inboxes", json=body))
        told = await gateway.next_call(2)
        hub.inbox_id = told.json["url"].rpartition("/")[2]
        provider = ViberProvider()
        called_back = await provider._post(hub, provider._event("webhook", 6 * 10**18))
        assert not connecting.done()

    made = connecting.result().raise_for_status().json()
    assert called_back == 200
    assert told.path.endswith("/pa/set_webhook")
    assert told.json["url"] == made["webhook_url"]


async def test_an_address_that_viber_does_not_take_stands_in_the_inboxs_health(hub: Live, gateway: Gateway):
    gateway.answers += [Answer(body=b'{"status":0}'), Answer(body=b'{"status":1,"status_message":"Result: Timeout"}')]
    body = {**CONNECTING, "settings": {"api_base_url": gateway.url}}

    made = (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
    listed = (await hub.client.get("/api/v1/inboxes")).json()["items"]

    (health,) = [one["health"] for one in listed if one["id"] == made["id"]]
    assert health["state"] == "failing"
    assert "Timeout" in health["reason"]


async def test_a_forgotten_webhook_is_set_again_by_the_hub_itself(hub: Live, gateway: Gateway, viber: ViberProvider):
    gateway.calls.clear()
    gateway.answers.append(Answer(body=b'{"status":10,"status_message":"webhookNotSet"}'))
    gateway.answers.append(Answer(body=b'{"status":0,"status_message":"ok"}'))
    gateway.answers.append(TAKEN)

    message = await sent(hub, "sent")

    assert sorted(call.path.rpartition("/")[2] for call in gateway.calls) == [
        "send_message",
        "send_message",
        "set_webhook",
    ]
    assert message["delivery"]["attempts"] == 2


@pytest.mark.usefixtures("viber")
@pytest.mark.parametrize("status", [23, 24], ids=["the free messages are gone", "the balance is gone"])
async def test_no_money_closes_the_chat_and_is_an_alarm_of_the_account(hub: Live, gateway: Gateway, status: int):
    gateway.answers.append(Answer(body=b'{"status":%d,"status_message":"money"}' % status))

    failed = await sent(hub, "failed")

    (inbox,) = (await hub.client.get("/api/v1/inboxes")).json()["items"]
    (notice,) = inbox["health"]["notices"]
    assert (notice["name"], notice["state"]) == ("Money at Viber", "danger")
    assert failed["delivery"]["window_closed"]
    assert len(gateway.calls) == 1
