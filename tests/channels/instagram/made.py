"""Deliveries and answers of Meta in the shape of its pages, with invented people."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from mim_desk.channels.base import Account, Event, IncomingMessage, RawRequest, Sender
from mim_desk.channels.instagram.adapter import InstagramAdapter

ADAPTER = InstagramAdapter()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 22, 0, 0, 0, 123_000, tzinfo=UTC)
STAMP = 1795305600123
OURS, PERSON = "17841400000000009", "6200000000000033"
SECRETS = {"access_token": "token-of-the-tests", "app_secret": "secret-of-the-app", "verify_token": "let-me-in"}
ACCOUNT = Account("inbox-1", {"account_id": OURS}, SECRETS)
LEE = Sender(PERSON, verified=True)


def event(**more: Any) -> dict[str, Any]:
    """Something the customer did."""
    return {"sender": {"id": PERSON}, "recipient": {"id": OURS}, "timestamp": STAMP, **more}


def message(**more: Any) -> dict[str, Any]:
    return event(message={"mid": "aWdfIN1", **more})


def attached(*attachments: object, **more: Any) -> dict[str, Any]:
    return message(attachments=list(attachments), **more)


def batch(*events: object, **more: Any) -> bytes:
    entry = {"id": OURS, "time": 1795305600500, "messaging": list(events), **more}
    return json.dumps({"object": "instagram", "entry": [entry]}).encode()


def signed(body: bytes, secret: str = SECRETS["app_secret"]) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(body: bytes, header: str | None = None) -> RawRequest:
    headers = {"x-hub-signature-256": signed(body) if header is None else header}
    return RawRequest("POST", "/webhooks/instagram/inbox-1", "", headers, body, NOW)


def parsed(*events: object, **more: Any) -> tuple[Event, ...]:
    return ADAPTER.parse(ACCOUNT, delivery(batch(*events, **more))).events


def said(**more: object) -> IncomingMessage:
    return IncomingMessage("aWdfIN1", LEE, WRITTEN, **more)  # type: ignore[arg-type]  # a table gives what fits
