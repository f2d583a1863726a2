"""Whether an adapter has what only some have."""

from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from typing_extensions import TypeIs

P = TypeVar("P")
_known: Final[dict[tuple[type, type], bool]] = {}


def offers(adapter: object, what: type[P]) -> "TypeIs[P]":
    """``isinstance`` for the protocols of ``channels``, looked up once per adapter's class.

    An ``isinstance`` with a protocol compares every member each time, which took a sixth of a webhook's time.
    """
    key: tuple[type, type[Any]] = (type(adapter), what)
    found = _known.get(key)
    if found is None:
        found = _known[key] = isinstance(adapter, what)
    return found
