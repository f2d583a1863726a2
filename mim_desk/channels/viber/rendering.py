"""Writing a reply for Viber: one call for each message, always in the brand's name."""

from dataclasses import replace
from html import escape
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, ContactCard, Outgoing, OutgoingFile, Place, Request, Sticker
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import split_text
from mim_desk.channels.viber import payloads
from mim_desk.domain.buttons import Button, in_words
from mim_desk.domain.refusal import Refusal

API: Final = "https://chatapi.viber.com/pa"
LONGEST_TEXT: Final = 7000
LONGEST_CAPTION: Final = 512
LONGEST_NAME: Final = 28
LONGEST_FILE_NAME: Final = 256
LONGEST_ADDRESS: Final = 2000
LARGEST_PICTURE: Final = 1 << 20
LARGEST_FILM: Final = 26 << 20
LARGEST_CALL: Final = 30_000
_PICTURES: Final = ("image/jpeg", "image/png", "image/gif")
_FIRST_VERSION: Final = 1
PICKER: Final = "location-picker"
_PICKER_VERSION: Final = 3
"""From which a Viber lets somebody pick a place [unverified]."""


def call(account: Account, method: str, body: msgspec.Struct | dict[str, Any], *, once: bool = False) -> Request:
    """One call of a method; Viber knows no key, so what reaches a contact may be made only once."""
    headers = {
        "x-viber-auth-token": account.secrets.get("auth_token", ""),
        "content-type": "application/json",
    }
    url = address(account.settings, f"{API}/{method}")
    return Request("POST", url, headers, msgspec.json.encode(body), once=once)


def requests(account: Account, message: Outgoing) -> list[Request]:
    """The calls of one reply: the text, or the first picture with it as its caption; then the files."""
    files = [_file(one) for one in message.files]
    text = _with_name(message)
    if files and not message.buttons and files[0]["type"] == "picture" and text and len(text) <= LONGEST_CAPTION:
        files[0]["text"] = text
        text = ""
    texts: list[dict[str, Any]] = [
        {"type": "text", "text": part} for part in texts_of(replace(message, text=text), LONGEST_TEXT, keep_blank=True)
    ]
    files += _enclosed(message)
    if message.buttons and texts:
        texts[-1]["keyboard"] = payloads.Keyboard([_key(one) for one in message.buttons])
        made = [*files, *texts]
    else:
        made = [*texts, *files]
    if not made:
        raise Refusal("nothing-to-send", "There is nothing to send.")
    brand = brand_of(account)

    def written(fields: dict[str, Any]) -> Request:
        return _checked(call(account, "send_message", _outgoing(message.recipient, brand, fields), once=True))

    plain = [_in_plain_words(message, fields) for fields in made]
    return [
        written(fields) if words is None else replace(written(fields), instead=written(words))
        for fields, words in zip(made, plain, strict=True)
    ]


def _checked(request: Request) -> Request:
    if len(request.body) > LARGEST_CALL:
        told = "The text with its buttons is larger than the 30 kB that Viber takes at once. Shorten it."
        raise Refusal("too-large", told)
    return request


def _in_plain_words(message: Outgoing, fields: dict[str, Any]) -> dict[str, Any] | None:
    """The same for a Viber that is too old for it; None where there are no words for it."""
    if "keyboard" in fields:
        text = in_words(fields["text"], message.buttons)
        return {"type": "text", "text": text} if len(text) <= LONGEST_TEXT else None
    enclosed = message.enclosed
    if fields["type"] == "location" and isinstance(enclosed, Place):
        return {"type": "text", "text": enclosed.map_url}
    return (
        {"type": "text", "text": enclosed.words} if isinstance(enclosed, ContactCard) and "contact" in fields else None
    )


def _with_name(message: Outgoing) -> str:
    """The text, and what is at a place: Viber's own message has degrees alone."""
    place = message.enclosed
    named = (place.name, place.address) if isinstance(place, Place) else ()
    return "\n".join(part for part in (message.text, *named) if part)


def _enclosed(message: Outgoing) -> list[dict[str, Any]]:
    """A place, a contact card with its one number, or a sticker."""
    match message.enclosed:
        case Place(latitude, longitude):
            return [{"type": "location", "location": payloads.SentPoint(latitude, longitude)}]
        case ContactCard(name, phones):
            return [{"type": "contact", "contact": payloads.SentCard(name, phones[0])}]
        case Sticker(sticker_id):
            return [{"type": "sticker", "sticker_id": int(sticker_id)}]
        case None:
            return []


def _key(button: Button) -> payloads.Key:
    """A press says the button's words in the chat, where the customer sees them: a key of ours would stand there."""
    kind, does = ("open-url", button.url) if button.url else ("reply", button.title)
    if button.asks_place:
        kind = PICKER
    return payloads.Key(kind, does, escape(button.title))


def _outgoing(receiver: str, brand: payloads.Brand, fields: dict[str, Any]) -> payloads.Outgoing:
    keys = fields["keyboard"].buttons if "keyboard" in fields else []
    picks = any(one.action_type == PICKER for one in keys)
    version = _PICKER_VERSION if picks else _FIRST_VERSION
    return payloads.Outgoing(receiver=receiver, min_api_version=version, sender=brand, **fields)


def brand_of(account: Account) -> payloads.Brand:
    """Who the customer sees: the settings' name, else the brand's; nobody else's in any message."""
    name = str(account.settings.get("sender_name") or account.brand_name).strip()
    if not name:
        raise Refusal("no-sender-name", "The inbox has no sender name. Give it one in its settings.")
    return payloads.Brand(split_text(name, LONGEST_NAME)[0].strip(), str(account.settings.get("sender_avatar") or ""))


def _file(file: OutgoingFile) -> dict[str, Any]:
    """A picture or a film as itself, everything else as a file; Viber fetches each."""
    if not file.url:
        raise Refusal(
            "no-address", "Viber fetches files from the hub, which has no public address. Send this file another way."
        )
    if len(file.url) > LONGEST_ADDRESS:
        raise Refusal("no-address", "The address of the file is too long for Viber.")
    size = len(file.data)
    if file.mime_type in _PICTURES and size <= LARGEST_PICTURE:
        return {"type": "picture", "text": "", "media": file.url}
    if file.mime_type == "video/mp4" and size <= LARGEST_FILM:
        return {"type": "video", "media": file.url, "size": size}
    return {"type": "file", "media": file.url, "size": size, "file_name": _short(file.name)}


def _short(name: str) -> str:
    """A name that fits, its ending kept, by which Viber and the contact's device know what it is."""
    if len(name) <= LONGEST_FILE_NAME:
        return name or "file"
    stem, dot, ending = name.rpartition(".")
    kept = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
    return split_text(name, LONGEST_FILE_NAME - len(kept))[0] + kept
