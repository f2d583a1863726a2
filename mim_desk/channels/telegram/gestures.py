"""Typing, reactions and changes of our own messages through the Bot API."""

from collections.abc import Sequence
from typing import Any, Final

from mim_desk.channels.base import Account, Request
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.channels.telegram import names
from mim_desk.channels.telegram.writing import LONGEST_TEXT, api_call, told
from mim_desk.domain.refusal import Refusal

_CONNECTION: Final = "business_connection_id"


def typing(account: Account, target: Target) -> Request:
    """Shown for five seconds."""
    return api_call(account, "sendChatAction", {**names.chat_of(target.recipient), "action": "typing"})


def mark_read(account: Account, target: Target) -> Request | None:
    """Chats with a bot have no read marks; those of a business connection do."""
    chat = names.chat_of(target.recipient)
    number = names.number_in(target.recipient, target.external_id)
    if _CONNECTION not in chat or number is None:
        return None
    return api_call(account, "readBusinessMessage", {**chat, "message_id": number})


def react(account: Account, target: Target, emoji: str) -> Request:
    """The emoji in place of the one before; none takes it back."""
    message = _message(target)
    if _CONNECTION in message:
        raise Refusal("not-carried", "Telegram takes no reactions in a business chat.", "emoji")
    wanted = [{"type": "emoji", "emoji": emoji}] if emoji else []
    return api_call(account, "setMessageReaction", {**message, "reaction": wanted})


def change_text(account: Account, target: Target, text: str) -> Request:
    """A new text for one message."""
    if utf16_units(text) > LONGEST_TEXT:
        raise Refusal("not-carried", f"A changed message has at most {LONGEST_TEXT:,} characters in Telegram.", "text")
    return api_call(account, "editMessageText", {**_message(target), **told(text)})


def take_back(account: Account, target: Target) -> Sequence[Request]:
    """Telegram lets a bot do so for 48 hours."""
    chat = names.chat_of(target.recipient)
    numbers = [number for one in target.external_ids if (number := names.number_in(target.recipient, one)) is not None]
    if _CONNECTION in chat:
        told = {_CONNECTION: chat[_CONNECTION], "message_ids": numbers}
        return [api_call(account, "deleteBusinessMessages", told)]
    return [api_call(account, "deleteMessage", {**chat, "message_id": number}) for number in numbers]


def _message(target: Target) -> dict[str, Any]:
    number = names.number_in(target.recipient, target.external_id)
    if number is None:
        raise Refusal("not-carried", "Telegram does not know this message in this chat.")
    return {**names.chat_of(target.recipient), "message_id": number}
