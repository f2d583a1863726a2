"""Opens what people hand over: files, folders and zips, with limits, so that no archive can fill memory or leave its place."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from mim_desk.domain.refusal import Refusal

MOST_MEMBERS: Final = 200_000
MOST_BYTES: Final = 8 << 30
MOST_RATIO: Final = 200
"""Of a zip; text hardly reaches 30."""
LARGEST_TEXT: Final = 1 << 30
LARGEST_FILE: Final = 25 << 20
LONGEST_LINE: Final = 1 << 20
_SMALL: Final = 1 << 20


class Folder:
    """The files of an archive by their names inside it; nothing is ever written to the disk."""

    def __init__(
        self,
        names: list[str],
        open_: Callable[[str], IO[bytes]],
        size: Callable[[str], int],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.names = names
        self.close = close
        self._open = open_
        self._size = size

    def stream(self, name: str) -> IO[bytes]:
        """A file to be read in pieces."""
        if self._size(name) > LARGEST_TEXT:
            raise Refusal("too-large", f"{name} is larger than 1 GB. Split the export.")
        return self._open(name)

    def file(self, name: str) -> bytes | None:
        """A file that a message names; None where it is not inside, or too large to be kept."""
        found = name if name in self.names else next((one for one in self.names if _last(one) == _last(name)), None)
        if found is None or self._size(found) > LARGEST_FILE:
            return None
        with self._open(found) as stream:
            data = stream.read(LARGEST_FILE + 1)
        return data if len(data) <= LARGEST_FILE else None


def opened(path: Path) -> Folder:
    """The archive at ``path``; a Refusal that says what is wrong with it."""
    if not path.exists():
        raise Refusal("not-found", f"There is no file {path}.")
    if path.is_dir():
        names = [one.relative_to(path).as_posix() for one in sorted(path.rglob("*")) if _is_inside(one, path)]
        return Folder(names, lambda name: (path / name).open("rb"), lambda name: (path / name).stat().st_size)
    if zipfile.is_zipfile(path):
        return _zipped(path)
    beside = path.parent

    def size(name: str) -> int:
        return (beside / name).stat().st_size

    # A text beside its media, as people unpack them.
    names = [path.name, *(one.name for one in sorted(beside.iterdir()) if one != path and _is_inside(one, beside))]
    return Folder(names, lambda name: (beside / name).open("rb"), size)


def _is_inside(file: Path, folder: Path) -> bool:
    """A real file of the folder: no link that leads elsewhere."""
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _zipped(path: Path) -> Folder:
    archive = zipfile.ZipFile(path)
    try:
        members = _members(path, archive)
    except BaseException:
        archive.close()
        raise

    def open_(name: str) -> IO[bytes]:
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


def _damaged(problem: Exception) -> Refusal:
    return Refusal("broken", f"The zip is damaged: {problem}. Export it again.")


def _check_member(path: Path, one: zipfile.ZipInfo) -> None:
    name = PurePosixPath(one.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
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
        self._left = LARGEST_TEXT

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


def lines(stream: IO[bytes]) -> Iterator[tuple[int, str | None]]:
    """The lines of a text with their numbers; None for one that is too long, which is skipped whole."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff" if number == 1 else "")


def whole(stream: IO[bytes]) -> bytes:
    """All of a file, up to 1 GB."""
    return stream.read()


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name
