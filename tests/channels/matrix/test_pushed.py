"""An application service: transactions that the homeserver pushes, proven by its token; the same one again changes nothing."""

import json
from typing import Any

import httpx
import pytest

from mim_desk.channels.base import Account, IncomingMessage, MessageDeleted, RawRequest, ReadUpTo, TypingSeen, Unknown
from mim_desk.channels.matrix.adapter import MatrixAdapter
from mim_desk.domain.refusal import Refusal
from tests.channels.matrix.test_events import BRAND, MIA, NOW, ROOM, event, text
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]
HS, AS = "homeserver-token-of-the-tests", "as-token-of-the-tests"
TRANSACTIONS = "/_matrix/app/v1/transactions"
SETTINGS = {"homeserver": "https://hs.example", "user_id": BRAND, "mode": "application_service"}
ACCOUNT = Account("inbox-1", SETTINGS, {"access_token": AS, "hs_token": HS})
ADAPTER = MatrixAdapter()


def said(number: int, words: str = "Hi", **more: Any) -> dict[str, Any]:
    return {**event(text(words)), "event_id": f"${number}", "room_id": ROOM, **more}


def transaction(*events: object, txn_id: str = "1", token: str = HS, **more: Any) -> RawRequest:
    body = json.dumps({"events": events, **more}).encode()
    path = f"/webhooks/matrix/inbox-1{TRANSACTIONS}/{txn_id}"
    return RawRequest("PUT", path, "", {"authorization": f"Bearer {token}"}, body, NOW)


def test_it_is_pushed_to_and_asks_nothing():
    assert ADAPTER.next_poll(ACCOUNT, "") is None
    assert ADAPTER.beginning_request(ACCOUNT) is None


def test_events_of_all_rooms_come_in_their_order_with_names():
    member = {"membership": "join", "displayname": "Mia"}
    joined = {**event(member, "m.room.member", state_key=MIA), "room_id": ROOM}
    passing = [
        {"type": "m.typing", "room_id": ROOM, "content": {"user_ids": [MIA, BRAND]}},
        {"type": "m.receipt", "room_id": ROOM, "content": {"$9": {"m.read": {MIA: {"ts": 1763790000123}}}}},
    ]
    redaction = {**event({"redacts": "$1"}, "m.room.redaction"), "room_id": ROOM}
    parsed = ADAPTER.parse(ACCOUNT, transaction(joined, said(1), "broken", said(2), redaction, ephemeral=passing))

    kinds = [type(one) for one in parsed.events[1:]]
    assert kinds == [IncomingMessage, Unknown, IncomingMessage, MessageDeleted, TypingSeen, ReadUpTo]
    assert [one.sender.name for one in parsed.events if isinstance(one, IncomingMessage)] == ["Mia", "Mia"]
    assert (parsed.answer.status, parsed.answer.body) == (200, b"{}")


def test_a_direct_invitation_is_taken_in_the_name_of_the_brands_user():
    content = {"membership": "invite", "is_direct": True}
    invite = {**event(content, "m.room.member", state_key=BRAND), "room_id": "!new"}
    stranger = {**invite, "sender": "@eve:elsewhere.test", "room_id": "!strange"}
    only_here = Account("inbox-1", {**SETTINGS, "allowed_servers": ["example.test"]}, ACCOUNT.secrets)
    (join,) = ADAPTER.parse(only_here, transaction(invite, stranger)).calls

    assert join.url == "https://hs.example/_matrix/client/v3/rooms/%21new/join?user_id=%40shop%3Aexample.test"
    assert join.headers["authorization"] == f"Bearer {AS}"


@pytest.mark.parametrize("token", ["", "wrong", HS[:-1], HS.upper(), AS, "\udcff"])
def test_another_token_is_refused(token: str):
    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, transaction(token=token))


def test_an_older_homeserver_names_its_token_in_the_address():
    old = RawRequest("PUT", f"/x{TRANSACTIONS}/1", f"access_token={HS}", {}, b"{}", NOW)
    ADAPTER.verify(ACCOUNT, old)


