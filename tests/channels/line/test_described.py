"""What we send and what the rehearsal sends, held against LINE's own description."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from mim_desk.channels.base import Account, LastIncoming, Outgoing, OutgoingFile, OutgoingTemplate, Request
from mim_desk.channels.line.adapter import LineAdapter
from mim_desk.domain.template import Filling, Template
from mim_desk.rehearsal.providers.line import Line
from mim_desk.rehearsal.scripts import Act, Script
from tests.channels.line.made import ACCOUNT, NOW
from tests.channels.line.test_prepared import FLEX
from tests.channels.shared.test_lengths import m4a
from tests.rehearsal.providers.outside import outside

pytestmark = pytest.mark.timeout(120)
ADAPTER = LineAdapter()
ID = "0199aa00-0000-7000-8000-000000000001"
HEARD = LastIncoming(NOW, "5001", {"reply_token": "rt1"})
PICTURE = OutgoingFile("f", "p.jpg", "image/jpeg", b"x", "https://hub.example/f/1")
PAPER = OutgoingFile("f", "plan.pdf", "application/pdf", b"x", "https://hub.example/f/2")
REPLIES = {
    "text": Outgoing(ID, "Umio", NOW, "Hi 👋"),
    "reply": Outgoing(ID, "Umio", NOW, "Hi", last_incoming=HEARD),
    "picture": Outgoing(ID, "Umio", NOW, "Look", (PICTURE,)),
    "link": Outgoing(ID, "Umio", NOW, "", (PAPER,)),
    "quote": Outgoing(ID, "Umio", NOW, "This one", reply_to="5001", reply_to_details={"quote_token": "q1"}),
    "prepared": Outgoing(ID, "Umio", NOW, "Hi", template=OutgoingTemplate(Template("card", ""), Filling())),
    "large picture": Outgoing(ID, "Umio", NOW, "", (replace(PICTURE, data=bytes(1_000_001), preview=PICTURE.url),)),
    "film": Outgoing(ID, "Umio", NOW, "", (replace(PICTURE, mime_type="video/mp4", preview=PICTURE.url),)),
    "sound": Outgoing(ID, "Umio", NOW, "", (replace(PICTURE, mime_type="audio/mp4", data=m4a(6_500)),)),
    "long": Outgoing(ID, "Umio", NOW, "x" * 26_000),
}


def calls(message: Outgoing, address: str) -> list[Request]:
    account = Account(
        ACCOUNT.inbox_id, {"api_base_url": address, "prepared_messages": {"card": {"message": FLEX}}}, ACCOUNT.secrets
    )
    made = [step for step in ADAPTER.render(account, message) if isinstance(step, Request)]
    return [*made, *(one.instead for one in made if one.instead)]


async def told(request: Request) -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
    return answer.status_code


@pytest.mark.parametrize("message", REPLIES.values(), ids=REPLIES.keys())
async def test_every_reply_is_as_line_describes_it(prism: Any, message: Outgoing) -> None:
    for request in calls(message, prism("line-messaging-api.yml")):
        assert await told(request) == 200


def without(field: str) -> Any:
    return lambda body: {name: value for name, value in body.items() if name != field}


@pytest.mark.parametrize(
    ("change", "headers"),
    [
        pytest.param(without("to"), {}, id="to nobody"),
        pytest.param(without("messages"), {}, id="without messages"),
        pytest.param(lambda body: {**body, "messages": body["messages"] * 6}, {}, id="six messages"),
        pytest.param(lambda body: body, {"x-line-retry-key": "7"}, id="a key that is no UUID"),
        pytest.param(lambda body: body, {"authorization": ""}, id="without the token"),
    ],
)
async def test_a_wrong_reply_is_refused(prism: Any, change: Any, headers: dict[str, str]) -> None:
    """So the test above can fail."""
    (request,) = calls(REPLIES["text"], prism("line-messaging-api.yml"))
    body = json.dumps(change(json.loads(request.body))).encode()

    assert await told(replace(request, body=body, headers={**request.headers, **headers})) in (400, 401)


ACTS = {
    "text": Act(text="Hello 👋"),
    "place": Act("place", "Tokyo", at=(35.6, 139.7)),
    "picture": Act("file", file="payment-twice.png"),
    "sticker": Act("sticker", file="payment-twice.png"),
    "unsend": Act("unsend"),
}


async def test_what_the_rehearsal_brings_is_as_line_describes_it(prism: Any) -> None:
    line = Line()
    async with outside(line) as (client, hook), httpx.AsyncClient() as described:
        line.webhook_url = hook.url
        phone = line.phone(Script("Mio", "ja", (), "line"))
        for act in ACTS.values():
            await phone.do(act)
        await line.poster.emptied()
        assert client.base_url
        bodies = [json.loads(call.body) for call in hook.calls]
        kinds = {event["type"] for body in bodies for event in body["events"]}
        for call in hook.calls:
            headers = {"content-type": "application/json", "x-line-signature": call.headers["x-line-signature"]}
            answer = await described.post(f"{prism('line-webhook.yml')}/callback", content=call.body, headers=headers)
            assert answer.status_code == 200, answer.text

    assert kinds >= {"follow", "message", "unsend"}


@pytest.mark.parametrize("lacking", ["destination", "timestamp"])
async def test_a_wrong_webhook_is_refused(prism: Any, lacking: str) -> None:
    line = Line()
    async with outside(line) as (_, hook), httpx.AsyncClient() as described:
        line.webhook_url = hook.url
        await line.phone(Script("Mio", "ja", (), "line")).do(ACTS["text"])
        await line.poster.emptied()
        body = json.loads(hook.calls[0].body)
        body.pop(lacking, None)
        for event in body["events"]:
            event.pop(lacking, None)
        answer = await described.post(f"{prism('line-webhook.yml')}/callback", json=body)

    assert answer.status_code in (400, 422)
