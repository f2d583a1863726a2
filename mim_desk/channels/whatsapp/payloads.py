"""Shapes of the WhatsApp Cloud API, with just the fields that are read.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
Lists hold raw items, so that a broken one costs nothing but itself. Meta leaves out what it does not know, or says null.
"""

from typing import Any

import msgspec

Text = str | None
Id = str | int | None
"""Digits; gateways write them as a number."""


class Batch(msgspec.Struct, frozen=True):
    """``{"object": "whatsapp_business_account", "entry": [{"id": "<WABA>", "changes": [...]}]}``."""

    entry: list[msgspec.Raw]
    object: Text = None


class Entry(msgspec.Struct, frozen=True):
    """``{"id": "210987654321098", "time": 1795305600, "changes": [{"field": "messages", "value": {...}}]}``."""

    changes: list[msgspec.Raw] = []
    id: str | int | None = None
    time: Any = None


class Change(msgspec.Struct, frozen=True):
    """``{"field": "messages", "value": {...}}``."""

    field: str
    value: msgspec.Raw


class Metadata(msgspec.Struct, frozen=True):
    """``{"display_phone_number": "15555550100", "phone_number_id": "310555000111222"}``."""

    phone_number_id: Text = None
    display_phone_number: Text = None


class Value(msgspec.Struct, frozen=True):
    """``{"metadata": {...}, "contacts": [...], "messages": [...], "statuses": [...], "errors": [...]}``.

    Attributes:
        recipient: our number where there is no ``metadata``, as of who has a chat.
        conversation_context: what another tool of the brand says of the chat that it handed over.
    """

    metadata: Metadata | None = None
    recipient: Metadata | None = None
    contacts: list[msgspec.Raw] | None = None
    messages: list[msgspec.Raw] | None = None
    statuses: list[msgspec.Raw] | None = None
    errors: list[msgspec.Raw] | None = None
    message_echoes: list[msgspec.Raw] | None = None
    history: list[msgspec.Raw] | None = None
    user_preferences: list[msgspec.Raw] | None = None
    user_id_update: list[msgspec.Raw] | None = None
    conversation_context: msgspec.Raw = msgspec.Raw()
    standby: msgspec.Raw = msgspec.Raw()

    @property
    def number_id(self) -> str | None:
        """Our number that it is of; None for news of the business account."""
        told = self.metadata or self.recipient
        return told.phone_number_id if told else None


class Profile(msgspec.Struct, frozen=True):
    """``{"name": "Mina Park", "username": "minap"}``."""

    name: Text = None
    username: Text = None


class Person(msgspec.Struct, frozen=True):
    """``{"profile": {...}, "wa_id": "14155550123", "user_id": "US.40917723865102"}``; the number may be hidden."""

    profile: Profile | None = None
    wa_id: Id = None
    user_id: Text = None
    parent_user_id: Text = None


class Context(msgspec.Struct, frozen=True):
    """``{"from": "15555550100", "id": "wamid.X"}``; of a forwarded message without an id."""

    id: Text = None
    forwarded: bool | None = None
    frequently_forwarded: bool | None = None
    referred_product: Any = None


class Head(msgspec.Struct, frozen=True, rename={"sender": "from", "kind": "type"}):
    """What every message has: ``{"from": "1415...", "id": "wamid.X", "timestamp": "1795305600", "type": "text"}``.

    Attributes:
        kind: empty where there is nothing but errors.
        to: whom an echo was written to.
        context: read by itself, so that an odd one does not cost the message; so is ``referral``.
    """

    id: str
    kind: str = ""
    sender: Id = None
    from_user_id: Text = None
    from_parent_user_id: Text = None
    to: Id = None
    to_user_id: Text = None
    timestamp: Any = None
    group_id: Text = None
    context: msgspec.Raw = msgspec.Raw()
    referral: msgspec.Raw = msgspec.Raw()


class TextBody(msgspec.Struct, frozen=True):
    """``{"body": "Is it in stock?"}``."""

    body: str


