"""The simulated Twilio signs as Twilio does, refuses with its numbers and keeps STOP itself."""

import base64
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from mim_desk.rehearsal.providers import sms_twilio as platform
from mim_desk.rehearsal.providers.provider import Order
from mim_desk.rehearsal.providers.sms_twilio import ACCOUNT, AUTH_TOKEN, NUMBER, SmsTwilio, signature
from mim_desk.rehearsal.providers.wire import Answer, Call
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import Hook, outside, script_of

DWAYNE = script_of("Dwayne", "sms_twilio")
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


class Taking(Hook):
    """A hub that answers with empty TwiML."""

    async def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(200, platform.TWIML)


async def send(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await client.post(MESSAGES, data=fields, auth=(ACCOUNT, AUTH_TOKEN))


def fields_of(call: Call) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(call.body.decode(), keep_blank_values=True).items()}


def test_the_signature_is_that_of_the_published_vector() -> None:
    fields = {
        "Body": "Hi there",
        "From": "+15550001111",
        "MessageSid": "SM00000000000000000000000000000001",
        "NumMedia": "0",
        "To": "+15550002222",
    }

    assert signature("https://hub.example.test/hooks/twilio/desk1?x=1", fields) == "7O3jeHsncbXd/nGiXNWE5ofpTtQ="


async def test_a_message_is_brought_signed_and_its_file_lies_behind_the_credentials() -> None:
    twilio = SmsTwilio()
    phone = twilio.phone(DWAYNE)
    async with outside(twilio, hook=Taking()) as (client, hook):
        await twilio.connected(f"{hook.url}?desk=1", "")
        await phone.do(Act(text="Look", file="broken-wheel.png"))
        (call,) = await hook.until(1)
        told = fields_of(call)
        path = told["MediaUrl0"].removeprefix(twilio.address)
        open_, closed = await client.get(path, auth=(ACCOUNT, AUTH_TOKEN)), await client.get(path)

    assert call.headers["x-twilio-signature"] == signature(f"{hook.url}?desk=1", told)
    assert (told["From"], told["Body"], told["NumMedia"]) == (phone.number, "Look", "1")
    assert (open_.status_code, closed.status_code) == (200, 401)
    assert open_.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "5551234"}, 21211),
        ({"To": "+15559999999"}, 21614),
        ({"From": ""}, 21603),
        ({"From": "+15550009999"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"MediaUrl": "somewhere"}, 21620),
    ],
    ids=["no number", "bad number", "nobody", "no sender", "foreign sender", "empty", "long", "address"],
)
async def test_what_twilio_refuses_is_refused_in_its_form(changes: dict[str, str], code: int) -> None:
    twilio = SmsTwilio()
    phone = twilio.phone(DWAYNE)
    async with outside(twilio) as (client, _):
        answer = await send(client, **({"To": phone.number, "From": NUMBER, "Body": "Hello"} | changes))

    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "more_info", "status"}
    assert answer.json()["code"] == code
    assert phone.heard == []


async def test_stop_is_answered_and_kept_by_twilio_until_start() -> None:
    twilio = SmsTwilio()
    phone = twilio.phone(DWAYNE)
    async with outside(twilio, hook=Taking()) as (client, hook):
        await twilio.connected(hook.url, "")
        codes = []
        for word in (" stop ", "START", "please stop"):
            await phone.do(Act(text=word))
            answer = await send(client, To=phone.number, From=NUMBER, Body="Hello")
            codes.append(answer.json().get("code"))
        calls = await hook.until(3)

    assert codes == [21610, None, None]
    assert [fields_of(call).get("OptOutType") for call in calls] == ["STOP", "START", None]
    assert [heard.kind for heard in phone.heard] == ["automatic", "automatic", "sms", "sms"]


async def test_statuses_go_signed_to_the_address_of_the_message() -> None:
    twilio = SmsTwilio()
    phone = twilio.phone(DWAYNE)
    phone.unreachable = True
    async with outside(twilio, hook=Taking()) as (client, hook):
        callback = f"{hook.url}?mim=1"
        made = await send(client, To=phone.number, From=NUMBER, Body="Hello", StatusCallback=callback)
        calls = await hook.until(2)
        listed = await client.get(MESSAGES, params={"To": phone.number}, auth=(ACCOUNT, AUTH_TOKEN))

    told = [fields_of(call) for call in calls]
    assert (made.status_code, made.json()["status"], made.json()["direction"]) == (201, "queued", "outbound-api")
    assert [one["MessageStatus"] for one in told] == ["sent", "undelivered"]
    assert told[1]["ErrorCode"] == "30003"
    assert all(
        call.headers["x-twilio-signature"] == signature(callback, one) for call, one in zip(calls, told, strict=True)
    )
    assert [one["sid"] for one in listed.json()["messages"]] == [made.json()["sid"]]


async def test_orders_are_followed_and_a_lost_answer_was_sent_all_the_same() -> None:
    twilio = SmsTwilio()
    phone = twilio.phone(DWAYNE)
    async with outside(twilio) as (client, _):
        twilio.order(Order.BUSY, Order.BLOCKED, Order.LOST)
        busy = await send(client, To=phone.number, From=NUMBER, Body="Hello")
        blocked = await send(client, To=phone.number, From=NUMBER, Body="Hello")
        with pytest.raises(httpx.TransportError):
            await send(client, To=phone.number, From=NUMBER, Body="Hello")
        wrong = await client.get(MESSAGES, headers={"authorization": f"Basic {base64.b64encode(b'a:b').decode()}"})

    assert (busy.status_code, busy.json()["code"], busy.headers["retry-after"]) == (429, 20429, "1")
    assert (blocked.json()["code"], wrong.json()["code"]) == (21610, 20003)
    assert len(phone.heard) == 1
