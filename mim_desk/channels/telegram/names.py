"""What things are called: addresses of the Bot API, contacts and messages.

A message's number is unique only in its chat, and a chat of a business connection is another place than the
same person's chat with the bot, so both are in the external ids: ``7001:11`` and ``bc1:7001:11``.
"""

from typing import Any, Final

from mim_desk.channels.base import Account
from mim_desk.channels.shared.addresses import address

API: Final = "https://api.telegram.org"


def method_url(account: Account, method: str) -> str:
    """The address of a method; it holds the token."""
    return address(account.settings, f"{API}/bot{account.secrets['bot_token']}/{method}")


def file_url(account: Account, path: str) -> str:
    """The address of a file that ``getFile`` named; it holds the token too."""
    return address(account.settings, f"{API}/file/bot{account.secrets['bot_token']}/{path}")


def bot_id(account: Account) -> str:
    """The bot's own user id, which its token begins with."""
    return account.secrets["bot_token"].partition(":")[0]


def contact_id(chat_id: int, connection: str = "") -> str:
    """The external id of a contact: the chat, in the business connection where it has one."""
    return f"{connection}:{chat_id}" if connection else str(chat_id)


def message_id(chat_id: int, number: int, connection: str = "") -> str:
    """The external id of a message."""
    return f"{contact_id(chat_id, connection)}:{number}"


def chat_of(recipient: str) -> dict[str, Any]:
    """The parameters that address a contact."""
    connection, _, chat = recipient.rpartition(":")
    told: dict[str, Any] = {"chat_id": int(chat) if _is_number(chat) else chat}
    return {"business_connection_id": connection, **told} if connection else told


def is_group(recipient: str) -> bool:
    """Whether several people read there: their chats have numbers below zero."""
    return recipient.rpartition(":")[2].startswith("-")


def number_in(recipient: str, external_id: str | None) -> int | None:
    """The number of a message in the contact's chat; None when it is not from there."""
    place, _, number = (external_id or "").rpartition(":")
    return int(number) if place == recipient and number.isascii() and number.isdigit() else None


def _is_number(chat: str) -> bool:
    digits = chat.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 20
