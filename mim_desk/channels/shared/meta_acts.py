"""What happens in a chat of Messenger or Instagram besides messages: who comes by what, wants news, has the chat.

https://developers.facebook.com/docs/messenger-platform/webhooks
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messaging_handovers
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messaging_optins
https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_account_linking
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import msgspec

from mim_desk.channels.base import AccountTold, ConsentChanged, ContactActed, Event, Sender, ThreadMoved, Unknown
from mim_desk.channels.shared import meta_payloads as payloads
from mim_desk.channels.shared.meta_bodies import facts, origin
from mim_desk.channels.shared.moments import moment
from mim_desk.domain.consent import Purpose, Source
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import Activity

_LINES: Final = UUID("0c6f7a54-6d0e-4c8e-8d0b-9a1c5e2f4b63")
"""Of the ids of our system lines."""
_NEWS: Final = "notification_messages"
_SHOWN: Final = timedelta(days=7)
_YEARS: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Round:
    """What is known of one event: the customer, whether we said it, when, and its bytes.

    Attributes:
        standby: another app has the chat; it is told to be read alone.
        app_id: our app's, empty where nobody entered it.
    """

    inbox_id: str
    contact: Sender
    is_ours: bool
    at: datetime
    received_at: datetime
    raw: bytes
    standby: bool = False
    acts_count: bool = False
    app_id: str = ""


def referral(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """Somebody came to a chat that is there by a link or an ad; they need not have written."""
    told = origin(raw)
    details = facts(
        ad=told.get("referral_headline") or told.get("referral_id"),
        link=told.get("referral"),
        source=told.get("referral_type"),
        product=told.get("product_id"),
    )
    if now.is_ours or not details:
        yield Unknown("referral", "nothing is named")
        return
    line_id = _line_id("referral", now)
    yield ContactActed(now.contact, now.at, Activity.OPENED_CHAT, line_id, details, lets_answer=now.acts_count)


def optin(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """Somebody asked to be sent news, or wants them no more; a plug-in's opt-in names only what it was called."""
    told = msgspec.json.decode(raw, type=payloads.Optin)
    granted = not (told.notification_messages_status or "").upper().startswith("STOP")
    if granted:
        ends = told.token_expiry_timestamp
        until = moment(ends, now.received_at + _YEARS).isoformat() if ends is not None else ""
        frequency = (told.notification_messages_frequency or "").lower()
        details = facts(title=told.title or told.ref, frequency=frequency, until=until)
        yield ContactActed(now.contact, now.at, Activity.OPTED_IN, _line_id("optin", now), details)
    if told.type == _NEWS:
        yield ConsentChanged(now.contact, now.at, granted, Purpose.MARKETING, Source.PROVIDER)


def linked(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """Somebody joined their account with the brand to the chat, or parted them."""
    told = msgspec.json.decode(raw, type=payloads.Linking)
    if told.status == "linked":
        yield ContactActed(now.contact, now.at, Activity.ACCOUNT_LINKED, _line_id("linked", now), {"result": "ok"})
    else:
        yield Unknown("account_linking", (told.status or "")[:80])


def passed(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """An app handed the chat on: to us, since we are told of it, unless it names another app than ours."""
    told = msgspec.json.decode(raw, type=payloads.Handover)
    yield _moved(told, now, ours=_is_us(told, now, unsaid=not now.standby))


def taken(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """An app took the chat: from us, since we are told of it, unless it names our app as the new owner."""
    told = msgspec.json.decode(raw, type=payloads.Handover)
    yield _moved(told, now, ours=_is_us(told, now, unsaid=False))


def wanted(raw: msgspec.Raw, now: Round) -> Iterator[Event]:
    """An app asks for the chat; nothing changes by that."""
    told = msgspec.json.decode(raw, type=payloads.Handover)
    line_id, details = _line_id("thread", now), facts(note=_note(told))
    yield ThreadMoved(now.contact, now.at, None, Activity.THREAD_WANTED, line_id, details)


def _is_us(told: payloads.Handover, now: Round, *, unsaid: bool) -> bool:
    """Whether the chat is ours now; without our app's id it is told by which event came."""
    if not now.app_id or told.new_owner_app_id is None:
        return unsaid
    return str(told.new_owner_app_id) == now.app_id


def _moved(told: payloads.Handover, now: Round, *, ours: bool) -> ThreadMoved:
    activity = Activity.THREAD_OURS if ours else Activity.THREAD_TAKEN
    return ThreadMoved(now.contact, now.at, ours, activity, _line_id("thread", now), facts(note=_note(told)))


def _note(told: payloads.Handover) -> str:
    return told.metadata if isinstance(told.metadata, str) else ""


def policy_told(action: str, reason: str, at: datetime) -> AccountTold:
    """Meta blocks or unblocks the account."""
    why = f": {' '.join(reason.split())[:300]}" if reason.strip() else ""
    if action.lower() == "block":
        return AccountTold("Policy", f"Meta blocked sending{why}", at, FigureState.DANGER)
    word = " ".join(action.replace("_", " ").split()).lower()[:80]
    return AccountTold("Policy", f"Meta told: {word}{why}", at, until=at + _SHOWN)


def _line_id(kind: str, now: Round) -> str:
    return str(uuid5(_LINES, f"{now.inbox_id}:{kind}:{now.raw.decode(errors='replace')}"))
