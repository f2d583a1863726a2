"""Proof of work: where a chat is flooded, a new visitor's browser reckons for a moment before it may be stored.

Nothing is kept for it: the work is bound to the session's token, and once the session is stored none is asked again.
The browser looks for a number so that SHA-256 of ``<first 40 hexadecimal digits of the token's SHA-256>.<number>``
begins with so many zero bits; each bit doubles the reckoning (resources/web_chat/work.js).
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from mim_desk.hub.web_chat.problems import work_required
from mim_desk.hub.web_chat.sessions import Session
from mim_desk.hub.web_chat.widgets import Widget

HEADER: Final = "x-mim-work"
MOST_BITS: Final = 22
"""A telephone reckons some seconds for it."""
_LONGEST: Final = 16


def asked(session: Session, widget: Widget) -> int:
    """How many zero bits a session still owes; 0 for none."""
    return 0 if session.is_stored or session.is_verified else min(widget.limit("work_bits"), MOST_BITS)


def check(session: Session, widget: Widget, headers: Mapping[str, str]) -> None:
    """``work_required`` unless what the session owes is done."""
    bits = asked(session, widget)
    if bits and not is_done(session.token, headers.get(HEADER, ""), bits):
        raise work_required(bits)


def is_done(token: str, number: str, bits: int) -> bool:
    """Whether this number was worth so much work."""
    if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST):
        return False
    begins = hashlib.sha256(token.encode()).hexdigest()[:40]
    found = hashlib.sha256(f"{begins}.{number}".encode()).digest()
    return int.from_bytes(found) >> (256 - bits) == 0
