"""Writing a reply as calls of the WhatsApp Cloud API: first the files are uploaded, then the messages name them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    Account,
    ContactCard,
    Outgoing,
    OutgoingFile,
    Place,
    Request,
    Response,
    Step,
)
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.multipart import form
from mim_desk.channels.shared.offers import is_list, texts_of
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.channels.whatsapp import payloads
from mim_desk.channels.whatsapp.bodies import read
from mim_desk.channels.whatsapp.interactive import interactive
from mim_desk.channels.whatsapp.people import is_user_id
from mim_desk.domain.refusal import Refusal

LONGEST_TEXT: Final = 4096
LONGEST_CAPTION: Final = 1024
_ABOVE: Final = ("image", "video", "document")
"""What can stand above a text with buttons; above a list stands no file."""
_HEAD_BYTES: Final = 512
_KINDS: Final = {
    "image/jpeg": ("image", "image.jpg"),
    "image/png": ("image", "image.png"),
    "video/mp4": ("video", "video.mp4"),
    "video/3gpp": ("video", "video.3gp"),
    "audio/aac": ("audio", "audio.aac"),
    "audio/amr": ("audio", "audio.amr"),
    "audio/mpeg": ("audio", "audio.mp3"),
    "audio/mp4": ("audio", "audio.m4a"),
    "audio/ogg": ("audio", "audio.ogg"),
    "image/webp": ("document", "sticker.webp"),
}
"""Kind of message, and what the file is called: customers see only the names of documents."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One message of a reply.

    Attributes:
        place: of its file among the uploads; ``named`` is what else is said of that.
        above: the kind of its file where that stands above text and buttons.
        contacts: stand in a list.
    """

    kind: str
    content: dict[str, Any] = field(default_factory=dict)
    place: int | None = None
    contacts: list[dict[str, Any]] = field(default_factory=list)
    above: str = ""
    named: dict[str, str] = field(default_factory=dict)

    def written(self, uploaded: Sequence[str]) -> Any:
        """What stands under the message's kind, with its file."""
        file = {} if self.place is None else {"id": uploaded[self.place], **self.named}
        if self.above:
            return {"header": {"type": self.above, self.above: file}, **self.content}
        return self.contacts or {**file, **self.content}


def steps(account: Account, message: Outgoing) -> Sequence[Step]:
    """The calls that send a reply; a Refusal where there is nothing to send."""
    parts = _parts(message)
    if not parts:
        raise Refusal("nothing-to-send", "The message is empty. Write something or add a file.")
    uploaded: list[str] = []
    uploads = [partial(upload, account, file) for file in message.files]
    sends = [partial(_send, account, message, parts, place, uploaded) for place in range(len(parts))]
    if not uploads:
        return [send() for send in sends]
    first, *others = uploads
    return [first(), *(naming(uploaded, write) for write in (*others, sends[0])), *map(_later, sends[1:])]


def naming(uploaded: list[str], write: Callable[[], Request]) -> Step:
    """A call after an upload, whose answer names the file."""

    def step(answer: Response) -> Request:
        told = read(payloads.Uploaded, answer.body)
        if told is None or not told.id:
            raise Refusal("no-upload", "WhatsApp did not take the file. Send it again.")
        uploaded.append(told.id)
        return write()

    return step


def _later(write: Callable[[], Request]) -> Step:
    return lambda _: write()


def _parts(message: Outgoing) -> list[_Part]:
    text = message.text if message.text.strip() else ""
    sticker = message.sticker_file
    kinds = ["sticker" if file is sticker else kind_of(file)[0] for file in message.files]
    is_caption = (
        bool(kinds)
        and kinds[0] not in ("audio", "sticker")
        and not message.buttons
        and utf16_units(text) <= LONGEST_CAPTION
    )
    texts = [] if is_caption else texts_of(message, LONGEST_TEXT, utf16_units)
    said = [_Part("text", {"body": one, "preview_url": False}) for one in texts]
    if texts and len(kinds) == 1 and kinds[0] in _ABOVE and _takes_file_above(message):
        offered = interactive(message, texts[-1])
        above = _Part("interactive", offered, 0, above=kinds[0], named=_named(message.files[0], kinds[0]))
        return [*said[:-1], above, *_enclosed(message)]
    files = [*_files(message, kinds, text if is_caption else ""), *_enclosed(message)]
    if message.buttons and texts:
        return [*files, *said[:-1], _Part("interactive", interactive(message, texts[-1]))]
    return [*said, *files]


