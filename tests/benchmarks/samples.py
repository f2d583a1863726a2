"""One message of a person on each channel, as the hub gets it, and the account it comes to."""

import json
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

import msgspec

from mim_desk.channels.base import Account, RawRequest
from mim_desk.channels.registry import ADAPTERS
from mim_desk.channels.web_chat.payloads import NewPost, Posted, Visitor
from mim_desk.hub.store.times import utc_now
from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.providers.provider import Connection, Provider
from mim_desk.rehearsal.providers.telegram import Telegram
from mim_desk.rehearsal.providers.wecom_kf import WeComKf
from mim_desk.rehearsal.scripts import Act, Script
from tests.benchmarks.crowd import ASKED, simulated, written
from tests.channels.sms_smpp import made as smpp

TEXT: Final = "Where is my order? It should have been here on Friday. 我的订单什么时候到？ 👋"
_MIA: Final = Script("Mia Lindqvist", "en", ())


@dataclass(frozen=True)
class Sample:
    """What is parsed.

    Attributes:
        body: a delivery, or what the hub fetched, as ``parse`` takes it.
    """

    account: Account
    request: RawRequest

    @property
    def body(self) -> bytes:
        return self.request.body


class _Posted(Email):
    """Keeps the mail as it goes over the wire."""

    mail = b""

    def deliver(self, mail: EmailMessage) -> None:
        self.mail = mail.as_bytes(policy=policy.SMTP)


async def samples() -> dict[str, Sample]:
    """One for every channel."""
    providers = {one.channel: one for one in simulated()} | {"email": _Posted()}
    found = {name: await _sample(one) for name, one in providers.items()}
    found["web_chat"] = Sample(_account(Connection("Chat")), _request(_post()))
    assert found.keys() == ADAPTERS.keys()
    return dict(sorted(found.items()))


async def _sample(provider: Provider) -> Sample:
    provider.address = f"http://127.0.0.1:1/{provider.channel}"
    provider.webhook_url = f"http://127.0.0.1:1/webhooks/{provider.channel}/inbox"
    if isinstance(provider, Telegram):
        provider.called = (provider.webhook_url, "secret")
    account = _account(_connection(provider))
    if provider.channel in ASKED:
        return Sample(account, _request(await _fetched(provider)))
    delivery = await written(provider, provider.phone(_MIA), TEXT)
    headers = {name.lower(): value for name, value in delivery.headers.items()}
    return Sample(account, _request(delivery.body, urlsplit(delivery.url).query, headers))


def _connection(provider: Provider) -> Connection:
    """A carrier's and a mailbox's settings name ports, which are there only at work."""
    if provider.channel == "sms_smpp":
        return Connection("SMS", smpp.SETTINGS)
    if provider.channel == "email":
        return Connection("Mail", {"address": "care@shop.example"}, {"thread_secret": "s", "password": "p"})
    return provider.connection()


async def _fetched(provider: Provider) -> bytes:
    """What the hub makes of an answer, for those that are asked."""
    if provider.channel == "sms_smpp":
        return smpp.request(smpp.text(TEXT)).body
    if provider.channel == "matrix":
        content = {"msgtype": "m.text", "body": TEXT}
        head = {"type": "m.room.message", "event_id": "$1", "sender": "@mia:example.test", "origin_server_ts": 1}
        return json.dumps({"room_id": "!room:example.test", "event": {**head, "content": content}}).encode()
    await provider.phone(_MIA).do(Act(text=TEXT))
    if isinstance(provider, _Posted):
        return provider.mail
    assert isinstance(provider, WeComKf)
    return json.dumps(provider.log[-1]).encode()


def _post() -> bytes:
    visitor = Visitor("01a2042d-6204-7000-85c2-ba74aee7caef", "visitor:01a2042d", False, "Mia", "en")
    post = NewPost("5f0c2f1e-7d5f-4e36-9b0e-3c7a8f2d9d11", "text", TEXT)
    return msgspec.json.encode(Posted(visitor, "01a2042d-6204-7000-85c2-ba74aee7cae0", post))


def _account(connection: Connection) -> Account:
    return Account("inbox", dict(connection.settings), dict(connection.secrets), "Brand")


def _request(body: bytes, query: str = "", headers: dict[str, str] | None = None) -> RawRequest:
    return RawRequest("POST", "/webhooks/x/inbox", query, headers or {}, body, utc_now())
