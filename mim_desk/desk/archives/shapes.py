"""What a reader finds in an archive, whatever its form."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Chat:
    """Whom a chat was with.

    Attributes:
        id: of them in their network.
        fields: phone, email.
    """

    id: str
    name: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A message.

    Attributes:
        key: the same whenever the archive is read again.
        by: who wrote it, where that is not whom the chat is with.
        files: names inside the archive.
        inline: files that the message itself holds: name, kind and bytes.
    """

    chat: Chat
    key: str
    at: datetime
    incoming: bool
    text: str = ""
    by: str = ""
    files: Sequence[str] = ()
    inline: Sequence[tuple[str, str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """Something that could not be read; it costs nobody else."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the archive itself does not say.

    Attributes:
        ours: names or addresses of those who wrote for the brand.
        dates: ``dmy``, ``mdy`` or ``ymd`` where dates could be either; empty to find out.
    """

    zone: tzinfo
    ours: Sequence[str] = ()
    dates: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """An archive that was read.

    Attributes:
        name: of the network.
        file: the bytes of a file inside; None where it is not there.
        close: lets go of it.
    """

    name: str
    said: Sequence[Said]
    bad: Sequence[BadRow]
    file: Callable[[str], bytes | None]
    close: Callable[[], None] = lambda: None


def key_of(*told: str) -> str:
    """A key for a message without an id of its own."""
    return hashlib.blake2b("\0".join(told).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
