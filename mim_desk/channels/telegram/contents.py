"""What a Telegram message carries: text with its links, files, places, cards, and a word for what we cannot show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from mim_desk.channels.base import IncomingFile, Place
from mim_desk.channels.telegram import payloads, special
from mim_desk.domain.message import MessageType

_keys = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENVELOPE: Final = frozenset(
    [
        "message_id",
        "message_thread_id",
        "direct_messages_topic",
        "from",
        "sender_chat",
        "sender_boost_count",
        "sender_business_bot",
        "sender_tag",
        "date",
        "business_connection_id",
        "chat",
        "forward_origin",
        "is_topic_message",
        "is_automatic_forward",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "reply_to_checklist_task_id",
        "reply_to_poll_option_id",
        "forward_from",
        "forward_from_chat",
        "forward_from_message_id",
        "forward_signature",
        "forward_sender_name",
        "forward_date",
        "guest_query_id",
        "guest_bot_caller_user",
        "guest_bot_caller_chat",
        "suggested_post_info",
        "via_bot",
        "edit_date",
        "has_protected_content",
        "is_from_offline",
        "is_paid_post",
        "media_group_id",
        "author_signature",
        "paid_star_count",
        "entities",
        "link_preview_options",
        "effect_id",
        "caption",
        "caption_entities",
        "show_caption_above_media",
        "has_media_spoiler",
        "reply_markup",
    ]
)
"""Fields beside the content."""
_SERVICE: Final = frozenset(
    [
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "connected_website",
        "chat_background_set",
        "delete_chat_photo",
        "new_chat_photo",
        "new_chat_title",
        "boost_added",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "proximity_alert_triggered",
        "paid_message_price_changed",
    ]
)
"""Content that nobody said: Telegram's own lines."""
_MOST_DETAIL: Final = 2000
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says.

    Attributes:
        fields: facts about the person that Telegram vouches for.
    """

    type: MessageType = MessageType.TEXT
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    location: Place | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


def is_service(raw: msgspec.Raw) -> bool:
    """Whether a message is a line of Telegram's own."""
    return not _SERVICE.isdisjoint(_keys.decode(raw))


def content_of(message: payloads.Message, raw: msgspec.Raw | None) -> Content:
    """What a message says; ``raw`` lets what we do not know be named."""
    caption = linked(message.caption, message.caption_entities)
    file = _file(message)
    if file is not None:
        return Content(file[0], caption, (file[1],))
    paid = special.paid_files(message)
    if paid:
        kind = MessageType.VIDEO if paid[0][0] else MessageType.IMAGE
        return Content(kind, caption, tuple(_paid(is_film, one) for is_film, one in paid))
    if message.sticker is not None:
        named = {"sticker_id": message.sticker.file_id, "sticker_set": message.sticker.set_name}
        details = {name: value[:_LONGEST_NAME] for name, value in named.items() if value}
        return Content(MessageType.STICKER, message.sticker.emoji, (_sticker(message.sticker),), details=details)
    place = _place(message.location, message.venue) if message.location is not None else None
    if place is not None:
        return Content(MessageType.LOCATION, caption, location=place)
    if message.contact is not None:
        return _card(message.contact, message.chat.id)
    if message.text:
        kind = MessageType.TEXT if message.reply_to_story is None else MessageType.STORY_REPLY
        return Content(kind, linked(message.text, message.entities))
    return _unsupported(message, caption, raw)


def linked(text: str, entities: Sequence[payloads.Entity]) -> str:
    """``text`` with the addresses behind its words, which Telegram names beside it by UTF-16 places."""
    links = [one for one in entities if one.type == "text_link" and one.url and one.url not in text]
    if not links:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    for link in sorted(links, key=lambda one: one.offset + one.length, reverse=True):
        end = 2 * (link.offset + link.length)
        if 0 < end <= len(units) and not _is_inside(units, end):
            units = units[:end] + f" ({link.url})".encode("utf-16-le", "surrogatepass") + units[end:]
    return units.decode("utf-16-le", "surrogatepass")


def _is_inside(units: bytes, end: int) -> bool:
    """Whether the place is between the two halves of one character."""
    return end < len(units) and 0xDC <= units[end + 1] <= 0xDF


