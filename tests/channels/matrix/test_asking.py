"""Asking the homeserver: syncs, invitations, gaps, and what its refusals mean there."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mim_desk.channels.base import Account, Action, Poll, Refused, Request, Response
from mim_desk.channels.matrix.adapter import MatrixAdapter

MIA = "@mia:example.test"
BRAND = "@shop:example.test"
ADAPTER = MatrixAdapter()


def account(**settings: Any) -> Account:
    told = {"homeserver": "https://hs.example/", "user_id": BRAND, **settings}
    return Account("inbox-1", told, {"access_token": "t"})


ACCOUNT = account()


def ask(cursor: str, mine: Account = ACCOUNT) -> Request:
    request = ADAPTER.next_poll(mine, cursor)
    assert request is not None
    assert request.headers["authorization"] == "Bearer t"
    return request


def answer(told: object, cursor: str = "", status: int = 200, mine: Account = ACCOUNT) -> Poll:
    poll = refused_or_poll(told, cursor, status, mine)
    assert isinstance(poll, Poll)
    return poll


def refused_or_poll(told: object, cursor: str = "", status: int = 200, mine: Account = ACCOUNT) -> Poll | Refused:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return ADAPTER.read_poll(mine, cursor, Response(status, {}, body))


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def path(request: Request) -> str:
    return urlsplit(request.url).path


def begun() -> str:
    return answer({"next_batch": "s1"}).cursor


def said(number: int, sender: str = MIA) -> dict[str, Any]:
    content = {"msgtype": "m.text", "body": str(number)}
    return {"type": "m.room.message", "event_id": f"${number}", "sender": sender, "content": content}


def ids(poll: Poll) -> list[str]:
    return [json.loads(item)["event"]["event_id"] for item in poll.items]


def invite(is_direct: object = True, sender: str = MIA) -> dict[str, Any]:
    member = {
        "type": "m.room.member",
        "state_key": BRAND,
        "sender": sender,
        "content": {"membership": "invite", "is_direct": is_direct},
    }
    return {"next_batch": "s2", "rooms": {"invite": {"!new": {"invite_state": {"events": [{"type": "x"}, member]}}}}}


def test_the_first_question_asks_where_to_begin_and_takes_nothing_old():
    first = ask("")
    poll = answer({"next_batch": "s1", "rooms": {"join": {"!r": {"timeline": {"events": [said(1)], "limited": True}}}}})

    assert path(first) == "/_matrix/client/v3/sync"
    assert "since" not in query(first)
    assert poll.items == ()
    assert query(ask(poll.cursor))["since"] == "s1"
    assert query(ask(poll.cursor))["timeout"] == "30000"


def test_events_come_one_by_one_in_order_with_the_senders_name():
    member = {"type": "m.room.member", "state_key": MIA, "sender": MIA, "content": {"displayname": "Mia"}}
    room = {
        "state": {"events": [member]},
        "timeline": {"events": [said(1), said(2)]},
        "ephemeral": {"events": [{"type": "m.typing", "content": {"user_ids": [MIA]}}]},
    }
    poll = answer({"next_batch": "s2", "rooms": {"join": {"!r": room}}}, begun())
    items = [json.loads(item) for item in poll.items]

    assert [one["event"].get("event_id") for one in items] == ["$1", "$2", None]
    assert [one.get("name") for one in items] == ["Mia", "Mia", None]
    assert items[2]["kind"] == "ephemeral"


def test_one_room_that_cannot_be_read_costs_no_other():
    rooms = {"join": {"!bad": {"timeline": 5}, "!good": {"timeline": {"events": [said(1)]}}}}
    poll = answer({"next_batch": "s2", "rooms": rooms}, begun())

    assert [json.loads(item)["room_id"] for item in poll.items] == ["!bad", "!good"]
    assert json.loads(poll.items[0])["kind"] == "problem"


def test_a_direct_invitation_is_taken_before_anything_else_is_asked():
    poll = answer(invite(), begun())
    joining = ask(poll.cursor)
    after = answer({"room_id": "!new"}, poll.cursor)

    assert (joining.method, path(joining)) == ("POST", "/_matrix/client/v3/rooms/%21new/join")
    assert query(ask(after.cursor))["since"] == "s2"


@pytest.mark.parametrize(
    ("told", "servers"),
    [(invite(is_direct=False), []), (invite(is_direct=None), []), (invite(), ["other.test"]), (invite("no"), [])],
    ids=["not direct", "not said", "a server that is not allowed", "malformed"],
)
def test_other_invitations_are_noted_and_not_taken(told: object, servers: list[str]):
    poll = answer(told, begun(), mine=account(allowed_servers=servers))

    assert path(ask(poll.cursor)).endswith("/sync")
    assert [json.loads(item)["kind"] for item in poll.items] == ["problem"]


def test_an_allowed_server_may_invite():
    mine = account(allowed_servers=["Example.test"])

    assert path(ask(answer(invite(), begun(), mine=mine).cursor)).endswith("/join")


def test_a_room_that_cannot_be_joined_is_left_at_last_and_holds_up_nothing():
    poll = answer(invite(), begun())
    for _ in range(5):
        poll = answer({}, poll.cursor, status=502)
        assert poll.items == ()
        assert poll.wait_s > 0
    poll = answer({}, poll.cursor, status=502)
    forbidden = answer({"errcode": "M_FORBIDDEN"}, answer(invite(), begun()).cursor, status=403)

    for left in (poll, forbidden):
        assert len(left.items) == 1
        assert path(ask(left.cursor)).endswith("/sync")


def test_what_a_sync_left_out_is_read_backwards_until_it_is_known():
    limited = {"timeline": {"events": [said(9)], "limited": True, "prev_batch": "p9"}}
    first = answer({"next_batch": "s2", "rooms": {"join": {"!r": limited}}}, begun())
    gap = ask(first.cursor)
    second = answer({"chunk": [said(8), said(7)], "start": "p9", "end": "p7"}, first.cursor)
    third = answer({"chunk": [said(6)], "start": "p7"}, second.cursor)

    assert ids(first) == ["$9"]
    assert path(gap) == "/_matrix/client/v3/rooms/%21r/messages"
    assert {name: query(gap)[name] for name in ("dir", "from", "to")} == {"dir": "b", "from": "p9", "to": "s1"}
    assert ids(second) == ["$7", "$8"]
    assert query(ask(second.cursor))["from"] == "p7"
    assert ids(third) == ["$6"]
    assert query(ask(third.cursor))["since"] == "s2"


def test_a_room_with_more_than_two_people_stays_marked_until_it_has_two():
    def told(number: int, **summary: int) -> dict[str, Any]:
        room = {"summary": summary, "timeline": {"events": [said(number)]}}
        return {"next_batch": f"s{number}", "rooms": {"join": {"!r": room}}}

    large = answer(told(2, **{"m.joined_member_count": 3}), begun())
    still = answer(told(3), large.cursor)
    two = answer(told(4, **{"m.joined_member_count": 2}), still.cursor)

    assert [json.loads(one.items[0]).get("group", False) for one in (large, still, two)] == [True, True, False]


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (401, {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}, Action.SETTINGS),
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, Action.RETRY),
        (502, b"<html>", Action.RETRY),
        (200, b"garbage", Action.RETRY),
        (200, {"next_batch": ""}, Action.RETRY),
    ],
    ids=["token", "limit", "gateway", "garbage", "no place"],
)
def test_a_sync_that_brings_nothing(status: int, body: object, action: Action):
    told = refused_or_poll(body, begun(), status)

    assert isinstance(told, Refused)
    assert told.action is action
    assert told.retry_after_s == (1.5 if status == 429 else None)


@pytest.mark.parametrize("cursor", ["x", "[]", '{"since": 5}', '{"joins": [[1]]}'])
def test_a_place_that_cannot_be_read_begins_anew(cursor: str):
    assert "since" not in query(ask(cursor))
