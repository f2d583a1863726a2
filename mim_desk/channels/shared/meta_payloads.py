"""Shapes that Messenger and Instagram share, with just the fields that are read.

https://developers.facebook.com/docs/messenger-platform/webhooks
Parts are raw where a broken one must not cost its neighbours. Meta leaves out what it does not know, or says null.
"""

from typing import Any

import msgspec

Text = str | None
Id = str | int | None
"""Digits, more than a float can hold; a number in some samples."""


class Batch(msgspec.Struct, frozen=True):
    """``{"object": "page", "entry": [{"id": "701000000000001", "time": 1795305600500, "messaging": [...]}]}``."""

    entry: list[msgspec.Raw]
    object: Text = None


class Entry(msgspec.Struct, frozen=True):
    """``{"id": "701000000000001", "messaging": [...]}``; comments come in ``changes``, or flat with a ``field``.

    Attributes:
        standby: what is told while another app has the conversation.
    """

    id: Id = None
    messaging: list[msgspec.Raw] | None = None
    standby: list[msgspec.Raw] | None = None
    changes: list[msgspec.Raw] | None = None
    field: Text = None
    value: msgspec.Raw = msgspec.Raw()
    time: Any = None


class Change(msgspec.Struct, frozen=True):
    """``{"field": "feed", "value": {...}}``."""

    field: str
    value: msgspec.Raw = msgspec.Raw()


class Side(msgspec.Struct, frozen=True):
    """``{"id": "9100000000000077"}``; of the checkbox plug-in ``{"user_ref": "..."}``."""

    id: Id = None
    user_ref: Text = None


class Head(msgspec.Struct, frozen=True):
    """What every event has: ``{"sender": {...}, "recipient": {...}, "timestamp": 1795305600123}``."""

    sender: Side | None = None
    recipient: Side | None = None
    timestamp: Any = None


class Message(msgspec.Struct, frozen=True):
    """``{"mid": "m_TEST1", "text": "Where is my parcel?", "reply_to": {"mid": "m_OUR9"}}``."""

    mid: str
    text: Text = None
    is_echo: bool | None = None
    is_deleted: bool | None = None
    is_unsupported: bool | None = None
    is_self: bool | None = None
    metadata: Any = None
    quick_reply: msgspec.Raw = msgspec.Raw()
    reply_to: msgspec.Raw = msgspec.Raw()
    attachments: msgspec.Raw = msgspec.Raw()
    referral: msgspec.Raw = msgspec.Raw()


class QuickReply(msgspec.Struct, frozen=True):
    """``{"payload": "pick:green"}``."""

    payload: str


class Story(msgspec.Struct, frozen=True):
    """``{"id": "17900000000000001", "url": "https://cdn.example/story"}``."""

    id: Id = None
    url: Text = None


class ReplyTo(msgspec.Struct, frozen=True):
    """``{"mid": "m_OUR9"}`` or ``{"story": {...}}``."""

    mid: Text = None
    story: Story | None = None


class Shared(msgspec.Struct, frozen=True):
    """Products that a customer sends from a shop: ``{"elements": [{"id": "1", "title": "Blue shirt", ...}]}``."""

    elements: msgspec.Raw = msgspec.Raw()


class OrderedProduct(msgspec.Struct, frozen=True):
    """``{"retailer_id": "SKU-1", "name": "Blue shirt", "unit_price": 30, "currency": "EUR", "quantity": 2}``."""

    retailer_id: Id = None
    name: Text = None
    unit_price: Any = None
    currency: Text = None
    quantity: Any = None


class Ordered(msgspec.Struct, frozen=True):
    """A cart that a customer sends: ``{"products": [...], "note": "please hurry", "source": "..."}``.

    https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/send_cart
    """

    products: msgspec.Raw = msgspec.Raw()
    note: Text = None


class Coordinates(msgspec.Struct, frozen=True, rename={"longitude": "long", "latitude": "lat"}):
    """``{"lat": 37.5, "long": 126.9}``."""

    latitude: float
    longitude: float


class Payload(msgspec.Struct, frozen=True):
    """``{"url": "https://cdn.example/s.png", "sticker_id": 369239263222822}``; a template has ``text``, ``elements`` or a ``product``.

    Attributes:
        generic: what echoes of other tools' cards hold their elements in.
    """

    url: Text = None
    title: Text = None
    text: Text = None
    elements: msgspec.Raw = msgspec.Raw()
    product: Shared | None = None
    generic: msgspec.Raw = msgspec.Raw()
    story_media_url: Text = None
    sticker_id: Id = None
    coordinates: msgspec.Raw = msgspec.Raw()


