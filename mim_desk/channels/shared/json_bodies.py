"""Reading foreign JSON without ever raising, also where a program cut a character in half or nests without end."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

Shape = TypeVar("Shape")

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError)
"""What reading foreign bytes may raise."""
_ESCAPES: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""A pair of surrogates, one that stands alone (group 1), any other escape."""
_anything: Final = msgspec.json.Decoder(Any)
MOST_DEPTH: Final = 100
"""Of lists and objects in each other; nobody who says something needs a tenth of it."""
_MOST_RUNS: Final = 300_000
"""So many runs of brackets are looked at, for a tenth of a second; a body with more stays as it is."""
_BRACKETS: Final = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)*+([\[{]++|[\]}]++)?', re.DOTALL)
"""Brackets that open or close in a row (group 1), behind strings, which hide what stands in them; none at the end."""


def read(decoder: msgspec.json.Decoder[Shape], body: bytes | msgspec.Raw) -> Shape | None:
    """What the body holds, None when it has another shape or none."""
    try:
        return opened(decoder.decode, body)
    except UNREADABLE:
        return None


def opened(decode: Callable[[bytes | msgspec.Raw], Shape], body: bytes | msgspec.Raw) -> Shape:
    """What the body holds. Raises one of UNREADABLE.

    Halves of characters in it become a replacement character, and what is nested beyond MOST_DEPTH is nothing: else it
    would cost all that stands beside it.
    """
    told = bytes(body)
    if not _is_utf8(told):
        # Parts that are left raw are not looked into here, and could not be read later.
        told = mended(told)
    try:
        return decode(told)
    except UNREADABLE:
        again = shallow(mended(told))
        if again == told:
            raise
        return decode(again)


def without_nulls(body: msgspec.Raw) -> msgspec.Raw:
    """The body without the fields that are null: where the network leaves out what is not there, gateways write that."""
    if b"null" not in bytes(body):
        return body
    try:
        return msgspec.Raw(msgspec.json.encode(_filled(opened(_anything.decode, body))))
    except UNREADABLE:
        return body


def _filled(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _filled(one) for name, one in told.items() if one is not None}
    return [_filled(one) for one in told if one is not None] if isinstance(told, list) else told


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def mended(body: bytes) -> bytes:
    """The body with whole characters only: programs that cut texts by UTF-16 units or bytes leave halves of them.

    Strict readers refuse all of such a body (RFC 8259, 8.1 and 8.2), and with it every message that stands beside.
    """
    whole = body.decode("utf-8", "replace").encode()
    return _ESCAPES.sub(lambda found: rb"\ufffd" if found[1] else found[0], whole) if b"\\u" in whole else whole


def shallow(body: bytes) -> bytes:
    """The body with ``null`` for whatever is nested too deeply."""
    kept: list[bytes] = []
    depth = at = 0
    for count, found in enumerate(_BRACKETS.finditer(body)):
        if count >= _MOST_RUNS:
            return body
        if found[1] is None:
            break
        start, end = found.span(1)
        if body[start] in b"[{":
            if depth <= MOST_DEPTH < depth + end - start:
                kept += [body[at : start + MOST_DEPTH - depth], b"null"]
            depth += end - start
        else:
            if depth - end + start <= MOST_DEPTH < depth:
                at = start + depth - MOST_DEPTH
            depth -= end - start
    return b"".join([*kept, body[at:]]) if kept and depth <= MOST_DEPTH else body


def word(told: object) -> str:
    """A fact that nothing depends on; empty where it is no text."""
    return told if isinstance(told, str) else ""


def amount(told: object) -> int:
    """A figure that nothing depends on, as a whole number; 0 where it is none, or below."""
    return max(int(told), 0) if isinstance(told, int | float) and 0 <= told < 10**15 else 0


def name_of(told: str | None) -> str:
    """What somebody is called; halves of characters at its ends are no part of it, and alone they are no name."""
    return (told or "").strip("\ufffd \t\r\n")
