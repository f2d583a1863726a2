"""Deliveries and answers of Meta in the shape of its pages, with invented people."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from mim_desk.channels.base import Account, Event, IncomingFile, IncomingMessage, RawRequest, Sender
from mim_desk.channels.whatsapp.adapter import WhatsappAdapter

ADAPTER = WhatsappAdapter()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
STAMP = "1795305600"
NUMBER = "310555000111222"
PHONE, USER = "14155550199", "US.51806634971122"
SECRETS = {"access_token": "token-of-the-tests", "app_secret": "secret-of-the-app", "verify_token": "let-me-in"}
ACCOUNT = Account("inbox-1", {"phone_number_id": NUMBER, "waba_id": "210987654321098"}, SECRETS)
CONTACT = {"profile": {"name": "Noor Haddad", "username": "noorh"}, "wa_id": PHONE, "user_id": USER}


def message(kind: str = "text", body: object = None, **more: Any) -> dict[str, Any]:
    """A message of the customer."""
    said = {"body": "Is it in stock?"} if body is None else body
    head = {"from": PHONE, "from_user_id": USER, "id": "wamid.IN1", "timestamp": STAMP, "type": kind}
    return {**head, kind: said, **more}


def value(**more: Any) -> dict[str, Any]:
    """What stands in one change."""
    metadata = {"display_phone_number": "15555550100", "phone_number_id": NUMBER}
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": [CONTACT], **more}


def change(field: str = "messages", **more: Any) -> dict[str, Any]:
    return {"field": field, "value": value(**more)}


def batch(*changes: object) -> bytes:
    entry = {"id": "210987654321098", "changes": list(changes)}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def signed(body: bytes, secret: str = SECRETS["app_secret"]) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(body: bytes, header: str | None = None) -> RawRequest:
    headers = {"x-hub-signature-256": signed(body) if header is None else header}
    return RawRequest("POST", "/webhooks/whatsapp/inbox-1", "", headers, body, NOW)


def parsed(*changes: object) -> tuple[Event, ...]:
    return ADAPTER.parse(ACCOUNT, delivery(batch(*changes))).events


def read(kind: str = "text", body: object = None, **more: Any) -> Event:
    """The one event of one message."""
    (event,) = parsed(change(messages=[message(kind, body, **more)]))
    return event


NOOR = Sender(
    USER,
    "Noor Haddad",
    f"+{PHONE}",
    verified=True,
    fields={"phone": f"+{PHONE}", "username": "noorh"},
    formerly=(PHONE,),
    aliases=(PHONE,),
)


def said(**more: object) -> IncomingMessage:
    return IncomingMessage("wamid.IN1", NOOR, WRITTEN, **more)  # type: ignore[arg-type]  # a table gives what fits


def file(name: str, mime_type: str, external_id: str) -> tuple[IncomingFile, ...]:
    return (IncomingFile(name, mime_type, external_id=external_id),)
