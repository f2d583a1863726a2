"""The one message that may greet whoever opens a bot's chat: Viber takes it out of our answer to its call.

It is no consent: nothing more may be sent before the person writes (developers.viber.com, "conversation started").
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, HandshakeAnswer
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.viber import payloads
from mim_desk.channels.viber.rendering import LONGEST_TEXT, brand_of
from mim_desk.domain.refusal import Refusal

_happened = msgspec.json.Decoder(payloads.Happened)
_STARTED: Final = "conversation_started"


def check(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal when Viber would not take the greeting."""
    if len(str(settings.get("welcome_text") or "")) > LONGEST_TEXT:
        told = f"Viber takes texts of at most {LONGEST_TEXT:,} characters."
        raise Refusal("invalid-settings", told, "settings.welcome_text")


def answer(account: Account, body: bytes) -> HandshakeAnswer | None:
    """The greeting as the answer to a delivery; None where there is none, or where nobody has just come."""
    text = str(account.settings.get("welcome_text") or "").strip()
    told = read(_happened, body) if text else None
    if told is None or told.event != _STARTED:
        return None
    try:
        greeting = payloads.Greeting(brand_of(account), text)
    except Refusal:
        return None  # without a name nobody could be seen to greet
    return HandshakeAnswer(msgspec.json.encode(greeting), content_type="application/json")
