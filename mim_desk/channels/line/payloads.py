"""Shapes of LINE's Messaging API (github.com/line/line-openapi: webhook.yml, messaging-api.yml); only what is read or sent."""

from typing import Any

import msgspec


class Source(msgspec.Struct, frozen=True):
    """``{"type": "user", "userId": "U4af4..."}``; in a group ``userId`` may be missing."""

    type: str = "user"
    user_id: str | None = msgspec.field(name="userId", default=None)
    group_id: str | None = msgspec.field(name="groupId", default=None)
    room_id: str | None = msgspec.field(name="roomId", default=None)


class Unsend(msgspec.Struct, frozen=True):
    """``{"messageId": "325708"}``."""

    message_id: str = msgspec.field(name="messageId")


class Postback(msgspec.Struct, frozen=True):
    """``{"data": "order=77", "params": {"date": "2026-03-02"}}``."""

    data: str
    params: dict[str, Any] | None = None


class Happened(msgspec.Struct, frozen=True):
    """One event; ``message`` and the like are read by the event's type, each by itself.

    That it is told again (``deliveryContext``) changes nothing: its id and those of messages are the same then.
    """

    type: str
    source: Source | None = None
    timestamp: Any = None
    mode: Any = "active"
    event_id: str | None = msgspec.field(name="webhookEventId", default=None)
    reply_token: str | None = msgspec.field(name="replyToken", default=None)
    message: msgspec.Raw = msgspec.Raw(b"null")
    unsend: Unsend | None = None
    postback: Postback | None = None


class AccountLink(msgspec.Struct, frozen=True):
    """``{"result": "ok", "nonce": "..."}``; or ``failed``."""

    result: str


class Linked(msgspec.Struct, frozen=True):
    """``{"type": "accountLink", "link": {...}}``."""

    link: AccountLink


class Membership(msgspec.Struct, frozen=True):
    """``{"type": "joined", "membershipId": 3189}``; or ``left`` or ``renewed``."""

    type: str
    id: int | None = msgspec.field(name="membershipId", default=None)


class MembershipChanged(msgspec.Struct, frozen=True):
    """``{"type": "membership", "membership": {...}}``."""

    membership: Membership


class Beacon(msgspec.Struct, frozen=True):
    """``{"hwid": "d41d8cd98f", "type": "enter", "dm": "..."}``; or ``banner`` or ``stay``."""

    hwid: str
    type: str = ""
    dm: str = ""


class BeaconSeen(msgspec.Struct, frozen=True):
    """``{"type": "beacon", "beacon": {...}}``."""

    beacon: Beacon


class VideoPlay(msgspec.Struct, frozen=True):
    """``{"trackingId": "track-1"}``: the name that the film was sent under."""

    tracking_id: str = msgspec.field(name="trackingId", default="")


class VideoWatched(msgspec.Struct, frozen=True):
    """``{"type": "videoPlayComplete", "videoPlayComplete": {...}}``."""

    play: VideoPlay = msgspec.field(name="videoPlayComplete", default=VideoPlay())


class Members(msgspec.Struct, frozen=True):
    """``{"members": [{"type": "user", "userId": "U4af4..."}]}``."""

    members: list[Source] = []


class MembersChanged(msgspec.Struct, frozen=True):
    """``{"type": "memberJoined", "joined": {...}}`` or ``{"type": "memberLeft", "left": {...}}``."""

    joined: Members = Members()
    left: Members = Members()


class Batch(msgspec.Struct, frozen=True):
    """A delivery: ``{"destination": "Ubot", "events": [...]}``; each event is read by itself."""

    events: list[msgspec.Raw]


class Named(msgspec.Struct, frozen=True):
    """What every message has: ``{"id": "5000...", "type": "text"}``."""

    id: str
    type: str = ""
    quote_token: str | None = msgspec.field(name="quoteToken", default=None)
    quoted: str | None = msgspec.field(name="quotedMessageId", default=None)
    read_token: str | None = msgspec.field(name="markAsReadToken", default=None)