class Media(msgspec.Struct, frozen=True):
    """``{"id": "990000000000001", "mime_type": "image/jpeg", "sha256": "...", "caption": "the label", "url": "..."}``."""

    id: Id = None
    url: Text = None
    mime_type: Text = None
    caption: Text = None
    filename: Text = None
    voice: bool | None = None


class Location(msgspec.Struct, frozen=True):
    """``{"latitude": 37.5665, "longitude": 126.978, "name": "City Hall", "address": "...", "url": "..."}``."""

    latitude: float
    longitude: float
    name: Text = None
    address: Text = None
    url: Text = None


class CardName(msgspec.Struct, frozen=True):
    """``{"formatted_name": "Leo Ruiz", "first_name": "Leo"}``; none where the customer shares the own number."""

    formatted_name: Text = None
    first_name: Text = None
    last_name: Text = None


class CardOrg(msgspec.Struct, frozen=True):
    """``{"company": "Ruiz Ltd", "department": "Sales", "title": "Director"}``."""

    company: Text = None
    department: Text = None
    title: Text = None


class CardLine(msgspec.Struct, frozen=True):
    """``{"phone": "+1 415 555 0199", "wa_id": "14155550199"}``, ``{"email": "leo@ruiz.example"}`` or a ``url``."""

    phone: Text = None
    wa_id: Text = None
    email: Text = None
    url: Text = None


class CardAddress(msgspec.Struct, frozen=True):
    """``{"street": "12 Elm Street", "city": "Reno", "state": "NV", "zip": "89501", "country": "United States"}``."""

    street: Text = None
    city: Text = None
    state: Text = None
    zip: Text = None
    country: Text = None


class Card(msgspec.Struct, frozen=True):
    """``{"name": {...}, "org": {...}, "phones": [...], "emails": [...], "vcard": "BEGIN:VCARD..."}``."""

    name: CardName | None = None
    org: CardOrg | None = None
    phones: list[CardLine] | None = None
    emails: list[CardLine] | None = None
    urls: list[CardLine] | None = None
    addresses: list[CardAddress] | None = None
    birthday: Text = None
    vcard: Any = None


class Reaction(msgspec.Struct, frozen=True):
    """``{"message_id": "wamid.X", "emoji": "..."}``; empty or missing: taken back."""

    message_id: str
    emoji: Text = None


class Reply(msgspec.Struct, frozen=True):
    """``{"id": "slot:2", "title": "14:00", "description": "Tuesday"}``."""

    id: Text = None
    title: Text = None
    description: Text = None


class FlowReply(msgspec.Struct, frozen=True):
    """``{"name": "flow", "body": "Sent", "response_json": "{...}"}``; of an address the name is ``address_message``."""

    name: Text = None
    body: Text = None
    response_json: Any = None


class CallPermission(msgspec.Struct, frozen=True):
    """``{"response": "accept", "expiration_timestamp": 1753186982}``; the other answer is ``reject``."""

    response: str


class Interactive(msgspec.Struct, frozen=True):
    """``{"type": "button_reply", "button_reply": {...}}``, or ``list_reply``, ``nfm_reply``, ``call_permission_reply``."""

    type: Text = None
    call_permission_reply: CallPermission | None = None
    button_reply: Reply | None = None
    list_reply: Reply | None = None
    nfm_reply: FlowReply | None = None


class Button(msgspec.Struct, frozen=True):
    """A tap on a template's button: ``{"payload": "STOP_PROMO", "text": "Stop offers"}``."""

    payload: Text = None
    text: Text = None


class OrderItem(msgspec.Struct, frozen=True):
    """``{"product_retailer_id": "SKU-1", "quantity": 2, "item_price": 30, "currency": "EUR"}``."""

    product_retailer_id: Text = None
    quantity: Any = None
    item_price: Any = None
    currency: Text = None


