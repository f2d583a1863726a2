"""Writing a reply as calls of the Send API, which Messenger and Instagram share."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Request
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared import meta
from mim_desk.domain.refusal import Refusal

WINDOW: Final = timedelta(hours=24)
"""In which everything may be answered."""
LONGEST: Final = timedelta(days=7)
"""In which a person may still answer, under the tag HUMAN_AGENT."""


def tagged(message: Outgoing) -> dict[str, str]:
    """Why Meta should let the reply through; a Refusal when it will not."""
    last = message.last_incoming
    if last is None or message.at - last.at < WINDOW:
        return {"messaging_type": "RESPONSE"}
    if message.automatic or message.at - last.at >= LONGEST:
        reason = "The customer wrote more than 7 days ago. They have to write again before you can answer."
        if message.automatic:
            reason = "The customer wrote more than 24 hours ago: only a person may answer now."
        raise Refusal("window-closed", reason)
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def send(account: Account, url: str, message: Outgoing, content: Mapping[str, Any], *, is_first: bool) -> Request:
    """The call that sends one part of a reply."""
    body: dict[str, Any] = {"recipient": {"id": message.recipient}, **tagged(message), "message": content}
    if is_first and message.reply_to:
        body["reply_to"] = {"mid": message.reply_to}
    headers = meta.bearer(account, **{"content-type": "application/json"})
    return Request("POST", url, headers, msgspec.json.encode(body))


def sender_action(account: Account, url: str, target: Target, action: str, **payload: str) -> Request:
    """Typing, read marks and reactions; nothing else may be in such a body."""
    body: dict[str, Any] = {"recipient": {"id": target.recipient}, "sender_action": action}
    headers = meta.bearer(account, **{"content-type": "application/json"})
    return Request("POST", url, headers, msgspec.json.encode({**body, "payload": payload} if payload else body))


def reaction(account: Account, url: str, target: Target, emoji: str) -> Request:
    """An emoji on a message; an empty one takes it back."""
    if not emoji:
        return sender_action(account, url, target, "unreact", message_id=target.external_id)
    return sender_action(account, url, target, "react", message_id=target.external_id, reaction=emoji)


def quick_replies(message: Outgoing) -> list[dict[str, str]]:
    """Buttons that answer, below the last text; they go with the next message."""
    return [{"content_type": "text", "title": one.title, "payload": one.id} for one in message.buttons]


def kind_of(file: OutgoingFile) -> str:
    """What Meta calls this kind of file."""
    family = mime_type_of(file).partition("/")[0]
    return family if family in ("image", "video", "audio") else "file"


def mime_type_of(file: OutgoingFile) -> str:
    """Its MIME type without parameters."""
    return file.mime_type.partition(";")[0].strip().lower()
