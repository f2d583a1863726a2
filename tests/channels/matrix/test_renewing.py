"""Access tokens of Matrix that end: renewed before their end and when they are refused, both tokens kept for every hub."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mim_desk.channels.base import AccessToken, Account, Action, Refused, Request, Response
from mim_desk.channels.matrix.adapter import MatrixAdapter
from tests.channels.conformance.canary import CANARY
from tests.channels.matrix.provider import BRAND, MatrixProvider
from tests.hub.conftest import gateway, hub
from tests.hub.edge import Call
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SETTINGS = {"homeserver": "https://hs.example", "user_id": BRAND}
ADAPTER = MatrixAdapter()


def account(**renewed: str) -> Account:
    return Account("inbox-1", SETTINGS, {"access_token": "a-1", "refresh_token": "r-1"}, renewed=renewed)


def test_a_token_that_never_ends_stays_in_the_calls_as_it_is():
    forever = Account("inbox-1", SETTINGS, {"access_token": "a-1"})
    token = ADAPTER.token_at_hand(forever, NOW)

    assert token is not None
    assert token.value == ""


@pytest.mark.parametrize(
    ("renewed", "value"),
    [
        ({}, "a-1"),
        ({"access_token": "a-2", "until": str(NOW.timestamp() + 300)}, "a-2"),
        ({"access_token": "a-2", "until": str(NOW.timestamp() + 59)}, None),
        ({"access_token": "a-2", "until": ""}, "a-2"),
    ],
    ids=["as entered", "renewed", "near its end", "without an end"],
)
def test_the_newest_token_is_at_hand_until_shortly_before_its_end(renewed: dict[str, str], value: str | None):
    token = ADAPTER.token_at_hand(account(**renewed), NOW)

    assert (token and token.value) == value


def test_the_newest_refresh_token_is_given_for_both():
    request = ADAPTER.token_request(account(refresh_token="r-2"), NOW)
    body = {"access_token": "a-3", "refresh_token": "r-3", "expires_in_ms": 300000}
    told = ADAPTER.read_token(account(), Response(200, {}, json.dumps(body).encode()))

    assert request.url == "https://hs.example/_matrix/client/v3/refresh"
    assert json.loads(request.body) == {"refresh_token": "r-2"}
    assert isinstance(told, AccessToken)
    assert (told.value, told.lasts_s) == ("a-3", 300)
    assert (told.renewed["access_token"], told.renewed["refresh_token"]) == ("a-3", "r-3")


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (401, {"errcode": "M_UNKNOWN_TOKEN"}, Action.SETTINGS),
        (403, {"errcode": "M_FORBIDDEN"}, Action.SETTINGS),
        (404, {"errcode": "M_UNRECOGNIZED"}, Action.SETTINGS),
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}, Action.RETRY),
        (502, {}, Action.RETRY),
        (200, {}, Action.RETRY),
    ],
)
def test_why_no_token_was_given_tells_what_to_do(status: int, body: dict[str, Any], action: Action):
    told = ADAPTER.read_token(account(), Response(status, {}, json.dumps(body).encode()))

    assert isinstance(told, Refused)
    assert told.action is action


def test_a_token_goes_to_nobody_but_the_homeserver():
    theirs = Request("GET", "https://hs.example.evil/_matrix/x", {"authorization": "Bearer a-1"})

    assert ADAPTER.authorized(account(), theirs, "a-9") is theirs


class Ending(MatrixProvider):
    """A homeserver whose access tokens it ends when it likes: softly, so that a refresh token brings the next."""

    def __init__(self) -> None:
        super().__init__()
        self.access, self.refresh, self.given = "a-1", "r-1", 1

    async def connect(self, live: Live, gateway: Gateway) -> str:
        gateway.asides["/refresh"] = self.renew
        gateway.asides["/account/whoami"] = Answer(body=json.dumps({"user_id": BRAND}).encode())
        gateway.asides["/sync"] = self.sync
        body = {
            "name": "Matrix",
            "channel": "matrix",
            "settings": {"homeserver": gateway.url, "user_id": BRAND},
            "secrets": {"access_token": "a-1", "refresh_token": "r-1"},
        }
        self.inbox_id = str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])
        await self._until_asked(0)
        return self.inbox_id

    def renew(self, call: Call) -> Answer:
        if call.json != {"refresh_token": self.refresh}:
            return Answer(401, b'{"errcode": "M_UNKNOWN_TOKEN"}')
        self.given += 1
        self.access, self.refresh = f"a-{self.given}", f"r-{self.given}"
        told = {"access_token": self.access, "refresh_token": self.refresh, "expires_in_ms": 3_600_000}
        return Answer(body=json.dumps(told).encode())

    def sync(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.access}":
            return Answer(401, b'{"errcode": "M_UNKNOWN_TOKEN", "soft_logout": true}')
        call.headers["authorization"] = "Bearer " + CANARY
        return super().sync(call)


async def test_a_soft_logout_is_over_with_a_refresh_and_nothing_is_lost(hub: Live, gateway: Gateway):
    provider = Ending()
    await provider.connect(hub, gateway)
    provider.access = "ended"
    await provider.write(hub, "1", "Hello")
    stored = await hub.running.hub.accounts.as_stored(provider.inbox_id)
    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]

    assert conversation["last_message"]["text"] == "Hello"
    assert (stored.newest("access_token"), stored.newest("refresh_token")) == ("a-2", "r-2")
    assert provider.given == 2


async def test_a_token_that_another_hub_renewed_is_found_and_not_asked_for_again(hub: Live, gateway: Gateway):
    provider = Ending()
    await provider.connect(hub, gateway)
    accounts = hub.running.hub.accounts
    told = ADAPTER.read_token(
        await accounts.account(provider.inbox_id), Response(200, {}, provider.renew(refresh()).body)
    )
    assert isinstance(told, AccessToken)
    await accounts.keep_renewed(await accounts.account(provider.inbox_id), told.renewed)
    await provider.write(hub, "1", "Hello")

    assert provider.given == 2


async def test_a_refresh_token_that_ended_pauses_the_inbox_in_words(hub: Live, gateway: Gateway):
    provider = Ending()
    await provider.connect(hub, gateway)
    provider.access = provider.refresh = "ended"

    assert (await until_paused(hub, provider.inbox_id)).startswith("The homeserver does not take the refresh token any")


def refresh() -> Call:
    return Call("/refresh", {}, b'{"refresh_token": "r-1"}')


async def until_paused(hub: Live, inbox_id: str) -> str:
    """Why the inbox is paused, once it is."""
    async with asyncio.timeout(30):
        while True:
            told = (await hub.client.get(f"/api/v1/inboxes/{inbox_id}")).json()["health"]
            if told["state"] == "paused":
                return str(told["reason"])
            await asyncio.sleep(0.02)


class SigningIn(Ending):
    """A homeserver that gives no refresh tokens: who is logged out softly signs in with the password again."""

    def __init__(self) -> None:
        super().__init__()
        self.password, self.devices = "correct horse", list[str]()

    async def connect(self, live: Live, gateway: Gateway) -> str:
        gateway.asides["/login"] = self.sign_in
        await super().connect(live, gateway)
        changed = {"secrets": {"access_token": "a-1", "refresh_token": "", "password": "correct horse"}}
        (await live.client.patch(f"/api/v1/inboxes/{self.inbox_id}", json=changed)).raise_for_status()
        return self.inbox_id

    def sign_in(self, call: Call) -> Answer:
        user = {"type": "m.id.user", "user": BRAND}
        asked = {"type": "m.login.password", "identifier": user, "password": self.password}
        if {**asked, "device_id": call.json.get("device_id")} != call.json:
            return Answer(403, b'{"errcode": "M_FORBIDDEN", "error": "Invalid username or password"}')
        self.devices.append(call.json["device_id"])
        self.given += 1
        self.access = f"a-{self.given}"
        told = {"access_token": self.access, "device_id": call.json["device_id"], "user_id": BRAND}
        return Answer(body=json.dumps(told).encode())


async def test_a_soft_logout_is_over_with_a_sign_in_and_nothing_is_lost(hub: Live, gateway: Gateway):
    provider = SigningIn()
    await provider.connect(hub, gateway)
    for number in range(2):
        provider.access = "ended"
        await provider.write(hub, str(number), f"Hello {number}")
    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    reply = (await hub.reply(conversation["id"], "Good day")).json()
    await hub.until_status(conversation["id"], reply["id"], "sent")

    assert (conversation["unread"], conversation["last_message"]["text"]) == (2, "Hello 1")
    assert provider.given == 3
    assert len(set(provider.devices)) == 1
    assert (await hub.running.hub.accounts.as_stored(provider.inbox_id)).newest("access_token") == "a-3"


async def doubted(hub: Live, gateway: Gateway, provider: Ending) -> tuple[str, str]:
    """A reply whose answer was lost, and whose next try is told that the token has ended; its conversation and itself."""
    await provider.write(hub, "1", "Hello")
    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    gateway.answers += [Answer(cut=True), Answer(401, b'{"errcode": "M_UNKNOWN_TOKEN"}')]
    reply = (await hub.reply(conversation["id"], "Good day")).json()
    return conversation["id"], reply["id"]


async def test_what_is_in_doubt_from_another_device_is_not_sent_again(hub: Live, gateway: Gateway):
    """The homeserver knows a transaction by the device: from the one that signed in it would be a second message."""
    provider = SigningIn()
    await provider.connect(hub, gateway)

    conversation, reply = await doubted(hub, gateway, provider)
    told = await hub.until_status(conversation, reply, "unknown")

    assert told["delivery"]["code"] == "key-over"
    assert [one.headers["authorization"] for one in gateway.calls] == ["Bearer a-1", "Bearer a-1"]
    assert len(provider.devices) == 1


async def test_what_is_in_doubt_from_the_same_device_is_sent_again_under_its_transaction(hub: Live, gateway: Gateway):
    provider = Ending()
    await provider.connect(hub, gateway)

    conversation, reply = await doubted(hub, gateway, provider)
    await hub.until_status(conversation, reply, "sent")

    assert [one.headers["authorization"] for one in gateway.calls] == ["Bearer a-1", "Bearer a-1", "Bearer a-2"]
    assert len({one.path for one in gateway.calls}) == 1


async def test_the_same_device_that_signs_in_again_knows_its_transactions(hub: Live, gateway: Gateway):
    provider = SigningIn()
    await provider.connect(hub, gateway)
    provider.access = "ended"
    await provider.write(hub, "0", "Hi")  # so that it has signed in once

    conversation, reply = await doubted(hub, gateway, provider)
    await hub.until_status(conversation, reply, "sent")

    assert [one.headers["authorization"] for one in gateway.calls] == ["Bearer a-2", "Bearer a-2", "Bearer a-3"]


async def test_what_is_in_doubt_when_another_token_is_entered_is_not_sent_again(hub: Live, gateway: Gateway):
    provider = Ending()
    await provider.connect(hub, gateway)
    await provider.write(hub, "1", "Hello")
    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    gateway.answers += [Answer(cut=True), Answer(403, b'{"errcode": "M_USER_DEACTIVATED"}')]
    reply = (await hub.reply(conversation["id"], "Good day")).json()
    await until_paused(hub, provider.inbox_id)

    provider.access = "other"
    changed = {"secrets": {"access_token": "other", "refresh_token": ""}}
    (await hub.client.patch(f"/api/v1/inboxes/{provider.inbox_id}", json=changed)).raise_for_status()
    told = await hub.until_status(conversation["id"], reply["id"], "unknown")

    assert told["delivery"]["code"] == "key-over"
    assert len(gateway.calls) == 2


async def test_a_password_that_is_not_taken_pauses_the_inbox_in_words(hub: Live, gateway: Gateway):
    provider = SigningIn()
    await provider.connect(hub, gateway)
    provider.access, provider.password = "ended", "changed"
    reason = await until_paused(hub, provider.inbox_id)

    assert reason.startswith("The homeserver does not take the brand's user with this password.")


def test_an_application_service_never_signs_in():
    settings = {**SETTINGS, "mode": "application_service"}
    token = ADAPTER.token_at_hand(Account("inbox-1", settings, {"access_token": "as", "password": "p"}), NOW)

    assert token is not None
    assert token.value == ""