class Order(msgspec.Struct, frozen=True):
    """``{"catalog_id": "555001", "text": "please hurry", "product_items": [...]}``."""

    product_items: list[OrderItem] | None = None
    catalog_id: Text = None
    text: Text = None


class Changed(msgspec.Struct, frozen=True):
    """Of an edit and a revoke: ``{"original_message_id": "wamid.X", "message": {"type": "text", "text": {...}}}``."""

    original_message_id: str
    message: msgspec.Raw = msgspec.Raw()


class System(msgspec.Struct, frozen=True):
    """``{"type": "user_changed_number", "wa_id": "14155550777", "user_id": "US.7700..."}``; older: ``new_wa_id``.

    Attributes:
        previous_user_id: theirs until now; where they show no number, nothing else names them.
    """

    type: Text = None
    wa_id: Id = None
    new_wa_id: Id = None
    user_id: Text = None
    previous_user_id: Text = None


class Greeting(msgspec.Struct, frozen=True):
    """What the ad says first: ``{"text": "Hi!"}``."""

    text: Text = None


class Referral(msgspec.Struct, frozen=True):
    """An ad: ``{"source_type": "ad", "source_id": "12...", "headline": "Spring sale", "ctwa_clid": "...", "ref": "s1"}``."""

    image_url: Text = None
    video_url: Text = None
    thumbnail_url: Text = None
    welcome_message: msgspec.Raw = msgspec.Raw()
    source_type: Text = None
    source_id: Text = None
    source_url: Text = None
    headline: Text = None
    body: Text = None
    ctwa_clid: Text = None
    ref: Text = None


class Product(msgspec.Struct, frozen=True):
    """``{"catalog_id": "555001", "product_retailer_id": "SKU-1"}``."""

    catalog_id: Text = None
    product_retailer_id: Text = None


class UnsupportedKind(msgspec.Struct, frozen=True):
    """``{"type": "poll_creation"}``."""

    type: Text = None


class Status(msgspec.Struct, frozen=True):
    """``{"id": "wamid.OUR1", "status": "delivered", "timestamp": "...", "biz_opaque_callback_data": "<our id>"}``.

    Attributes:
        type: what it is of: ``payment`` has words of its own for how a payment goes, which is no delivery.
        recipient_id: the number it went to, ``recipient_user_id`` the user id; each left out where Meta hides it.
    """

    id: str
    status: str
    type: Text = None
    timestamp: Any = None
    recipient_id: Id = None
    recipient_user_id: Text = None
    biz_opaque_callback_data: Text = None
    errors: list[msgspec.Raw] | None = None


class MediaAnswer(msgspec.Struct, frozen=True):
    """Where a file lies for five minutes: ``{"url": "https://...", "mime_type": "...", "id": "..."}``."""

    url: str


class Uploaded(msgspec.Struct, frozen=True):
    """``{"id": "880000000000001"}``."""

    id: str


class SentMessage(msgspec.Struct, frozen=True):
    """``{"id": "wamid.OUR1"}``."""

    id: str


class Sent(msgspec.Struct, frozen=True):
    """``{"contacts": [...], "messages": [{"id": "wamid.OUR1"}]}``."""

    messages: list[SentMessage] = []


class _Replaced(msgspec.Struct, frozen=True):
    current: str
    previous: Text = None


class UserIdUpdate(msgspec.Struct, frozen=True):
    """``{"wa_id": "1415...", "user_id": {"previous": "US.40...", "current": "US.77..."}, "timestamp": "1795305600"}``."""

    user_id: _Replaced
    wa_id: Id = None
    timestamp: Any = None


class Preference(msgspec.Struct, frozen=True):
    """``{"wa_id": "1415...", "category": "marketing_messages", "value": "stop", "timestamp": 1795305600}``."""

    value: str
    wa_id: Text = None
    user_id: Text = None
    category: Text = None
    timestamp: Any = None


class Number(msgspec.Struct, frozen=True):
    """Our own number: ``{"id": "310555000111222", "verified_name": "Acme"}``."""

    id: Text = None
