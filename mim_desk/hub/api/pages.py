"""Small shapes that the nouns share: keyset cursors, whole rows that must be there, partial changes."""

import base64
import binascii
from typing import Annotated, TypeVar

import msgspec
from litestar.params import PathParameter, QueryParameter

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store.plain_rows import missing

Row = TypeVar("Row", bound=msgspec.Struct)
Key = TypeVar("Key")

Number = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]
RowId = Annotated[str, PathParameter(max_length=64)]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="Most rows of a page.")]
After = Annotated[str | None, QueryParameter(max_length=1000, description="`next` of the page before.")]


def cursor(key: object) -> str:
    """A keyset place as an opaque word for addresses."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def place(after: str | None, shape: type[Key]) -> Key | None:
    """The keyset place a cursor names; a Refusal when it is none of ours."""
    if after is None:
        return None
    try:
        padded = after.encode("ascii") + b"=" * (-len(after) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=shape)
    except (UnicodeError, binascii.Error, msgspec.DecodeError, RecursionError) as problem:
        raise Refusal("invalid", "This is no cursor of this listing. Begin without it.", "after") from problem


def found(row: Row | None, noun: str) -> Row:
    """The row, or the refusal that it does not exist."""
    if row is None:
        raise missing(noun)
    return row


def changed(row: Row, patch: msgspec.Struct) -> Row:
    """``row`` with the fields that ``patch`` sets."""
    given = {name: getattr(patch, name) for name in patch.__struct_fields__}
    return msgspec.structs.replace(row, **{name: value for name, value in given.items() if value is not msgspec.UNSET})
