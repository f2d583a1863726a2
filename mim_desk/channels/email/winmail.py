"""What Outlook packs into ``winmail.dat`` where it writes to somebody whom it takes for another Outlook: files, and the text.

The form is TNEF: after its mark attributes, each with its level, name, length and a check; some hold lists of properties.
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxtnef/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mim_desk.domain.mail_charsets import decoded

TYPES: Final = ("application/ms-tnef", "application/vnd.ms-tnef")
_MARK: Final = b"\x78\x9f\x3e\x22"
_FILE_BEGINS, _TITLE, _DATA, _FILE, _MAIL, _CODE_PAGE = 0x9002, 0x8010, 0x800F, 0x9005, 0x9003, 0x9007
_BODY, _PAGE, _LONG_NAME, _NAME, _MIME, _CONTENT_ID = 0x1000, 0x1013, 0x3707, 0x3704, 0x370E, 0x3712
_SIZES: Final = {
    **dict.fromkeys((0x02, 0x03, 0x04, 0x0A, 0x0B), 4),
    **dict.fromkeys((0x05, 0x06, 0x07, 0x14, 0x40), 8),
    0x48: 16,
}
_TEXT, _WIDE_TEXT = 0x1E, 0x1F
_OF_ANY_LENGTH: Final = (_TEXT, _WIDE_TEXT, 0x0D, 0x0102)
_MANY: Final = 0x1000
_NAMED: Final = 0x8000
_MOST: Final = 2000
"""Attributes, properties of one list, and values of one property."""


@dataclass
class Enclosed:
    """A file inside."""

    name: str = ""
    mime_type: str = ""
    content_id: str = ""
    data: bytes = field(default=b"", repr=False)


@dataclass
class Unpacked:
    """What is inside: its files, and the text, or the same as a page of HTML."""

    files: list[Enclosed] = field(default_factory=list)
    text: str = ""
    page: bytes = field(default=b"", repr=False)


class _Ended(ValueError):
    """The octets end too early."""


class _Reading:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self.at = 0

    @property
    def left(self) -> int:
        return len(self._octets) - self.at

    def taken(self, count: int) -> bytes:
        if count > self.left:
            raise _Ended
        self.at += count
        return self._octets[self.at - count : self.at]

    def number(self, octets: int = 4) -> int:
        return int.from_bytes(self.taken(octets), "little")

    def padded(self, count: int) -> bytes:
        value = self.taken(count)
        self.taken(min(-count % 4, self.left))
        return value


def unpacked(octets: bytes) -> Unpacked:
    """The files and the text; what is broken ends it, and what came before it stays."""
    found, code_page = Unpacked(), "cp1252"
    for name, value in _attributes(octets) if octets.startswith(_MARK) else ():
        if name == _CODE_PAGE:
            code_page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif name == _FILE_BEGINS:
            found.files.append(Enclosed())
        elif name == _MAIL:
            _read_text(found, _properties(value, code_page))
        elif found.files:
            _read_file(found.files[-1], name, value, code_page)
    found.files = [one for one in found.files if one.data]
    return found


def _attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    read = _Reading(octets)
    read.at = len(_MARK) + 2
    for _ in range(_MOST):
        try:
            read.taken(1)
            name = read.number() & 0xFFFF
            value = read.taken(read.number())
            yield name, value
            read.taken(2)
        except _Ended:
            return


def _read_file(one: Enclosed, name: int, value: bytes, code_page: str) -> None:
    if name == _TITLE:
        one.name = one.name or _words(value, code_page)
    elif name == _DATA:
        one.data = value
    elif name == _FILE:
        told = _properties(value, code_page)
        one.name = _last(told.get(_LONG_NAME)) or one.name or _last(told.get(_NAME))
        one.mime_type = str(told.get(_MIME, "")).lower()
        one.content_id = str(told.get(_CONTENT_ID, "")).strip("<>")


def _last(told: str | bytes | None) -> str:
    """The name of a file without the folder that it lay in."""
    return str(told or "").replace("\\", "/").rpartition("/")[2]


def _read_text(found: Unpacked, told: Mapping[int, str | bytes]) -> None:
    plain, page = told.get(_BODY, ""), told.get(_PAGE, b"")
    found.text = plain if isinstance(plain, str) else ""
    found.page = page if isinstance(page, bytes) else page.encode("utf-8", "replace")


def _words(value: bytes, code_page: str) -> str:
    return decoded(value.partition(b"\0")[0], code_page)


def _properties(value: bytes, code_page: str) -> dict[int, str | bytes]:
    """Those that are text or octets, by their number."""
    read, found = _Reading(value), dict[int, str | bytes]()
    try:
        for _ in range(min(read.number(), _MOST)):
            kind, number = read.number(2), read.number(2)
            if number >= _NAMED:
                _skip_name(read)
            told = _values(read, kind)
            if told is not None:
                is_wide = kind == _WIDE_TEXT
                is_text = is_wide or kind == _TEXT
                words = told.decode("utf-16-le", "replace").partition("\0")[0] if is_wide else _words(told, code_page)
                found[number] = words if is_text else told
    except _Ended:
        return found
    return found


def _skip_name(read: _Reading) -> None:
    """What a property of an application's own is called."""
    read.taken(16)
    if read.number() == 0:
        read.taken(4)
    else:
        read.padded(read.number())


def _values(read: _Reading, kind: int) -> bytes | None:
    """The one value of a property whose length is told; of others nothing, and the place after them."""
    plain = kind & ~_MANY
    if plain in _OF_ANY_LENGTH:
        found = [read.padded(read.number()) for _ in range(min(read.number(), _MOST))]
        return found[0] if found and plain == kind else None
    size = _SIZES.get(plain)
    if size is None:
        raise _Ended
    read.taken(size * (read.number() if kind != plain else 1))
    return None
