"""Which kind of archive a file is, and what it holds."""

import itertools
import re
from pathlib import Path
from typing import IO, Final

from mim_desk.desk.archives import mbox, opening, tables, telegram, whatsapp
from mim_desk.desk.archives.opening import Folder
from mim_desk.desk.archives.shapes import Read, Wanted
from mim_desk.domain.refusal import Refusal

_KINDS: Final = (".csv", ".jsonl", ".json", ".mbox", ".txt")
_TELEGRAM: Final = re.compile(
    rb'"(personal_information|chats)"\s*:|"type"\s*:\s*"(personal_chat|bot_chat|saved_messages|(private|public)_\w+)"'
)
_LOOK: Final = 4096
_FIRST_LINES: Final = 20


def read(path: Path, wanted: Wanted) -> Read:
    """Everything in one archive; a Refusal when it is none, or dangerous."""
    folder = opening.opened(path)
    try:
        name = path.name if path.is_file() and path.suffix.lower() != ".zip" else _text_in(path, folder)
        with folder.stream(name) as stream:
            return _read(path, Path(name).suffix.lower(), stream, folder, wanted)
    except BaseException:
        folder.close()
        raise


def _read(path: Path, suffix: str, stream: IO[bytes], folder: Folder, wanted: Wanted) -> Read:
    match suffix:
        case ".mbox":
            return Read(mbox.NAME, *mbox.read(stream, wanted), folder.file, folder.close)
        case ".csv":
            return Read(path.stem, *tables.read_csv(opening.lines(stream), wanted), folder.file, folder.close)
        case ".jsonl":
            return Read(path.stem, *tables.read_json_lines(opening.lines(stream), wanted), folder.file, folder.close)
        case ".json":
            return _json(path, opening.whole(stream), folder, wanted)
        case ".txt":
            return _text(path, stream, folder, wanted)
    raise _no(path)


def _json(path: Path, data: bytes, folder: Folder, wanted: Wanted) -> Read:
    if _TELEGRAM.search(data[:_LOOK]):
        return Read(telegram.NAME, *telegram.read(data, wanted), folder.file, folder.close)
    name, said, bad = tables.read_json(data, wanted)
    return Read(name or path.stem, said, bad, folder.file, folder.close)


def _text(path: Path, stream: IO[bytes], folder: Folder, wanted: Wanted) -> Read:
    lines = opening.lines(stream)
    first = list(itertools.islice(lines, _FIRST_LINES))
    if not whatsapp.is_export(line or "" for _, line in first):
        raise _no(path)
    said, bad = whatsapp.read(itertools.chain(first, lines), path.name, folder.names, wanted)
    return Read(whatsapp.NAME, said, bad, folder.file, folder.close)


def _text_in(path: Path, folder: Folder) -> str:
    """The file that holds the messages, in a zip or folder."""
    for kind in _KINDS:
        found = sorted(
            (one for one in folder.names if one.lower().endswith(kind)), key=lambda one: (one.count("/"), one)
        )
        if found:
            return found[0]
    raise _no(path)


def _no(path: Path) -> Refusal:
    told = "a WhatsApp export (.txt or .zip), a Telegram export (.json), a mailbox (.mbox), or a .csv, .json or .jsonl"
    return Refusal("unknown", f"{path.name} is no archive that can be read: {told}.")
