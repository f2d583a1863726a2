"""The simulated Viber refuses what Viber refuses, and signs as Viber signs."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from mim_desk.rehearsal.providers.provider import Order
from mim_desk.rehearsal.providers.viber import TOKEN, Viber
from mim_desk.rehearsal.providers.wire import Answer
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import outside, script_of

MIA = script_of("Mia", "viber")
AUTH = {"X-Viber-Auth-Token": TOKEN}


def message(**changes: Any) -> dict[str, Any]:
    return {"type": "text", "text": "Hello", "sender": {"name": "Juniper & Sail"}, **changes}


def test_the_signature_is_that_of_the_published_vector() -> None:
    body = b'{"event":"webhook","timestamp":1763790000000,"chat_hostname":"SN-CHAT-00_","message_token":6000000000000000001}'

    mark = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()

    assert mark == "3d8091cf0aa6f34df9e40a4c47016a96957e6201621d348baa01339a3e37315c"


async def test_the_webhook_is_called_before_it_is_taken() -> None:
    viber = Viber()
    async with outside(viber) as (client, hook):
        hook.answers = [Answer(500)]
        refused = await client.post("/pa/set_webhook", json={"url": hook.url}, headers=AUTH)
        taken = await client.post("/pa/set_webhook", json={"url": hook.url}, headers=AUTH)

    assert (refused.json()["status"], taken.json()["status"]) == (1, 0)
    assert [json.loads(call.body)["event"] for call in hook.calls] == ["webhook", "webhook"]
    given = hook.calls[0].headers["x-viber-content-signature"]
    assert given == hmac.new(TOKEN.encode(), hook.calls[0].body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"receiver": "somebody else"}, 5),
        ({"text": "x" * 7001}, 3),
        ({"text": ""}, 4),
        ({"sender": {}}, 4),
        ({"sender": {"name": "x" * 29}}, 3),
        ({"type": "postcard"}, 3),
        ({"type": "file", "media": "https://a.example/b", "size": 3}, 4),
        ({"tracking_data": "x" * 40_000}, 3),
    ],
    ids=["unknown person", "long", "empty", "no sender", "long sender", "kind", "nameless file", "large body"],
)
async def test_what_viber_refuses_is_refused(changes: dict[str, Any], status: int) -> None:
    viber = Viber()
    phone = viber.phone(MIA)
    async with outside(viber) as (client, hook):
        await viber.connected(hook.url, "")
        await phone.do(Act(text="Hi"))
        await hook.until(1)
        answer = await client.post("/pa/send_message", json=message(receiver=phone.id) | changes, headers=AUTH)

    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert phone.heard == []
    assert len(viber.refused) == 1


async def test_only_who_wrote_can_be_written_to_and_a_wrong_token_opens_nothing() -> None:
    viber = Viber()
    phone = viber.phone(MIA)
    async with outside(viber) as (client, hook):
        await viber.connected(hook.url, "")
        unknown = await client.post("/pa/send_message", json=message(receiver=phone.id), headers=AUTH)
        await phone.do(Act(text="Hi"))
        wrong = await client.post("/pa/get_account_info", json={}, headers={"X-Viber-Auth-Token": "x"})
        fine = await client.post("/pa/send_message", json=message(receiver=phone.id), headers=AUTH)
        phone.leave()
        gone = await client.post("/pa/send_message", json=message(receiver=phone.id), headers=AUTH)

    assert [answer.json()["status"] for answer in (unknown, wrong, fine, gone)] == [6, 2, 0, 6]
    assert [heard.text for heard in phone.heard] == ["Hello"]


async def test_receipts_name_the_message_by_a_number_no_float_can_hold() -> None:
    viber = Viber()
    phone = viber.phone(MIA)
    async with outside(viber) as (client, hook):
        await viber.connected(hook.url, "")
        await phone.do(Act(text="Hi"))
        sent = (await client.post("/pa/send_message", json=message(receiver=phone.id), headers=AUTH)).json()
        await phone.read(phone.heard[0])
        calls = await hook.until(3)

    told = [json.loads(call.body) for call in calls]
    assert [one["event"] for one in told] == ["message", "delivered", "seen"]
    assert {one["message_token"] for one in told[1:]} == {sent["message_token"]}
    assert int(float(sent["message_token"])) != sent["message_token"]


async def test_refusals_come_on_order_and_a_lost_answer_was_taken() -> None:
    viber = Viber()
    phone = viber.phone(MIA)
    async with outside(viber) as (client, hook):
        await viber.connected(hook.url, "")
        await phone.do(Act(text="Hi"))
        viber.order(Order.BLOCKED, Order.BUSY, Order.TOKEN_EXPIRED)
        answers = [
            (await client.post("/pa/send_message", json=message(receiver=phone.id), headers=AUTH)).json()["status"]
            for _ in range(4)
        ]

    assert answers == [6, 12, 2, 0]
    assert len(phone.heard) == 1
