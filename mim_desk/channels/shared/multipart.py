"""A form with a file in it, as uploads want it (RFC 7578)."""

import hashlib
from collections.abc import Mapping


def form(fields: Mapping[str, str], part: str, name: str, mime_type: str, data: bytes) -> tuple[str, bytes]:
    """The content type and the body of a form whose field ``part`` is a file; the same for the same input."""
    boundary = f"part-{hashlib.sha256(data).hexdigest()[:40]}"
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="{_quoted(part)}"; filename="{_quoted(name)}"'
    lines.append(f"--{boundary}\r\n{head}\r\nContent-Type: {_one_line(mime_type)}\r\n\r\n")
    body = "".join(lines).encode() + data + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").replace("\\", "_")


def _one_line(mime_type: str) -> str:
    return mime_type.replace("\r", "").replace("\n", "")
