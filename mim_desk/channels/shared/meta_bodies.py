"""What a message of Messenger or Instagram carries; what cannot be read or shown is *unsupported*, never lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from mim_desk.channels.base import IncomingFile, Picked, Place
from mim_desk.channels.shared import meta_payloads as payloads
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened
from mim_desk.domain.message import MessageType

Shape = TypeVar("Shape")

_place: Final = msgspec.json.Decoder(payloads.Coordinates, strict=False)

_LONGEST_FACT: Final = 300
_THUMBS_UP: Final = ("369239263222822", "369239343222814", "369239383222810")
_ENDINGS: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "txt": "text/plain",
}
_USUAL: Final = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4"}
"""Meta tells no MIME type; what a file really is the hub sees when it has it."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a message says, without who said it when."""

    type: MessageType = MessageType.TEXT
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    location: Place | None = None
    choice: Picked | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def read(shape: type[Shape], raw: msgspec.Raw | bytes) -> Shape | None:
    """What a part of a message holds, None where there is none or it cannot be read."""
    try:
        return opened(partial(msgspec.json.decode, type=shape), raw) if raw else None
    except UNREADABLE:
        return None


def facts(**told: object) -> dict[str, str]:
    """Details of a message: what is told, as text."""
    return {name: str(value)[:_LONGEST_FACT] for name, value in told.items() if value not in (None, "")}


def origin(raw: msgspec.Raw) -> dict[str, str]:
    """Where a customer comes from: an ad, a link, a product."""
    told = read(payloads.Referral, raw) or payloads.Referral()
    ad, product = told.ads_context_data or payloads.Ad(), told.product or payloads.Product()
    return facts(
        referral=told.ref,
        referral_type=told.source,
        referral_id=told.ad_id,
        referral_headline=ad.ad_title,
        referral_picture=ad.photo_url,
        referral_post=ad.post_id,
        product_id=product.id,
    )


def body_of(message: payloads.Message) -> Body:
    """The body of a message, all of its attachments together."""
    parts = [_part(raw) for raw in read(list[msgspec.Raw], message.attachments) or ()]
    if message.is_unsupported:
        parts.append(_unsupported("unsupported"))
    text = _text([message.text or "", *(part.text for part in parts)])
    shown = [part for part in parts if part.type is not MessageType.UNSUPPORTED]
    body = Body(
        type=_type(text, shown),
        text=text,
        files=tuple({file.url: file for part in reversed(shown) for file in reversed(part.files)}.values())[::-1],
        location=next((part.location for part in shown if part.location), None),
        details={name: fact for part in parts for name, fact in part.details.items()},
    )
    return _picked(message, _told_of_story(message, body))


def _type(text: str, shown: Sequence[Body]) -> MessageType:
    kinds = [part.type for part in shown if part.type is not MessageType.TEXT]
    if kinds:
        return MessageType.STICKER if MessageType.STICKER in kinds else kinds[0]
    return MessageType.TEXT if text else MessageType.UNSUPPORTED


def _text(told: Sequence[str]) -> str:
    """The lines that are told, each once: a link stands in the text and again as its preview."""
    lines: list[str] = []
    for text in told:
        lines += [text] if not lines else [line for line in text.split("\n") if not any(line in one for one in lines)]
    return "\n".join(filter(None, lines))


def _picked(message: payloads.Message, body: Body) -> Body:
    quick = read(payloads.QuickReply, message.quick_reply)
    if quick is None:
        return body
    choice = Picked(quick.payload, body.text or quick.payload)
    return replace(body, type=MessageType.CHOICE, text=choice.title, choice=choice)


def _told_of_story(message: payloads.Message, body: Body) -> Body:
    """An answer to a story of ours; its picture or film ends after a day, so it is fetched now."""
    story = (read(payloads.ReplyTo, message.reply_to) or payloads.ReplyTo()).story
    if story is None:
        return body
    told = facts(story="reply", story_id=story.id, story_url=story.url)
    return replace(
        body,
        type=MessageType.STORY_REPLY,
        files=(*body.files, *_files("story", story.url)),
        details={**body.details, **told},
    )


def _part(raw: msgspec.Raw) -> Body:
    attachment = read(payloads.Attachment, raw)
    if attachment is None:
        return _unsupported("attachment")
    payload = read(payloads.Payload, attachment.payload) or payloads.Payload()
    reader = _READERS.get(attachment.kind, _other)
    return reader(attachment, payload)


def _unsupported(kind: str) -> Body:
    return Body(MessageType.UNSUPPORTED, details=facts(kind=kind))