def _takes_file_above(message: Outgoing) -> bool:
    """Whether a file stands above the text with the buttons, and is no message of its own."""
    asks = any(one.asks_place for one in message.buttons)
    return bool(message.buttons) and not (asks or message.frame.header or is_list(message))


def _files(message: Outgoing, kinds: Sequence[str], caption: str) -> list[_Part]:
    parts: list[_Part] = []
    for place, (file, kind) in enumerate(zip(message.files, kinds, strict=True)):
        below = {"caption": caption} if caption and place == 0 else {}
        spoken = {"voice": True} if kind == "audio" and _is_voice(file) else {}
        parts.append(_Part(kind, {**below, **spoken}, place, named=_named(file, kind)))
    return parts


def _named(file: OutgoingFile, kind: str) -> dict[str, str]:
    return {"filename": file.name} if kind == "document" else {}


def _is_voice(file: OutgoingFile) -> bool:
    """Speech in Opus, which WhatsApp shows as a voice message."""
    return _mime_type(file) == "audio/ogg" and b"OpusHead" in file.data[:_HEAD_BYTES]


def _enclosed(message: Outgoing) -> list[_Part]:
    """A place or a contact card; a sticker is one of the files."""
    match message.enclosed:
        case Place(latitude, longitude, name, address):
            told = {"name": name, "address": address}
            named = {key: value for key, value in told.items() if value}
            return [_Part("location", {"latitude": latitude, "longitude": longitude, **named})]
        case ContactCard(name, phones, emails):
            numbers = [{"phone": one} for one in phones]
            card: dict[str, Any] = {"name": {"formatted_name": name, "first_name": name}, "phones": numbers}
            mails = {"emails": [{"email": one} for one in emails]} if emails else {}
            return [_Part("contacts", contacts=[{**card, **mails}])]
        case _:
            return []


def kind_of(file: OutgoingFile) -> tuple[str, str]:
    """What WhatsApp calls this kind of file, and what it is called where customers see no name."""
    return _KINDS.get(_mime_type(file), ("document", file.name))


def _mime_type(file: OutgoingFile) -> str:
    return file.mime_type.partition(";")[0].strip().lower()


def upload(account: Account, file: OutgoingFile) -> Request:
    """The call that hands over a file."""
    fields = {"messaging_product": "whatsapp", "type": _mime_type(file)}
    content_type, body = form(fields, "file", kind_of(file)[1], _mime_type(file), file.data)
    headers = meta.bearer(account, **{"content-type": content_type})
    return Request("POST", meta.address(account, number_of(account), "media"), headers, body, prepares=True)


def _send(account: Account, message: Outgoing, parts: Sequence[_Part], place: int, uploaded: Sequence[str]) -> Request:
    part = parts[place]
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient" if is_user_id(message.recipient) else "to": message.recipient,
        "type": part.kind,
        part.kind: part.written(uploaded),
    }
    if message.reply_to and place == 0:
        body["context"] = {"message_id": message.reply_to}
    if place == len(parts) - 1:
        # Statuses bring it back and settle what is unknown; only the last part says that all of them were taken.
        body["biz_opaque_callback_data"] = message.message_id
    headers = meta.bearer(account, **{"content-type": "application/json"})
    return Request("POST", meta.address(account, number_of(account), "messages"), headers, msgspec.json.encode(body))


def number_of(account: Account) -> str:
    """The number that sends, as Meta names it."""
    return str(account.settings.get("phone_number_id") or "")
