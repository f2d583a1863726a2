"""Words by which people end, begin or ask about SMS: the English ones that carriers in many countries ask for.

https://help.twilio.com/articles/223134027
"""

import re
from enum import StrEnum
from typing import Final


class OptOut(StrEnum):
    """What a message says about consent; the two that may say it are for a person to decide."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    MAYBE_STOP = "maybe_stop"
    MAYBE_START = "maybe_start"


_KEYWORDS: Final = {
    **dict.fromkeys(("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"), OptOut.STOP),
    **dict.fromkeys(("START", "UNSTOP"), OptOut.START),
    **dict.fromkeys(("HELP", "INFO"), OptOut.HELP),
    # An opt-in only after a STOP; inside a conversation it is an answer.
    "YES": OptOut.MAYBE_START,
}
_ASKS: Final = re.compile(r"\b(stop|stopall|unsubscribe|revoke|optout|opt[ -]out)\b", re.IGNORECASE)
_MOST_WORDS: Final = 8
"""A longer text that has such a word tells of something else, such as a bus stop."""


def opt_out_of(told: str, body: str) -> OptOut | None:
    """What a message says: first what the provider found (also localised words), then the whole body as a keyword."""
    if told.strip().lower() in ("stop", "start", "help"):
        return OptOut(told.strip().lower())
    found = _KEYWORDS.get(body.strip().upper())
    if found is None and len(body.split()) <= _MOST_WORDS and _ASKS.search(body):
        return OptOut.MAYBE_STOP
    return found
