"""Shapes of the Bot API that we read (https://core.telegram.org/bots/api); unknown fields are passed over."""

from typing import Any

import msgspec


class User(msgspec.Struct, frozen=True):
    """``{"id": 7001, "is_bot": false, "first_name": "Mia", "username": "mia", "language_code": "bg"}``."""

    id: int
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""


class Chat(msgspec.Struct, frozen=True):
    """``{"id": 7001, "type": "private"}``; groups and channels have other types."""

    id: int
    type: str = "private"
    first_name: str = ""
    last_name: str = ""
    username: str = ""

    @property
    def is_private(self) -> bool:
        """Whether one person talks here."""
        return self.type == "private"


class File(msgspec.Struct, frozen=True):
    """``{"file_id": "L", "file_unique_id": "uL", "file_name": "plan.pdf", "mime_type": "application/pdf"}``.

    Music has ``title`` and ``performer`` too, often without a name of the file.
    """

    file_id: str
    file_name: str = ""
    title: str = ""
    performer: str = ""
    mime_type: str = ""
    file_size: int = 0
    width: int | None = None
    height: int | None = None


class Sticker(msgspec.Struct, frozen=True):
    """``{"file_id": "s", "emoji": "👍", "is_animated": false, "is_video": false, "width": 512, "height": 512}``."""

    file_id: str
    emoji: str = ""
    set_name: str = ""
    is_animated: bool = False
    is_video: bool = False
    file_size: int = 0
    width: int | None = None
    height: int | None = None


class Location(msgspec.Struct, frozen=True):
    """``{"latitude": 42.69, "longitude": 23.32, "live_period": 900}``."""

    latitude: float
    longitude: float


class Venue(msgspec.Struct, frozen=True):
    """``{"location": {...}, "title": "Café", "address": "1 Main Street"}``."""

    title: str = ""
    address: str = ""


class Contact(msgspec.Struct, frozen=True):
    """``{"phone_number": "+359...", "first_name": "Mia", "user_id": 7001, "vcard": "..."}``."""

    phone_number: str = ""
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None
    vcard: str = ""


class Dice(msgspec.Struct, frozen=True):
    """``{"emoji": "🎲", "value": 4}``."""

    emoji: str = ""
    value: int = 0


class PollOption(msgspec.Struct, frozen=True):
    """``{"text": "With milk", "voter_count": 0}``; of a checklist a task, ``{"id": 1, "text": "Milk"}``."""

    text: str = ""


class Poll(msgspec.Struct, frozen=True):
    """``{"id": "1", "question": "Tea?", "options": [...]}``."""

    question: str = ""
    options: list[PollOption] = []


class Checklist(msgspec.Struct, frozen=True):
    """``{"title": "To bring", "tasks": [...]}``."""

    title: str = ""
    tasks: list[PollOption] = []


class WebAppData(msgspec.Struct, frozen=True):
    """``{"data": "size=L", "button_text": "Choose"}``."""

    data: str = ""
    button_text: str = ""


class Titled(msgspec.Struct, frozen=True):
    """A game or an invoice: ``{"title": "Chess", "description": "For two", "photo": [...]}``."""

    title: str = ""
    description: str = ""


class PaidMedium(msgspec.Struct, frozen=True):
    """``{"type": "photo", "photo": [...]}`` or ``{"type": "video", "video": {...}}``; a ``preview`` has no file."""

    photo: list[File] = []
    video: File | None = None


class PaidMedia(msgspec.Struct, frozen=True):
    """``{"star_count": 5, "paid_media": [...]}``."""

    paid_media: list[PaidMedium] = []


class Gift(msgspec.Struct, frozen=True):
    """``{"gift": {...}, "text": "For your help"}``: what somebody wrote to it."""

    text: str = ""


class Entity(msgspec.Struct, frozen=True):
    """``{"type": "text_link", "offset": 0, "length": 4, "url": "https://..."}``; places count UTF-16 units."""

    type: str
    offset: int = 0
    length: int = 0
    url: str = ""


class Quote(msgspec.Struct, frozen=True):
    """``{"text": "B", "position": 5, "is_manual": true}``."""

    text: str = ""


class Button(msgspec.Struct, frozen=True):
    """``{"text": "Refund", "callback_data": "k=refund"}``."""

    text: str = ""
    callback_data: str = ""


class Keyboard(msgspec.Struct, frozen=True):
    """``{"inline_keyboard": [[{"text": "Refund", "callback_data": "k=refund"}]]}``."""

    inline_keyboard: list[list[Button]] = []


class MessageRef(msgspec.Struct, frozen=True):
    """A message that is only named: quoted, or under the button that was pressed."""

    message_id: int
    chat: Chat
    business_connection_id: str = ""
    reply_markup: Keyboard | None = None


