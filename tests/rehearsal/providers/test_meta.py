"""The simulated channels of Meta sign as Meta signs, shake hands, and refuse with the Graph's own errors."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers import graph
from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.instagram import ACCOUNT, Instagram
from mim_desk.rehearsal.providers.messenger import PAGE, Messenger
from mim_desk.rehearsal.providers.provider import NotShaken, Order
from mim_desk.rehearsal.providers.whatsapp import NUMBER, WhatsApp
from mim_desk.rehearsal.providers.wire import Answer, Call
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import Hook, outside, script_of

AUTH = {"Authorization": f"Bearer {graph.TOKEN}"}
FOUR = (WhatsApp, Messenger, Instagram, FacebookComments)
DAY = 86_400


class Clock:
    """Stands until it is moved."""

    now = 1_795_305_600.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def written(network: graph.Graph, **more: Any) -> AsyncIterator[tuple[Any, Phone, Hook]]:
    """``send(path, body)``, and the phone of somebody who has written, with the webhook that heard it."""
    phone = network.phone(script_of("Mina Park", network.channel, **more))
    async with outside(network) as (client, hook):
        network.webhook_url = hook.url

        async def send(path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
            return await client.post(f"/v25.0/{path}", json=body, headers=AUTH | headers)

        await phone.do(Act(text="Grüße"))
        await hook.until(1)
        yield send, phone, hook


def code(answer: httpx.Response) -> tuple[int, int, int]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode", 0)


@pytest.mark.parametrize("kind", FOUR, ids=lambda kind: kind.channel)
async def test_deliveries_are_signed_over_the_escaped_bytes(kind: type[graph.Graph]) -> None:
    """Checked with OpenSSL's own digest through hashlib, written out by hand: HMAC as RFC 2104 has it."""
    async with written(kind()) as (_, _, hook):
        call = hook.calls[0]

    assert call.headers["x-hub-signature-256"] == "sha256=" + by_hand(graph.APP_SECRET.encode(), call.body)
    assert call.body.isascii()
    assert json.loads(call.body)["object"] == kind.object
    assert "Gr\\u00fc\\u00dfe" in call.body.decode()


def by_hand(key: bytes, message: bytes) -> str:
    from hashlib import sha256

    block = key.ljust(64, b"\0")
    inner = sha256(bytes(one ^ 0x36 for one in block) + message).digest()
    return sha256(bytes(one ^ 0x5C for one in block) + inner).hexdigest()


async def test_the_handshake_wants_the_challenge_back() -> None:
    class Echoing(Hook):
        async def answer(self, call: Call) -> Answer:
            self.calls.append(call)
            right = call.query["hub.verify_token"] == graph.VERIFY_TOKEN
            return Answer(200 if right else 403, call.query["hub.challenge"].encode())

    messenger = Messenger()
    async with outside(messenger, hook=Echoing()) as (_, hook):
        await messenger.connected(hook.url, graph.VERIFY_TOKEN)
        with pytest.raises(NotShaken):
            await messenger.connected(hook.url, "another")

    assert [call.query["hub.mode"] for call in hook.calls] == ["subscribe", "subscribe"]


@pytest.mark.parametrize("kind", FOUR, ids=lambda kind: kind.channel)
async def test_a_wrong_token_and_an_old_version_open_nothing(kind: type[graph.Graph]) -> None:
    async with outside(kind()) as (client, _):
        wrong = await client.get(f"/v25.0/{kind.account}", headers={"Authorization": "Bearer x"})
        old = await client.get(f"/v19.0/{kind.account}", headers=AUTH)
        missing = await client.get("/v25.0/12345", headers=AUTH)

    assert [code(one) for one in (wrong, old, missing)] == [(401, 190, 0), (400, 2635, 0), (400, 100, 33)]


def text(to: str, **changes: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "Yes"}} | changes


def buttons(*titles: str) -> dict[str, Any]:
    made = [{"type": "reply", "reply": {"id": f"b{place}", "title": title}} for place, title in enumerate(titles)]
    interactive = {"type": "button", "body": {"text": "Which?"}, "action": {"buttons": made}}
    return {"type": "interactive", "interactive": interactive}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"messaging_product": "telegram"}, 131008),
        ({"text": {"body": ""}}, 131009),
        ({"text": {"body": "😀" * 2049}}, 131009),
        ({"type": "poll", "poll": {}}, 131051),
        ({"type": "image", "image": {"id": "never uploaded"}}, 131009),
        ({"context": {"message_id": "wamid.OTHER"}}, 131009),
        ({"biz_opaque_callback_data": "x" * 513}, 131009),
        (buttons("A", "B", "C", "D"), 131009),
        (buttons("A title that is too long"), 131009),
        (buttons("A", "A"), 131009),
        ({"to": "14155550000"}, 131026),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_whatsapp_refuses_is_refused(changes: dict[str, Any], wanted: int) -> None:
    whatsapp = WhatsApp()
    async with written(whatsapp) as (send, phone, _):
        answer = await send(f"{NUMBER}/messages", text(phone.number) | changes)

    assert code(answer) == (400, wanted, 0)
    assert phone.heard == []
    assert len(whatsapp.refused) == 1


