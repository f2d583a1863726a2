"""Opens what people hand over: files, folders and zips, with limits, so that no archive can fill memory or leave its place."""

import codecs
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Final

from mim_desk.desk.archives.shapes import BadRow
from mim_desk.domain.refusal import Refusal

MOST_MEMBERS: Final = 200_000
MOST_BYTES: Final = 8 << 30
MOST_RATIO: Final = 200
"""Of a zip; text hardly reaches 30."""
LARGEST_TEXT: Final = 1 << 30
LARGEST_FILE: Final = 25 << 20
LONGEST_LINE: Final = 1 << 20
_SMALL: Final = 1 << 20
_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")
_BROKEN: Final = re.compile("[\udc80-\udcff]")


class Folder:
    """The files of an archive by their names inside it; nothing is ever written to the disk.

    Attributes:
        is_whole: whether all of it was handed over, and not one file of a place where others lie.
        names: of its files; of a single file only its own.
    """

    def __init__(
        self,
        names: Sequence[str],
        open_: Callable[[str], io.BufferedReader],
        size: Callable[[str], int],
        close: Callable[[], None] = lambda: None,
        beside: Callable[[str], bool] | None = None,
    ) -> None:
        self.names = names
        self.is_whole = beside is None
        self.close = close
        self._open = open_
        self._size = size
        self._beside = beside
        self._known = {_last(name): name for name in reversed(names)} | {name: name for name in names}

    def stream(self, name: str, most: int = LARGEST_TEXT) -> io.BufferedReader:
        """A file to be read in pieces."""
        if self._size(name) > most:
            raise Refusal("too-large", f"{name} is larger than {most >> 30} GB. Split the export.")
        return self._open(name)

    def has(self, name: str) -> bool:
        """Whether a file that a message names is here."""
        return self._found(name) is not None

    def file(self, name: str) -> bytes | None:
        """A file that a message names; None where it is not inside, or too large to be kept."""
        found = self._found(name)
        if found is None or self._size(found) > LARGEST_FILE:
            return None
        with self._open(found) as stream:
            data = stream.read(LARGEST_FILE + 1)
        return data if len(data) <= LARGEST_FILE else None

    def _found(self, name: str) -> str | None:
        if self._beside is not None:
            return name if self._beside(name) else None
        return self._known.get(name) or self._known.get(_last(name))


def opened(path: Path) -> Folder:
    """The archive at ``path``; a Refusal that says what is wrong with it."""
    if not path.exists():
        raise Refusal("not-found", f"There is no file {path}.")
    if path.is_dir():
        names = [one.relative_to(path).as_posix() for one in sorted(path.rglob("*")) if _is_inside(one, path)]
        return Folder(names, lambda name: (path / name).open("rb"), lambda name: (path / name).stat().st_size)
    if zipfile.is_zipfile(path):
        return _zipped(path)
    if path.suffix.lower() == ".zip":
        raise _damaged("its end is missing")
    # A text beside its media, as people unpack them: only what it names by its place, and nothing else that lies there.
    place = path.parent
    return Folder(
        [path.name],
        lambda name: (place / name).open("rb"),
        lambda name: (place / name).stat().st_size,
        beside=lambda name: not PurePosixPath(name).is_absolute() and _is_inside(place / name, place),
    )


def _is_inside(file: Path, folder: Path) -> bool:
    """A real file of the folder: no link that leads elsewhere."""
    try:
        return file.is_file() and file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return False  # no name for a file


def _zipped(path: Path) -> Folder:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as problem:
        raise _damaged(problem) from problem
    try:
        members = _members(path, archive)
    except BaseException:
        archive.close()
        raise

    def open_(name: str) -> io.BufferedReader:
        try:
            return io.BufferedReader(_Limited(archive.open(name)))
        except (zipfile.BadZipFile, NotImplementedError) as problem:
            raise _damaged(problem) from problem

    return Folder(list(members), open_, lambda name: members[name].file_size, archive.close)


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by their names, looked at before any is opened."""
    members = {one.filename: one for one in archive.infolist() if not one.is_dir()}
    if len(archive.infolist()) > MOST_MEMBERS:
        raise Refusal("too-many", f"{path.name} holds more than {MOST_MEMBERS:,} files. Split it.")
    for one in members.values():
        _check_member(path, one)
    if sum(one.file_size for one in members.values()) > MOST_BYTES:
        raise Refusal("too-large", f"{path.name} would be larger than 8 GB unpacked. Split it.")
    return members


def _damaged(problem: object) -> Refusal:
    return Refusal("broken", f"The zip is damaged: {problem}. Export it again.")


def _check_member(path: Path, one: zipfile.ZipInfo) -> None:
    name = PurePosixPath(one.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or _DRIVE.match(one.filename):
        raise Refusal(
            "unsafe", f"{path.name} holds the name {one.filename[:80]!r}, which leads out of it. It is not read."
        )
    if one.flag_bits & 0x1:
        raise Refusal("encrypted", f"{path.name} is locked with a password. Unlock it first.")
    if one.file_size > _SMALL and one.file_size > MOST_RATIO * max(one.compress_size, 1):
        raise Refusal("unsafe", f"{path.name} unpacks to more than {MOST_RATIO} times its size. It is not read.")


class _Limited(io.RawIOBase):
    """What a zip gives of a file, however large it claims to be."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    def close(self) -> None:
        self._stream.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # of bytes, as io gives them
        try:
            data = self._stream.read(min(len(buffer), self._left))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as problem:
            raise _damaged(problem) from problem
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


def lines(stream: io.BufferedReader, encoding: str, bad: list[BadRow]) -> Iterator[tuple[int, str | None]]:
    """The lines of a text with their numbers; None, and a bad row, for one that is too long or not in the encoding."""
    found = encoding or _unicode(stream.peek(4))
    # Of these two forms a broken pair of bytes cannot be kept apart.
    errors = "replace" if codecs.lookup(found).name.startswith(("utf-16", "utf-32")) else "surrogateescape"
    text = io.TextIOWrapper(stream, found, errors, newline="\n")
    try:
        yield from _lines(text, found, bad)
    finally:
        if not stream.closed:
            text.detach()


def _lines(text: io.TextIOWrapper, encoding: str, bad: list[BadRow]) -> Iterator[tuple[int, str | None]]:
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE and not line.endswith("\n"):
            while (rest := text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            bad.append(BadRow(number, "the line is longer than 1 MB"))
            yield number, None
        elif not line.isascii() and _BROKEN.search(line):
            bad.append(BadRow(number, f"the line is not {encoding.upper().removesuffix('-SIG')}; name its --encoding"))
            yield number, None
        else:
            yield number, line.rstrip("\r\n")


def _unicode(first: bytes) -> str:
    return "utf-16" if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def whole(stream: io.BufferedReader, encoding: str) -> bytes:
    """All of a text, up to 1 GB, as UTF-8."""
    data = stream.read()
    found = encoding or _unicode(data[:4])
    if found == "utf-8-sig":
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(found).encode()
    except UnicodeError as problem:
        raise Refusal("unreadable", f"The text is not in {found}: {problem}.", "--encoding") from problem


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name
