"""The simulated gateway of the custom channel's contract: signed both ways, one delivery for each key."""

import json
import time
from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.providers.custom import Custom, signature
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import outside, script_of

MOANA = script_of("Moana", "custom")
KEY = "7b7a1c7e-8f5d-4f5e-9a40-1f1c0f6c6d11"


async def post(
    client: httpx.AsyncClient, body: dict[str, Any], key: str = KEY, at: int | None = None
) -> httpx.Response:
    raw = json.dumps(body).encode()
    mark = signature(raw, int(time.time()) if at is None else at)
    return await client.post("/replies", content=raw, headers={"X-MIM-Signature": mark, "Idempotency-Key": key})


def reply(to: str, **changes: Any) -> dict[str, Any]:
    return {"type": "message", "id": KEY, "to": to, "text": "Yes", **changes}


async def test_the_same_key_is_delivered_once_and_answered_the_same() -> None:
    gateway = Custom()
    phone = gateway.phone(MOANA)
    async with outside(gateway) as (client, _):
        answers = [(await post(client, reply(phone.id))).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert [heard.text for heard in phone.heard] == ["Yes"]


@pytest.mark.parametrize(
    ("changes", "key", "status"),
    [
        ({"to": "nobody"}, KEY, 404),
        ({"text": ""}, KEY, 422),
        ({"type": "dance"}, KEY, 400),
        ({}, "another", 400),
    ],
    ids=["nobody", "empty", "kind", "key"],
)
async def test_what_the_contract_refuses_is_refused(changes: dict[str, Any], key: str, status: int) -> None:
    gateway = Custom()
    phone = gateway.phone(MOANA)
    async with outside(gateway) as (client, _):
        answer = await post(client, reply(phone.id) | changes, key)

    assert answer.status_code == status
    assert answer.json()["detail"]
    assert phone.heard == []


async def test_a_wrong_or_old_signature_opens_nothing_and_a_ping_is_answered() -> None:
    gateway = Custom()
    async with outside(gateway) as (client, _):
        old = await post(client, {"type": "ping"}, at=int(time.time()) - 400)
        bare = await client.post("/replies", json={"type": "ping"})
        fine = await post(client, {"type": "ping"})

    assert [answer.status_code for answer in (old, bare, fine)] == [401, 401, 200]


async def test_who_left_is_gone_until_they_write_again() -> None:
    gateway = Custom()
    phone = gateway.phone(MOANA)
    phone.has_left = True
    async with outside(gateway) as (client, hook):
        gateway.webhook_url = hook.url
        gone = await post(client, reply(phone.id))
        await phone.do(Act(text="Talofa"))
        back = await post(client, reply(phone.id))

    assert (gone.status_code, back.status_code) == (410, 200)


async def test_what_a_person_does_is_brought_signed_as_the_contract_names_it() -> None:
    gateway = Custom()
    phone = gateway.phone(MOANA)
    async with outside(gateway) as (client, hook):
        gateway.webhook_url = hook.url
        await post(client, reply(phone.id))
        acts = (Act(text="Talofa"), Act("file", "look", "broken-wheel.png"), Act("place", "Apia", at=(-13.8, -171.7)))
        for act in (*acts, Act("quote", "by sea"), Act("react", "🌺"), Act("edit", "by air"), Act("unsend")):
            await phone.do(act)
        await phone.typing()
        await phone.read(phone.heard[0])
        await gateway.poster.emptied()

    items = [item for call in hook.calls for item in call.json()["events"]]
    assert [item["type"] for item in items] == [
        *("receipt", "message", "message", "message", "message", "reaction", "edit", "delete", "typing", "read")
    ]
    assert items[-1]["up_to"] == KEY
    for call in hook.calls:
        stamp = int(call.headers["x-mim-signature"].partition(",")[0].removeprefix("t="))
        assert call.headers["x-mim-signature"] == signature(call.body, stamp)
