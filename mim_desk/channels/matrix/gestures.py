"""Typing, read marks, reactions, edits and deletions in a room."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Request
from mim_desk.channels.gestures import Target
from mim_desk.channels.matrix import names
from mim_desk.channels.matrix.reading import ROOM
from mim_desk.channels.matrix.writing import LONGEST_FORMATTED, worded
from mim_desk.channels.shared.splitting import utf8_bytes
from mim_desk.domain.refusal import Refusal

TYPING_MS: Final = 15_000
LONGEST_EDIT: Final = 15_000
"""Bytes: an edit holds its text twice, and the event has 64 KiB."""


def room_of(target: Target) -> str:
    """The room the message was said in, else the one the customer wrote in last; empty for none."""
    last = target.last_incoming
    return target.details.get(ROOM) or (last.details.get(ROOM, "") if last else "")


def typing(account: Account, target: Target) -> Request | None:
    """That the brand writes."""
    room = room_of(target)
    if not room:
        return None
    url = names.call_url(account, "rooms", room, "typing", names.own_id(account))
    return _call(account, "PUT", url, {"typing": True, "timeout": TYPING_MS})


def mark_read(account: Account, target: Target) -> Request | None:
    """That we read up to an event."""
    room = room_of(target)
    if not room or not target.external_id.startswith("$"):
        return None
    return _call(account, "POST", names.call_url(account, "rooms", room, "receipt", "m.read", target.external_id), {})


def react(account: Account, target: Target, emoji: str) -> Request:
    """An annotation of the event; taking it back redacts that annotation."""
    if not emoji:
        return _redact(account, target, target.reaction_id, target.key)
    relates = {"rel_type": "m.annotation", "event_id": _event(target), "key": emoji}
    return _send(account, target, "m.reaction", {"m.relates_to": relates})


def change_text(account: Account, target: Target, text: str) -> Request:
    """An event that replaces the text; clients that know no edits show it as a new message with a star."""
    if utf8_bytes(text) > LONGEST_EDIT:
        raise Refusal("not-carried", "The changed text is too long for one Matrix event.", "text")
    new = worded(text, LONGEST_FORMATTED // 2)
    relates = {"rel_type": "m.replace", "event_id": _event(target)}
    content = {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relates}
    if "formatted_body" in new:
        content["formatted_body"] = f"* {new['formatted_body']}"
    return _send(account, target, "m.room.message", content)


def take_back(account: Account, target: Target) -> Sequence[Request]:
    """A redaction of each part."""
    return [_redact(account, target, one, f"{target.key}.{place}") for place, one in enumerate(target.external_ids)]


def _event(target: Target) -> str:
    if not target.external_id.startswith("$"):
        raise Refusal("not-carried", "The homeserver does not know this message.")
    return target.external_id


def _redact(account: Account, target: Target, event_id: str, key: str) -> Request:
    if not event_id.startswith("$") or not room_of(target):
        raise Refusal("not-carried", "The homeserver does not know this message.")
    return _call(account, "PUT", names.call_url(account, "rooms", room_of(target), "redact", event_id, key), {})


def _send(account: Account, target: Target, kind: str, content: dict[str, Any]) -> Request:
    if not room_of(target):
        raise Refusal("no-room", "There is no room with this contact any more.")
    return _call(account, "PUT", names.call_url(account, "rooms", room_of(target), "send", kind, target.key), content)


def _call(account: Account, method: str, url: str, content: dict[str, Any]) -> Request:
    headers = {**names.bearer(account), "content-type": "application/json"}
    return Request(method, url, headers, msgspec.json.encode(content))
