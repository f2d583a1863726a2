"""Typing, read marks and reactions over the Cloud API."""

from typing import Any

import msgspec

from mim_desk.channels.base import Account, Request
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared import meta
from mim_desk.channels.whatsapp.people import is_user_id


def read_mark(account: Account, message_id: str, *, typing: bool = False) -> Request | None:
    """Marks a message and those before it as read; WhatsApp shows no typing without that."""
    if not message_id:
        return None
    told: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    return _call(account, {**told, "typing_indicator": {"type": "text"}} if typing else told)


def reaction(account: Account, target: Target, emoji: str) -> Request:
    """An emoji on a message; an empty one takes it back."""
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient" if is_user_id(target.recipient) else "to": target.recipient,
        "type": "reaction",
        "reaction": {"message_id": target.external_id, "emoji": emoji},
    }
    return _call(account, body)


def _call(account: Account, body: dict[str, Any]) -> Request:
    url = meta.address(account, str(account.settings.get("phone_number_id") or ""), "messages")
    headers = meta.bearer(account, **{"content-type": "application/json"})
    return Request("POST", url, headers, msgspec.json.encode(body))
