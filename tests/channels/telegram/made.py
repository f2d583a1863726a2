"""Updates and answers as the Bot API writes them, composed by hand from the contract sheet."""

import json
from datetime import UTC, datetime
from typing import Any

from mim_desk.channels.base import Account, RawRequest

NOW = datetime(2025, 11, 22, 6, 0, tzinfo=UTC)
TOKEN = "4711:made-up-token-of-the-tests_0123456"
SECRET = "long-secret_of-the-tests-0123456789"
SAID_AT = datetime.fromtimestamp(1763790000, UTC)

MIA = {"id": 7001, "is_bot": False, "first_name": "Mia", "username": "mia", "language_code": "bg"}
CHAT = {"id": 7001, "type": "private", "first_name": "Mia"}
OWNER = {"id": 9009, "is_bot": False, "first_name": "Olga"}


def account(mode: str = "webhook", **settings: Any) -> Account:
    """A bot."""
    return Account(
        "inbox-1",
        {"mode": mode, **settings},
        {"bot_token": TOKEN, "secret_token": SECRET},
        "Shop",
        "https://hub.example/webhooks/telegram/inbox-1",
    )


def message(**content: Any) -> dict[str, Any]:
    """A message of Mia's."""
    return {"message_id": 11, "date": 1763790000, "chat": CHAT, "from": MIA, **content}


def update(**kind: Any) -> dict[str, Any]:
    """An update with one kind in it."""
    return {"update_id": 900001, **kind}


def delivery(told: object, header: str | None = SECRET) -> RawRequest:
    """An update as a webhook brings it."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = {} if header is None else {"x-telegram-bot-api-secret-token": header}
    return RawRequest("POST", "/webhooks/telegram/inbox-1", "", headers, body, NOW)
