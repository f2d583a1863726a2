"""What Meta tells besides messages: news of an account, wishes, chats from before, who has a chat."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

OTHER_APP: Final = 263902037430900
"""The Page's own inbox, as Meta numbers it."""


def past_chat(number: str, ours: str, said: Sequence[tuple[bool, str]], at: float, first: int) -> dict[str, Any]:
    """A thread of the phone's app, oldest first: whether the customer said it, and what."""
    messages = []
    for place, (theirs, text) in enumerate(said):
        side = {"from": number} if theirs else {"from": ours, "to": number}
        body = {"type": "text", "text": {"body": text}, "history_context": {"status": "READ"}}
        stamp = str(int(at) - 60 * (len(said) - place))
        messages.append({**side, "id": f"wamid.PAST{first + place:06}", "timestamp": stamp, **body})
    chunk = {"phase": 0, "chunk_order": 1, "progress": 100}
    return {"history": [{"metadata": chunk, "threads": [{"id": number, "messages": messages}]}]}


def wish(number: str, at: float, *, wanted: bool) -> dict[str, Any]:
    """What somebody chose about marketing."""
    told = {"wa_id": number, "category": "marketing_messages", "value": "resume" if wanted else "stop"}
    return {"user_preferences": [{**told, "detail": "User chose it", "timestamp": int(at)}]}


def notification_wish(title: str, at: float) -> Mapping[str, Any]:
    """An opt-in to messages about one topic."""
    return {
        "type": "notification_messages",
        "notification_messages_token": f"token-{int(at)}",
        "token_expiry_timestamp": int((at + 365 * 86_400) * 1000),
        "title": title,
        "payload": "rehearsal",
        "user_token_status": "NOT_REFRESHED",
        "notification_messages_frequency": "DAILY",
        "notification_messages_timezone": "UTC",
    }