class Text(msgspec.Struct, frozen=True):
    """``{"type": "text", "text": "hello (love)", "emojis": [...]}``; an emoji stands in the text by its name."""

    text: str


class ContentProvider(msgspec.Struct, frozen=True):
    """``{"type": "line"}`` or ``{"type": "external", "originalContentUrl": "https://..."}``."""

    type: str = "line"
    url: str = msgspec.field(name="originalContentUrl", default="")


class ImageSet(msgspec.Struct, frozen=True):
    """``{"id": "E005D41A...", "index": 1, "total": 2}``: pictures sent together."""

    id: str
    index: int = 0
    total: int = 0


class Media(msgspec.Struct, frozen=True):
    """``{"type": "image", "contentProvider": {...}, "imageSet": {...}, "duration": 60000}``."""

    provider: ContentProvider = msgspec.field(name="contentProvider", default=ContentProvider())
    image_set: msgspec.Raw = msgspec.field(name="imageSet", default=msgspec.Raw())
    duration_ms: Any = msgspec.field(name="duration", default=None)


class File(msgspec.Struct, frozen=True):
    """``{"type": "file", "fileName": "a.pdf", "fileSize": 2138}``."""

    name: Any = msgspec.field(name="fileName", default=None)
    size: Any = msgspec.field(name="fileSize", default=None)


class Location(msgspec.Struct, frozen=True):
    """``{"type": "location", "title": "Shop", "address": "Tokyo", "latitude": 35.6, "longitude": 139.7}``."""

    latitude: float
    longitude: float
    title: Any = None
    address: Any = None


class Sticker(msgspec.Struct, frozen=True):
    """``{"type": "sticker", "packageId": "446", "stickerId": "1988", "keywords": ["hi"], "text": "Thanks"}``."""

    package_id: str | int = msgspec.field(name="packageId")
    sticker_id: str | int = msgspec.field(name="stickerId")
    kind: Any = msgspec.field(name="stickerResourceType", default=None)
    keywords: Any = None
    text: Any = None


class Answer(msgspec.Struct, frozen=True, rename="camel", tag="postback"):
    """``{"type": "postback", "label": "Refund", "data": "...", "displayText": "Refund"}``."""

    label: str
    data: str
    display_text: str


class Opens(msgspec.Struct, frozen=True, tag="uri"):
    """``{"type": "uri", "label": "Shop", "uri": "https://..."}``."""

    label: str
    uri: str


class AsksPlace(msgspec.Struct, frozen=True, tag="location"):
    """``{"type": "location", "label": "Send location"}``: opens a map, whose place comes as a message."""

    label: str


class QuickItem(msgspec.Struct, frozen=True, tag="action"):
    """``{"type": "action", "action": {...}}``."""

    action: Answer | Opens | AsksPlace


class QuickReply(msgspec.Struct, frozen=True):
    """``{"items": [...]}``: the buttons below a message, until the next one."""

    items: list[QuickItem]


class TextMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag="text"):
    """``{"type": "text", "text": "How can we help?", "quoteToken": "q1", "quickReply": {...}}``."""

    text: str
    quote_token: str | None = msgspec.field(name="quoteToken", default=None)
    quick_reply: QuickReply | None = msgspec.field(name="quickReply", default=None)


class ImageMessage(msgspec.Struct, frozen=True, tag="image"):
    """``{"type": "image", "originalContentUrl": "https://...", "previewImageUrl": "https://..."}``."""

    url: str = msgspec.field(name="originalContentUrl")
    preview: str = msgspec.field(name="previewImageUrl")


class VideoMessage(msgspec.Struct, frozen=True, tag="video"):
    """``{"type": "video", "originalContentUrl": "https://...", "previewImageUrl": "https://..."}``."""

    url: str = msgspec.field(name="originalContentUrl")
    preview: str = msgspec.field(name="previewImageUrl")