def _files(name: str, url: str | None, usual: str = "") -> tuple[IncomingFile, ...]:
    """The file at an address, none where that is no whole address."""
    if not url or not url.startswith(("https://", "http://")):
        return ()
    try:
        ending = urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:
        return ()
    known = _ENDINGS.get(ending, "")
    mime_type = known if known and (not usual or known.split("/")[0] == usual.split("/", maxsplit=1)[0]) else usual
    return (IncomingFile(f"{name}.{ending}" if known else name, mime_type or "application/octet-stream", url=url),)


def _media(kind: MessageType, name: str) -> "Reader":
    def reader(_: payloads.Attachment, payload: payloads.Payload) -> Body:
        files = _files(name, payload.url, _USUAL.get(name, ""))
        return Body(kind, files=files) if files else _unsupported(name)

    return reader


def _image(attachment: payloads.Attachment, payload: payloads.Payload) -> Body:
    """Stickers came as pictures until August 2026, and for a while as both.

    https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages
    """
    if payload.sticker_id is None:
        return _media(MessageType.IMAGE, "image")(attachment, payload)
    return _sticker(attachment, payload)


def _sticker(_: payloads.Attachment, payload: payloads.Payload) -> Body:
    if str(payload.sticker_id) in _THUMBS_UP:
        return Body(text="👍", details=facts(sticker_id=payload.sticker_id))
    files = _files("sticker", payload.url, _USUAL["image"])
    if not files:
        return _unsupported("sticker")
    return Body(MessageType.STICKER, files=files, details=facts(sticker_id=payload.sticker_id))


def _location(attachment: payloads.Attachment, payload: payloads.Payload) -> Body:
    at = _coordinates(payload.coordinates)
    if at is None or not (-90 <= at.latitude <= 90 and -180 <= at.longitude <= 180):
        return _unsupported("location")
    return Body(MessageType.LOCATION, location=Place(at.latitude, at.longitude, attachment.title or ""))


def _coordinates(raw: msgspec.Raw) -> payloads.Coordinates | None:
    try:
        return opened(_place.decode, raw)
    except UNREADABLE:
        return None


def _link(attachment: payloads.Attachment, payload: payloads.Payload) -> Body:
    """Posts, reels and links: what they are called and where they are, never fetched."""
    title = payload.title or attachment.title
    url = payload.url or attachment.url or attachment.address
    text = "\n".join(filter(None, (title, url)))
    return Body(text=text, details=facts(shared=attachment.kind)) if text else _unsupported(attachment.kind)


def _template(attachment: payloads.Attachment, payload: payloads.Payload) -> Body:
    """What a template of ours says, its text or its cards; or the products that a customer sends."""
    cards_of = payload.product or read(payloads.Shared, payload.generic)
    elements = cards_of.elements if cards_of else payload.elements
    cards = [read(payloads.Element, raw) for raw in read(list[msgspec.Raw], elements) or ()]
    lines = [line for card in cards if card for line in (card.title, card.subtitle)]
    text = "\n".join(filter(None, (payload.text, *lines, attachment.url)))
    return Body(text=text) if text else _link(attachment, payload)


def _story_mention(_: payloads.Attachment, payload: payloads.Payload) -> Body:
    told = facts(story="mention", story_url=payload.url)
    return Body(MessageType.STORY_REPLY, files=_files("story", payload.url), details=told)


def _shared_story(_: payloads.Attachment, payload: payloads.Payload) -> Body:
    url = payload.story_media_url or payload.url
    files = _files("story", url)
    return (
        Body(MessageType.STORY_REPLY, files=files, details=facts(story_url=url)) if files else _unsupported("ig_story")
    )


def _like(_: payloads.Attachment, __: payloads.Payload) -> Body:
    return Body(text="❤️")


def _other(attachment: payloads.Attachment, payload: payloads.Payload) -> Body:
    """A kind that is newer than this: its file where it has one."""
    files = _files("attachment", payload.url)
    if not files:
        return _unsupported(attachment.kind)
    shown = {"image": MessageType.IMAGE, "video": MessageType.VIDEO}
    kind = shown.get(files[0].mime_type.partition("/")[0], MessageType.FILE)
    return Body(kind, files=files, details=facts(kind=attachment.kind))


Reader = Callable[[payloads.Attachment, payloads.Payload], Body]

_READERS: Final[Mapping[str, Reader]] = {
    "image": _image,
    "sticker": _sticker,
    "video": _media(MessageType.VIDEO, "video"),
    "audio": _media(MessageType.AUDIO, "audio"),
    "file": _media(MessageType.FILE, "file"),
    "location": _location,
    **dict.fromkeys(("fallback", "share", "post", "reel", "ig_reel", "ig_post", "media_share"), _link),
    "template": _template,
    "story_mention": _story_mention,
    "ig_story": _shared_story,
    "like_heart": _like,
}
