"""Calls that our key does not cover, the way that is gone when one is rejected, and what a reply builds on."""

import json
from collections.abc import Sequence

import pytest

from mim_desk.channels.base import Account, IncomingMessage, Outgoing, Parsed, RawRequest, Request, Step
from mim_desk.channels.custom.adapter import CustomAdapter
from mim_desk.channels.registry import ADAPTERS
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, incoming


class Answering(CustomAdapter):
    """First by the word that came with the contact's last message, once; else by name, under our key."""

    keyed = True

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        found = super().parse(account, request).events
        return Parsed(tuple(_noted(one) if isinstance(one, IncomingMessage) else one for one in found))

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        url = str(account.settings["callback_url"])
        named = Request("POST", url, body=json.dumps({"to": message.recipient}).encode())
        assert message.last_incoming is not None
        told = {"word": message.last_incoming.details["word"], "quotes": message.reply_to_details.get("word")}
        return [Request("POST", url, body=json.dumps(told).encode(), once=True, instead=named)]


def _noted(event: IncomingMessage) -> IncomingMessage:
    return IncomingMessage(
        event.external_id, event.sender, event.occurred_at, text=event.text, details={"word": f"w-{event.text}"}
    )


@pytest.fixture(autouse=True)
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "custom", Answering())  # type: ignore[arg-type]  # a dict to look into


async def test_a_reply_builds_on_the_contacts_last_message_and_on_what_it_quotes(shop: Live, gateway: Gateway):
    conversation = await shop.conversation(text="one")
    listed = await shop.client.get(f"/api/v1/conversations/{conversation['id']}/messages")
    (first,) = listed.json()["items"]
    await shop.deliver(incoming("u-1", "two"))

    posted = (await shop.reply(conversation["id"], reply_to={"message_id": first["id"]})).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")

    assert [call.json for call in gateway.calls] == [{"word": "w-two", "quotes": "w-one"}]


async def test_a_rejected_way_is_followed_by_the_other_one(shop: Live, gateway: Gateway):
    gateway.answers += [Answer(400), Answer(body=b'{"id": "p-1"}')]
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"])).json()
    message = await shop.until_status(conversation["id"], posted["id"], "sent")

    assert [sorted(call.json) for call in gateway.calls] == [["quotes", "word"], ["to"]]
    assert message["external_id"] == "p-1"


@pytest.mark.parametrize("answer", [Answer(cut=True), Answer(500), Answer(504)], ids=["cut", "broken", "too late"])
async def test_a_call_that_may_be_made_once_stays_in_doubt(shop: Live, gateway: Gateway, answer: Answer):
    gateway.answers.append(answer)
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"])).json()
    await shop.until_status(conversation["id"], posted["id"], "unknown")

    assert len(gateway.calls) == 1


async def test_a_call_that_may_be_made_once_is_tried_again_when_it_was_certainly_not_taken(
    shop: Live, gateway: Gateway
):
    gateway.answers += [Answer(503), Answer(429, headers={"retry-after": "0"})]
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"])).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")

    assert len(gateway.calls) == 3


async def test_both_ways_rejected_is_failed(shop: Live, gateway: Gateway):
    gateway.answers += [Answer(400), Answer(422, b'{"detail": "Too rude."}')]
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"])).json()
    message = await shop.until_status(conversation["id"], posted["id"], "failed")

    assert message["delivery"]["reason"] == "Too rude."
