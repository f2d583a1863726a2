"""Reading one event of a LINE delivery into a domain event."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    AccountTold,
    Event,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Picked,
    ReachChanged,
    Sender,
    Unknown,
)
from mim_desk.channels.line import happenings, payloads
from mim_desk.channels.line.messages import content_of
from mim_desk.channels.shared.json_bodies import UNREADABLE, read, without_nulls, word
from mim_desk.channels.shared.moments import moment
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import MessageType

REPLY_BY: Final = "reply_token"
QUOTE_BY: Final = "quote_token"
READ_BY: Final = "read_token"
_STANDBY: Final = "standby"
"""Another tool of the brand answers in this chat."""
_PICKED: Final = ("datetime", "date", "time")
_NOTHING_TO_SHOW: Final = frozenset(["delivery", "module"])
"""Of pushes to phone numbers, which the hub makes none of, and of modules other tools attach: they stay in the journal."""
STATE: Final = "State at LINE"
_SHOWN: Final = timedelta(days=3)
_STATES: Final = {
    "activated": ("The account takes part again.", FigureState.OK),
    "deactivated": ("The account was taken out of this channel: no more is delivered.", FigureState.DANGER),
    "botSuspended": ("LINE suspended the account. Ask LINE why.", FigureState.DANGER),
    "botResumed": ("LINE lifted the suspension.", FigureState.OK),
}
"""What is told of the account; good news are over after a while."""
_happened = msgspec.json.Decoder(payloads.Happened)
_named = msgspec.json.Decoder(payloads.Named)
_text = msgspec.json.Decoder(payloads.Text)


def events_of(raw: msgspec.Raw, received_at: datetime) -> tuple[Event, ...]:
    """The events of one raw item; none for what is known and no part of a conversation."""
    try:
        raw = without_nulls(raw)
        item = _happened.decode(raw)
        if item.type in _NOTHING_TO_SHOW:
            return ()
        at = moment(item.timestamp, received_at)
        if item.type in happenings.KINDS:
            return happenings.events_of(raw, item, _sender(item), at)
        return (_read(item, at),)
    except UNREADABLE as problem:
        return (Unknown("item", str(problem)),)


def _read(item: payloads.Happened, at: datetime) -> Event:
    match item.type:
        case kind if kind in _STATES:
            told, state = _STATES[kind]
            return AccountTold(STATE, told, at, state, at + _SHOWN if state is FigureState.OK else None)
        case "message":
            return _message(item, at)
        case "postback" if item.postback is not None:
            return _postback(item, item.postback, at)
        case "messageEdited":
            return _edited(item, at)
        case "unsend" if item.unsend is not None and item.unsend.message_id:
            return MessageDeleted(item.unsend.message_id, at)
        case "follow" | "unfollow" if item.source is not None and item.source.type == "user":
            return ReachChanged(_sender(item), at, can_reach=item.type == "follow", by_choice=True)
        case _:
            return Unknown(item.type[:40])


def _sender(item: payloads.Happened) -> Sender:
    """Who wrote, or the group in which it was written: that is where an answer goes."""
    source = item.source or payloads.Source()
    external_id = source.group_id or source.room_id or source.user_id
    if not external_id:
        raise ValueError("an event needs its source")
    is_group = bool(source.group_id or source.room_id)
    return Sender(external_id, stand_in="LINE group" if is_group else "", verified=not is_group)


def _message(item: payloads.Happened, at: datetime) -> Event:
    named = read(_named, item.message)
    if named is None or not named.id:
        raise ValueError("a message needs an id")
    content = content_of(named, item.message)
    more = {QUOTE_BY: named.quote_token, READ_BY: named.read_token, **content.details}
    return IncomingMessage(
        external_id=named.id,
        sender=_sender(item),
        occurred_at=at,
        type=content.type,
        text=content.text,
        files=content.files,
        location=content.location,
        reply_to=named.quoted or None,
        details=_details(item, more),
        wants_answer=item.mode != _STANDBY,
    )


def _postback(item: payloads.Happened, postback: payloads.Postback, at: datetime) -> Event:
    """A button's answer; what was picked in a calendar is shown, else the data behind the button."""
    if not item.event_id:
        raise ValueError("a postback needs its event's id")
    params = {f"param_{name}": str(value) for name, value in (postback.params or {}).items()}
    picked = next((str(postback.params[name]) for name in _PICKED if postback.params and name in postback.params), "")
    title = picked or postback.data
    return IncomingMessage(
        external_id=item.event_id,
        sender=_sender(item),
        occurred_at=at,
        type=MessageType.CHOICE,
        text=title,
        choice=Picked(postback.data, title),
        details=_details(item, params),
        wants_answer=item.mode != _STANDBY,
    )


def _details(item: payloads.Happened, more: Mapping[str, Any]) -> dict[str, str]:
    """What an answer builds on, and what people may want to know; empty facts are left out."""
    source = item.source or payloads.Source()
    facts = {
        REPLY_BY: item.reply_token,
        "group_member": source.user_id if source.group_id or source.room_id else "",
        "mode": word(item.mode).removeprefix("active"),
        **more,
    }
    return {name: str(value) for name, value in facts.items() if value}


def _edited(item: payloads.Happened, at: datetime) -> Event:
    """Only in groups; the message comes whole under its old id."""
    named, said = read(_named, item.message), read(_text, item.message)
    if named is None or said is None or not named.id:
        return Unknown("messageEdited", "without a text")
    return MessageEdited(named.id, at, said.text)