@pytest.mark.parametrize("path", ["", "/_matrix/app/v1/transactions/", "/_matrix/app/v1/transactions/1/2", "/else"])
def test_another_place_is_refused(path: str):
    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, RawRequest("PUT", path, "", {"authorization": f"Bearer {HS}"}, b"{}", NOW))


def test_an_inbox_that_asks_lets_nobody_in_whatever_token_is_empty():
    polled = Account("inbox-1", {**SETTINGS, "mode": "polling"}, {"access_token": AS})
    for account in (polled, Account("inbox-1", SETTINGS, {"access_token": AS})):
        with pytest.raises(Refusal):
            ADAPTER.verify(account, transaction(token=""))


def test_no_user_and_no_room_is_made_for_a_question():
    request = RawRequest("GET", f"/x/_matrix/app/v1/users/{MIA}", "", {"authorization": f"Bearer {HS}"}, b"", NOW)

    assert ADAPTER.handshake(ACCOUNT, request).status == 404


def test_a_body_that_cannot_be_read_is_kept_and_answered():
    broken = RawRequest("PUT", f"/x{TRANSACTIONS}/1", "", {}, b"[]", NOW)
    parsed = ADAPTER.parse(ACCOUNT, broken)

    assert parsed.unknown == 1
    assert parsed.answer.status == 200


async def connect(live: Live, gateway: Gateway) -> str:
    gateway.asides["/account/whoami"] = Answer(body=json.dumps({"user_id": BRAND}).encode())
    body = {
        "name": "Matrix",
        "channel": "matrix",
        "settings": {**SETTINGS, "homeserver": gateway.url},
        "secrets": {"access_token": AS, "hs_token": HS},
    }
    return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])


async def push(live: Live, inbox_id: str, txn_id: str, *events: object, token: str = HS) -> httpx.Response:
    path = f"/webhooks/matrix/{inbox_id}{TRANSACTIONS}/{txn_id}"
    return await live.client.put(path, json={"events": events}, headers={"authorization": f"Bearer {token}"})


async def test_a_transaction_is_stored_once_however_often_it_is_pushed(hub: Live, gateway: Gateway):
    inbox_id = await connect(hub, gateway)
    answers = [await push(hub, inbox_id, "7", said(1, "one"), said(2, "two")) for _ in range(3)]
    refused = await push(hub, inbox_id, "8", said(3, "three"), token="wrong")
    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]

    assert [(one.status_code, one.json()) for one in answers] == [(200, {})] * 3
    assert refused.status_code in (401, 403)
    assert conversation["unread"] == 2


async def test_a_reaction_is_taken_back_by_its_own_id_in_any_order(hub: Live, gateway: Gateway):
    def reaction(number: int, emoji: str) -> dict[str, Any]:
        relates = {"rel_type": "m.annotation", "event_id": "$1", "key": emoji}
        return said(number, **event({"m.relates_to": relates}, "m.reaction", event_id=f"${number}"))

    def gone(number: int, redacts: int) -> dict[str, Any]:
        return said(number, **event({"redacts": f"${redacts}"}, "m.room.redaction", event_id=f"${number}"))

    inbox_id = await connect(hub, gateway)
    await push(hub, inbox_id, "1", said(1, "Hello"), reaction(2, "👍"), reaction(3, "🎉"))
    both = await emojis(hub)
    await push(hub, inbox_id, "2", gone(4, 2))
    one = await emojis(hub)
    await push(hub, inbox_id, "3", gone(5, 6), reaction(6, "😡"), reaction(2, "👍"))
    still = await emojis(hub)

    assert (both, one, still) == (["👍", "🎉"], ["🎉"], ["🎉"])


async def emojis(live: Live) -> list[str]:
    (conversation,) = (await live.client.get("/api/v1/conversations")).json()["items"]
    listed = (await live.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
    assert listed[0]["text"] == "Hello"
    return [one["emoji"] for one in listed[0].get("reactions", [])]