async def test_whatsapp_takes_what_its_limits_allow_and_tells_what_became_of_it() -> None:
    whatsapp = WhatsApp()
    async with written(whatsapp) as (send, phone, hook):
        answer = await send(f"{NUMBER}/messages", text(phone.number, biz_opaque_callback_data="own-1"))
        await send(f"{NUMBER}/messages", text(phone.number) | buttons("Track", "Return"))
        await phone.read(phone.heard[-1])
        await phone.do(Act("press", "Return"))
        await whatsapp.poster.emptied()

    changes = [change["value"] for call in hook.calls for change in json.loads(call.body)["entry"][0]["changes"]]
    statuses = [one for value in changes for one in value.get("statuses", ())]
    mid = answer.json()["messages"][0]["id"]
    assert [one["status"] for one in statuses if one["id"] == mid] == ["sent", "delivered", "read"]
    assert {one.get("biz_opaque_callback_data") for one in statuses if one["id"] == mid} == {"own-1"}
    pressed = [one for value in changes for one in value.get("messages", ())][-1]
    assert pressed["interactive"]["button_reply"] == {"id": "b1", "title": "Return"}
    assert pressed["context"]["id"] == phone.heard[-1].id


async def test_whatsapp_names_no_number_of_a_person_who_hides_it() -> None:
    whatsapp = WhatsApp()
    async with written(whatsapp, hidden=True) as (send, phone, hook):
        by_number = await send(f"{NUMBER}/messages", text(phone.number))
        body = text("") | {"recipient": phone.user_id}
        by_user_id = await send(f"{NUMBER}/messages", {key: value for key, value in body.items() if key != "to"})
        await whatsapp.poster.emptied()

    assert code(by_number) == (400, 131026, 0)
    assert by_user_id.json()["contacts"] == [{"input": phone.user_id, "user_id": phone.user_id}]
    assert all(phone.number.encode() not in call.body for call in hook.calls)


async def test_whatsapp_hands_media_out_by_id_and_with_the_token_alone() -> None:
    whatsapp = WhatsApp()
    async with written(whatsapp) as (_, phone, hook):
        await phone.do(Act("file", "see", "broken-wheel.png"))
        image = json.loads((await hook.until(2))[1].body)["entry"][0]["changes"][0]["value"]["messages"][0]["image"]
        async with httpx.AsyncClient(base_url=whatsapp.address) as client:
            node = (await client.get(f"/v25.0/{image['id']}", headers=AUTH)).json()
            bare = await client.get(node["url"])
            data = await client.get(node["url"], headers=AUTH)

    assert bare.status_code == 401
    assert (data.headers["content-type"], len(data.content)) == ("image/png", node["file_size"])
    assert image["caption"] == "see"


@pytest.mark.parametrize(("days", "allowed"), [(0.9, True), (1.1, False)])
async def test_whatsapps_window_is_a_day(days: float, *, allowed: bool) -> None:
    clock = Clock()
    async with written(WhatsApp(clock=clock)) as (send, phone, _):
        clock.now += days * DAY
        answer = await send(f"{NUMBER}/messages", text(phone.number))
        template = {"type": "template", "template": {"name": "order_update", "language": {"code": "en_US"}}}
        by_template = await send(f"{NUMBER}/messages", text(phone.number) | template)

    assert answer.is_success == allowed
    assert allowed or code(answer) == (400, 131047, 0)
    assert by_template.is_success


def private(person: str, **changes: Any) -> dict[str, Any]:
    return {"recipient": {"id": person}, "messaging_type": "RESPONSE", "message": {"text": "Yes"}} | changes


