"""A carrier and a running hub: both ways, receipts by parts, opt-out, and what a restart must not lose."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mim_desk.rehearsal.providers import smpp_octets as smpp
from mim_desk.rehearsal.providers.smpp_octets import Message
from mim_desk.rehearsal.providers.smsc import Habits
from tests.channels.sms_smpp.provider import BRAND, PERSON, SmsSmppProvider
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Gateway
from tests.hub.live import Live, live_hub, settings_in

__all__ = ["gateway", "hub"]
HEX = Habits(hex_ids=True, tlvs=False)
EARLY = Habits(receipts_first=True)
LONG = "Parts of a long answer. " * 10


@pytest.fixture
async def carrier(request: pytest.FixtureRequest, hub: Live, gateway: Gateway) -> AsyncIterator[SmsSmppProvider]:
    made = SmsSmppProvider(habits=getattr(request, "param", Habits()))
    async with made.at_work():
        hub.inbox_id = await made.connect(hub, gateway)
        yield made


async def written(hub: Live, carrier: SmsSmppProvider, text: str = "Hello") -> str:
    await carrier.write(hub, text, text)
    return str((await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"])


async def texts(hub: Live, conversation: str) -> list[str]:
    listed = (await hub.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
    return [one["text"] for one in reversed(listed) if one["kind"] == "incoming"]


async def test_a_long_text_in_parts_comes_whole_though_the_second_came_first(hub: Live, carrier: SmsSmppProvider):
    conversation = await written(hub, carrier, "Где моя посылка? " * 9)

    assert await texts(hub, conversation) == [("Где моя посылка? " * 9).strip()]


@pytest.mark.parametrize("carrier", [Habits(), HEX, EARLY], ids=["plain", "hexadecimal", "early"], indirect=True)
async def test_a_reply_in_parts_is_delivered_when_all_of_them_are(hub: Live, carrier: SmsSmppProvider):
    conversation = await written(hub, carrier)

    posted = (await hub.reply(conversation, LONG)).json()
    await hub.until_status(conversation, posted["id"], "delivered")

    assert [smpp.place_of(one)[1:3] for one in carrier.smsc.submits] == [(2, 1), (2, 2)]
    assert "".join(smpp.as_text(smpp.place_of(one)[3], one.coding) for one in carrier.smsc.submits) == LONG.strip()


async def test_a_reply_is_not_delivered_while_one_of_its_parts_is_not(hub: Live, carrier: SmsSmppProvider):
    carrier.smsc.stat = ""
    conversation = await written(hub, carrier)
    posted = (await hub.reply(conversation, LONG)).json()
    message = await hub.until_status(conversation, posted["id"], "sent")
    first = int(message["external_id"])

    await carrier.smsc.write(carrier.smsc.receipt(first, Message(BRAND, PERSON, b""), "DELIVRD"))
    half = await hub.message(conversation, posted["id"])
    await carrier.smsc.write(carrier.smsc.receipt(first + 1, Message(BRAND, PERSON, b""), "DELIVRD"))

    assert half["delivery"]["status"] == "sent"
    await hub.until_status(conversation, posted["id"], "delivered")


async def test_a_part_that_failed_fails_the_reply_and_says_why(hub: Live, carrier: SmsSmppProvider):
    carrier.smsc.stat = "UNDELIV"
    conversation = await written(hub, carrier)

    posted = (await hub.reply(conversation, "Hi")).json()

    failed = await hub.until_status(conversation, posted["id"], "failed")
    assert failed["delivery"]["reason"] == "The message could not be delivered to this number."
    assert failed["delivery"]["code"] == "034"


async def test_a_receipt_read_another_way_counts_only_for_whom_it_went_to(hub: Live, carrier: SmsSmppProvider):
    """The decimal 6700 read as hexadecimal is 1A2C: that may be another message, to somebody else."""
    carrier.smsc.stat = ""
    conversation = await written(hub, carrier)
    posted = (await hub.reply(conversation, "Hi")).json()
    message = await hub.until_status(conversation, posted["id"], "sent")
    hexadecimal = f"{int(message['external_id']):X}"

    stranger = carrier.smsc.receipt(0, Message(BRAND, "15559990000", b""), "DELIVRD", written_as=hexadecimal)
    await carrier.smsc.write(stranger)
    assert (await hub.message(conversation, posted["id"]))["delivery"]["status"] == "sent"

    await carrier.smsc.write(carrier.smsc.receipt(0, Message(BRAND, PERSON, b""), "DELIVRD", written_as=hexadecimal))
    await hub.until_status(conversation, posted["id"], "delivered")


async def test_after_stop_nothing_leaves_until_start(hub: Live, carrier: SmsSmppProvider, gateway: Gateway):
    conversation = await written(hub, carrier)
    await carrier.write(hub, "stop", "STOP")

    refused = await hub.reply(conversation, "But why?")
    assert (refused.status_code, refused.json()["code"]) == (409, "consent-withdrawn")
    assert gateway.calls == []

    await carrier.write(hub, "start", "START")
    taken = (await hub.reply(conversation, "Welcome back")).json()
    await hub.until_status(conversation, taken["id"], "sent", "delivered")


async def test_a_wrong_password_names_its_field_at_set_up(hub: Live, carrier: SmsSmppProvider):
    body = {"name": "B", "channel": "sms_smpp", "settings": carrier.settings(), "secrets": {"password": "guessed"}}

    answer = await hub.client.post("/api/v1/inboxes", json=body)

    assert answer.status_code == 400
    assert answer.json()["field"] == "secrets.password"


async def test_a_password_that_was_changed_at_the_carrier_pauses_the_account_and_names_it(
    hub: Live, carrier: SmsSmppProvider
):
    carrier.smsc.password = "changed"
    carrier.smsc.hang_up()

    health: dict[str, str] = {}
    async with asyncio.timeout(30):
        while health.get("state") != "paused":
            await asyncio.sleep(0.05)
            (inbox,) = (await hub.client.get("/api/v1/inboxes")).json()["items"]
            health = inbox["health"]
    assert "password" in health["reason"]


async def test_a_part_that_came_before_a_restart_is_joined_with_the_one_after_it(tmp_path: Path, gateway: Gateway):
    first, second = (
        Message(PERSON, BRAND, octets, coding, esm) for octets, coding, esm in smpp.in_parts("Long " * 40, 7)
    )
    carrier = SmsSmppProvider()
    async with carrier.at_work():
        async with live_hub(settings_in(tmp_path)) as live:
            await carrier.connect(live, gateway)
            await carrier.smsc.write(second)
        await carrier.smsc.until_alone()
        async with live_hub(settings_in(tmp_path)) as live:
            await carrier.smsc.write(first)
            (conversation,) = (await live.client.get("/api/v1/conversations")).json()["items"]
            assert await texts(live, conversation["id"]) == [("Long " * 40).strip()]
