"""Replies that take several calls of which a later one is written from the answer to an earlier one."""

import json
from collections.abc import Sequence

import msgspec
import pytest

from mim_desk.channels.base import Account, HandshakeAnswer, Outgoing, Parsed, RawRequest, Request, Response, Step
from mim_desk.channels.custom.adapter import CustomAdapter
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.refusal import Refusal
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, incoming


class Uploading(CustomAdapter):
    """First an upload, then the message that names what was uploaded; deliveries hear a word of its own."""

    keyed = False

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        url = str(account.settings["callback_url"])

        def naming(answer: Response) -> Request:
            found = msgspec.json.decode(answer.body).get("upload")
            if not found:
                raise Refusal("no-upload", "The channel did not take the file.")
            return Request("POST", url, body=json.dumps({"text": message.text, "names": found}).encode())

        return [Request("POST", url, body=b'{"upload": true}', prepares=True), naming]

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        found = super().parse(account, request)
        return Parsed(found.events, HandshakeAnswer(b"<Response/>", content_type="text/xml"))


@pytest.fixture(autouse=True)
def uploading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "custom", Uploading())  # type: ignore[arg-type]  # a dict to look into


async def test_the_message_names_what_was_uploaded(shop: Live, gateway: Gateway):
    gateway.answers += [Answer(body=b'{"upload": "m-1"}'), Answer(body=b'{"id": "p-1"}')]
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"], "Here it is")).json()
    message = await shop.until_status(conversation["id"], posted["id"], "sent")

    assert [call.json for call in gateway.calls] == [{"upload": True}, {"text": "Here it is", "names": "m-1"}]
    assert message["external_id"] == "p-1"


async def test_an_upload_in_doubt_is_made_again_since_nothing_reached_the_contact(shop: Live, gateway: Gateway):
    gateway.answers += [Answer(cut=True), Answer(body=b'{"upload": "m-1"}'), Answer(body=b'{"id": "p-1"}')]
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"], "Here it is")).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")

    assert [sorted(call.json) for call in gateway.calls] == [["upload"], ["upload"], ["names", "text"]]


async def test_a_message_in_doubt_after_its_upload_is_unknown(shop: Live, gateway: Gateway):
    gateway.answers += [Answer(body=b'{"upload": "m-1"}'), Answer(cut=True)]
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"], "Here it is")).json()
    await shop.until_status(conversation["id"], posted["id"], "unknown")

    assert len(gateway.calls) == 2


async def test_an_upload_that_names_nothing_fails_the_reply_with_the_reason(shop: Live, gateway: Gateway):
    gateway.answers += [Answer(body=b"{}")]
    conversation = await shop.conversation()

    posted = (await shop.reply(conversation["id"], "Here it is")).json()
    message = await shop.until_status(conversation["id"], posted["id"], "failed")

    assert message["delivery"]["reason"] == "The channel did not take the file."
    assert len(gateway.calls) == 1


async def test_a_delivery_is_answered_as_its_channel_says(shop: Live):
    answer = await shop.deliver(incoming("u-1", "Hello"))

    assert (answer.text, answer.headers["content-type"]) == ("<Response/>", "text/xml")
