"""Calls to providers: how long one waits, how much is read, and that no log holds an address."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from mim_desk.channels.base import InDoubt, NeverLeft, Request, Response
from mim_desk.hub.logs import redact
from mim_desk.hub.provider_http import Patience, call, new_client
from tests.hub.edge import listening
from tests.hub.gateway import Answer, Gateway

TOKEN = "4711:made-up-token-of-the-tests"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """The hub's client."""
    async with new_client() as made:
        yield made


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Takes connections and says nothing."""
    await reader.read()


def posting(gateway: Gateway) -> Request:
    return Request("POST", f"{gateway.url}/bot{TOKEN}/sendMessage", body=b"{}")


async def test_the_address_of_a_call_is_in_no_log_at_any_level(
    client: httpx.AsyncClient, gateway: Gateway, caplog: pytest.LogCaptureFixture
):
    """Telegram wants the token in the path."""
    caplog.set_level(1)
    gateway.answers += [Answer(), Answer(500), Answer(cut=True)]

    for _ in range(3):
        await call(client, posting(gateway))
    await call(client, Request("POST", f"http://127.0.0.1:1/bot{TOKEN}/getMe"))
    await call(client, Request("POST", f"nonsense://bot{TOKEN}/getMe"))

    assert TOKEN not in caplog.text
    assert "127.0.0.1" in caplog.text
    assert len(gateway.calls) == 3


def test_a_token_that_strays_into_a_record_is_blanked():
    record = redact(None, "info", {"event": f"x http://api.example/bot{TOKEN}/getMe", "level": logging.INFO})

    assert record["event"] == "x http://api.example/[redacted]/getMe"


async def test_no_more_of_an_answer_is_read_than_allowed(client: httpx.AsyncClient, gateway: Gateway):
    gateway.answers += [Answer(body=b"x" * 5000)] * 2

    cut = await call(client, posting(gateway), patience=Patience(most_bytes=100))
    whole = await call(client, posting(gateway))

    assert isinstance(cut, Response)
    assert isinstance(whole, Response)
    assert (len(cut.body), len(whole.body)) == (100, 5000)


async def test_a_call_that_never_had_its_connection_certainly_never_left(client: httpx.AsyncClient):
    """Here the other side takes the connection, and no word of TLS comes from it."""
    async with listening(silent) as address:
        there = address.replace("http://", "https://")
        answer = await call(client, Request("POST", there, body=b"{}"), patience=Patience(longest_s=0.2))

    assert answer == NeverLeft("TimeoutError")


async def test_a_call_ends_when_its_patience_does(client: httpx.AsyncClient, gateway: Gateway):
    gateway.answers.append(Answer(wait_s=0.5))

    answer = await call(client, posting(gateway), patience=Patience(longest_s=0.1))

    assert answer == InDoubt("TimeoutError")
