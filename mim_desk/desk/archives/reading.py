"""Which kind of archive a file is, and what it holds."""

import dataclasses
import io
import itertools
import re
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from mim_desk.desk.archives import mbox, opening, tables, telegram, whatsapp
from mim_desk.desk.archives.opening import Folder
from mim_desk.desk.archives.shapes import BadRow, Read, Wanted
from mim_desk.domain.refusal import Refusal

_KINDS: Final = (".txt", ".json", ".mbox", ".csv", ".jsonl")
_TELEGRAM: Final = re.compile(
    rb'"(personal_information|chats)"\s*:|"type"\s*:\s*"(personal_chat|bot_chat|saved_messages|(private|public)_\w+)"'
)
_TABLE: Final = re.compile(rb'"contact"\s*:')
_COPY: Final = re.compile(r"\s*\(\d{1,3}\)$")
"""What a browser adds to the name of a file that it has already."""
_LOOK: Final = 4096
_FIRST_LINES: Final = 20
_MOST_LOOKED_AT: Final = 100
_WHATSAPP_ZIPPED: Final = "_chat.txt"


def read(path: Path, wanted: Wanted) -> Read:
    """Everything in one archive; a Refusal when it is none, or dangerous."""
    folder = opening.opened(path)
    try:
        names = _texts_in(path, folder) if folder.is_whole else [path.name]
        most = opening.MOST_BYTES if names[0].lower().endswith(".mbox") else opening.LARGEST_TEXT
        with folder.stream(names[0], most) as stream:
            found = _read(path, names[0], stream, folder, wanted)
    except BaseException:
        folder.close()
        raise
    others = [BadRow(1, f"{name} is an archive of its own: import it by itself") for name in names[1:]]
    return dataclasses.replace(found, bad=[*found.bad, *others])


def _read(path: Path, name: str, stream: io.BufferedReader, folder: Folder, wanted: Wanted) -> Read:
    title, bad = _COPY.sub("", path.stem), list[BadRow]()
    match Path(name).suffix.lower():
        case ".mbox":
            again = None if path.suffix.lower() == ".zip" else partial(folder.stream, name, opening.MOST_BYTES)
            return Read(mbox.NAME, *mbox.read(stream, wanted, again), folder.file, folder.close)
        case ".csv":
            found, worse = tables.read_csv(opening.lines(stream, wanted.encoding, bad), wanted)
            return Read(title, found, [*bad, *worse], folder.file, folder.close)
        case ".jsonl":
            found, worse = tables.read_json_lines(opening.lines(stream, wanted.encoding, bad), wanted)
            return Read(title, found, [*bad, *worse], folder.file, folder.close)
        case ".json":
            return _json(title, opening.whole(stream, wanted.encoding), folder, wanted)
        case ".txt":
            return _text(path, name, stream, folder, wanted)
    raise _no(path)


def _json(title: str, data: bytes, folder: Folder, wanted: Wanted) -> Read:
    if _TELEGRAM.search(data[:_LOOK]):
        return Read(telegram.NAME, *telegram.read(data, wanted), folder.file, folder.close)
    name, said, bad = tables.read_json(data, wanted)
    return Read(name or title, said, bad, folder.file, folder.close)


def _text(path: Path, name: str, stream: io.BufferedReader, folder: Folder, wanted: Wanted) -> Read:
    bad: list[BadRow] = []
    lines = opening.lines(stream, wanted.encoding, bad)
    first = list(itertools.islice(lines, _FIRST_LINES))
    if not whatsapp.is_export(line or "" for _, line in first):
        raise _no(path)

    def has(named: str) -> bool:
        # What a customer called a file is no reason to take one of that name from a place where others lie.
        return (folder.is_whole or whatsapp.is_own_name(named)) and folder.has(named)

    last = PurePosixPath(name).name
    title = path.name if last == _WHATSAPP_ZIPPED else last
    said, worse = whatsapp.read(itertools.chain(first, lines), title, has, wanted)

    def file(named: str) -> bytes | None:
        return folder.file(named) if has(named) else None

    return Read(whatsapp.NAME, said, [*bad, *worse], file, folder.close)


def _texts_in(path: Path, folder: Folder) -> list[str]:
    """The files that hold messages in a zip or folder: the one to be read, and others of its kind."""
    kinds = {kind: place for place, kind in enumerate(_KINDS)}
    named = [one for one in folder.names if Path(one).suffix.lower() in kinds]
    found = sorted(named, key=lambda one: (one.count("/"), kinds[Path(one).suffix.lower()], one))
    if not found:
        raise _no(path)
    # Pictures' texts, price lists and the like are sent in chats and lie beside them.
    known = [one for one in found[:_MOST_LOOKED_AT] if _is_archive(one, folder)]
    return [one for one in known if Path(one).suffix == Path(known[0]).suffix] or found[:1]


def _is_archive(name: str, folder: Folder) -> bool:
    with folder.stream(name, opening.MOST_BYTES) as stream:
        head = stream.read(_LOOK)
    match Path(name).suffix.lower():
        case ".txt":
            return whatsapp.is_export(head.decode("utf-8", "replace").splitlines()[:_FIRST_LINES])
        case ".json":
            return bool(_TELEGRAM.search(head) or _TABLE.search(head))
        case ".mbox":
            return head.startswith(b"From ")
        case ".csv":
            return tables.has_columns(head.partition(b"\n")[0].decode("utf-8", "replace"))
    return bool(_TABLE.search(head))


def _no(path: Path) -> Refusal:
    told = "a WhatsApp export (.txt or .zip), a Telegram export (.json), a mailbox (.mbox), or a .csv, .json or .jsonl"
    return Refusal("unknown", f"{path.name} is no archive that can be read: {told}.")
