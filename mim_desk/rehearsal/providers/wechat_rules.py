"""What WeChat refuses of a customer service message, and how many of them a person's act allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mim_desk.rehearsal.providers.tencent import UNKNOWN_FILE, Media

LONGEST_TEXT_BYTES: Final = 2048
"""The usual figure; it is in no primary document."""
UPLOADS: Final = {
    "image": (2 << 20, ("png", "jpg", "jpeg", "gif"), 40009),
    "voice": (2 << 20, ("amr", "mp3"), 40010),
    "video": (10 << 20, ("mp4",), 40011),
    "thumb": (64 << 10, ("jpg",), 40012),
}
_FILES: Final = ("image", "voice", "video")
_OTHERS: Final = {
    "music": ("musicurl", "hqmusicurl", "thumb_media_id"),
    "mpnews": ("media_id",),
    "mpnewsarticle": ("article_id",),
    "wxcard": ("card_id",),
    "miniprogrampage": ("title", "appid", "pagepath", "thumb_media_id"),
}
FINE: Final = (0, "")


@dataclass
class Allowance:
    """What one act of the person allows: so many messages until a time."""

    left: int
    until: float


OPENS: Final = {"message": (5, 48 * 3600.0), "menu": (3, 60.0), "follow": (3, 60.0), "scan": (3, 60.0)}


class Allowances:
    """All that is allowed towards one person; each act opens its own."""

    def __init__(self) -> None:
        self._open: list[Allowance] = []

    def act(self, kind: str, now: float) -> None:
        """The person did something."""
        count, length_s = OPENS[kind]
        self._open.append(Allowance(count, now + length_s))

    def take(self, now: float) -> tuple[int, str]:
        """Use one of the newest that is still open; else why there is none."""
        still = [one for one in self._open if now <= one.until]
        if not still:
            return 45015, "response out of time limit or subscription is canceled"
        usable = [one for one in still if one.left]
        if not usable:
            return 45047, "out of response count limit"
        usable[-1].left -= 1
        return FINE


def fault_of(body: Mapping[str, Any], media: Media) -> tuple[int, str]:
    """What is wrong with a message, 0 where nothing is."""
    kind = str(body.get("msgtype", ""))
    content = body.get(kind)
    if not body:
        return 47001, "data format error"
    if kind in _FILES:
        named = content.get("media_id") if isinstance(content, Mapping) else None
        return FINE if media.named(named, kind) else (UNKNOWN_FILE, "invalid media_id")
    if kind not in ("text", "news", "msgmenu", *_OTHERS):
        return 40008, "invalid message type"
    if not isinstance(content, Mapping):
        return 44004, "empty content"
    return _fault_in(kind, content)


def _fault_in(kind: str, content: Mapping[str, Any]) -> tuple[int, str]:
    match kind:
        case "text":
            size = len(str(content.get("content") or "").encode())
            return (44004, "empty content") if not size else _too_long(size)
        case "news":
            return FINE if len(content.get("articles") or ()) == 1 else (45008, "article size out of limit")
        case "msgmenu":
            rows = content.get("list") or ()
            fine = rows and all(one.get("id") and one.get("content") for one in rows)
            return FINE if fine else (44004, "empty content")
    missing = [name for name in _OTHERS[kind] if not content.get(name)]
    return (44004, f"empty {missing[0]}") if missing else FINE


def _too_long(size: int) -> tuple[int, str]:
    return (45002, "content size out of limit") if size > LONGEST_TEXT_BYTES else FINE


def upload_fault(kind: str, name: str, size: int) -> tuple[int, str]:
    """What is wrong with an upload."""
    if kind not in UPLOADS:
        return 40004, "invalid media type"
    most, suffixes, code = UPLOADS[kind]
    if name.rpartition(".")[2].lower() not in suffixes:
        return 40005, "invalid file type"
    return (code, f"invalid {kind} size") if size > most else FINE
