"""Public addresses of outgoing files, for channels that fetch what they are to carry."""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from mim_desk.hub.file_marks import FileMarks
from mim_desk.hub.public_addresses import is_public

PREFIX: Final = "/files/"
PREVIEW: Final = "preview/preview.jpg"
"""No file is called so: a slash in a name is written otherwise."""
LIFE: Final = timedelta(days=7)
"""Some networks bring a file to the customer only when the customer looks at it."""
_DAY: Final = timedelta(days=1)


class FileLinks:
    """Makes and reads the addresses; each holds for one file of one reply.

    Attributes:
        base: what they begin with; empty when nobody outside could reach them.
    """

    def __init__(self, base: str, key: bytes) -> None:
        self.base = base
        self._marks = FileMarks(key)

    def address(self, message_id: str, file_id: str, name: str, now: datetime) -> str:
        """The address of a reply's file; the same all day, so that a repeated attempt says the same."""
        if not self.base:
            return ""
        day = datetime(now.year, now.month, now.day, tzinfo=UTC)
        mark = self._marks.mark(message_id, file_id, day + _DAY + LIFE)
        return f"{self.base}{PREFIX}{file_id}/{mark}/{quote(name, safe='')}"

    def preview(self, message_id: str, file_id: str, now: datetime) -> str:
        """The address of a small picture of the file."""
        own = self.address(message_id, file_id, "", now)
        return f"{own}{PREVIEW}" if own else ""

    def message_id(self, mark: str, file_id: str, now: datetime) -> str | None:
        """The reply that an address was made for; None when it is forged or over."""
        return self._marks.holder(mark, file_id, now)


NO_LINKS: Final = FileLinks("", b"")


def public_base(public_url: str, address: str) -> str:
    """Where providers reach the hub: as the admin says, else its own address if that is out in the world."""
    if public_url:
        return public_url
    host = urlsplit(address).hostname or ""
    if not host or host == "localhost" or host.endswith(".localhost"):
        return ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return address
    return address if is_public(host) else ""
