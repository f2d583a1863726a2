"""How long RCS may try to deliver a message before it is taken back (``ttl``, of 10 seconds to 15 days)."""

from collections.abc import Mapping
from typing import Any, Final

from mim_desk.domain.refusal import Refusal

MOST_MINUTES: Final = 15 * 24 * 60
_BEFORE_SMS: Final = 10


def minutes(settings: Mapping[str, Any], name: str) -> int:
    """A setting in minutes, 0 where there is none; a Refusal for what is no such number."""
    told = str(settings.get(name) or "").strip()
    if told and not (told.isascii() and told.isdecimal() and 1 <= int(told[:9]) <= MOST_MINUTES):
        reason = f"This is a number of minutes from 1 to {MOST_MINUTES} (15 days)."
        raise Refusal("invalid-settings", reason, f"settings.{name}")
    return int(told or 0)


def lasts(settings: Mapping[str, Any]) -> dict[str, str]:
    """How long a message may take; one that can go by SMS is taken back sooner, so that nobody gets both."""
    told = minutes(settings, "expires_after")
    if settings.get("fallback_inbox"):
        before_sms = minutes(settings, "fallback_after") or _BEFORE_SMS
        told = min(told or before_sms, before_sms)
    return {"ttl": f"{60 * told}s"} if told else {}
