"""Writing a reply for LINE: messages of at most 5,000 units, at most five in one call."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Place, Request, Sticker
from mim_desk.channels.line import payloads, prepared
from mim_desk.channels.line.events import QUOTE_BY, REPLY_BY
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.lengths import mp3_length, mp4_length
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import split_text, utf16_units
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal

API: Final = "https://api.line.me"
LONGEST_TEXT: Final = 5000
MOST_IN_ONE_CALL: Final = 5
LARGEST_PREVIEW: Final = 1_000_000
LARGEST_PICTURE: Final = 10_000_000
_SOUNDS: Final = ("audio/mp4", "audio/x-m4a", "audio/m4a")
_MP3: Final = "audio/mpeg"
LONGEST_ADDRESS: Final = 2000
LONGEST_LINK: Final = 1000
_LABEL, _ALT = 20, 160
REPLY_LIFE: Final = timedelta(seconds=50)
"""LINE says only that it is short; in practice about a minute. One that is gone is followed by a push."""
_KEYS: Final = UUID("3f1d0b52-6a0e-4a1e-9a55-6f1f6a1c2b7d")


def requests(account: Account, message: Outgoing) -> list[Request]:
    """The calls of one reply: by the reply token where one is fresh, else pushed under our keys."""
    messages = _messages(account, message)
    packs = [messages[at : at + MOST_IN_ONE_CALL] for at in range(0, len(messages), MOST_IN_ONE_CALL)]
    pushes = [_push(account, message, number, pack) for number, pack in enumerate(packs)]
    token = _reply_token(message)
    if not token or len(packs) != 1:
        return pushes  # of several calls the first could not be known again by its key
    body = payloads.Reply(token, packs[0])
    url = address(account.settings, f"{API}/v2/bot/message/reply")
    return [Request("POST", url, headers(account), msgspec.json.encode(body), once=True, instead=pushes[0])]


def act(account: Account, path: str, body: dict[str, Any]) -> Request:
    """A call that sends no message."""
    url = address(account.settings, f"{API}/v2/bot/chat/{path}")
    return Request("POST", url, headers(account), msgspec.json.encode(body))


def headers(account: Account) -> dict[str, str]:
    """The headers that say who calls."""
    token = account.secrets.get("channel_access_token", "")
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}


def _push(account: Account, message: Outgoing, number: int, pack: list[payloads.Message]) -> Request:
    """One push; its key follows from our id, so that the same call again has the same one."""
    body = payloads.Push(message.recipient, pack)
    keyed = headers(account) | {"x-line-retry-key": _retry_key(message.message_id, number)}
    url = address(account.settings, f"{API}/v2/bot/message/push")
    return Request("POST", url, keyed, msgspec.json.encode(body))


def _retry_key(message_id: str, number: int) -> str:
    """Our id for the first call where it is a UUID, as LINE wants one; for the others one made of it."""
    try:
        own = str(UUID(message_id))
    except ValueError:
        own = ""
    return own if own and number == 0 else str(uuid5(_KEYS, f"{message_id} {number}"))


def _reply_token(message: Outgoing) -> str:
    """The token that came with the contact's last message, while it is good."""
    last = message.last_incoming
    if last is None or not timedelta(0) <= message.at - last.at <= REPLY_LIFE:
        return ""
    return last.details.get(REPLY_BY, "")


def _messages(account: Account, message: Outgoing) -> list[payloads.Message]:
    """A prepared message as it is, else what was written."""
    designed = prepared.message_of(account, message.template) if message.template is not None else None
    return [designed] if designed is not None else _written(account, message)