class AudioMessage(msgspec.Struct, frozen=True, tag="audio"):
    """``{"type": "audio", "originalContentUrl": "https://...", "duration": 60000}``; the duration in milliseconds."""

    url: str = msgspec.field(name="originalContentUrl")
    duration_ms: int = msgspec.field(name="duration")


class Link(msgspec.Struct, frozen=True, tag="uri"):
    """``{"type": "uri", "label": "plan.pdf", "uri": "https://..."}``."""

    label: str
    uri: str


class Buttons(msgspec.Struct, frozen=True, tag="buttons"):
    """``{"type": "buttons", "text": "plan.pdf", "actions": [...]}``."""

    text: str
    actions: list[Link]


class LinkMessage(msgspec.Struct, frozen=True, tag="template"):
    """``{"type": "template", "altText": "plan.pdf", "template": {...}}``: a file, which LINE carries as a link alone."""

    alt: str = msgspec.field(name="altText")
    template: Buttons


class LocationMessage(msgspec.Struct, frozen=True, tag="location"):
    """``{"type": "location", "title": "Shop", "address": "Tokyo", "latitude": 35.6, "longitude": 139.7}``."""

    title: str
    address: str
    latitude: float
    longitude: float


class StickerMessage(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", tag="sticker"):
    """``{"type": "sticker", "packageId": "446", "stickerId": "1988", "quoteToken": "q1"}``."""

    package_id: str
    sticker_id: str
    quote_token: str | None = None


Message = (
    TextMessage
    | ImageMessage
    | VideoMessage
    | AudioMessage
    | LinkMessage
    | LocationMessage
    | StickerMessage
    | dict[str, Any]
)
"""A dictionary is a prepared message, in LINE's own words."""


class Reply(msgspec.Struct, frozen=True):
    """``{"replyToken": "rt1", "messages": [...]}``."""

    reply_token: str = msgspec.field(name="replyToken")
    messages: list[Message]


class Push(msgspec.Struct, frozen=True):
    """``{"to": "U4af4...", "messages": [...]}``."""

    to: str
    messages: list[Message]


class SentMessage(msgspec.Struct, frozen=True):
    """``{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b..."}``."""

    id: str
    quote_token: str | None = msgspec.field(name="quoteToken", default=None)


class Sent(msgspec.Struct, frozen=True):
    """``{"sentMessages": [...]}``."""

    messages: list[SentMessage] = msgspec.field(name="sentMessages", default_factory=list)


class ErrorDetail(msgspec.Struct, frozen=True):
    """``{"message": "May not be empty", "property": "messages[0].text"}``."""

    message: str = ""
    property: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """``{"message": "The request body has 1 error(s)", "details": [...]}``."""

    message: str = ""
    details: list[ErrorDetail] = []


class Profile(msgspec.Struct, frozen=True):
    """``{"userId": "Ucust", "displayName": "Mio", "pictureUrl": "https://..."}``, of a group ``groupName``."""

    name: str = msgspec.field(name="displayName", default="")
    group_name: str = msgspec.field(name="groupName", default="")
    picture: str | None = msgspec.field(name="pictureUrl", default=None)


class BotInfo(msgspec.Struct, frozen=True):
    """``{"userId": "U1", "basicId": "@acme", "displayName": "Acme", "chatMode": "bot", "markAsReadMode": "auto"}``."""

    basicId: str = ""  # noqa: N815  # the provider's name
    displayName: str = ""  # noqa: N815
    chatMode: str = ""  # noqa: N815


class Quota(msgspec.Struct, frozen=True):
    """``{"type": "limited", "value": 1000}``, or ``{"type": "none"}``."""

    type: str
    value: int = 0


class QuotaUsed(msgspec.Struct, frozen=True):
    """``{"totalUsage": 500}``."""

    totalUsage: int  # noqa: N815
