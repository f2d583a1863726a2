"""A reply as calls of the Bot API: text in parts, one file with its caption, several as an album."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, ContactCard, Outgoing, OutgoingFile, Place, Request
from mim_desk.channels.pace import Pace
from mim_desk.channels.shared.marks import without_marks
from mim_desk.channels.shared.multipart import FilePart, form_of_files
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.picture_sizes import size_of
from mim_desk.channels.shared.splitting import split_text, utf16_units
from mim_desk.channels.shared.vcards import vcard
from mim_desk.channels.telegram import names
from mim_desk.domain.buttons import Button
from mim_desk.domain.formatting import Formatted, Span, Style
from mim_desk.domain.refusal import Refusal

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
MOST_IN_ALBUM: Final = 10
LARGEST_PHOTO: Final = 10 << 20
LONGEST_PHOTO: Final = 10_000
"""Width and height together; https://core.telegram.org/bots/api#sendphoto"""
NARROWEST_PHOTO: Final = 20
LARGEST_FILE: Final = 50 << 20
PACE: Final = Pace(per_second=30, chat_every_s=1.0, chat_burst=3)
"""About one message a second in a chat, of which short bursts pass; how short is not told."""
GROUP_PACE: Final = Pace(per_second=30, chat_every_s=3.0, chat_burst=3)

_KINDS: Final = {
    "image/jpeg": "photo",
    "image/png": "photo",
    "image/webp": "photo",
    "image/gif": "animation",
    "video/mp4": "video",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/x-m4a": "audio",
    "audio/ogg": "voice",
}
_STYLES: Final = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.STRUCK: "strikethrough",
    Style.CODE: "code",
}
_ALBUMS: Final = ({"photo", "video"}, {"document"}, {"audio"})
"""Which kinds may stand together."""


def api_call(account: Account, method: str, parameters: dict[str, Any]) -> Request:
    """One call with JSON; its answer is the only word of whether it was made."""
    body = msgspec.json.encode(parameters)
    return Request("POST", names.method_url(account, method), {"content-type": "application/json"}, body, once=True)


def calls_of(account: Account, message: Outgoing) -> list[Request]:
    """The calls that send one reply, in order; the first one quotes."""
    if message.buttons and (message.files or message.enclosed):
        asked = _asking(account, message)
        return [*calls_of(account, replace(message, text="", buttons=())), *asked]
    if message.buttons:
        return _asking(account, message)
    caption = message.text if _fits_beside(message) else ""
    texts = [] if caption or not message.text else split_text(message.text, LONGEST_TEXT, utf16_units)
    files = message.plain_files
    heads = [_head(message, quotes=place == 0) for place in range(len(texts) + len(files) + 1)]
    calls = [_said(account, head, text) for head, text in zip(heads, texts, strict=False)]
    heads = heads[len(texts) :]
    if _is_album(files):
        calls.append(_album(account, files, heads[0], caption))
    else:
        for place, (head, file) in enumerate(zip(heads, files, strict=False)):
            if caption and place == 0:
                head |= told(caption, "caption")
            calls.append(_file(account, head, file))
    return (
        calls if message.enclosed is None else [*calls, _enclosed(account, message, _head(message, quotes=not calls))]
    )


def _enclosed(account: Account, message: Outgoing, head: dict[str, Any]) -> Request:
    """A place, with a name as a venue; a contact card; or a sticker, by its name at Telegram or as a picture."""
    enclosed = message.enclosed
    if isinstance(enclosed, Place):
        point = {"latitude": enclosed.latitude, "longitude": enclosed.longitude}
        if not enclosed.name:
            return api_call(account, "sendLocation", {**head, **point})
        address = enclosed.address or f"{enclosed.latitude:.5f}, {enclosed.longitude:.5f}"  # Telegram wants one
        return api_call(account, "sendVenue", {**head, **point, "title": enclosed.name, "address": address})
    if isinstance(enclosed, ContactCard):
        more = {"vcard": vcard(enclosed)} if len(enclosed.phones) > 1 or enclosed.emails else {}
        named = {"phone_number": enclosed.phones[0], "first_name": enclosed.name, **more}
        return api_call(account, "sendContact", {**head, **named})
    file = message.sticker_file
    if file is not None:
        part = FilePart("sticker", file.name, file.mime_type, file.data)
        return _form_call(account, "sendSticker", head, [part])
    return api_call(account, "sendSticker", {**head, "sticker": enclosed.id if enclosed else ""})


def _asking(account: Account, message: Outgoing) -> list[Request]:
    """The text in parts, the last with an inline keyboard: one button a line."""
    texts = texts_of(message, LONGEST_TEXT, utf16_units)
    calls: list[Request] = []
    for place, text in enumerate(texts):
        head, more = _head(message, quotes=place == 0 and not (message.files or message.enclosed)), dict[str, Any]()
        if place == len(texts) - 1:
            more["reply_markup"] = _markup(message, head)
        calls.append(_said(account, head, text, more))
    return calls


