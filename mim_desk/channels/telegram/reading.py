"""An update as domain events; what cannot be read becomes ``Unknown``."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mim_desk.channels.base import (
    Account,
    AccountTold,
    Echo,
    Event,
    IdentityChanged,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Picked,
    ReachChanged,
    ReactionSeen,
    Sender,
    Unknown,
)
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened, read, without_nulls
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.telegram import names, payloads
from mim_desk.channels.telegram.contents import content_of, is_service
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import MessageType

_MARKS: Final = {"custom_emoji": "❔", "paid": "⭐"}
"""What stands for reactions that have no emoji of their own."""

_MOST_REACTIONS: Final = 5
BUSINESS_WINDOW_S: Final = "86400"
"""In an owner's own chats a bot may write for a day after the customer did."""
Reader = Callable[[Account, msgspec.Raw, datetime], tuple[Event, ...]]

SWITCHED_OFF: Final = "The owner has switched the bot off in their business account."
READS_ONLY: Final = "The bot may read, but the owner has not given it the right to reply."
_SHOWN: Final = timedelta(days=3)
_NAMES_IT: Final = ("message_id", "chat")
"""Without these nobody knows whose message it is."""
_update = msgspec.json.Decoder(dict[str, msgspec.Raw])
_message = msgspec.json.Decoder(payloads.Message)
_lenient = msgspec.json.Decoder(payloads.Message, strict=False)
"""For gateways that write numbers as texts and yes as 1."""
_words = msgspec.json.Decoder(str)
_callback = msgspec.json.Decoder(payloads.CallbackQuery, strict=False)
_reaction = msgspec.json.Decoder(payloads.MessageReaction, strict=False)
_member = msgspec.json.Decoder(payloads.MemberChange, strict=False)
_connection = msgspec.json.Decoder(payloads.BusinessConnection)
_deletion = msgspec.json.Decoder(payloads.BusinessDeletion)


def events_of(account: Account, body: bytes, received_at: datetime) -> tuple[Event, ...]:
    """The events of one update."""
    try:
        update = opened(_update.decode, body)
    except UNREADABLE as problem:
        return (Unknown("body", str(problem)),)
    kinds = [kind for kind in update if kind != "update_id" and bytes(update[kind]) != b"null"]
    found = [event for kind in kinds for event in _events(account, kind, update[kind], received_at)]
    return tuple(found) if kinds else (Unknown("update", "nothing in it"),)


