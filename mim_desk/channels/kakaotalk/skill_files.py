"""What people send the bot besides words: pictures of its safe upload, and what they send in the chat itself.

https://kakaobusiness.gitbook.io/main/tool/chatbot/skill_guide/make_skill
[unverified] The forms of both are as skill servers in public describe them; their addresses end after minutes.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from mim_desk.channels.base import IncomingFile
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.message import MessageType

MOST: Final = 10
_KINDS: Final = {
    "image": (MessageType.IMAGE, "image/jpeg", "jpg"),
    "video": (MessageType.VIDEO, "video/mp4", "mp4"),
    "audio": (MessageType.AUDIO, "audio/mp4", "m4a"),
}
_OTHER: Final = (MessageType.FILE, "application/octet-stream", "")
_ENDINGS: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
}


class Secured(msgspec.Struct, frozen=True, rename={"addresses": "secureUrls"}):
    """``{"imageQuantity": "2", "secureUrls": "List(https://..., https://...)", "expire": "..."}``."""

    addresses: str


class Media(msgspec.Struct, frozen=True):
    """``{"type": "image", "url": "https://..."}``."""

    url: str
    type: str = ""


_secured: Final = msgspec.json.Decoder(Secured)
_media: Final = msgspec.json.Decoder(Media)


def secured(value: object) -> list[str]:
    """The addresses in a parameter that is a safe upload; none in any other."""
    told = (
        read(_secured, value.encode("utf-8", "replace")) if isinstance(value, str) and "secureUrls" in value else None
    )
    if told is None:
        return []
    return _addresses(told.addresses.removeprefix("List(").removesuffix(")").split(","))


def _addresses(told: list[str]) -> list[str]:
    found = (one.strip() for one in told)
    return [one for one in found if one.startswith(("https://", "http://"))][:MOST]


def sent(params: Mapping[str, Any], media: msgspec.Raw) -> tuple[MessageType, tuple[IncomingFile, ...]] | None:
    """The kind and the files of a call; None where nothing but words came."""
    pictures = list(dict.fromkeys(url for value in params.values() for url in secured(value)))
    if pictures:
        return MessageType.IMAGE, tuple(_file(url, place, "image") for place, url in enumerate(pictures[:MOST], 1))
    told = read(_media, media)
    if told is None or not _addresses([told.url]):
        return None
    return _KINDS.get(told.type, _OTHER)[0], (_file(told.url, 1, told.type),)


def _file(url: str, place: int, kind: str) -> IncomingFile:
    _, usual, ending = _KINDS.get(kind, _OTHER)
    name = kind if kind in _KINDS else "file"
    told = _ending(url)
    mime_type = _ENDINGS.get(told, usual) if kind == "image" else usual
    ending = told if kind == "image" and told in _ENDINGS else ending
    return IncomingFile(f"{name}-{place}.{ending}" if ending else name, mime_type, url=url)


def _ending(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:
        return ""
