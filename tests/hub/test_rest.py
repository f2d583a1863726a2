"""Replies in several calls of which only the first were taken: the rest follows, and nothing leaves twice."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mim_desk.channels.base import Account, Outgoing, Request, Response, Step
from mim_desk.channels.custom.adapter import CustomAdapter
from mim_desk.channels.pace import Pace
from mim_desk.channels.registry import ADAPTERS
from mim_desk.hub.store import driver
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live
from tests.hub.test_sender import until_told

BUSY = Answer(429, headers={"retry-after": "0"})


class InParts(CustomAdapter):
    """Each word is a call of its own, on a channel that knows no key."""

    keyed = False

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        url = str(account.settings["callback_url"])
        return [Request("POST", url, body=json.dumps({"text": word}).encode()) for word in message.text.split()]


class Knowing(InParts):
    """The same, and the network knows our key for no time at all."""

    keyed = True


class InPace(InParts):
    """The network takes no second word for longer than a reply waits."""

    burst = 1

    def pace(self, account: Account, recipient: str) -> Pace:
        return Pace(per_second=1_000, chat_every_s=60.0, chat_burst=self.burst)


class Chained(InParts):
    """The second word is written from the answer to the first."""

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        first, second = super().render(account, message)
        assert isinstance(second, Request)
        following: Request = second

        def after(_answer: Response) -> Request:
            return following

        return [first, after]


@pytest.fixture(autouse=True)
def in_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> InParts:
    adapter: InParts = getattr(request, "param", InParts)()
    monkeypatch.setitem(ADAPTERS, "custom", adapter)  # type: ignore[arg-type]  # a dict to look into
    return adapter


def named(part: str) -> Answer:
    return Answer(body=json.dumps({"id": part}).encode())


async def replied(shop: Live, status: str, text: str = "one two three") -> dict[str, Any]:
    conversation = await shop.conversation()
    posted = (await shop.reply(conversation["id"], text)).json()
    return await shop.until_status(conversation["id"], posted["id"], status)


async def test_the_rest_follows_a_part_that_was_taken_and_nothing_leaves_twice(shop: Live, gateway: Gateway):
    gateway.answers += [named("p-1"), BUSY, named("p-2"), BUSY, named("p-3")]

    message = await replied(shop, "sent")

    assert [call.json["text"] for call in gateway.calls] == ["one", "two", "two", "three", "three"]
    assert message["external_id"] == "p-1"


async def test_the_rest_in_doubt_is_never_sent_again(shop: Live, gateway: Gateway):
    gateway.answers += [named("p-1"), BUSY, Answer(cut=True)]

    await replied(shop, "unknown")

    assert [call.json["text"] for call in gateway.calls] == ["one", "two", "two"]


@pytest.mark.parametrize("in_parts", [InPace], indirect=True)
async def test_a_long_wait_for_the_pace_in_the_middle_is_followed_by_the_rest(
    shop: Live, gateway: Gateway, in_parts: InPace
):
    conversation = await shop.conversation()
    posted = (await shop.reply(conversation["id"], "one two")).json()
    waits = await until_told(shop, conversation["id"], posted["id"], "paced")

    in_parts.burst = 1_000
    now = "UPDATE sends SET next_try_at = 0 WHERE message_id = ?"
    await shop.running.hub.store.writer.run(lambda unit: driver.execute(unit.conn, now, (posted["id"],)))
    await shop.reply((await shop.conversation("u-2"))["id"], "wakes")
    await shop.until_status(conversation["id"], posted["id"], "sent")

    assert waits["status"] == "queued"
    assert "the rest follows" in waits["reason"]
    assert [call.json["text"] for call in gateway.calls if call.json["text"] != "wakes"] == ["one", "two"]


@pytest.mark.parametrize("in_parts", [Chained], indirect=True)
async def test_what_builds_on_the_answer_to_a_taken_part_is_not_tried_again(shop: Live, gateway: Gateway):
    gateway.answers += [named("p-1"), BUSY]

    message = await replied(shop, "failed", "one two")

    assert "Only a part" in message["delivery"]["reason"]
    assert len(gateway.calls) == 2


@pytest.mark.parametrize("in_parts", [Knowing], indirect=True)
async def test_under_a_key_only_the_rest_is_repeated(shop: Live, gateway: Gateway):
    gateway.answers += [named("p-1"), Answer(cut=True), named("p-2")]

    await replied(shop, "sent", "one two")

    assert [call.json["text"] for call in gateway.calls] == ["one", "two", "two"]
