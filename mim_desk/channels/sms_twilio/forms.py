"""Reading the forms that Twilio posts, byte by byte: what is signed is what came."""

from typing import Final
from urllib.parse import unquote_to_bytes

MOST_FIELDS: Final = 1000
Fields = list[tuple[bytes, bytes]]


def fields_of(form: bytes) -> Fields:
    """Names and values in the order of the form, also empty ones; ValueError when there are absurdly many."""
    if form.count(b"&") >= MOST_FIELDS:
        raise ValueError("the form has too many fields")
    pairs = (piece.partition(b"=") for piece in form.split(b"&") if piece)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(raw: bytes) -> bytes:
    return unquote_to_bytes(raw.replace(b"+", b" "))


def first_values(form: bytes) -> dict[str, str]:
    """The first value of each field as text; what is no UTF-8 is marked."""
    found: dict[str, str] = {}
    for name, value in fields_of(form):
        found.setdefault(name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
    return found