class Element(msgspec.Struct, frozen=True):
    """A card of a template: ``{"title": "Blue shirt", "subtitle": "30 EUR"}``."""

    title: Text = None
    subtitle: Text = None


class Attachment(msgspec.Struct, frozen=True, rename={"kind": "type", "address": "URL"}):
    """``{"type": "image", "payload": {...}}``; links without a payload have ``title`` and ``URL`` beside the type."""

    kind: str
    payload: msgspec.Raw = msgspec.Raw()
    title: Text = None
    url: Text = None
    address: Text = None


class Ad(msgspec.Struct, frozen=True):
    """``{"ad_title": "Sale", "photo_url": "https://cdn.example/ad.jpg", "post_id": "p1"}``."""

    ad_title: Text = None
    photo_url: Text = None
    post_id: Text = None


class Product(msgspec.Struct, frozen=True):
    """``{"id": "555001"}``."""

    id: Id = None


class Referral(msgspec.Struct, frozen=True):
    """``{"ref": "promo", "source": "ADS", "type": "OPEN_THREAD", "ad_id": "120001", "ads_context_data": {...}}``."""

    ref: Text = None
    source: Text = None
    ad_id: Id = None
    ads_context_data: Ad | None = None
    product: Product | None = None


class Postback(msgspec.Struct, frozen=True):
    """``{"mid": "m_T7", "title": "Get started", "payload": "GET_STARTED", "referral": {...}}``."""

    mid: Text = None
    title: Id = None
    payload: Id = None
    referral: msgspec.Raw = msgspec.Raw()


class Reaction(msgspec.Struct, frozen=True):
    """``{"mid": "m_OUR9", "action": "react", "reaction": "love", "emoji": "❤️"}``; taken back, both may be gone."""

    mid: str
    action: Text = None
    reaction: Text = None
    emoji: Text = None


class ResponseFeedback(msgspec.Struct, frozen=True):
    """``{"feedback": "Good response", "mid": "m_OUR9"}``."""

    feedback: str
    mid: str


class Linking(msgspec.Struct, frozen=True):
    """``{"status": "linked", "authorization_code": "..."}``, or ``unlinked`` without a code."""

    status: Text = None


class Edit(msgspec.Struct, frozen=True):
    """``{"mid": "m_TEST1", "text": "Where is my parcel 77?", "num_edit": 1}``; the number may be a string."""

    mid: str
    text: Text = None
    num_edit: Id = None


class Delivered(msgspec.Struct, frozen=True):
    """``{"mids": ["m_OUR9"], "watermark": 1795305601000}``; the ids may be missing."""

    mids: list[Any] | None = None
    watermark: Any = None


class Read(msgspec.Struct, frozen=True):
    """Messenger's ``{"watermark": 1795305609000}``, Instagram's ``{"mid": "aWdfOUR1"}``."""

    mid: Text = None
    watermark: Any = None


class Policy(msgspec.Struct, frozen=True):
    """``{"action": "block", "reason": "..."}``."""

    action: Text = None
    reason: Text = None


class Handover(msgspec.Struct, frozen=True):
    """``{"previous_owner_app_id": "1", "new_owner_app_id": "440000000000002", "metadata": "to human"}``."""

    previous_owner_app_id: Id = None
    new_owner_app_id: Id = None
    metadata: Any = None


class Optin(msgspec.Struct, frozen=True):
    """``{"type": "notification_messages", "title": "Offers", "notification_messages_frequency": "DAILY", ...}``.

    The token in it sends one of those messages; it stays in the journal until there is something to send with it.

    Attributes:
        notification_messages_status: only where somebody stops or resumes.
    """

    type: Text = None
    title: Text = None
    ref: Text = None
    notification_messages_frequency: Text = None
    notification_messages_status: Text = None
    token_expiry_timestamp: Any = None


class Sent(msgspec.Struct, frozen=True):
    """``{"recipient_id": "9100000000000077", "message_id": "m_OUR9"}``; of a comment ``{"id": "18000000000000009"}``."""

    message_id: Text = None
    id: Text = None
    recipient_id: Id = None


class Uploaded(msgspec.Struct, frozen=True):
    """``{"attachment_id": "990001"}``."""

    attachment_id: Id = None


class Node(msgspec.Struct, frozen=True):
    """What stands at an address: ``{"id": "701000000000001", "name": "Acme"}``."""

    id: Id = None
