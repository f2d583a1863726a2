"""Names that a network tells only when asked, at a running hub."""

import asyncio
import json
from typing import Any

import pytest

from mim_desk.channels.base import Sender
from mim_desk.hub.store import contacts
from tests.channels.line.provider import LineProvider
from tests.channels.messenger.provider import InstagramProvider, MessengerProvider
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, stream

PERSON, OTHER = "9100000000000077", "9100000000000088"
NOOR = Answer(body=b'{"id": "9100000000000077", "name": "Noor  Haddad\\u0007"}')
SAM = Answer(body=b'{"id": "9100000000000088", "name": "Sam"}')
REFUSED = Answer(400, b'{"error": {"code": 230, "message": "User consent is required"}}')


async def named(hub: Live, name: str) -> dict[str, Any]:
    """The contact of this name, once the desks are told of it."""
    async with asyncio.timeout(30), stream(hub.client) as events:
        async for event in events:
            told = json.loads(event.data) if event.event == "contact" else {}
            if told.get("name") == name:
                return dict(told)
    raise AssertionError("the stream ended")


async def page(hub: Live, gateway: Gateway) -> MessengerProvider:
    made = MessengerProvider()
    hub.inbox_id = await made.connect(hub, gateway)
    return made


def from_other(made: MessengerProvider) -> dict[str, Any]:
    return {**made.event(message={"mid": "m_other", "text": "Hi"}), "sender": {"id": OTHER}}


@pytest.mark.parametrize(
    ("made", "path", "told"),
    [
        (MessengerProvider(), f"/{PERSON}", {"name": "Noor Haddad"}),
        (InstagramProvider(), f"/{PERSON}", {"name": "", "username": "Noor Haddad"}),
        (LineProvider(), "/profile/Ucust", {"displayName": "Noor Haddad"}),
    ],
    ids=["messenger", "instagram", "line"],
)
async def test_who_wrote_gets_the_name_that_the_network_tells_when_asked(
    hub: Live, gateway: Gateway, made: MessengerProvider | LineProvider, path: str, told: dict[str, str]
):
    gateway.asides[path] = Answer(body=json.dumps(told).encode())
    hub.inbox_id = await made.connect(hub, gateway)

    assert await made.write(hub, "first", "Hello") == 200
    contact = await named(hub, "Noor Haddad")

    assert contact["identities"][0]["display"] == "Noor Haddad"
    assert [call.method for call in gateway.asked] == ["GET"]


async def test_a_group_gets_its_own_name(hub: Live, gateway: Gateway):
    group = "C" + "0a" * 16
    gateway.asides[f"/group/{group}/summary"] = Answer(body=b'{"groupId": "C0a", "groupName": "Book club"}')
    made = LineProvider()
    hub.inbox_id = await made.connect(hub, gateway)

    told = made._message("first", "Hello")
    told["source"] = {"type": "group", "groupId": group, "userId": "Ucust"}
    assert await made._post(hub, told) == 200

    contact = await named(hub, "Book club")
    assert contact["identities"][0]["display"] == "Book club"


async def test_a_refused_profile_changes_nothing_and_is_not_asked_for_at_every_message(hub: Live, gateway: Gateway):
    gateway.asides = {f"/{PERSON}": REFUSED, f"/{OTHER}": SAM}
    made = await page(hub, gateway)

    for number in range(3):
        assert await made.write(hub, f"m-{number}", "Hello") == 200
    listed = (await hub.client.get("/api/v1/conversations")).json()["items"]
    await made.post(hub, from_other(made))
    await named(hub, "Sam")

    contact = (await hub.client.get(f"/api/v1/contacts/{listed[0]['contact_id']}")).json()
    assert (contact["name"], contact["identities"][0]["display"]) == ("", PERSON)
    assert [call.path.partition("?")[0].rpartition("/")[2] for call in gateway.asked] == [PERSON, OTHER]


async def test_who_has_a_name_is_not_asked_for_and_keeps_the_one_that_was_given(hub: Live, gateway: Gateway):
    gateway.asides = {f"/{PERSON}": REFUSED}
    made = await page(hub, gateway)
    assert await made.write(hub, "first", "Hello") == 200
    conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]
    path = f"/api/v1/contacts/{conversation['contact_id']}"
    before = (await hub.client.get(path)).json()
    changed = await hub.client.patch(path, json={"name": "Dr Haddad", "version": before["version"]})
    assert changed.status_code == 200, changed.text

    told = Sender(PERSON, name="Noor")
    store = hub.running.hub.store
    await store.writer.run(lambda unit: contacts.tell_name(unit, hub.inbox_id, "messenger", told))

    after = (await hub.client.get(path)).json()
    assert (after["name"], after["identities"][0]["display"]) == ("Dr Haddad", "Noor")
    assert not await store.read(lambda conn: contacts.is_nameless(conn, hub.inbox_id, PERSON))


async def test_nobody_becomes_a_contact_by_being_asked_for(hub: Live, gateway: Gateway):
    await page(hub, gateway)
    store = hub.running.hub.store

    told = Sender(OTHER, name="Sam")
    await store.writer.run(lambda unit: contacts.tell_name(unit, hub.inbox_id, "messenger", told))

    assert await store.read(lambda conn: contacts.of_identity(conn, hub.inbox_id, OTHER)) is None


async def test_a_provider_that_breaks_off_costs_neither_the_delivery_nor_the_next_name(hub: Live, gateway: Gateway):
    gateway.asides = {f"/{PERSON}": Answer(cut=True), f"/{OTHER}": SAM}
    made = await page(hub, gateway)

    assert await made.write(hub, "first", "Hello") == 200
    await made.post(hub, from_other(made))

    await named(hub, "Sam")
