"""A form with files in it, as uploads want it (RFC 7578)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form, in the field ``part``."""

    part: str
    name: str
    mime_type: str
    data: bytes = field(repr=False)


def form(fields: Mapping[str, str], part: str, name: str, mime_type: str, data: bytes) -> tuple[str, bytes]:
    """The content type and the body of a form whose field ``part`` is a file; the same for the same input."""
    return form_of_files(fields, [FilePart(part, name, mime_type, data)])


def form_of_files(fields: Mapping[str, str], files: Sequence[FilePart]) -> tuple[str, bytes]:
    """The same for several files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.data)
    boundary = f"part-{digest.hexdigest()[:40]}"
    pieces = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    for file in files:
        head = f'Content-Disposition: form-data; name="{_quoted(file.part)}"; filename="{_quoted(file.name)}"'
        kind = f"Content-Type: {_one_line(file.mime_type)}"
        pieces += [f"--{boundary}\r\n{head}\r\n{kind}\r\n\r\n".encode(), file.data, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").replace("\\", "_")


def _one_line(mime_type: str) -> str:
    return mime_type.replace("\r", "").replace("\n", "")
