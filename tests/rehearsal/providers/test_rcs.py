"""The simulated RCS gives tokens to signed statements alone, takes an id once, and signs what it brings."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mim_desk.rehearsal.providers.posting import CALM
from mim_desk.rehearsal.providers.provider import NotShaken
from mim_desk.rehearsal.providers.rcs import AGENT, CLIENT_TOKEN, EMAIL, GRANT, SCOPE, Rcs
from mim_desk.rehearsal.providers.wire import Answer
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import outside, script_of

AARAV = script_of("Aarav", "rcs")


def statement(rcs: Rcs, **changes: Any) -> str:
    key = load_pem_private_key(json.loads(rcs.connection().secrets["service_account"])["private_key"].encode(), None)
    now = int(time.time())
    stated = {"iss": EMAIL, "scope": SCOPE, "aud": "https://oauth2.googleapis.com/token", "iat": now, "exp": now + 3600}
    parts = [json.dumps({"alg": "RS256"}).encode(), json.dumps(stated | changes).encode()]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mark = base64.urlsafe_b64encode(key.sign(signed, PKCS1v15(), hashes.SHA256()))  # type: ignore[union-attr,call-arg]
    return f"{signed.decode()}.{mark.decode().rstrip('=')}"


async def signed_in(client: httpx.AsyncClient, rcs: Rcs) -> dict[str, str]:
    answer = await client.post("/token", data={"grant_type": GRANT, "assertion": statement(rcs)})
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def place(number: str, message_id: str) -> str:
    return f"/v1/phones/{number}/agentMessages?messageId={message_id}&agentId={AGENT}"


@pytest.mark.parametrize(
    "changes",
    [{"iss": "x"}, {"scope": "x"}, {"aud": "https://x.example"}, {"exp": int(time.time()) + 9000}],
    ids=["issuer", "scope", "audience", "life"],
)
async def test_a_wrong_statement_gives_no_token(changes: dict[str, Any]) -> None:
    rcs = Rcs()
    async with outside(rcs) as (client, _):
        told = await client.post("/token", data={"grant_type": GRANT, "assertion": statement(rcs, **changes)})
        forged = await client.post("/token", data={"grant_type": GRANT, "assertion": statement(rcs)[:-8] + "AAAAAAAA"})

    assert [answer.json()["error"] for answer in (told, forged)] == ["invalid_grant", "invalid_grant"]


async def test_an_id_is_taken_once_and_its_receipts_name_it() -> None:
    rcs = Rcs()
    phone = rcs.phone(AARAV)
    async with outside(rcs) as (client, hook):
        rcs.webhook_url = hook.url
        own, headers = str(uuid.uuid4()), await signed_in(client, rcs)
        body = {"contentMessage": {"text": "Yes"}}
        first = await client.post(place(phone.number, own), json=body, headers=headers)
        again = await client.post(place(phone.number, own), json=body, headers=headers)
        await phone.read(phone.heard[0])
        calls = await hook.until(2)

    assert (first.status_code, again.status_code) == (200, 409)
    assert first.json()["name"].endswith(f"/agentMessages/{own}")
    events = []
    for call in calls:
        data = base64.b64decode(call.json()["message"]["data"])
        mark = hmac.new(CLIENT_TOKEN.encode(), data, hashlib.sha512).digest()
        assert call.headers["x-goog-signature"] == base64.b64encode(mark).decode()
        events.append(json.loads(data))
    assert [(one["eventType"], one["messageId"]) for one in events] == [("DELIVERED", own), ("READ", own)]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({}, 400),
        ({"text": "x" * 3073}, 400),
        ({"text": "a", "richCard": {}, "contentInfo": {"fileUrl": "https://a.example"}}, 400),
        ({"contentInfo": {"fileUrl": "http://a.example/b"}}, 400),
        ({"text": "a", "suggestions": [{"reply": {}}] * 12}, 400),
        ({"richCard": {"carouselCard": {"cardContents": [{}]}}}, 400),
        ({"richCard": {"standaloneCard": {"cardContent": {"description": "x" * 2001}}}}, 400),
        ({"richCard": {"standaloneCard": {"cardContent": {"suggestions": [{"reply": {}}] * 5}}}}, 400),
    ],
    ids=[
        "empty",
        "long",
        "two contents",
        "open address",
        "suggestions",
        "a carousel of one",
        "a long card",
        "a card with five buttons",
    ],
)
async def test_what_google_refuses_is_refused(content: dict[str, Any], status: int) -> None:
    rcs = Rcs()
    phone = rcs.phone(AARAV)
    async with outside(rcs) as (client, _):
        headers = await signed_in(client, rcs)
        answer = await client.post(
            place(phone.number, str(uuid.uuid4())), json={"contentMessage": content}, headers=headers
        )

    assert (answer.status_code, answer.json()["error"]["status"]) == (status, "INVALID_ARGUMENT")
    assert phone.heard == []


async def test_a_phone_without_rcs_is_not_found_and_what_waits_can_be_taken_back() -> None:
    rcs = Rcs()
    phone = rcs.phone(AARAV)
    phone.offline = True
    async with outside(rcs) as (client, _):
        headers, own = await signed_in(client, rcs), str(uuid.uuid4())
        body = {"contentMessage": {"text": "Yes"}}
        await client.post(place(phone.number, own), json=body, headers=headers)
        revoke = f"/v1/phones/{phone.number}/agentMessages/{own}"
        revoked = [(await client.delete(revoke, headers=headers)).status_code for _ in range(2)]
        phone.has_rcs = False
        none = await client.post(place(phone.number, str(uuid.uuid4())), json=body, headers=headers)
        capable = await client.get(f"/v1/phones/{phone.number}/capabilities", headers=headers)
        stranger = await client.get(f"/v1/phones/{phone.number}/capabilities")

    assert revoked == [200, 404]
    assert (none.status_code, capable.status_code, stranger.status_code) == (404, 404, 401)


@pytest.mark.parametrize("ttl", ["9s", "60", "1296001s", "-5s"])
async def test_a_life_that_is_too_short_or_too_long_is_refused(ttl: str) -> None:
    rcs = Rcs()
    phone = rcs.phone(AARAV)
    async with outside(rcs) as (client, _):
        headers = await signed_in(client, rcs)
        body = {"contentMessage": {"text": "Yes"}, "ttl": ttl}
        answer = await client.post(place(phone.number, str(uuid.uuid4())), json=body, headers=headers)

    assert (answer.status_code, phone.heard) == (400, [])


async def test_what_runs_out_before_the_phone_is_on_is_taken_back_and_told_and_the_rest_arrives() -> None:
    hour = [time.time()]
    rcs = Rcs(CALM, lambda: hour[0])
    phone = rcs.phone(AARAV)
    phone.offline = True
    async with outside(rcs) as (client, hook):
        rcs.webhook_url = hook.url
        headers, own, other = await signed_in(client, rcs), str(uuid.uuid4()), str(uuid.uuid4())
        soon = {"contentMessage": {"text": "Today only"}, "ttl": "600s"}
        await client.post(place(phone.number, own), json=soon, headers=headers)
        await client.post(place(phone.number, other), json={"contentMessage": {"text": "Yes"}}, headers=headers)
        hour[0] += 601
        rcs.come_back(phone)
        calls = await hook.until(2)

    events = [json.loads(base64.b64decode(call.json()["message"]["data"])) for call in calls]
    assert {(one["eventType"], one["messageId"]) for one in events} == {
        ("TTL_EXPIRATION_REVOKED", own),
        ("DELIVERED", other),
    }
    assert [heard.text for heard in phone.heard] == ["Yes"]


async def test_at_set_up_the_secret_has_to_come_back() -> None:
    rcs = Rcs()
    async with outside(rcs) as (_, hook):
        hook.answers = [Answer(200, b"{}")]
        with pytest.raises(NotShaken):
            await rcs.connected(hook.url, "")

    assert hook.calls[0].json()["clientToken"] == CLIENT_TOKEN


async def test_a_person_writes_places_and_taps() -> None:
    rcs = Rcs()
    async with outside(rcs) as (_, hook):
        rcs.webhook_url = hook.url
        phone = rcs.phone(AARAV)
        await phone.do(Act(text="Hi"))
        await phone.do(Act("place", "Leh", at=(34.1, 77.5)))
        calls = await hook.until(2)

    said = [json.loads(base64.b64decode(call.json()["message"]["data"])) for call in calls]
    assert said[0]["text"] == "Hi"
    assert said[1]["location"] == {"latitude": 34.1, "longitude": 77.5}
    assert {one["senderPhoneNumber"] for one in said} == {phone.number}
