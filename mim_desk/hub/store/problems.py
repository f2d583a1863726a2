"""What can go wrong with the store itself, apart from a rule's refusal."""

from typing import Final

from sqlalchemy.exc import DBAPIError

_TRANSIENT_STATES = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""
_TOO_MUCH = "54"
"""PostgreSQL: a program's limit is exceeded, as by a name too long for an index (the class of the state)."""
_GONE = ("disk", "locked", "busy", "read-only", "readonly", "malformed", "I/O", "full", "unable to open", "interrupt")


class StoreUnavailable(Exception):
    """The store could not take or answer something now (disk full, server gone); trying again later may help."""


class WrongKey(Exception):
    """The file is encrypted with another key, or is no store at all."""


class LogReset(Exception):
    """The asked-for place is not in this log (other epoch, or trimmed): start again from a snapshot."""


def worth_retrying(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is run again."""
    return _state(error) in _TRANSIENT_STATES


def breaks_all(error: Exception) -> bool:
    """Whether the database itself failed, not one item's change."""
    original = _original(error)
    families = {base.__name__ for base in type(original).__mro__}
    if not families & {"OperationalError", "InterfaceError", "InternalError", "DatabaseError"}:
        return False
    if families & {"IntegrityError", "DataError", "ProgrammingError"} or _state(error).startswith(_TOO_MUCH):
        return False
    return type(original).__module__.startswith("psycopg") or any(word in str(original) for word in _GONE)


_ZERO: Final = "A text holds a zero character, which nothing here can be named by."
_TOO_LONG: Final = "A name or an id is far too long to be looked for."


def unkeepable(error: BaseException) -> str:
    """Why PostgreSQL neither keeps nor looks for a text, in a sentence; empty where that is not what failed."""
    original = _original(error)
    if type(original).__name__ == "DataError" and "NUL (0x00)" in str(original):
        return _ZERO
    return _TOO_LONG if _state(error).startswith(_TOO_MUCH) else ""


def _original(error: BaseException) -> BaseException:
    found = error.orig if isinstance(error, DBAPIError) else None
    return error if found is None else found


def _state(error: BaseException) -> str:
    return str(getattr(_original(error), "sqlstate", "") or "")
