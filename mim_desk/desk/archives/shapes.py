"""What a reader finds in an archive, whatever its form."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo


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
        missing: names of files that the archive says it does not hold.
        inline: files that the message itself holds: name, kind, and what reads their bytes.
    """

    chat: Chat
    key: str
    at: datetime
    incoming: bool
    text: str = ""
    by: str = ""
    files: Sequence[str] = ()
    inline: Sequence[tuple[str, str, Callable[[], bytes]]] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """Something that could not be read; it costs nobody else."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the archive itself does not say.

    Attributes:
        zone: of the clocks that wrote it; None for this machine's.
        ours: names or addresses of those who wrote for the brand.
        encoding: of the text; empty for Unicode in whatever form it says.
        dates: ``dmy``, ``mdy`` or ``ymd`` where dates could be either; empty to find out.
    """

    zone: tzinfo | None
    ours: Sequence[str] = ()
    dates: str = ""
    encoding: str = ""


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


def moment(at: datetime, zone: tzinfo | None) -> datetime:
    """A time with its zone; ValueError for one that no clock of the world ever shows."""
    try:
        # Without a zone: by this machine's rules of that day, in summer as in winter.
        told = at if at.tzinfo else at.replace(tzinfo=zone) if zone else at.astimezone()
        told.astimezone(UTC)
    except (OverflowError, OSError) as problem:
        raise ValueError(f"{at} is no time that can be kept") from problem
    return told