@pytest.mark.parametrize(
    ("kind", "changes", "wanted"),
    [
        (Messenger, {"recipient": {"id": "1"}}, (100, 2018001)),
        (Messenger, {"message": {"text": "x" * 2001}}, (100, 0)),
        (Messenger, {"message": {}}, (100, 0)),
        (Messenger, {"message": {"text": "a", "attachment": {"type": "image"}}}, (100, 0)),
        (Messenger, {"message": {"attachment": {"type": "image", "payload": {"attachment_id": "1"}}}}, (100, 0)),
        (Messenger, {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, (100, 0)),
        (Messenger, {"persona_id": "7"}, (100, 0)),
        (Instagram, {"message": {"text": "ä" * 501}}, (100, 0)),
        (Instagram, {"message": {"attachment": {"type": "image", "payload": {"attachment_id": "1"}}}}, (100, 0)),
    ],
    ids=lambda value: getattr(value, "channel", str(value)[:40]),
)
async def test_what_the_send_api_refuses_is_refused(
    kind: type[Messenger | Instagram], changes: dict[str, Any], wanted: tuple[int, int]
) -> None:
    network = kind()
    async with written(network) as (send, phone, _):
        answer = await send("me/messages", private(phone.id) | changes)

    assert code(answer) == (400, *wanted)
    assert phone.heard == []


@pytest.mark.parametrize(("days", "tag", "allowed"), [(2, False, False), (2, True, True), (8, True, False)])
async def test_after_a_day_only_a_person_may_answer_and_after_seven_nobody(
    days: int, *, tag: bool, allowed: bool
) -> None:
    clock = Clock()
    async with written(Messenger(clock=clock)) as (send, phone, _):
        clock.now += days * DAY
        tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if tag else {}
        answer = await send("me/messages", private(phone.id) | tagged)

    assert answer.is_success == allowed
    assert allowed or code(answer) == (400, 10, 2018278)


async def test_messenger_echoes_and_tells_delivery_and_reading_by_watermarks() -> None:
    messenger = Messenger()
    async with written(messenger) as (send, phone, hook):
        body = private(phone.id, message={"text": "Yes", "metadata": "own-1"})
        mid = (await send(f"{PAGE}/messages", body)).json()["message_id"]
        await phone.read(phone.heard[0])
        await messenger.poster.emptied()

    told = [one for call in hook.calls for entry in json.loads(call.body)["entry"] for one in entry["messaging"]]
    _, echo, delivery, read = told
    assert (echo["message"]["is_echo"], echo["message"]["mid"], echo["message"]["metadata"]) == (True, mid, "own-1")
    assert delivery["delivery"] == {"mids": [mid], "watermark": echo["timestamp"]}
    assert read["read"]["watermark"] >= echo["timestamp"]


async def test_instagram_tells_reading_by_message_and_no_delivery() -> None:
    instagram = Instagram()
    async with written(instagram) as (send, phone, hook):
        mid = (await send(f"{ACCOUNT}/messages", private(phone.id))).json()["message_id"]
        await phone.read(phone.heard[0])
        await instagram.poster.emptied()

    told = [one for call in hook.calls for entry in json.loads(call.body)["entry"] for one in entry["messaging"]]
    assert [one.keys() - {"sender", "recipient", "timestamp"} for one in told[1:]] == [{"message"}, {"read"}]
    assert told[-1]["read"] == {"mid": mid}


async def test_comments_are_answered_below_their_root() -> None:
    comments = FacebookComments()
    async with written(comments) as (send, phone, hook):
        root = json.loads(hook.calls[0].body)["entry"][0]["changes"][0]["value"]["comment_id"]
        answer = await send(f"{root}/comments", {"message": "20 EUR"})
        nested = await send(f"{answer.json()['id']}/comments", {"message": "deeper"})
        gone = await send("880001_1/comments", {"message": "x"})
        await comments.poster.emptied()

    assert [(heard.text, heard.kind) for heard in phone.heard] == [("20 EUR", "comment")]
    assert [code(one) for one in (nested, gone)] == [(400, 100, 0), (400, 100, 33)]
    echo = json.loads(hook.calls[1].body)["entry"][0]["changes"][0]["value"]
    assert (echo["from"]["id"], echo["parent_id"], echo["comment_id"]) == (PAGE, root, answer.json()["id"])


async def test_refusals_come_on_order() -> None:
    whatsapp = WhatsApp()
    whatsapp.order(Order.WINDOW_CLOSED, Order.BUSY, Order.TOKEN_EXPIRED, Order.BROKEN)
    async with written(whatsapp) as (send, phone, _):
        answers = [await send(f"{NUMBER}/messages", text(phone.number)) for _ in range(4)]
        whatsapp.order(Order.LOST)
        with pytest.raises(httpx.RemoteProtocolError):
            await send(f"{NUMBER}/messages", text(phone.number))

    assert [code(one)[:2] for one in answers] == [(400, 131047), (429, 130429), (401, 190), (503, 2)]
    assert answers[1].headers["retry-after"] == "1"
    assert len(phone.heard) == 1
