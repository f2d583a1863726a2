"""What the answers on the way to a file mean: it came, ask again later, or it will not come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from typing import Final

import msgspec

from mim_desk.channels.base import NeverLeft, Refused, Response
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.domain.message import AttachmentState
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.file_types import safe_name
from mim_desk.hub.foreign_http import Answered, Unfit, Unreachable
from mim_desk.protocol import rows

WAITS_S: Final = (2.0, 10.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0)
"""Before the second, third ... try; after the last of them a file has failed."""
_GONE: Final = frozenset({404, 410})
_PASSING: Final = frozenset({202, 401, 403, 408, 409, 423, 425, 429})
"""Not ready yet, too many calls, or a token that somebody may mend."""
_UNNAMED: Final = ("", "file")
_UNSAID: Final = ("", "application/octet-stream", "binary/octet-stream")
_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "application/pdf": "pdf",
}


@dataclass(frozen=True, slots=True)
class Came:
    """The bytes, and what their answer says of them."""

    data: bytes = field(repr=False)
    mime_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """A file as it is kept."""

    row: rows.Attachment
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Again:
    """Another try may bring it."""

    problem: str
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Gone:
    """It will not come."""

    problem: str
    state: AttachmentState = AttachmentState.FAILED


def judged(answer: Answered | NeverLeft | Refused) -> Response | Again | Gone:
    """What one answer means; of the good ones the answer itself."""
    match answer:
        case Unfit():
            return Gone(answer.problem)
        case Unreachable() | NeverLeft():
            return Again(answer.problem)
        case Refused():  # of a token: somebody may mend the account
            return Again(answer.code, answer.retry_after_s or 0.0)
    told = f"status {answer.status}"
    if answer.status in _GONE:
        return Gone(told, AttachmentState.EXPIRED)
    if answer.status in _PASSING or answer.status >= 500:
        return Again(told, retry_after_s(answer.headers) or 0.0)
    return answer if 200 <= answer.status < 300 else Gone(told)


def refused(refusal: Refusal) -> Again | Gone:
    """What an adapter's word means that the way ends."""
    if refusal.code == "not-ready":
        return Again(refusal.code)
    return Gone(refusal.code, AttachmentState.EXPIRED if refusal.code == "expired" else AttachmentState.FAILED)


def came(answer: Response) -> Came | Again:
    """The file that an answer is."""
    if not answer.body:
        return Again("empty")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Came(answer.body, kind, _told_name(answer.headers))


def wait_before(attempt: int, asked_s: float) -> timedelta | None:
    """How long to wait before this try; None when there is none any more."""
    place = attempt - 2
    return timedelta(seconds=max(WAITS_S[place], asked_s)) if place < len(WAITS_S) else None


def claimed(file: rows.Attachment, brought: Came) -> str:
    """What a file is said to be: by the message, else by the answer."""
    return brought.mime_type if file.mime_type in _UNSAID else file.mime_type


def named(file: rows.Attachment, brought: Came, kind: str) -> str:
    """The file's name, with an ending when nobody gave it one."""
    name = brought.name if file.name in _UNNAMED and brought.name else file.name
    ending = _ENDINGS.get(kind)
    return name if "." in name or ending is None else f"{name or 'file'}.{ending}"


def as_file(file: rows.Attachment, brought: Came, kind: str) -> Examined:
    """A file that is kept as it came."""
    return Examined(msgspec.structs.replace(file, name=named(file, brought, kind), mime_type=kind), brought.data)


def _told_name(headers: Mapping[str, str]) -> str:
    told = Message()
    try:
        told["content-disposition"] = headers.get("content-disposition", "")
        name = told.get_filename("")
    except (ValueError, TypeError, LookupError):
        return ""
    return safe_name(name) if name else ""