def _file(message: payloads.Message) -> tuple[MessageType, IncomingFile] | None:
    """The file of a message; an animation comes with a document of the same, so it is looked at first."""
    if message.photo:
        return MessageType.IMAGE, _incoming(special.largest(message.photo), "photo.jpg", "image/jpeg")
    named = (
        (message.animation, MessageType.VIDEO, "animation.mp4", "video/mp4"),
        (message.video, MessageType.VIDEO, "video.mp4", "video/mp4"),
        (message.video_note, MessageType.VIDEO, "video_note.mp4", "video/mp4"),
        (message.audio, MessageType.AUDIO, "audio.mp3", "audio/mpeg"),
        (message.voice, MessageType.VOICE, "voice.ogg", "audio/ogg"),
        (message.document, MessageType.FILE, "file", "application/octet-stream"),
    )
    return next((((kind, _incoming(file, name, mime))) for file, kind, name, mime in named if file is not None), None)


def _paid(is_film: bool, file: payloads.File) -> IncomingFile:
    return _incoming(file, "video.mp4", "video/mp4") if is_film else _incoming(file, "photo.jpg", "image/jpeg")


def _incoming(file: payloads.File, name: str, mime_type: str) -> IncomingFile:
    title = " - ".join(part for part in (file.performer, file.title) if part)
    ending = name[name.rfind(".") :] if "." in name else ""
    return IncomingFile(
        name=file.file_name or (f"{title}{ending}" if title else name),
        mime_type=file.mime_type or mime_type,
        size=max(file.file_size, 0),
        external_id=file.file_id,
        width=file.width,
        height=file.height,
    )


def _sticker(sticker: payloads.Sticker) -> IncomingFile:
    name, mime_type = "sticker.webp", "image/webp"
    if sticker.is_animated:
        name, mime_type = "sticker.tgs", "application/x-tgsticker"
    elif sticker.is_video:
        name, mime_type = "sticker.webm", "video/webm"
    size = max(sticker.file_size, 0)
    return IncomingFile(name, mime_type, size, external_id=sticker.file_id, width=sticker.width, height=sticker.height)


def _place(location: payloads.Location, venue: payloads.Venue | None) -> Place | None:
    """The place, with what is there; None for one that is not on the earth."""
    if not (-90 <= location.latitude <= 90 and -180 <= location.longitude <= 180):
        return None
    name = ", ".join(part for part in (venue.title, venue.address) if part) if venue else ""
    return Place(location.latitude, location.longitude, name)


def _card(card: payloads.Contact, sender_id: int) -> Content:
    """A contact card; the number is the sender's own only when Telegram says so."""
    name = " ".join(part for part in (card.first_name, card.last_name) if part)
    is_own = card.user_id == sender_id
    phone = card.phone_number
    if is_own and phone.isascii() and phone.isdigit():
        phone = f"+{phone}"  # an account's number has its country in front, with or without the sign
    told = {"name": name, "phone": phone, "vcard": card.vcard[:_MOST_DETAIL]}
    details = {key: value for key, value in told.items() if value}
    if is_own:
        details["own"] = "yes"
    text = "\n".join(part for part in (name, phone) if part)
    fields = {"phone": phone} if is_own and phone else {}
    return Content(MessageType.CONTACT_CARD, text, details=details, fields=fields)


def _unsupported(message: payloads.Message, caption: str, raw: msgspec.Raw | None) -> Content:
    """A readable word for what we cannot show; the whole is in the journal."""
    kinds = sorted(set(_keys.decode(raw)) - _ENVELOPE) if raw is not None else []
    text = caption
    if message.dice is not None:
        text = f"{message.dice.emoji} {message.dice.value}".strip()
    elif message.poll is not None:
        text = _listed(message.poll.question, message.poll.options)
    elif message.checklist is not None:
        text = _listed(message.checklist.title, message.checklist.tasks)
    elif message.web_app_data is not None:
        text = message.web_app_data.data
    else:
        text = "\n".join(part for part in (special.words(message), caption) if part)
    return Content(MessageType.UNSUPPORTED, text, details={"kind": kinds[0][:60]} if kinds else {})


def _listed(title: str, lines: Sequence[payloads.PollOption]) -> str:
    """A question and what can be answered, or a list and what is on it."""
    return "\n".join([title, *(f"• {one.text}" for one in lines if one.text)]).strip()
