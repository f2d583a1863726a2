"""News of the business account and its number: what Meta restricts, warns of, allows.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from mim_desk.channels.base import AccountTold, Event, Unknown
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.whatsapp.standing import TIERS
from mim_desk.domain.inbox import FigureState

ACCOUNT: Final = "Business account"
_SHOWN: Final = timedelta(days=7)
"""How long news are shown that ask for nothing, or that nobody takes back."""
_LONGEST: Final = 200
_FAR: Final = timedelta(days=3650)
Text = str | None


class _Violation(msgspec.Struct, frozen=True):
    violation_type: Text = None


class _Restriction(msgspec.Struct, frozen=True):
    restriction_type: Text = None
    expiration: Any = None


class _Ban(msgspec.Struct, frozen=True):
    waba_ban_state: Text = None
    waba_ban_date: Any = None


class _Account(msgspec.Struct, frozen=True):
    """``{"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE", "waba_ban_date": "..."}}``."""

    event: str
    violation_info: _Violation | None = None
    restriction_info: list[_Restriction] | None = None
    ban_info: _Ban | None = None


class _AlertInfo(msgspec.Struct, frozen=True):
    alert_severity: Text = None
    alert_status: Text = None
    alert_type: Text = None
    alert_description: Text = None


class _Alert(msgspec.Struct, frozen=True):
    """``{"entity_type": "WABA", "alert_severity": "CRITICAL", ...}``, or all but the entity below ``alert_info``."""

    alert_info: _AlertInfo | None = None
    alert_severity: Text = None
    alert_status: Text = None
    alert_type: Text = None
    alert_description: Text = None


class _Quality(msgspec.Struct, frozen=True):
    """``{"display_phone_number": "15555550100", "event": "FLAGGED", "current_limit": "TIER_1K"}``."""

    event: str
    display_phone_number: Text = None
    current_limit: Text = None
    max_daily_conversations_per_business: Any = None


class _Name(msgspec.Struct, frozen=True):
    """``{"decision": "REJECTED", "requested_verified_name": "Acme", "rejection_reason": "NAME_FORMAT"}``."""

    decision: str
    requested_verified_name: Text = None
    rejection_reason: Text = None


class _Security(msgspec.Struct, frozen=True):
    """``{"display_phone_number": "15555550100", "event": "PIN_CHANGED", "requester": "5001"}``."""

    event: str
    requester: Any = None


def notice_of(field: str, value: msgspec.Raw, at: datetime) -> Event:
    """The news in a change that was told at ``at``."""
    try:
        return FIELDS[field](value, at)
    except UNREADABLE as problem:
        return Unknown(field, str(problem)[:_LONGEST])


def _account(value: msgspec.Raw, at: datetime) -> Event:
    told = msgspec.json.decode(value, type=_Account)
    match told.event:
        case "ACCOUNT_VIOLATION":
            why = _words(told.violation_info.violation_type if told.violation_info else None)
            return _lasting(f"Meta says that it broke a rule: {why or 'no reason given'}", at)
        case "ACCOUNT_RESTRICTION":
            return _restricted(told.restriction_info or [], at)
        case "DISABLED_UPDATE":
            return _banned(told.ban_info or _Ban(), at)
        case "ACCOUNT_DELETED":
            return _lasting("Meta says that it was deleted", at)
        case "ACCOUNT_OFFBOARDED":
            return _lasting("it was disconnected from the Cloud API", at)
        case "ACCOUNT_RECONNECTED":
            return _passing(ACCOUNT, "it is connected again", at)
        case other:
            return _passing(f"{ACCOUNT}, {_words(other)}", "told by Meta", at)


def _restricted(told: list[_Restriction], at: datetime) -> AccountTold:
    kinds = ", ".join(filter(None, (_words((one.restriction_type or "").removeprefix("RESTRICTED_")) for one in told)))
    ends = [end for one in told if (end := _end(one.expiration, at)) is not None]
    until = max(ends) if ends and len(ends) == len(told) else None
    return AccountTold(ACCOUNT, f"Meta restricts it: {kinds or 'no reason given'}", at, FigureState.DANGER, until)


def _banned(told: _Ban, at: datetime) -> AccountTold:
    day = f" ({str(told.waba_ban_date)[:40]})" if told.waba_ban_date else ""
    match told.waba_ban_state:
        case "REINSTATE":
            return _passing(ACCOUNT, f"Meta enabled it again{day}", at)
        case "SCHEDULE_FOR_DISABLE":
            return _lasting(f"Meta is going to disable it{day}", at)
        case _:
            return _lasting(f"Meta disabled it{day}", at)


def _end(told: object, at: datetime) -> datetime | None:
    """When a restriction ends: a Unix time, or one in words of ISO 8601; None where that cannot be."""
    if isinstance(told, str) and not told.isdigit():
        try:
            found = datetime.fromisoformat(told)
        except ValueError:
            return None
    else:
        found = moment(told, at + _FAR)  # which is what it says of a time that it cannot read
    return found if found.tzinfo and found < at + _FAR else None


def _alert(value: msgspec.Raw, at: datetime) -> Event:
    told = msgspec.json.decode(value, type=_Alert)
    inner = told.alert_info or _AlertInfo(
        told.alert_severity, told.alert_status, told.alert_type, told.alert_description
    )
    states = {"CRITICAL": FigureState.DANGER, "WARNING": FigureState.WARNING}
    state = states.get(inner.alert_severity or "", FigureState.OK)
    kind = _words(inner.alert_type) or "alert"
    said = " ".join((inner.alert_description or _words(inner.alert_status) or "told by Meta").split())
    return AccountTold(kind[:1].upper() + kind[1:], said, at, state, at + _SHOWN)


def _quality(value: msgspec.Raw, at: datetime) -> Event:
    told = msgspec.json.decode(value, type=_Quality)
    number = f" of {told.display_phone_number}" if told.display_phone_number else ""
    limit = str(told.max_daily_conversations_per_business or told.current_limit or "")
    allowed = "no limit" if limit == "TIER_UNLIMITED" else TIERS.get(limit, limit.removeprefix("TIER_"))
    said = _words(told.event) + (f"; people it may write to first in a day: {allowed}" if allowed else "")
    name = f"Number{number}"
    if told.event in ("FLAGGED", "DOWNGRADE"):
        return AccountTold(name, said, at, FigureState.WARNING)
    return _passing(name, said, at)


def _name(value: msgspec.Raw, at: datetime) -> Event:
    told = msgspec.json.decode(value, type=_Name)
    why = _words(told.rejection_reason) if told.rejection_reason not in (None, "NONE") else ""
    wanted = f"“{told.requested_verified_name}” " if told.requested_verified_name else ""
    said = f"{wanted}{_words(told.decision)}{f': {why}' if why else ''}"
    state = FigureState.OK if told.decision == "APPROVED" else FigureState.WARNING
    return AccountTold("Display name", said, at, state, at + _SHOWN)


def _capability(value: msgspec.Raw, at: datetime) -> Event:
    told = msgspec.json.decode(value, type=dict[str, Any])
    limits = {name.removeprefix("max_"): limit for name, limit in told.items() if name.startswith("max_")}
    said = ", ".join(f"{_words(name)}: {_words(str(limit)) or limit}" for name, limit in sorted(limits.items()))
    return _passing("Limits of the business", said[:_LONGEST] or "changed", at)


def _security(value: msgspec.Raw, at: datetime) -> Event:
    told = msgspec.json.decode(value, type=_Security)
    by = f", by {told.requester}" if told.requester else ""
    return AccountTold("Security", f"{_words(told.event)}{by}", at, FigureState.WARNING, at + _SHOWN)


def _lasting(said: str, at: datetime) -> AccountTold:
    return AccountTold(ACCOUNT, said, at, FigureState.DANGER)


def _passing(name: str, said: str, at: datetime) -> AccountTold:
    return AccountTold(name, said, at, until=at + _SHOWN)


def _words(told: str | None) -> str:
    """Meta's ``RESTRICTED_BIZ_INITIATED_MESSAGING`` as words."""
    return " ".join((told or "").replace("_", " ").split()).lower()[:_LONGEST]


FIELDS: Final[Mapping[str, Callable[[msgspec.Raw, datetime], Event]]] = {
    "account_update": _account,
    "account_alerts": _alert,
    "phone_number_quality_update": _quality,
    "phone_number_name_update": _name,
    "business_capability_update": _capability,
    "security": _security,
}
