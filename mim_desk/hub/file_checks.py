"""Looks at foreign files: the virus scanner's word, and pictures rewritten without metadata by a small process."""

import asyncio
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mim_desk.hub.file_metadata import without_people

SCANNER: Final = "MIM_DESK_SCAN_COMMAND"
PREVIEW: Final = "preview"
_CLEANING_S: Final = 30
_SCANNING_S: Final = 60


CLEANED: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
"""The pictures that are rewritten."""


class Picture(msgspec.Struct, frozen=True):
    """What the cleaning process tells of a picture."""

    mime_type: str
    width: int
    height: int


def scanner_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The command that gets each file on its standard input and fails for a bad one; empty for none."""
    return tuple(shlex.split(environ.get(SCANNER, "")))


async def clean_picture(workers: asyncio.Semaphore, data: bytes, way: str = "") -> tuple[Picture, bytes] | None:
    """The picture without metadata, rewritten by a process with little memory; None when it is none."""
    command = [sys.executable, "-m", "mim_desk.hub.clean_image", way]
    if getattr(sys, "frozen", False):
        command = [sys.executable, "clean-image", way]
    code, out = await _run(workers, command, data, _CLEANING_S)
    if code != 0:
        return None
    facts, _, cleaned = out.partition(b"\n")
    return msgspec.json.decode(facts, type=Picture), cleaned


async def preview_of(workers: asyncio.Semaphore, data: bytes) -> bytes | None:
    """A small JPEG of a picture, a plain still of a film; None when the process could not make one."""
    made = await clean_picture(workers, data, PREVIEW)
    return None if made is None else made[1]


async def without_makers(workers: asyncio.Semaphore, mime_type: str, data: bytes) -> bytes:
    """A file of the brand without place, camera and the names of who made it; as it is when it cannot be read."""
    if mime_type not in CLEANED:
        return await asyncio.to_thread(without_people, mime_type, data)
    cleaned = await clean_picture(workers, data)
    return data if cleaned is None else cleaned[1]


async def passes_scanner(workers: asyncio.Semaphore, scanner: Sequence[str], data: bytes) -> bool:
    """Whether the scanner, if there is one, has nothing against a file."""
    if not scanner:
        return True
    code, _ = await _run(workers, scanner, data, _SCANNING_S)
    return code == 0


async def _run(workers: asyncio.Semaphore, command: Sequence[str], data: bytes, seconds: float) -> tuple[int, bytes]:
    pipe = asyncio.subprocess.PIPE
    async with workers:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(seconds):
                out, _ = await process.communicate(data)
        except TimeoutError:
            return -1, b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return process.returncode or 0, out