class Message(msgspec.Struct, frozen=True):
    """``{"message_id": 11, "date": 1763790000, "chat": {...}, "from": {...}, "text": "hello"}``.

    Attributes:
        forward_date: in place of ``forward_origin`` before version 7.0 of the Bot API.
        is_from_offline: nobody wrote it just now: a greeting or an away message of a business account, or one that was
            scheduled.
    """

    message_id: int
    chat: Chat
    date: int = 0
    edit_date: int = 0
    sender: User | None = msgspec.field(default=None, name="from")
    business_connection_id: str = ""
    sender_business_bot: User | None = None
    media_group_id: str = ""
    text: str = ""
    entities: list[Entity] = []
    caption: str = ""
    caption_entities: list[Entity] = []
    photo: list[File] = []
    animation: File | None = None
    video: File | None = None
    video_note: File | None = None
    audio: File | None = None
    voice: File | None = None
    document: File | None = None
    sticker: Sticker | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None
    dice: Dice | None = None
    poll: Poll | None = None
    checklist: Checklist | None = None
    web_app_data: WebAppData | None = None
    game: Titled | None = None
    invoice: Titled | None = None
    paid_media: PaidMedia | None = None
    gift: Gift | None = None
    rich_message: Any = None
    is_from_offline: bool = False
    forward_date: int = 0
    reply_to_message: MessageRef | None = None
    quote: Quote | None = None
    external_reply: Any = None
    reply_to_story: Any = None
    forward_origin: Any = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None


class CallbackQuery(msgspec.Struct, frozen=True):
    """``{"id": "cq1", "from": {...}, "message": {...}, "data": "k=refund"}``; a button under our message."""

    id: str
    sender: User = msgspec.field(name="from")
    data: str = ""
    message: MessageRef | None = None


class ReactionType(msgspec.Struct, frozen=True):
    """``{"type": "emoji", "emoji": "👍"}``; other types are ``custom_emoji`` and ``paid``."""

    type: str = ""
    emoji: str = ""


class MessageReaction(msgspec.Struct, frozen=True):
    """``{"chat": {...}, "message_id": 11, "user": {...}, "date": 1763790000, "new_reaction": [...]}``."""

    chat: Chat
    message_id: int
    date: int = 0
    user: User | None = None
    new_reaction: list[ReactionType] = []


class Member(msgspec.Struct, frozen=True):
    """``{"status": "kicked", "user": {...}}``."""

    status: str


class MemberChange(msgspec.Struct, frozen=True):
    """``{"chat": {...}, "from": {...}, "date": 1763790003, "new_chat_member": {...}}``; in a private chat of the bot."""

    chat: Chat
    sender: User = msgspec.field(name="from")
    new_chat_member: Member
    date: int = 0


class BusinessDeletion(msgspec.Struct, frozen=True):
    """``{"business_connection_id": "bc1", "chat": {...}, "message_ids": [11, 12]}``."""

    business_connection_id: str
    chat: Chat
    message_ids: list[int]


class Rights(msgspec.Struct, frozen=True):
    """``{"can_reply": true, "can_read_messages": true, ...}``; a right that is not there was not given."""

    can_reply: bool = False


class BusinessConnection(msgspec.Struct, frozen=True):
    """``{"id": "bc1", "user": {...}, "user_chat_id": 9009, "date": 1763790000, "rights": {...}, "is_enabled": true}``.

    Before ``rights`` there was ``can_reply`` alone.
    """

    id: str
    user: User
    date: int = 0
    is_enabled: bool = True
    rights: Rights | None = None
    can_reply: bool | None = None

    @property
    def may_reply(self) -> bool:
        """Whether the owner lets the bot answer."""
        return self.rights.can_reply if self.rights is not None else self.can_reply is not False


class Parameters(msgspec.Struct, frozen=True):
    """What an error asks for: ``{"retry_after": 5}`` or ``{"migrate_to_chat_id": -100...}``."""

    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class Answer(msgspec.Struct, frozen=True):
    """``{"ok": true, "result": ...}`` or ``{"ok": false, "error_code": 429, "description": "...", ...}``."""

    ok: bool = False
    result: msgspec.Raw = msgspec.Raw()
    error_code: int = 0
    description: str = ""
    parameters: Parameters | None = None


class Numbered(msgspec.Struct, frozen=True):
    """What every update has: ``{"update_id": 900001, ...}``."""

    update_id: int


class FilePath(msgspec.Struct, frozen=True):
    """``{"file_id": "L", "file_path": "photos/file_1.jpg", "file_size": 90000}``."""

    file_path: str = ""


class ProfilePhotos(msgspec.Struct, frozen=True):
    """``{"total_count": 1, "photos": [[{"file_id": "s", "width": 160, "height": 160}, ...]]}``, the newest first."""

    photos: list[list[File]] = []


class WebhookInfo(msgspec.Struct, frozen=True):
    """``{"url": "https://...", "pending_update_count": 3, "last_error_date": 1763790000, "last_error_message": "..."}``."""

    url: str
    pending_update_count: int = 0
    last_error_date: int = 0
    last_error_message: str = ""
