"""Words by which people end, begin or ask about SMS: the English ones that carriers in many countries ask for.

https://help.twilio.com/articles/223134027
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


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


_NO_WORDS: Final[Mapping[str, OptOut]] = {}
WORDS_IN_SETTINGS: Final = {"stop_words": OptOut.STOP, "start_words": OptOut.START, "help_words": OptOut.HELP}
"""Settings that hold an account's own words, in the languages of its customers, with commas between them."""


def own_words(settings: Mapping[str, Any]) -> dict[str, OptOut]:
    """The words of an account's settings, as they are compared."""
    return {
        _plain(word): said
        for name, said in WORDS_IN_SETTINGS.items()
        for word in str(settings.get(name) or "").split(",")
        if word.strip()
    }


def _plain(word: str) -> str:
    """A word without what phones and people write differently: large and wide letters, accents, the Turkish i's."""
    folded = unicodedata.normalize("NFKD", word.strip()).casefold().replace("ı", "i")
    return "".join(ch for ch in folded if not "\u0300" <= ch <= "\u036f")


def opt_out_of(told: str, body: str, own: Mapping[str, OptOut] = _NO_WORDS) -> OptOut | None:
    """What a message says: what the provider found (also localised words), else the whole body as a keyword.

    The account's own words go before the usual ones.
    """
    if told.strip().lower() in ("stop", "start", "help"):
        return OptOut(told.strip().lower())
    found = own.get(_plain(body)) or _KEYWORDS.get(unicodedata.normalize("NFKC", body).strip().upper())
    if found is None and len(body.split()) <= _MOST_WORDS and _ASKS.search(body):
        return OptOut.MAYBE_STOP
    return found
