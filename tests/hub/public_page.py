"""A hub beside simulated networks on which people comment publicly, and what tests do there."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.provider import Provider, at_work
from mim_desk.rehearsal.scripts import Act, Script, stage
from mim_desk.rehearsal.workspace import Admin
from tests.hub.live import ADMIN_TOKEN, Live, live_hub, settings_in

LEO = "Leo Ruiz"


class Clock:
    """The providers' clock, which tests put back: what happens then happened long ago."""

    back_s = 0.0

    def __call__(self) -> float:
        return time.time() - self.back_s


@dataclass
class Page:
    """The hub with its networks.

    Attributes:
        inboxes: their ids by channel.
        public: the network on which people comment, ``private`` the one on which they are answered privately.
    """

    hub: Live
    inboxes: dict[str, str]
    public: Provider
    private: Provider
    clock: Clock

    def phone(self, name: str = LEO) -> Phone:
        return self.public.phone(Script(name, "en", (), self.public.channel))

    def private_phone(self, name: str = LEO) -> Phone:
        return self.private.phone(Script(name, "en", (), self.private.channel))

    async def comment(self, text: str = "Price please?", name: str = LEO) -> dict[str, Any]:
        """A public comment, once it is in the hub."""
        kind = "comment" if "comment" in self.phone(name).can else "text"
        await self.phone(name).do(Act(kind, text))
        return await self.until(text)

    async def timeline(self) -> list[dict[str, Any]]:
        """Every message of every conversation, the oldest first."""
        found: list[dict[str, Any]] = []
        for one in (await self.hub.client.get("/api/v1/conversations?limit=50")).json()["items"]:
            listed = await self.hub.client.get(f"/api/v1/conversations/{one['id']}/messages?limit=100")
            found += listed.raise_for_status().json()["items"]
        return sorted(found, key=lambda one: datetime.fromisoformat(one["occurred_at"]))

    async def until(self, text: str, within: float = 30) -> dict[str, Any]:
        """The message with this text, once it is there."""
        async with asyncio.timeout(within):
            while True:
                for one in await self.timeline():
                    if one["text"] == text:
                        return one
                await asyncio.sleep(0.02)

    async def contact(self, contact_id: str) -> dict[str, Any]:
        return dict((await self.hub.client.get(f"/api/v1/contacts/{contact_id}")).raise_for_status().json())

    async def answer(self, comment: dict[str, Any], text: str, **more: Any) -> httpx.Response:
        """A private reply."""
        body = {"text": text, "reply_to": {"message_id": comment["id"]}, "private": True, **more}
        body = {"id": str(uuid.uuid4()), **body}
        return await self.hub.client.post(f"/api/v1/conversations/{comment['conversation_id']}/messages", json=body)

    async def sent(self, comment: dict[str, Any], text: str, *statuses: str, **more: Any) -> dict[str, Any]:
        """The same, once it left."""
        posted = (await self.answer(comment, text, **more)).raise_for_status().json()
        wanted = statuses or ("sent", "delivered", "read")
        return await self.hub.until_status(posted["conversation_id"], posted["id"], *wanted)


@asynccontextmanager
async def public_page(
    folder: Path, *kinds: type[Provider], connect: Sequence[type[Provider]] = ()
) -> AsyncIterator[Page]:
    """A hub with these networks, all of them connected unless ``connect`` names some."""
    clock = Clock()
    networks = [kind(clock=clock) for kind in kinds or (Messenger, FacebookComments)]
    async with live_hub(settings_in(folder)) as hub, at_work(networks):
        inboxes: dict[str, str] = {}
        async with httpx.AsyncClient(base_url=hub.url, timeout=30) as http:
            for network in networks:
                if not connect or type(network) in connect:
                    inboxes[network.channel] = await Admin(http, ADMIN_TOKEN, stage()).connect(network)
        yield Page(hub, inboxes, networks[-1], networks[0], clock)


def privately(phone: Phone) -> list[Heard]:
    """What somebody heard of the brand privately, in answer to comments."""
    return [heard for heard in phone.heard if heard.kind == "private"]
