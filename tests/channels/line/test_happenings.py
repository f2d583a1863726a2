"""What LINE tells besides messages: each is a system line of the timeline, once."""

from time import time
from typing import Any

import pytest

from mim_desk.channels.base import ContactActed, ReachChanged, Sender, Unknown
from mim_desk.channels.line.adapter import LineAdapter
from mim_desk.domain.message import Activity
from tests.channels.line.made import ACCOUNT, START, batch, delivery, event
from tests.channels.line.provider import LineProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

MIO = Sender("Umio", verified=True)
PEOPLE = {"members": [{"type": "user", "userId": "Uann"}, {"type": "user", "userId": "Ubob"}]}


def parsed(*items: object) -> tuple[Any, ...]:
    return LineAdapter().parse(ACCOUNT, delivery(batch(*items))).events


def in_group(kind: str, **more: Any) -> dict[str, Any]:
    return {**event(kind, **more), "source": {"type": "group", "groupId": "Cgroup"}}


LINES = {
    "account linked": (
        event("accountLink", replyToken="rt1", link={"result": "ok", "nonce": "secret"}),
        (Activity.ACCOUNT_LINKED, {"result": "ok"}),
    ),
    "account not linked": (
        event("accountLink", link={"result": "failed", "nonce": "secret"}),
        (Activity.ACCOUNT_LINKED, {"result": "failed"}),
    ),
    "membership": (
        event("membership", membership={"type": "renewed", "membershipId": 3189}),
        (Activity.MEMBERSHIP, {"change": "renewed", "plan": "3189"}),
    ),
    "beacon": (
        event("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"}),
        (Activity.CAME_NEAR, {"beacon": "d41d8cd98f", "way": "enter"}),
    ),
    "beacon with a message": (
        event("beacon", beacon={"hwid": "d41d8cd98f", "type": "banner", "dm": "0a0b"}),
        (Activity.CAME_NEAR, {"beacon": "d41d8cd98f", "way": "banner", "note": "0a0b"}),
    ),
    "film seen": (
        event("videoPlayComplete", videoPlayComplete={"trackingId": "spring"}),
        (Activity.VIDEO_WATCHED, {"video": "spring"}),
    ),
    "people joined": (
        in_group("memberJoined", joined=PEOPLE),
        (Activity.GROUP, {"change": "joined", "people": "2"}),
    ),
    "people left": (in_group("memberLeft", left=PEOPLE), (Activity.GROUP, {"change": "left", "people": "2"})),
}


@pytest.mark.parametrize(("item", "wanted"), LINES.values(), ids=LINES.keys())
def test_each_is_a_line_of_who_did_it(item: dict[str, Any], wanted: tuple[Activity, dict[str, str]]):
    (told,) = parsed(item)

    assert isinstance(told, ContactActed)
    assert (told.activity, told.details, told.at) == (*wanted, START)
    assert told.sender == (Sender("Cgroup", stand_in="LINE group") if "groupId" in item["source"] else MIO)


@pytest.mark.parametrize(("kind", "can_reach"), [("join", True), ("leave", False)])
def test_a_group_that_takes_us_in_or_out_is_reached_or_not_and_says_so(kind: str, can_reach: bool):
    group = Sender("Cgroup", stand_in="LINE group")

    reach, line = parsed(in_group(kind))

    assert reach == ReachChanged(group, START, can_reach)
    assert (line.activity, line.details) == (Activity.GROUP, {"change": "brand_joined" if can_reach else "brand_left"})


def test_the_same_event_again_is_the_same_line_and_another_is_another():
    beacon = {"hwid": "d41d", "type": "enter"}
    again = {**event("beacon", beacon=beacon), "deliveryContext": {"isRedelivery": True}}

    first, second, other = parsed(event("beacon", beacon=beacon), again, event("beacon", 2, beacon=beacon))

    assert first.line_id == second.line_id != other.line_id


BROKEN = {
    "no content": event("beacon"),
    "a content of another form": event("membership", membership=["joined"]),
    "no id of its own": {**event("beacon", beacon={"hwid": "d"}), "webhookEventId": None},
    "of nobody": {**event("beacon", beacon={"hwid": "d"}), "source": None},
}


@pytest.mark.parametrize("item", BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_read_is_unknown_and_costs_no_neighbour(item: dict[str, Any]):
    neighbour = event("videoPlayComplete", 2, videoPlayComplete={"trackingId": "spring"})

    unread, read = parsed(item, neighbour)

    assert isinstance(unread, Unknown)
    assert read.activity is Activity.VIDEO_WATCHED


async def lines(hub: Live) -> list[tuple[str, dict[str, str]]]:
    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    page = (await hub.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()
    return [(one["activity"], one["details"]) for one in page["items"] if one["kind"] == "activity"]


async def test_in_the_timeline_each_stands_once_and_opens_nothing(hub: Live, gateway: Gateway):
    line = LineProvider()
    hub.inbox_id = await line.connect(hub, gateway)
    near = line._event("beacon", beacon={"hwid": "d41d", "type": "enter"})

    for _ in range(2):
        assert await line._post(hub, near) == 200

    assert (await hub.client.get("/api/v1/conversations")).json()["items"] == []
    now = {**line._message("5001", "Hello"), "timestamp": int(time() * 1000)}
    await line._post(hub, now)
    await line._post(hub, line._event("accountLink", link={"result": "ok", "nonce": "secret-nonce"}))
    assert sorted(await lines(hub)) == [
        ("account_linked", {"result": "ok"}),
        ("came_near", {"beacon": "d41d", "way": "enter"}),
    ]
