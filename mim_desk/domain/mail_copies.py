"""Who else gets a reply: addresses that can be right, each once."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_LONGEST: Final = 254
_ADDRESS: Final = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,64}@[^\W_](?:[\w.-]{0,188})\.[^\W\d_](?:[\w-]{0,61}[^\W_])")


def is_address(told: str) -> bool:
    """Whether mail could be sent there."""
    return len(told) <= _LONGEST and told.isprintable() and ".." not in told and _ADDRESS.fullmatch(told) is not None


def listed(told: str) -> list[str]:
    """The addresses in what somebody wrote or pasted, parted by commas, semicolons or space, names left out."""
    found: list[str] = []
    for entry in re.split(r"[,;\n]", re.sub(r'"[^"]*"', " ", told)):
        angled = re.search(r"<([^<>\s]+)>", entry)
        found += [angled[1]] if angled else entry.split()
    return list(dict.fromkeys(found))


def first_wrong(*fields: Iterable[str]) -> str:
    """The first that is no address; empty when all are."""
    return next((one for addresses in fields for one in addresses if not is_address(one)), "")


def twice(*fields: Sequence[str]) -> str:
    """The first address that is named more than once, however it is written; empty when each is there once."""
    seen: set[str] = set()
    for one in (one for addresses in fields for one in addresses):
        if one.lower() in seen:
            return one
        seen.add(one.lower())
    return ""
