"""What the Bot API refuses of a call to a chat: the limits of the sheet, in the server's words where they are known."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from mim_desk.rehearsal.providers.wire import Upload

FILES: Final = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendAnimation": "animation",
    "sendSticker": "sticker",
}
SHOWN: Final = {
    "sendLocation": ("latitude", "longitude"),
    "sendVenue": ("latitude", "longitude", "title", "address"),
    "sendContact": ("phone_number", "first_name"),
}
"""What these methods cannot do without."""
_ALBUMS: Final = ({"photo", "video"}, {"document"}, {"audio"})
_ENTITIES: Final = {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "blockquote"}
_MB: Final = 1 << 20


def fault_of(method: str, given: Mapping[str, Any], numbers: Collection[int]) -> str:
    """What is wrong with a call; empty when nothing is."""
    quoted = given.get("reply_parameters") or {}
    checks = (
        quoted
        and not quoted.get("allow_sending_without_reply")
        and quoted.get("message_id") not in numbers
        and "message to be replied not found",
        _units(given.get("caption", "")) > 1024 and "message caption is too long",
        _keyboard(given.get("reply_markup") or {}),
        _own(method, given, numbers),
    )
    return next((str(why) for why in checks if why), "")


def _units(text: object) -> int:
    return len(str(text).encode("utf-16-le")) // 2


def _own(method: str, given: Mapping[str, Any], numbers: Collection[int]) -> str:
    """The faults of one method."""
    match method:
        case "sendMessage":
            size = _units(str(given.get("text", "")).strip())
            faulty = "message text is empty" if not size else "message is too long" if size > 4096 else ""
            return faulty or _entities(given.get("entities") or (), _units(given.get("text", "")))
        case "sendMediaGroup":
            return _album(given)
        case "sendLocation" | "sendVenue" | "sendContact":
            missing = [name for name in SHOWN[method] if given.get(name) in (None, "")]
            return f"{missing[0]} is empty" if missing else ""
        case "sendChatAction":
            return "" if given.get("action") else "wrong parameter action in request"
        case "editMessageText" | "deleteMessage" | "setMessageReaction":
            return "" if given.get("message_id") in numbers else "message to edit not found"
    if method not in FILES:
        return f"method {method} is not there"
    return _file(FILES[method], given.get(FILES[method]))


def _entities(told: Collection[Mapping[str, Any]], length: int) -> str:
    """https://core.telegram.org/bots/api#messageentity: offsets and lengths in UTF-16 units, inside the text."""
    for one in told:
        start, size = one.get("offset"), one.get("length")
        if one.get("type") not in _ENTITIES:
            return "can't parse entities: unsupported type"
        if not isinstance(start, int) or not isinstance(size, int) or start < 0 or size < 1 or start + size > length:
            return "can't parse entities: entity is out of bounds"
    return ""


def _file(kind: str, file: object) -> str:
    if not isinstance(file, Upload):
        return "" if file else f"there is no {kind} in the request"
    if not file.data:
        return "file must be non-empty"
    most = 10 * _MB if kind == "photo" else 50 * _MB
    return "file is too big" if len(file.data) > most else ""


def _album(given: Mapping[str, Any]) -> str:
    media = given.get("media") or ()
    kinds = {str(one.get("type")) for one in media}
    if not 2 <= len(media) <= 10:
        return "wrong number of media in the album"
    if not any(kinds <= album for album in _ALBUMS):
        return "media of these types do not stand together"
    named = [str(one.get("media", "")).removeprefix("attach://") for one in media]
    return next((why for name in named if (why := _file("media", given.get(name)))), "")


def _keyboard(markup: Mapping[str, Any]) -> str:
    for row in markup.get("inline_keyboard") or ():
        for button in row:
            if not button.get("text"):
                return "BUTTON_TEXT_INVALID"
            if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
                return "BUTTON_DATA_INVALID"
    if not all(button.get("text") for row in markup.get("keyboard") or () for button in row):
        return "BUTTON_TEXT_INVALID"
    return ""
