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


def limited(*events: object, prev_batch: str = "p9") -> dict[str, Any]:
    return {"timeline": {"events": events, "limited": True, "prev_batch": prev_batch}}


def test_a_break_of_any_length_is_read_to_where_it_is_known():
    poll = answer({"next_batch": "s2", "rooms": {"join": {"!r": limited(said(9999))}}}, begun())
    read = ids(poll)
    for page in range(60):
        chunk = [said(page * 100 + number) for number in range(100)]
        end = {"end": f"p9.{page}"} if page < 59 else {}
        poll = answer({"chunk": chunk, "start": "x", **end}, poll.cursor)
        read += ids(poll)

    assert len(set(read)) == 6001
    assert path(ask(poll.cursor)).endswith("/sync")


def test_a_room_we_were_just_asked_into_is_read_from_its_first_word():
    invited = answer(invite(), begun())
    joined = answer({"room_id": "!new"}, invited.cursor)
    old = {**said(1), "type": "m.room.member", "state_key": MIA, "content": {"membership": "leave"}}
    first = answer({"next_batch": "s3", "rooms": {"join": {"!new": limited(said(150))}}}, joined.cursor)
    page = ask(first.cursor)
    rest = answer({"chunk": [said(149), old], "start": "p9"}, first.cursor)
    later = answer(
        {"next_batch": "s4", "rooms": {"join": {"!new": limited(said(400), prev_batch="p300")}}}, rest.cursor
    )

    assert ids(first) == ["$150"]
    assert "to" not in query(page)
    assert ids(rest) == ["$149"], "who came and went before is no news"
    assert query(ask(later.cursor))["to"] == "s3"


def test_what_our_user_said_in_another_program_waits_until_it_is_known_to_whom():
    room = {"timeline": {"events": [said(1), said(2, BRAND), said(3)]}}
    poll = answer({"next_batch": "s2", "rooms": {"join": {"!r": room}}}, begun())
    question = ask(poll.cursor)
    told = {"joined": {BRAND: {"display_name": "Shop"}, MIA: {"display_name": "Mia"}}}
    shown = answer(told, poll.cursor)

    assert ids(poll) == ["$1", "$3"]
    assert path(question) == "/_matrix/client/v3/rooms/%21r/joined_members"
    (item,) = [json.loads(one) for one in shown.items]
    assert (item["event"]["event_id"], item["whom"], item["name"]) == ("$2", MIA, "Mia")
    assert path(ask(shown.cursor)).endswith("/sync")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"joined": {BRAND: {}}}, 200),
        ({"joined": {BRAND: {}, MIA: {}, "@eve:example.test": {}}}, 200),
        ({"errcode": "M_FORBIDDEN"}, 403),
    ],
    ids=["nobody is there", "two others are", "we are out"],
)
def test_where_it_cannot_be_known_to_whom_it_is_noted_and_holds_up_nothing(told: object, status: int):
    room = {"timeline": {"events": [said(2, BRAND)]}}
    poll = answer({"next_batch": "s2", "rooms": {"join": {"!r": room}}}, begun())
    left = answer(told, poll.cursor, status)

    assert [json.loads(one)["kind"] for one in left.items] == ["problem"]
    assert path(ask(left.cursor)).endswith("/sync")


def test_our_own_replies_are_known_by_their_transaction_and_asked_of_nobody():
    ours = {**said(2, BRAND), "unsigned": {"transaction_id": "0192f0c4-1d5e-7c3a-9a55-6f1f6a1c2b7d"}}
    poll = answer({"next_batch": "s2", "rooms": {"join": {"!r": {"timeline": {"events": [ours]}}}}}, begun())

    assert ids(poll) == ["$2"]
    assert path(ask(poll.cursor)).endswith("/sync")


def test_an_inbox_begins_where_the_homeserver_stands_when_it_is_connected():
    request = ADAPTER.beginning_request(ACCOUNT)
    assert request is not None
    told = json.dumps({"next_batch": "s7", "rooms": {"join": {"!r": limited(said(1))}}}).encode()
    begins = ADAPTER.read_beginning(ACCOUNT, Response(200, {}, told))

    assert "since" not in query(request)
    assert isinstance(begins, str)
    assert query(ask(begins))["since"] == "s7"
    assert isinstance(ADAPTER.read_beginning(ACCOUNT, Response(502, {}, b"")), Refused)
