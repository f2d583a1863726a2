"""What Twilio refuses of a message, in its own numbers and words, and its words for stopping and starting."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

LONGEST_BODY: Final = 1600
MOST_FILES: Final = 10
STOP: Final = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START: Final = frozenset({"START", "YES", "UNSTOP"})
HELP: Final = frozenset({"HELP", "INFO"})
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
Form = Mapping[str, Sequence[str]]


def word_of(text: str) -> str:
    """STOP, START or HELP where the whole message is one of their words; else empty."""
    said = text.strip().upper()
    for kind, words in (("STOP", STOP), ("START", START), ("HELP", HELP)):
        if said in words:
            return kind
    return ""


def fault_of(form: Form, ours: Sequence[str]) -> tuple[int, str]:
    """What is wrong with a message, 0 where nothing is."""
    to, body = _one(form, "To"), _one(form, "Body")
    sender = _one(form, "From") or _one(form, "MessagingServiceSid")
    media = form.get("MediaUrl", ())
    validity = _one(form, "ValidityPeriod")
    faults = (
        (not to, 21604, "A 'To' phone number is required."),
        (bool(to) and not _NUMBER.fullmatch(to), 21211, f"Invalid 'To' Phone Number: {to}"),
        (not sender, 21603, "A 'From' phone number is required."),
        (bool(sender) and sender not in ours, 21606, f"The 'From' phone number {sender} is not a valid, SMS-capable"),
        (not (body or media or form.get("ContentSid")), 21602, "Message body is required."),
        (len(body) > LONGEST_BODY, 21617, "The concatenated message body exceeds the 1600 character limit."),
        (len(media) > MOST_FILES, 21620, "Too many media URLs."),
        (not all(_is_address(url) for url in media), 21620, "Invalid media URL(s)"),
        (bool(validity) and not (validity.isdigit() and 1 <= int(validity) <= 36_000), 21664, "ValidityPeriod"),
        (
            bool(_one(form, "StatusCallback")) and not _is_address(_one(form, "StatusCallback")),
            21609,
            "Invalid callback",
        ),
    )
    return next(((code, why) for wrong, code, why in faults if wrong), (0, ""))


def _one(form: Form, name: str) -> str:
    found = form.get(name, ())
    return found[0] if found else ""


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def segments(text: str) -> int:
    """About how many SMS a text is; what the platform says stands in its answer."""
    single, joined = (160, 153) if text.isascii() else (70, 67)
    units = len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
    return 1 if units <= single else -(-units // joined)
