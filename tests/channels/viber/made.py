"""Deliveries of Viber as its sheet describes them, and a bot that takes them."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from mim_desk.channels.base import Account, RawRequest

NOW = datetime(2025, 11, 22, 5, 41, tzinfo=UTC)
START_MS = 1763790000000
START = datetime(2025, 11, 22, 5, 40, tzinfo=UTC)
TOKEN = "4f00000000000000-aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb"
WEBHOOK = "https://hub.example/webhooks/viber/inbox-1"
SETTINGS = {"sender_name": "Nordlicht", "sender_avatar": "https://b.example/a.png"}
ACCOUNT = Account("inbox-1", SETTINGS, {"auth_token": TOKEN}, "Brand", WEBHOOK)
MIA = {
    "id": "AbC==",
    "name": "Mia",
    "avatar": "https://a.example/1",
    "country": "BG",
    "language": "bg",
    "api_version": 10,
}
FIRST = 6_000_000_000_000_000_001


def signature(body: bytes, key: str = TOKEN) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def delivery(body: bytes, header: str | None = None) -> RawRequest:
    given = signature(body) if header is None else header
    return RawRequest("POST", "/webhooks/viber/inbox-1", "", {"x-viber-content-signature": given}, body, NOW)


def event(kind: str, token: Any = FIRST, **more: Any) -> dict[str, Any]:
    return {"event": kind, "timestamp": START_MS, "message_token": token, "chat_hostname": "SN-CHAT-00_", **more}


def message(kind: str = "text", token: Any = FIRST, **said: Any) -> dict[str, Any]:
    return event("message", token, sender=MIA, message={"type": kind, **said}, silent=False)


def raw(item: object) -> bytes:
    return json.dumps(item).encode()