def _markup(message: Outgoing, head: Mapping[str, Any]) -> dict[str, Any]:
    """Buttons below the text; one that asks for a place stands where the keyboard is, until it is pressed."""
    asking = [one for one in message.buttons if one.asks_place]
    if not asking:
        return {"inline_keyboard": [[_button(one)] for one in message.buttons]}
    if "business_connection_id" in head:
        reason = "Telegram has no button that asks for a location in a business chat. Ask for it in words."
        raise Refusal("not-carried", reason, "buttons")
    keys = [[{"text": one.title, "request_location": True}] for one in asking]
    return {"keyboard": keys, "resize_keyboard": True, "one_time_keyboard": True}


def _said(account: Account, head: dict[str, Any], text: str, more: Mapping[str, Any] = MappingProxyType({})) -> Request:
    """A text; where Telegram cannot read what its marks meant, it goes as plain words."""
    call = api_call(account, "sendMessage", {**head, **told(text), **more})
    formatted = without_marks(text)
    if not formatted.spans:
        return call
    return replace(call, instead=api_call(account, "sendMessage", {**head, "text": formatted.text, **more}))


def told(text: str, field: str = "text") -> dict[str, Any]:
    """A text without its marks, and entities that say what they meant: nothing in it needs escaping then.

    https://core.telegram.org/bots/api#messageentity
    """
    formatted = without_marks(text)
    if not formatted.spans:
        return {field: text}
    entities = [_entity(formatted, span) for span in formatted.spans]
    return {field: formatted.text, "entities" if field == "text" else f"{field}_entities": entities}


def _entity(formatted: Formatted, span: Span) -> dict[str, Any]:
    offset = utf16_units(formatted.text[: span.start])
    return {"type": _STYLES[span.style], "offset": offset, "length": utf16_units(formatted.text[span.start : span.end])}


def _button(button: Button) -> dict[str, str]:
    """Its data is a key of ours, which has 40 of the 64 bytes; what it stands for is in the sent message's row."""
    return {"text": button.title, **({"url": button.url} if button.url else {"callback_data": button.id})}


def _fits_beside(message: Outgoing) -> bool:
    return bool(message.plain_files) and utf16_units(message.text) <= LONGEST_CAPTION


def _head(message: Outgoing, *, quotes: bool) -> dict[str, Any]:
    head = names.chat_of(message.recipient)
    quoted = names.number_in(message.recipient, message.reply_to) if quotes else None
    if quoted is not None:
        head["reply_parameters"] = {"message_id": quoted, "allow_sending_without_reply": True}
    return head


def _kind(file: OutgoingFile) -> str:
    kind = _KINDS.get(file.mime_type, "document")
    return "document" if kind == "photo" and not _is_photo(file.data) else kind


def _is_photo(data: bytes) -> bool:
    """Whether Telegram takes a picture as one; what does not tell its size is tried."""
    width, height = size_of(data) or (1, 1)
    is_narrow = max(width, height) > NARROWEST_PHOTO * min(width, height)
    return len(data) <= LARGEST_PHOTO and width + height <= LONGEST_PHOTO and not is_narrow


def _is_album(files: Sequence[OutgoingFile]) -> bool:
    kinds = {_kind(file) for file in files}
    return 2 <= len(files) <= MOST_IN_ALBUM and any(kinds <= album for album in _ALBUMS)


def _check_size(file: OutgoingFile) -> None:
    if len(file.data) > LARGEST_FILE:
        raise Refusal("too-large", f"{file.name} is larger than 50 MB, which is the most a bot may send.")


def _file(account: Account, head: dict[str, Any], file: OutgoingFile) -> Request:
    _check_size(file)
    kind = _kind(file)
    part = FilePart(kind, file.name, file.mime_type, file.data)
    return _form_call(account, f"send{kind.title()}", head, [part])


def _album(account: Account, files: Sequence[OutgoingFile], head: dict[str, Any], caption: str) -> Request:
    media: list[dict[str, Any]] = []
    parts: list[FilePart] = []
    for place, file in enumerate(files):
        _check_size(file)
        media.append({"type": _kind(file), "media": f"attach://file{place}"})
        parts.append(FilePart(f"file{place}", file.name, file.mime_type, file.data))
    if caption:
        media[0] |= told(caption, "caption")
    return _form_call(account, "sendMediaGroup", {**head, "media": media}, parts)


def _form_call(account: Account, method: str, parameters: dict[str, Any], files: Sequence[FilePart]) -> Request:
    """One call with files; what is no text is written as JSON in its field."""
    values = {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in parameters.items()
    }
    kind, body = form_of_files(values, files)
    return Request("POST", names.method_url(account, method), {"content-type": kind}, body, once=True)
