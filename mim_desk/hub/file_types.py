"""What a file is by its first bytes, and a name that is safe to show and to store."""

import unicodedata
from typing import Final

_PROGRAM: Final = "application/x-executable"
_SIGNATURES: Final = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"MZ\x90\x00", _PROGRAM),
    (0, b"\x7fELF", _PROGRAM),
)
UNNAMED: Final = "application/octet-stream"
_LONGEST_NAME: Final = 150


def sniffed(content: bytes, claimed: str = "") -> str:
    """The type by the first bytes; a claimed picture, sound or film that is none becomes plain bytes."""
    for offset, signature, mime_type in _SIGNATURES:
        if content.startswith(signature, offset):
            is_container = mime_type in ("video/mp4", "video/webm")
            keeps = is_container and claimed.startswith(("audio/", "video/"))
            return claimed if keeps else mime_type
    plain = claimed.partition(";")[0].strip().lower()
    if plain.startswith(("image/", "video/", "audio/")) or "/" not in plain:
        return _PROGRAM if content.startswith(b"MZ") else UNNAMED
    return "text/plain" if plain in ("text/html", "application/xhtml+xml") else plain


def safe_name(name: str) -> str:
    """The last part of a file name without control and direction marks, cut to 150 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(ch for ch in last if unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Co"))
    stem, dot, ending = kept.strip().strip(".").rpartition(".")
    whole = f"{stem[: _LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 12 else kept.strip()
    return whole[:_LONGEST_NAME].strip() or "file"
