"""Deliveries of LINE as its sheet describes them, and an account that takes them."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from mim_desk.channels.base import Account, RawRequest

NOW = datetime(2025, 11, 22, 5, 41, tzinfo=UTC)
START_MS = 1763790000000
START = datetime(2025, 11, 22, 5, 40, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "token-of-the-tests"
ACCOUNT = Account("inbox-1", {}, {"channel_access_token": TOKEN, "channel_secret": SECRET}, "Brand")


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def delivery(body: bytes, header: str | None = None) -> RawRequest:
    given = signature(body) if header is None else header
    return RawRequest("POST", "/webhooks/line/inbox-1", "", {"x-line-signature": given}, body, NOW)


def batch(*events: object) -> bytes:
    return json.dumps({"destination": "Ubot", "events": events}).encode()


def event(kind: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "mode": "active",
        "timestamp": START_MS,
        "source": {"type": "user", "userId": "Umio"},
        "webhookEventId": f"01HX{number:022}",
        "deliveryContext": {"isRedelivery": False},
        **more,
    }


def message(kind: str = "text", number: int = 1, **more: Any) -> dict[str, Any]:
    said = {"id": f"50000000000000000{number}", "type": kind, **more}
    return event("message", number, replyToken=f"rt{number}", message=said)
