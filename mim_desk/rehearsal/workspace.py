"""Sets the rehearsal's workspace up over the hub's interface: inbox, labels, canned replies."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

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


async def set_up(http: httpx.AsyncClient, token: str, stage: Stage) -> OpenedChat:
    """Make everything a fresh workspace lacks; ``http`` has the hub's address."""
    headers = {"Authorization": f"Bearer {token}"}

    async def post(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await http.post(f"/api/v1/{path}", json=dict(body), headers=headers)
        if answer.is_error:
            raise Refused(answer)
        made: dict[str, Any] = answer.json()
        return made

    secret = secrets.token_urlsafe(32)
    inbox = await post("inboxes", _inbox(stage, secret))
    for label in stage.labels:
        await post("labels", label)
    for canned_reply in stage.canned_replies:
        await post("canned-replies", canned_reply)
    page_url = str(http.base_url.join(inbox["row"]["page_url"]))
    return OpenedChat(inbox["id"], inbox["widget"], page_url, secret)


def _inbox(stage: Stage, secret: str) -> dict[str, Any]:
    return {
        "name": stage.inbox,
        "channel": "web_chat",
        "brand": {"name": stage.brand},
        "settings": {"welcome": stage.greeting, "color": stage.color, "languages": ["en", "ar"], "limits": _LIMITS},
        "secrets": {"identity_secret": secret},
    }
