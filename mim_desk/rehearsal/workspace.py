"""Sets the rehearsal's workspace up over the hub's interface: inbox, labels, canned replies."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from mim_desk.rehearsal.providers.provider import Provider
from mim_desk.rehearsal.scripts import Stage
from mim_desk.rehearsal.web_chat import Refused

_LIMITS: Final = {"sessions_per_hour": 10_000, "messages_per_minute": 10_000, "calls_per_minute": 100_000}


@dataclass(frozen=True)
class OpenedChat:
    """The inbox that visitors come to.

    Attributes:
        page_url: address of a page where anybody can try it.
        identity_secret: with it the shop's site signs who its customers are.
    """

    inbox_id: str
    widget: str
    page_url: str
    identity_secret: str = field(repr=False)


class Admin:
    """Whoever sets the workspace up, over the hub's interface."""

    def __init__(self, http: httpx.AsyncClient, token: str, stage: Stage) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self._stage = stage

    async def open_chat(self) -> OpenedChat:
        """Make what a fresh workspace lacks: labels, canned replies, and the web chat where none is there yet."""
        secret = secrets.token_urlsafe(32)
        row = await self._web_chat(_inbox(self._stage, secret))
        for label in self._stage.labels:
            await self._post("labels", label)
        for canned_reply in self._stage.canned_replies:
            await self._post("canned-replies", canned_reply)
        page_url = self._http.base_url.join(row["page_url"])
        return OpenedChat(row["id"], page_url.path.rpartition("/")[2], str(page_url), secret)

    async def _web_chat(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """The one that a desk's own hub begins with becomes the shop's, so that none stands beside it empty."""
        known = (await self._call("GET", "inboxes"))["items"]
        first = next((each for each in known if each["channel"] == wanted["channel"]), None)
        if first is None:
            return dict((await self._post("inboxes", wanted))["row"])
        changes = {name: wanted[name] for name in ("name", "brand", "settings", "secrets")}
        return await self._call("PATCH", f"inboxes/{first['id']}", changes)

    async def connect(self, provider: Provider) -> str:
        """Connect the brand's account at a provider that is at work; answers the inbox's id."""
        wanted = provider.connection()
        body = {
            "name": wanted.name,
            "channel": provider.channel,
            "brand": {"name": self._stage.brand},
            "settings": dict(wanted.settings),
            "secrets": dict(wanted.secrets),
        }
        made = await self._post("inboxes", body)
        await provider.connected(made["webhook_url"], wanted.secrets.get("verify_token", ""))
        return str(made["id"])

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = await self._http.request(method, f"/api/v1/{path}", json=body, headers=self._headers)
        if answer.is_error:
            raise Refused(answer)
        made: dict[str, Any] = answer.json()
        return made


def _inbox(stage: Stage, secret: str) -> dict[str, Any]:
    return {
        "name": stage.inbox,
        "channel": "web_chat",
        "brand": {"name": stage.brand},
        "settings": {"welcome": stage.greeting, "color": stage.color, "languages": ["en", "ar"], "limits": _LIMITS},
        "secrets": {"identity_secret": secret},
    }