def _events(account: Account, kind: str, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    reader = _READERS.get(kind)
    if reader is None:
        return (Unknown(kind[:60]),)
    try:
        return reader(account, without_nulls(raw), received_at)
    except UNREADABLE as problem:
        return (Unknown(kind, str(problem)),)


def pressed(body: bytes) -> str:
    """The id of the button press that an update tells of, empty when it tells of none."""
    try:
        raw = opened(_update.decode, body).get("callback_query")
        return _callback.decode(without_nulls(raw)).id if raw is not None else ""
    except UNREADABLE:
        return ""


def _said(account: Account, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    message = _readable(raw)
    moved = message.migrate_to_chat_id or message.migrate_from_chat_id
    if moved:
        new, old = (moved, message.chat.id) if message.migrate_to_chat_id else (message.chat.id, moved)
        sender = Sender(names.contact_id(new), formerly=(names.contact_id(old),))
        return (IdentityChanged(sender, moment(message.date, received_at)),)
    if not message.chat.is_private:
        return (Unknown("group_message", "only private chats are conversations"),)
    if is_service(raw):
        return ()
    if message.business_connection_id and message.sender and message.sender.id != message.chat.id:
        return _from_owner(account, message, raw, received_at)
    content = content_of(message, raw)
    event = IncomingMessage(
        external_id=names.message_id(message.chat.id, message.message_id, message.business_connection_id),
        sender=_sender(message, content.fields),
        occurred_at=moment(message.date, received_at),
        type=content.type,
        text=content.text,
        files=content.files,
        location=content.location,
        reply_to=_quoted(message),
        details=_details(message, content.details) | _window(message),
    )
    return (event,)


def _readable(raw: msgspec.Raw) -> payloads.Message:
    """What can be read of a message: a part in another form costs nothing but itself."""
    whole = read(_message, raw) or read(_lenient, raw)
    if whole is None:
        parts = _update.decode(raw)
        head: dict[str, msgspec.Raw] = {name: parts[name] for name in _NAMES_IT if name in parts}
        known = [name for name in payloads.Message.__struct_encode_fields__ if name in parts and name not in head]
        kept = {name: parts[name] for name in known if _reads({**head, name: parts[name]})}
        whole = _lenient.decode(msgspec.json.encode(head | kept))
    return whole


def _reads(parts: Mapping[str, msgspec.Raw]) -> bool:
    return read(_lenient, msgspec.json.encode(parts)) is not None


def _window(message: payloads.Message) -> dict[str, str]:
    return {"own_window_s": BUSINESS_WINDOW_S} if message.business_connection_id else {}


def _from_owner(
    account: Account, message: payloads.Message, raw: msgspec.Raw, received_at: datetime
) -> tuple[Event, ...]:
    """What the owner of a business account wrote by hand; what this bot sent for them we know from its answer."""
    bot = message.sender_business_bot
    if bot is not None and str(bot.id) == names.bot_id(account):
        return ()
    content = content_of(message, raw)
    echo = Echo(
        external_id=names.message_id(message.chat.id, message.message_id, message.business_connection_id),
        sender=_customer(message.chat, message.business_connection_id),
        occurred_at=moment(message.date, received_at),
        text=content.text,
        files=content.files,
        type=content.type,
        location=content.location,
        reply_to=_quoted(message),
        details=_details(message, content.details) | _by_itself(message),
        opens=not message.is_from_offline,
    )
    return (echo,)


def _by_itself(message: payloads.Message) -> dict[str, str]:
    """Nobody wrote a greeting or an away message just now, so that it answers nobody."""
    return {"automatic": "automatic"} if message.is_from_offline else {}


def _quoted(message: payloads.Message) -> str | None:
    """The external id of the message in the same chat that this one answers."""
    quoted = message.reply_to_message
    if quoted is None or quoted.chat.id != message.chat.id:
        return None
    return names.message_id(message.chat.id, quoted.message_id, message.business_connection_id)


def _details(message: payloads.Message, told: Mapping[str, str]) -> dict[str, str]:
    details = dict(told)
    if message.text.startswith("/start "):
        details["start"] = message.text.removeprefix("/start ").strip()[:64]
    if message.quote is not None and message.quote.text:
        details["quote"] = message.quote.text[:1024]
    if message.media_group_id:
        details["album"] = message.media_group_id[:100]
    if message.forward_origin is not None or message.forward_date:
        details["forwarded"] = "once"
    if message.external_reply is not None:
        details["quotes_elsewhere"] = "yes"
    return details


def _sender(message: payloads.Message, fields: Mapping[str, str]) -> Sender:
    """The person of a private chat, who is its ``from`` too."""
    return _person(message.sender or _as_user(message.chat), message.chat.id, message.business_connection_id, fields)


def _customer(chat: payloads.Chat, connection: str) -> Sender:
    return _person(_as_user(chat), chat.id, connection, {})


def _as_user(chat: payloads.Chat) -> payloads.User:
    return payloads.User(chat.id, chat.first_name, chat.last_name, chat.username)


def _person(user: payloads.User, chat_id: int, connection: str, fields: Mapping[str, str]) -> Sender:
    name = " ".join(part for part in (user.first_name.strip(), user.last_name.strip()) if part)
    told = {**({"username": user.username} if user.username else {}), **fields}
    return Sender(
        external_id=names.contact_id(chat_id, connection),
        name=name or user.username,
        display=f"@{user.username}" if user.username else "",
        verified=True,
        language=user.language_code,
        fields=told,
    )


def _edited(account: Account, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    message, parts = _readable(raw), _update.decode(raw)
    if any(read(_words, parts[name]) is None for name in ("text", "caption") if name in parts):
        return (Unknown("edit", "its words cannot be read"),)
    is_written = bool(message.text or message.caption)
    if not message.chat.is_private:
        return (Unknown("group_edit", "only private chats are conversations"),)
    if message.location is not None and not is_written:
        return ()  # a live location moves; the first place stays
    now = content_of(message, raw)
    external_id = names.message_id(message.chat.id, message.message_id, message.business_connection_id)
    at = moment(message.edit_date or message.date, received_at)
    carries = now.type if now.files else None
    return (MessageEdited(external_id, at, now.text, type=carries, files=now.files),)


def _deleted(account: Account, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    gone = _deletion.decode(raw)
    return tuple(
        MessageDeleted(names.message_id(gone.chat.id, number, gone.business_connection_id), received_at)
        for number in gone.message_ids
    )


def _pressed(account: Account, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    query = _callback.decode(raw)
    under = query.message
    if not query.id or not query.data:
        return (Unknown("callback_query", "no data"),)
    if under is not None and not under.chat.is_private:
        return (Unknown("group_callback", "only private chats are conversations"),)
    connection = under.business_connection_id if under else ""
    title = _title(under, query.data)
    chat_id = under.chat.id if under else query.sender.id
    event = IncomingMessage(
        external_id=f"cq:{query.id}",
        sender=_person(query.sender, chat_id, connection, {}),
        occurred_at=received_at,
        type=MessageType.CHOICE,
        text=title,
        reply_to=names.message_id(chat_id, under.message_id, connection) if under else None,
        choice=Picked(query.data, title),
    )
    return (event,)


def _title(under: payloads.MessageRef | None, data: str) -> str:
    """What stood on the button."""
    rows = under.reply_markup.inline_keyboard if under and under.reply_markup else []
    return next((button.text for row in rows for button in row if button.callback_data == data), data)


def _reacted(account: Account, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    told = _reaction.decode(raw)
    if not told.chat.is_private or told.user is None:
        return (Unknown("group_reaction", "only private chats are conversations"),)
    # who pays Telegram may put several on one message
    emoji = "".join(one.emoji or _MARKS.get(one.type, "❔") for one in told.new_reaction[:_MOST_REACTIONS])
    sender = _person(told.user, told.chat.id, "", {})
    at = moment(told.date, received_at)
    return (ReactionSeen(sender, at, emoji, external_id=names.message_id(told.chat.id, told.message_id)),)


def _came_or_left(account: Account, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    """In a private chat: ``kicked`` has blocked the bot, ``member`` has let it in."""
    told = _member.decode(raw)
    if not told.chat.is_private:
        return ()
    blocked = told.new_chat_member.status == "kicked"
    sender = Sender(names.contact_id(told.chat.id)) if blocked else _person(told.sender, told.chat.id, "", {})
    return (ReachChanged(sender, moment(told.date, received_at), can_reach=not blocked, by_choice=True),)


def _connected(account: Account, raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    """The owner of a business account let the bot into their chats, took a right back, or shut it out."""
    told = _connection.decode(raw)
    name = f"Business account of {_person(told.user, told.user.id, '', {}).name or told.user.id}"
    at, place = moment(told.date, received_at), f"{told.id}:"
    if not told.is_enabled:
        return (AccountTold(name, SWITCHED_OFF, at, FigureState.DANGER, closes=place),)
    if not told.may_reply:
        return (AccountTold(name, READS_ONLY, at, FigureState.WARNING, closes=place),)
    return (AccountTold(name, "The bot may read and answer.", at, until=at + _SHOWN),)


_READERS: Final[Mapping[str, Reader]] = {
    "message": _said,
    "business_message": _said,
    "edited_message": _edited,
    "edited_business_message": _edited,
    "deleted_business_messages": _deleted,
    "callback_query": _pressed,
    "message_reaction": _reacted,
    "my_chat_member": _came_or_left,
    "business_connection": _connected,
}
ASKED_FOR: Final = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
)
"""The kinds of updates we let Telegram tell."""
