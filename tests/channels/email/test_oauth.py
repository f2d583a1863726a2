"""Mailboxes without a password: access tokens for IMAP and SMTP, renewed in time, with the refresh tokens that take their place."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from mim_desk.channels.base import AccessToken, Account, Action, Refused, Response
from mim_desk.channels.email import oauth
from mim_desk.channels.email.adapter import EmailAdapter
from mim_desk.domain.refusal import Refusal
from mim_desk.rehearsal.providers.email_imap import MailServer
from tests.channels.email.submission import Submission, submission
from tests.channels.email.token_service import CLIENT_ID, CLIENT_SECRET, TokenService
from tests.guards import AllowLog
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

CARE = "care@desk.test"
ADAPTER = EmailAdapter()
GOOGLE = {"address": CARE, "imap_host": "i", "smtp_host": "s", "sign_in": "google", "client_id": "c-1"}
SECRETS = {"refresh_token": "r-1", "client_secret": "s-1"}


@dataclass
class Post:
    """A mailbox whose servers take tokens only."""

    live: Live
    service: TokenService
    mailbox: MailServer
    submission: Submission
    settings: dict[str, str]

    async def offer(self, **secrets: str) -> httpx.Response:
        given = {"refresh_token": "refresh-1", "client_secret": CLIENT_SECRET, **secrets}
        body = {"name": "Care", "channel": "email", "settings": self.settings, "secrets": given}
        return await self.live.client.post("/api/v1/inboxes", json=body)

    async def connect(self) -> None:
        self.live.inbox_id = str((await self.offer()).raise_for_status().json()["id"])
        await self.until_connected()

    async def until_connected(self) -> None:
        async with asyncio.timeout(30):
            while self.live.inbox_id not in self.live.running.hub.connections.here:
                await asyncio.sleep(0.01)

    async def conversation(self, text: str = "Hello") -> dict[str, Any]:
        head = f"From: Mia <mia@cust.test>\r\nTo: {CARE}\r\nSubject: Order\r\nMessage-ID: <{text}@cust.test>\r\n"
        self.mailbox.deliver(f"{head}\r\n{text}\r\n".encode(), datetime.now(UTC).timestamp())
        async with asyncio.timeout(30):
            while True:
                found = (await self.live.client.get("/api/v1/conversations")).json()["items"]
                if found and found[0]["last_message"]["text"] == text:
                    return dict(found[0])
                await asyncio.sleep(0.01)

    async def health(self, state: str) -> str:
        async with asyncio.timeout(30):
            while True:
                told = (await self.live.client.get(f"/api/v1/inboxes/{self.live.inbox_id}")).json()["health"]
                if told["state"] == state:
                    return str(told["reason"])
                await asyncio.sleep(0.02)


@pytest.fixture
async def post(hub: Live, gateway: Gateway, allow_log: AllowLog) -> AsyncIterator[Post]:
    allow_log("mail.log: Session.login_data is deprecated")
    service = TokenService()
    gateway.asides["/token"] = service
    mailbox = MailServer(CARE, "", takes_token=service.good.__contains__)
    server = await mailbox.serve()
    async with submission("") as sending:
        sending.takes_token = service.good.__contains__
        imap, smtp = str(server.sockets[0].getsockname()[1]), str(sending.port)
        there = {"imap_host": "127.0.0.1", "imap_port": imap, "smtp_host": "127.0.0.1", "smtp_port": smtp}
        token_url = gateway.url.removesuffix("/in") + "/token"
        way = {"sign_in": "oauth", "client_id": CLIENT_ID, "token_url": token_url}
        yield Post(hub, service, mailbox, sending, {"address": CARE, "security": "none", **there, **way})
    server.close()
    mailbox.hang_up()


async def test_a_mailbox_is_read_and_written_with_tokens_alone(post: Post):
    await post.connect()
    conversation = await post.conversation("Where is it?")
    posted = (await post.live.reply(conversation["id"], "On its way.")).json()
    await post.live.until_status(conversation["id"], posted["id"], "sent")

    assert len(post.submission.taken) == 1
    assert len(post.service.asked) == 1, "one token serves IMAP, SMTP and the trial"


async def test_a_token_that_a_server_refuses_is_renewed_once_and_the_reply_goes(post: Post):
    await post.connect()
    conversation = await post.conversation()
    post.service.good.clear()
    posted = (await post.live.reply(conversation["id"], "Here.")).json()
    await post.live.until_status(conversation["id"], posted["id"], "sent")

    assert [form["refresh_token"] for form in post.service.asked] == ["refresh-1", "refresh-2"]


async def test_a_connection_that_needs_another_token_gets_one(post: Post):
    await post.connect()
    post.service.good.clear()
    post.mailbox.hang_up()

    assert (await post.conversation("after"))["last_message"]["text"] == "after"
    assert len(post.service.asked) == 2


async def test_refresh_tokens_that_take_the_place_of_others_outlive_the_hub(post: Post):
    await post.connect()
    stored = await post.live.running.hub.accounts.as_stored(post.live.inbox_id)

    assert stored.secrets["refresh_token"] == "refresh-1"
    assert stored.newest("refresh_token") == post.service.refresh_token == "refresh-2"


async def test_a_refresh_token_that_ended_pauses_the_inbox_with_a_sentence_and_loses_no_mail(post: Post):
    await post.connect()
    post.service.good.clear()
    post.service.refresh_token = "withdrawn"
    post.mailbox.hang_up()

    assert (await post.health("paused")).startswith("The mail account's consent has ended or was withdrawn.")
    post.service.refresh_token = "refresh-new"
    patch = {"secrets": {"refresh_token": "refresh-new"}}
    (await post.live.client.patch(f"/api/v1/inboxes/{post.live.inbox_id}", json=patch)).raise_for_status()
    assert (await post.conversation("afterwards"))["last_message"]["text"] == "afterwards"


async def test_a_service_that_is_busy_pauses_nothing(post: Post):
    await post.connect()
    conversation = await post.conversation()
    post.service.good.clear()
    post.service.answer = Answer(503, b"<html>")
    posted = (await post.live.reply(conversation["id"], "Later.")).json()
    async with asyncio.timeout(30):
        while len(post.service.asked) < 2:
            await asyncio.sleep(0.01)
    post.service.answer = None
    await post.live.until_status(conversation["id"], posted["id"], "sent", within=15)

    assert (await post.live.client.get(f"/api/v1/inboxes/{post.live.inbox_id}")).json()["health"]["state"] == "ok"


@pytest.mark.parametrize(
    ("secrets", "field"),
    [
        ({"refresh_token": "wrong"}, "secrets.refresh_token"),
        ({"client_secret": "wrong"}, "settings.client_id"),
    ],
    ids=["refresh token", "client"],
)
async def test_what_the_service_does_not_take_is_refused_at_set_up_by_its_field(
    post: Post, secrets: dict[str, str], field: str
):
    answer = await post.offer(**secrets)

    assert answer.status_code == 400
    assert answer.json()["field"] == field


async def test_a_mail_server_that_takes_no_token_is_told_so(post: Post):
    post.mailbox.takes_token = None
    answer = await post.offer()

    assert answer.json()["field"] == "secrets.refresh_token"
    assert "token" in answer.json()["detail"]


async def test_more_than_the_provider_lets_out_waits_in_words_and_leaves_later(post: Post):
    post.settings["per_minute"] = 1  # type: ignore[assignment]  # a number
    await post.connect()
    conversation = await post.conversation()
    first, second = [(await post.live.reply(conversation["id"], text)).json() for text in ("one", "two")]
    await post.live.until_status(conversation["id"], first["id"], "sent")
    async with asyncio.timeout(30):
        while not (told := (await post.live.message(conversation["id"], second["id"]))["delivery"]).get("reason"):
            await asyncio.sleep(0.02)

    assert (told["status"], told["code"]) == ("queued", "quota")
    assert told["reason"] == "This account sends at most 1 messages a minute; this one waits."
    assert len(post.submission.taken) == 1


def test_microsoft_is_asked_at_the_tenant_with_its_scope():
    settings = {**GOOGLE, "sign_in": "microsoft", "tenant": "example.com"}
    request = oauth.request_of(Account("in-1", settings, SECRETS))
    form = parse_qs(request.body.decode())

    assert request.url == "https://login.microsoftonline.com/example.com/oauth2/v2.0/token"
    assert form["refresh_token"] == ["r-1"]
    assert "https://outlook.office.com/SMTP.Send" in form["scope"][0].split()


def test_google_is_asked_with_the_newest_refresh_token():
    request = oauth.request_of(Account("in-1", GOOGLE, SECRETS, renewed={"refresh_token": "r-2"}))

    assert request.url == "https://oauth2.googleapis.com/token"
    assert parse_qs(request.body.decode())["refresh_token"] == ["r-2"]
    assert b"r-2" not in repr(Account("in-1", GOOGLE, SECRETS, renewed={"refresh_token": "r-2"})).encode()


@pytest.mark.parametrize(
    ("change", "secrets", "field"),
    [
        ({"sign_in": "password"}, {}, "secrets.password"),
        ({"client_id": ""}, SECRETS, "settings.client_id"),
        ({}, {"client_secret": "s"}, "secrets.refresh_token"),
        ({"tenant": "a/b"}, SECRETS, "settings.tenant"),
        ({"sign_in": "oauth"}, SECRETS, "settings.token_url"),
        ({"token_url": "http://mail.example/token"}, SECRETS, "settings.token_url"),
        ({"token_url": "https://["}, SECRETS, "settings.token_url"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_field_that_cannot_be_right_is_named(change: dict[str, str], secrets: dict[str, str], field: str):
    with pytest.raises(Refusal) as caught:
        ADAPTER.check({**GOOGLE, **change}, secrets)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, {"access_token": "a", "expires_in": 3599}, AccessToken("a", 3599)),
        (200, {"access_token": "a", "expires_in": "120"}, AccessToken("a", 120)),
        (200, {"access_token": "a"}, AccessToken("a", 3600)),
        (200, {"access_token": "a", "refresh_token": "r-1"}, AccessToken("a", 3600)),
        (200, {"access_token": "a", "refresh_token": "r-2"}, AccessToken("a", 3600, {"refresh_token": "r-2"})),
        (400, {"error": "invalid_grant"}, Action.SETTINGS),
        (401, {"error": "invalid_client"}, Action.SETTINGS),
        (400, {"error": "invalid_scope"}, Action.SETTINGS),
        (400, {"error": "temporarily_unavailable"}, Action.RETRY),
        (429, {}, Action.RETRY),
        (502, {"error": "invalid_grant"}, Action.RETRY),
        (200, {}, Action.RETRY),
        (404, "<html>", Action.RETRY),
    ],
    ids=str,
)
def test_each_answer_of_a_sign_in_service_tells_what_to_do(status: int, body: object, told: AccessToken | Action):
    read = ADAPTER.read_token(Account("in-1", GOOGLE, SECRETS), Response(status, {}, json.dumps(body).encode()))

    assert (read.action if isinstance(read, Refused) else read) == told
