"""A sync or a transaction in which something is not what it should be: that alone is unread, and kept as it came."""

import json
from typing import Any

import pytest

from mim_desk.channels.base import Event, IncomingMessage, RawRequest, Unknown
from tests.channels.conformance.test_any_bytes import changed
from tests.channels.matrix import test_pushed
from tests.channels.matrix.test_asking import ACCOUNT, ADAPTER, answer, begun, said
from tests.channels.matrix.test_events import NOW

ROOMS: dict[str, Any] = {
    "next_batch": "s2",
    "rooms": {
        "join": {
            "!a": {
                "timeline": {"events": [said(1)], "limited": False, "prev_batch": "p"},
                "state": {"events": []},
                "ephemeral": {"events": []},
                "summary": {"m.joined_member_count": 2},
            },
            "!b": {"timeline": {"events": [said(2)]}},
        },
        "invite": {},
        "leave": {"!c": {"timeline": {"events": [said(3)]}}},
    },
}
WRONG: dict[str, Any] = {"null": None, "number": 7, "text": "x", "list": [1], "object": {"x": [1]}}
A = ("rooms", "join", "!a")


def read(poll_items: tuple[bytes, ...]) -> list[Event]:
    requests = [RawRequest("POST", "", "", {}, item, NOW) for item in poll_items]
    return [event for one in requests for event in ADAPTER.parse(ACCOUNT, one).events]


def texts(events: list[Event]) -> set[str]:
    return {event.text for event in events if isinstance(event, IncomingMessage)}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize(
    ("place", "whole"),
    [
        pytest.param(("rooms", "join"), {"3"}, id="all rooms"),
        pytest.param(("rooms", "invite"), {"1", "2", "3"}, id="invitations"),
        pytest.param(("rooms", "leave"), {"1", "2"}, id="left rooms"),
        pytest.param(A, {"2", "3"}, id="a room"),
        pytest.param((*A, "timeline"), {"2", "3"}, id="its timeline"),
        pytest.param((*A, "timeline", "events"), {"2", "3"}, id="its events"),
        pytest.param((*A, "timeline", "events", 0), {"2", "3"}, id="an event"),
        pytest.param((*A, "timeline", "limited"), {"1", "2", "3"}, id="whether there are more"),
        pytest.param((*A, "timeline", "prev_batch"), {"1", "2", "3"}, id="where they are"),
        pytest.param((*A, "state"), {"1", "2", "3"}, id="its state"),
        pytest.param((*A, "ephemeral"), {"1", "2", "3"}, id="what passes"),
        pytest.param((*A, "summary"), {"1", "2", "3"}, id="its summary"),
        pytest.param((*A, "summary", "m.joined_member_count"), {"1", "2", "3"}, id="how many there are"),
    ],
)
def test_what_is_wrong_in_a_sync_costs_nothing_beside_it(place: tuple[str | int, ...], whole: set[str], wrong: object):
    poll = answer(changed(ROOMS, place, wrong), begun())

    assert texts(read(poll.items)) >= whole
    assert json.loads(poll.cursor)["since"] == "s2"


@pytest.mark.parametrize("place", [("rooms",), ("rooms", "join"), A, (*A, "timeline"), (*A, "timeline", "events")])
def test_what_is_wrong_in_a_sync_is_kept_as_it_came(place: tuple[str, ...]):
    poll = answer(changed(ROOMS, place, ["evidence"]), begun())

    assert any(isinstance(event, Unknown) for event in read(poll.items))
    assert b"evidence" in b"".join(poll.items)


def test_an_event_that_is_nested_without_end_stops_no_inbox():
    """Anybody who may write to us could else end the hearing of the whole account."""
    deep = json.dumps(changed(ROOMS, (*A, "timeline", "events"), ["deep", said(1)])).encode()
    poll = answer(deep.replace(b'"deep"', b'{"content": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"), begun())

    assert texts(read(poll.items)) == {"1", "2", "3"}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("place", ["ephemeral", "de.sorunome.msc2409.ephemeral", "to_device"])
def test_what_is_wrong_beside_the_events_of_a_transaction_costs_none(place: str, wrong: object):
    request = test_pushed.transaction(test_pushed.said(1, "Hi"), **{place: wrong})
    parsed = test_pushed.ADAPTER.parse(test_pushed.ACCOUNT, request)

    assert texts(list(parsed.events)) == {"Hi"}
    assert parsed.answer.status == 200


def test_a_transaction_without_readable_events_is_kept():
    request = test_pushed.transaction(ephemeral=[])
    body = json.dumps({"events": {"x": 1}, "ephemeral": []}).encode()
    parsed = test_pushed.ADAPTER.parse(test_pushed.ACCOUNT, RawRequest(request.method, request.path, "", {}, body, NOW))

    assert [type(event) for event in parsed.events] == [Unknown]
