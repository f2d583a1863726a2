"""Channels whose calls carry a short-lived token: the hub asks for it, keeps it for its life and renews it."""

import asyncio
from dataclasses import replace
from datetime import datetime

import httpx
import msgspec
import pytest

from mim_desk.channels.base import AccessToken, Account, Action, InDoubt, NeverLeft, Refused, Request, Response
from mim_desk.channels.custom.adapter import CustomAdapter
from mim_desk.channels.registry import ADAPTERS
from mim_desk.hub.account_tokens import AccountTokens
from tests.guards import AllowLog
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

ACCOUNT = Account("inbox-1", {}, {"secret": "s-1"})
SEND = Request("POST", "https://provider.example/send")
OLD = b'{"error": "token"}'


class Tokened(CustomAdapter):
    """Its calls name a token in a header; the provider says so when it is no longer right."""

    def token_request(self, account: Account, now: datetime) -> Request:
        return Request("POST", str(account.settings.get("callback_url", "https://provider.example/token")), body=b"{}")

    def read_token(self, account: Account, response: Response) -> AccessToken | Refused:
        told = msgspec.json.decode(response.body)
        if "token" not in told:
            return Refused(Action.SETTINGS, "The account is closed.", "closed")
        return AccessToken(told["token"], told["lasts"])

    def authorized(self, account: Account, request: Request, token: str) -> Request:
        return replace(request, headers={**request.headers, "x-token": token})

    def refuses_token(self, response: Response) -> bool:
        return response.body == OLD


class Provider:
    """Gives the tokens t-1, t-2 ... and remembers what was called with which."""

    def __init__(self) -> None:
        self.given = 0
        self.lasts = 7200
        self.status = 200
        self.broken = False
        self.seen: list[str] = []
        self.wrong: set[str] = set()
        self.clock = 0.0
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.token))
        self.tokens = AccountTokens(client, clock=lambda: self.clock)

    async def token(self, request: httpx.Request) -> httpx.Response:
        self.given += 1
        await asyncio.sleep(0)
        if self.broken:
            raise httpx.ReadError("cut")
        if self.status == 500:
            return httpx.Response(200, text="<html>")
        body = {"token": f"t-{self.given}", "lasts": self.lasts} if self.status == 200 else {}
        return httpx.Response(200, json=body)

    async def make(self, request: Request) -> Response:
        token = request.headers["x-token"]
        self.seen.append(token)
        return Response(200, {}, OLD if token in self.wrong else b"{}")

    async def call(self, account: Account = ACCOUNT) -> Response | NeverLeft | InDoubt | Refused:
        return await self.tokens.call(Tokened(), account, SEND, self.make)


@pytest.fixture
def provider() -> Provider:
    return Provider()


async def test_a_token_is_asked_for_once_also_by_calls_at_the_same_time(provider: Provider):
    await asyncio.gather(*(provider.call() for _ in range(5)))
    await provider.call()

    assert provider.given == 1
    assert provider.seen == ["t-1"] * 6


async def test_it_is_renewed_before_its_end(provider: Provider):
    await provider.call()
    provider.clock = 7200 - 301
    await provider.call()
    provider.clock = 7200 - 299
    await provider.call()

    assert provider.seen == ["t-1", "t-1", "t-2"]


async def test_a_short_lived_one_is_still_used_for_most_of_its_life(provider: Provider):
    provider.lasts = 60
    await provider.call()
    provider.clock = 53
    await provider.call()
    provider.clock = 55
    await provider.call()

    assert provider.seen == ["t-1", "t-1", "t-2"]


async def test_one_that_the_provider_no_longer_takes_is_renewed_and_the_call_made_once_more(provider: Provider):
    await provider.call()
    provider.wrong = {"t-1"}
    answer = await provider.call()

    assert provider.seen == ["t-1", "t-1", "t-2"]
    assert answer == Response(200, {}, b"{}")


async def test_calls_that_meet_the_same_old_token_renew_it_once(provider: Provider):
    provider.wrong = {"t-1"}
    await asyncio.gather(*(provider.call() for _ in range(4)))

    assert provider.given == 2


async def test_a_call_is_not_repeated_for_ever(provider: Provider):
    provider.wrong = {f"t-{n}" for n in range(9)}
    answer = await provider.call()

    assert provider.seen == ["t-1", "t-2"]
    assert answer == Response(200, {}, OLD)


@pytest.mark.parametrize(
    "changed",
    [replace(ACCOUNT, secrets={"secret": "s-2"}), replace(ACCOUNT, settings={"api_base_url": "https://x.example"})],
    ids=["another secret", "another address"],
)
async def test_other_settings_need_another_token(provider: Provider, changed: Account):
    await provider.call()
    await provider.call(changed)

    assert provider.seen == ["t-1", "t-2"]


async def test_each_account_has_its_own(provider: Provider):
    await provider.call()
    await provider.call(replace(ACCOUNT, inbox_id="inbox-2"))
    await provider.call()

    assert provider.seen == ["t-1", "t-2", "t-1"]


async def test_without_a_token_no_call_is_made_and_it_is_said_why(provider: Provider):
    provider.status = 400
    answer = await provider.call()

    assert isinstance(answer, Refused)
    assert answer.action is Action.SETTINGS
    assert provider.seen == []


async def test_a_lost_answer_to_the_token_call_leaves_no_message_in_doubt(provider: Provider):
    provider.broken = True

    assert isinstance(await provider.call(), NeverLeft)
    assert provider.seen == []


async def test_an_adapter_that_breaks_on_the_answer_means_another_try(provider: Provider, allow_log: AllowLog):
    allow_log("adapter_failed")
    provider.status = 500
    answer = await provider.call()

    assert isinstance(answer, Refused)
    assert answer.action is Action.RETRY


async def test_another_channels_calls_are_made_as_they_are(provider: Provider):
    async def make(request: Request) -> Request:
        return request

    assert await provider.tokens.call(CustomAdapter(), ACCOUNT, SEND, make) is SEND


def test_a_token_is_not_shown_when_it_is_printed():
    assert "t-1" not in repr(AccessToken("t-1", 1.0))


async def test_replies_are_sent_with_the_token_of_the_account(
    shop: Live, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(ADAPTERS, "custom", Tokened())  # type: ignore[arg-type]  # a dict to look into
    gateway.answers += [Answer(body=b'{"token": "t-1", "lasts": 7200}'), Answer(), Answer()]
    conversation = await shop.conversation()

    for text in ("one", "two"):
        posted = (await shop.reply(conversation["id"], text)).json()
        await shop.until_status(conversation["id"], posted["id"], "sent")

    asked, one, two = gateway.calls
    assert asked.json == {}
    assert [call.headers["x-token"] for call in (one, two)] == ["t-1", "t-1"]


async def test_an_account_that_gets_no_token_pauses(shop: Live, gateway: Gateway, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(ADAPTERS, "custom", Tokened())  # type: ignore[arg-type]  # a dict to look into
    conversation = await shop.conversation()

    await shop.reply(conversation["id"], "one")
    async with asyncio.timeout(30):
        while (await shop.client.get("/api/v1/inboxes")).json()["items"][0]["health"]["state"] == "ok":
            await asyncio.sleep(0.02)

    assert [call.json for call in gateway.calls] == [{}]
