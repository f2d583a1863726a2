"""People on every channel: the rehearsal's providers write and sign what they say, for the benchmarks to bring."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.posting import CALM, Delivery, Poster
from mim_desk.rehearsal.providers.provider import Provider, at_work
from mim_desk.rehearsal.providers.registry import PROVIDERS
from mim_desk.rehearsal.providers.telegram import Telegram
from mim_desk.rehearsal.scripts import Act, Script, stage
from mim_desk.rehearsal.web_chat import PATH
from mim_desk.rehearsal.workspace import Admin
from tests.benchmarks.hubs import Hub

ASKED: Final = ("email", "matrix", "sms_smpp", "wecom_kf")
"""Channels whose news the hub fetches over a connection of its own."""


class CalledTelegram(Telegram):
    """A bot that is told by webhook."""

    mode = "webhook"


class Noted(Poster):
    """Keeps the news instead of bringing it."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.deliveries, CALM)
        self.news: list[Any] = []

    def post(self, news: Any, after_s: float = 0.0) -> None:
        self.news.append(news)


def simulated() -> list[Provider]:
    """One of each provider; each is told of by webhook where there is one."""
    return [CalledTelegram() if each is Telegram else each() for each in PROVIDERS]


async def written(provider: Provider, phone: Phone, text: str) -> Delivery:
    """The call that brings one message of a person's to the hub's webhook."""
    bringing, noted = provider.poster, Noted(provider)
    provider.poster = noted
    try:
        await phone.do(Act(text=text))
    finally:
        provider.poster = bringing
    (delivery,) = provider.deliveries(noted.news[-1:])
    return delivery


def as_bytes(delivery: Delivery) -> bytes:
    """The call as it goes over the wire."""
    url = urlsplit(delivery.url)
    target = url.path + (f"?{url.query}" if url.query else "")
    lines = [f"POST {target} HTTP/1.1", f"host: {url.netloc}", f"content-length: {len(delivery.body)}"]
    lines += [f"{name.lower()}: {value}" for name, value in delivery.headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + delivery.body


@dataclass(frozen=True)
class Visitor:
    """A web chat that was opened."""

    url: str
    token: str

    def written(self, text: str) -> Delivery:
        """The call by which the page posts a message."""
        body = {"client_msg_id": str(uuid4()), "kind": "text", "text": text}
        headers = {"Origin": self.url, "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return Delivery(f"{self.url}{PATH}/messages", json.dumps(body).encode(), headers)


class Crowd:
    """Some people on each channel of one hub.

    Attributes:
        told: channels whose calls can be written beforehand.
    """

    def __init__(self, providers: Sequence[Provider], visitors: Sequence[Visitor], each: int) -> None:
        self._providers = {provider.channel: provider for provider in providers}
        self._visitors = visitors
        self._phones = {name: [one.phone(_person(name, n)) for n in range(each)] for name, one in self._items()}
        self.told = sorted({"web_chat", *self._providers} - set(ASKED))

    def _items(self) -> list[tuple[str, Provider]]:
        return list(self._providers.items())

    async def written(self, channel: str, number: int, text: str) -> bytes:
        """A call with a message of one of them, signed now."""
        if channel == "web_chat":
            return as_bytes(self._visitors[number % len(self._visitors)].written(text))
        phones = self._phones[channel]
        return as_bytes(await written(self._providers[channel], phones[number % len(phones)], text))

    async def says(self, channel: str, number: int, text: str) -> None:
        """One of them writes where the hub fetches it."""
        phones = self._phones[channel]
        await phones[number % len(phones)].do(Act(text=text))

    def refused(self) -> list[str]:
        """What the hub's calls got wrong at the providers."""
        return [f"{name}: {why}" for name, one in self._items() for why in one.refused]


def _person(channel: str, number: int) -> Script:
    return Script(f"Customer {number} on {channel}", "en", (), channel)


@asynccontextmanager
async def crowd(hub: Hub, each: int) -> AsyncIterator[Crowd]:
    """Connect every channel of a hub; their providers are at work while the block runs."""
    providers = simulated()
    async with at_work(providers), httpx.AsyncClient(base_url=hub.url, timeout=30, trust_env=False) as http:
        admin = Admin(http, hub.token, stage())
        chat = await admin.open_chat()
        for provider in providers:
            await admin.connect(provider)
        origin = {"Origin": hub.url}
        visitors = []
        for number in range(each):
            wanted = {"widget": chat.widget, "locale": "en", "page": {}, "client_id": f"bench-{number}"}
            answer = await http.post(f"{PATH}/session", json=wanted, headers=origin)
            told = cast("dict[str, str]", answer.raise_for_status().json())
            visitors.append(Visitor(hub.url, told["session_token"]))
        yield Crowd(providers, visitors, each)
