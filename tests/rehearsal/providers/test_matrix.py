"""The simulated homeserver: long polling with gaps and repetition, transactions, rooms, files behind the token."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from mim_desk.rehearsal.providers.matrix import TOKEN, Matrix
from mim_desk.rehearsal.providers.matrix_rooms import BRAND, SERVER
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import outside, script_of

LINUS = script_of("Linus", "matrix")
AUTH = {"authorization": f"Bearer {TOKEN}"}
V3 = "/_matrix/client/v3"


async def sync(client: httpx.AsyncClient, since: str = "", **more: Any) -> dict[str, Any]:
    limit = json.dumps({"room": {"timeline": {"limit": more.pop("limit", 100)}}})
    asked = {"filter": limit, **({"since": since} if since else {}), **more}
    return dict((await client.get(f"{V3}/sync", params=asked, headers=AUTH)).json())


def room_path(room_id: str, *path: str) -> str:
    return "/".join((f"{V3}/rooms/{quote(room_id, safe='')}", *path))


async def joined(client: httpx.AsyncClient, matrix: Matrix, *texts: str) -> tuple[str, str]:
    """A room in which a person said something, joined by the brand; its id and the place reached before."""
    start = (await sync(client))["next_batch"]
    for text in texts:
        await matrix.phone(LINUS).do(Act(text=text))
    found = await sync(client, start)
    (room_id,) = found["rooms"]["invite"]
    await client.post(room_path(room_id, "join"), json={}, headers=AUTH)
    return room_id, found["next_batch"]


def said(room: dict[str, Any]) -> list[str]:
    events = room["timeline"]["events"]
    return [event["content"]["body"] for event in events if event["type"] == "m.room.message"]


async def test_an_invitation_is_direct_and_the_joined_room_tells_what_was_said_before() -> None:
    matrix = Matrix()
    async with outside(matrix) as (client, _):
        room_id, place = await joined(client, matrix, "Hej", "Är ni där?")
        found = await sync(client, place)

    room = found["rooms"]["join"][room_id]
    assert said(room) == ["Hej", "Är ni där?"]
    assert room["timeline"]["events"][0]["type"] == "m.room.create"
    assert room["summary"]["m.joined_member_count"] == 2


async def test_the_same_place_brings_the_same_and_a_gap_can_be_read_backwards() -> None:
    matrix = Matrix()
    async with outside(matrix) as (client, _):
        room_id, _ = await joined(client, matrix, "Hej")
        place = (await sync(client))["next_batch"]
        for number in range(6):
            await matrix.phone(LINUS).do(Act(text=f"{number}"))
        first, again = await sync(client, place, limit=2), await sync(client, place, limit=2)
        room = first["rooms"]["join"][room_id]
        asked = {"dir": "b", "from": room["timeline"]["prev_batch"], "to": place, "limit": 3}
        page = (await client.get(room_path(room_id, "messages"), params=asked, headers=AUTH)).json()
        rest = (
            await client.get(room_path(room_id, "messages"), params={**asked, "from": page["end"]}, headers=AUTH)
        ).json()

    assert first == again
    assert room["timeline"]["limited"]
    assert said(room) == ["4", "5"]
    assert [event["content"]["body"] for event in (*page["chunk"], *rest["chunk"])] == ["3", "2", "1", "0"]
    assert "end" not in rest


async def test_a_question_waits_until_something_happens() -> None:
    matrix = Matrix()
    async with outside(matrix) as (client, _):
        room_id, _ = await joined(client, matrix, "Hej")
        place = (await sync(client))["next_batch"]
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(sync(client, place, timeout=20_000))
            await matrix.phone(LINUS).typing()

    (event,) = asking.result()["rooms"]["join"][room_id]["ephemeral"]["events"]
    assert event["type"] == "m.typing"


async def test_a_transaction_is_done_once() -> None:
    matrix = Matrix()
    phone = matrix.phone(LINUS)
    async with outside(matrix) as (client, _):
        room_id, _ = await joined(client, matrix, "Hej")
        path = room_path(room_id, "send", "m.room.message", "txn-1")
        body = {"msgtype": "m.text", "body": "Hej hej"}
        answers = [(await client.put(path, json=body, headers=AUTH)).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert [heard.text for heard in phone.heard] == ["Hej hej"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"msgtype": "m.text", "body": "x" * 70_000}, 413, "M_TOO_LARGE"),
        ({"msgtype": "m.postcard", "body": "x"}, 400, "M_BAD_JSON"),
        ({"msgtype": "m.text"}, 400, "M_BAD_JSON"),
        ({"msgtype": "m.image", "body": "x", "url": "mxc://a/b"}, 400, "M_BAD_JSON"),
    ],
    ids=["large", "kind", "no body", "file"],
)
async def test_what_a_homeserver_refuses_is_refused(body: dict[str, Any], status: int, code: str) -> None:
    matrix = Matrix()
    async with outside(matrix) as (client, _):
        room_id, _ = await joined(client, matrix, "Hej")
        answer = await client.put(room_path(room_id, "send", "m.room.message", "t"), json=body, headers=AUTH)

    assert (answer.status_code, answer.json()["errcode"]) == (status, code)


async def test_a_foreign_room_and_a_foreign_token_open_nothing() -> None:
    matrix = Matrix()
    async with outside(matrix) as (client, _):
        body = {"msgtype": "m.text", "body": "Hej"}
        foreign = await client.put(room_path("!x", "send", "m.room.message", "t"), json=body, headers=AUTH)
        wrong = await client.get(f"{V3}/account/whoami", headers={"authorization": "Bearer x"})
        fine = await client.get(f"{V3}/account/whoami", headers=AUTH)

    assert (foreign.status_code, foreign.json()["errcode"]) == (403, "M_FORBIDDEN")
    assert (wrong.status_code, wrong.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    assert fine.json()["user_id"] == BRAND


async def test_files_lie_behind_the_token_and_reach_the_person_once_uploaded() -> None:
    matrix = Matrix()
    phone = matrix.phone(LINUS)
    async with outside(matrix) as (client, _):
        room_id, place = await joined(client, matrix, "Hej")
        await phone.do(Act("file", "wheel", "broken-wheel.png"))
        event = (await sync(client, place))["rooms"]["join"][room_id]["timeline"]["events"][-1]
        file_id = event["content"]["url"].rpartition("/")[2]
        path = f"/_matrix/client/v1/media/download/{SERVER}/{file_id}"
        mine, foreign = await client.get(path, headers=AUTH), await client.get(path)
        up = await client.post("/_matrix/media/v3/upload?filename=a.png", content=b"png", headers=AUTH)
        body = {"msgtype": "m.image", "body": "a.png", "url": up.json()["content_uri"]}
        await client.put(room_path(room_id, "send", "m.room.message", "t"), json=body, headers=AUTH)

    assert (mine.status_code, foreign.status_code) == (200, 401)
    assert phone.heard[-1].file == b"png"


async def test_edits_reactions_and_deletions_name_what_they_are_about() -> None:
    matrix = Matrix()
    phone = matrix.phone(LINUS)
    async with outside(matrix) as (client, _):
        room_id, place = await joined(client, matrix, "Hej")
        path = room_path(room_id, "send", "m.room.message", "t")
        sent = (await client.put(path, json={"msgtype": "m.text", "body": "Hej"}, headers=AUTH)).json()["event_id"]
        for act in (Act("quote", "Ja"), Act("react", "👍"), Act("edit", "Jo"), Act("unsend")):
            await phone.do(act)
        events = (await sync(client, place))["rooms"]["join"][room_id]["timeline"]["events"][-4:]

    quote, reaction, edit, gone = events
    assert quote["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == sent
    assert reaction["content"]["m.relates_to"]["event_id"] == sent
    assert edit["content"]["m.relates_to"] == {"rel_type": "m.replace", "event_id": quote["event_id"]}
    assert gone["redacts"] == quote["event_id"]