def _written(account: Account, message: Outgoing) -> list[payloads.Message]:
    """The text first, which quotes, then each file; a text with buttons last, since LINE shows them there alone."""
    texts = texts_of(message, LONGEST_TEXT, utf16_units, keep_blank=True)
    quoted = message.reply_to_details.get(QUOTE_BY) or None
    said: list[payloads.Message] = []
    for place, text in enumerate(texts):
        offered = _offer(message) if message.buttons and place == len(texts) - 1 else None
        said.append(payloads.TextMessage(text, None if place else quoted, offered))
    files = [*(_file(account, one) for one in message.files), *_enclosed(message, None if said else quoted)]
    made = [*files, *said] if message.buttons else [*said, *files]
    if not made:
        raise Refusal("nothing-to-send", "There is nothing to send.")
    return made


def _enclosed(message: Outgoing, quoted: str | None) -> list[payloads.Message]:
    """A place, for which LINE wants a title and an address, or one of its stickers, which can quote."""
    match message.enclosed:
        case Place(latitude, longitude, name, street):
            there = f"{latitude:.5f}, {longitude:.5f}"
            return [payloads.LocationMessage(name or there, street or there, latitude, longitude)]
        case Sticker(sticker_id, pack):
            return [payloads.StickerMessage(pack, sticker_id, quoted)]
        case _:
            return []


def _offer(message: Outgoing) -> payloads.QuickReply:
    return payloads.QuickReply([payloads.QuickItem(_action(one)) for one in message.buttons])


def _action(button: Button) -> payloads.Answer | payloads.Opens | payloads.AsksPlace:
    if button.asks_place:
        return payloads.AsksPlace(button.title)
    if button.url:
        return payloads.Opens(button.title, button.url)
    return payloads.Answer(button.title, button.id, button.title)


def _file(account: Account, file: OutgoingFile) -> payloads.Message:
    """A picture, a film or a sound as itself; everything else as a link, since LINE carries no other files."""
    if not file.url:
        raise Refusal(
            "no-address", "LINE fetches files from the hub, which has no public address. Send this file another way."
        )
    if urlsplit(file.url).scheme != "https":
        raise Refusal("no-address", "LINE fetches files by https:// alone. Give the hub such an address.")
    media = _media(account, file) if len(file.url) <= LONGEST_ADDRESS else None
    if media is not None:
        return media
    if len(file.url) > LONGEST_LINK:
        raise Refusal("no-address", "The address of the file is too long for LINE.")
    return payloads.LinkMessage(_cut(file.name, _ALT), payloads.Buttons(_cut(file.name, _ALT), [_link(file)]))


def _media(account: Account, file: OutgoingFile) -> payloads.Message | None:
    """What LINE shows by itself: a picture or a film with its preview, a sound whose length can be read."""
    size, preview = len(file.data), file.preview if len(file.preview) <= LONGEST_ADDRESS else ""
    if file.mime_type in ("image/jpeg", "image/png") and size <= LARGEST_PICTURE:
        preview = file.url if size <= LARGEST_PREVIEW else preview
        return payloads.ImageMessage(file.url, preview) if preview else None
    if file.mime_type == "video/mp4" and preview:
        return payloads.VideoMessage(file.url, preview)
    length = _length(account, file)
    return payloads.AudioMessage(file.url, max(round(length / timedelta(milliseconds=1)), 1)) if length else None


def _length(account: Account, file: OutgoingFile) -> timedelta | None:
    """How long a sound is, if LINE takes it: MP3 is [unverified], so the settings say it."""
    if file.mime_type == _MP3 and account.settings.get("mp3") == "sound":
        return mp3_length(file.data)
    return mp4_length(file.data) if file.mime_type in _SOUNDS else None


def _link(file: OutgoingFile) -> payloads.Link:
    return payloads.Link(_cut(file.name, _LABEL), file.url)


def _cut(name: str, length: int) -> str:
    """A name that fits, its end kept, since that says what kind of file it is."""
    name = name or "-"
    if utf16_units(name) <= length:
        return name
    start = split_text(name, length // 2, utf16_units)[0]
    end = split_text(name[::-1], length - length // 2 - 1, utf16_units)[0][::-1]
    return f"{start}…{end}"
