"""The web chat's adapter: what the page posted becomes events; replies need no call, the hub streams them itself."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from mim_desk.channels.base import (
    Account,
    ContactActed,
    Event,
    HandshakeAnswer,
    IncomingFile,
    IncomingMessage,
    Outgoing,
    Parsed,
    Picked,
    Place,
    RawRequest,
    ReadUpTo,
    Receipt,
    Refused,
    Request,
    Response,
    Sender,
    Taken,
    TypingSeen,
    Unknown,
)
from mim_desk.channels.shared.phones import check_region
from mim_desk.channels.web_chat import form, payloads
from mim_desk.channels.web_chat.keys import public_key
from mim_desk.domain.business_hours import calendar_of
from mim_desk.domain.message import DeliveryStatus, MessageType, clean_text
from mim_desk.domain.refusal import Refusal

SHORTEST_SECRET = 32
LONGEST_IDLE_HOURS = 8760
LONGEST_MAIL_MINUTES = 1440
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_page_post = msgspec.json.Decoder(payloads.PagePost)


def external_id_of(session_id: str, client_msg_id: str) -> str:
    """The external id of a visitor's message: unique in the inbox, the same on every retry."""
    return f"{session_id}:{client_msg_id}"


class WebChatAdapter:
    """Adapter of the channel ``web_chat``."""

    channel = "web_chat"
    keyed = True
    local = True

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_region(settings)
        for origin in settings.get("allowed_origins") or []:
            if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
                reason = f"{origin!s:.80} is not an origin. Write it like https://www.example.com, without a path."
                raise Refusal("invalid-settings", reason, "settings.allowed_origins")
        if settings.get("color") and not _COLOR.fullmatch(settings["color"]):
            raise Refusal("invalid-settings", "The colour must look like #2C53CF.", "settings.color")
        _check_times(settings)
        form.questions_of(settings.get("form") or {})
        for name in ("identity_public_key", "previous_identity_public_key"):
            if settings.get(name) and public_key(settings[name]) is None:
                reason = "This is no public Ed25519 key. Paste the PEM text that begins with BEGIN PUBLIC KEY."
                raise Refusal("invalid-settings", reason, f"settings.{name}")
        for name in ("identity_secret", "previous_identity_secret"):
            if secrets.get(name) and len(secrets[name]) < SHORTEST_SECRET:
                raise Refusal(
                    "invalid-settings", "The identity secret needs at least 32 characters.", f"secrets.{name}"
                )

    def probe(self, account: Account, now: datetime) -> Request | None:
        return None

    def judge_probe(self, account: Account, response: Response | None) -> None:
        return None

    def verify(self, account: Account, request: RawRequest) -> None:
        raise Refusal("bad-signature", "The web chat has no webhook: its page posts with the visitor's session.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        try:
            post = _page_post.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            return Parsed((Unknown("body", str(problem)),))
        return Parsed(_events(post, request.received_at))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "The web chat has no webhook.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        return []

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        return Taken()


def _check_times(settings: Mapping[str, Any]) -> None:
    if settings.get("hours"):
        try:
            calendar_of(settings["hours"])
        except Refusal as refused:
            raise Refusal("invalid-settings", f"Opening hours: {refused.reason}", "settings.hours") from refused
    minutes = settings.get("mail_after_minutes") or 0
    if not 0 <= minutes <= LONGEST_MAIL_MINUTES:
        reason = f"Mail after 1 to {LONGEST_MAIL_MINUTES} minutes, or 0 for never."
        raise Refusal("invalid-settings", reason, "settings.mail_after_minutes")
    hours = settings.get("close_after_hours")
    if hours is not None and not 1 <= hours <= LONGEST_IDLE_HOURS:
        reason = f"Close after 1 to {LONGEST_IDLE_HOURS} hours, or leave it empty."
        raise Refusal("invalid-settings", reason, "settings.close_after_hours")


def _events(post: payloads.PagePost, at: datetime) -> tuple[Event, ...]:
    sender = _sender(post.visitor)
    match post:
        case payloads.Posted():
            return (_message(post, sender, at), *_acted(post.acted, sender, at))
        case payloads.ActedPost():
            return _acted(post.acted, sender, at)
        case payloads.ReadPost():
            return (ReadUpTo(sender, at, message_id=post.message_id),)
        case payloads.ReceivedPost():
            return tuple(Receipt(DeliveryStatus.DELIVERED, at, message_id=one) for one in post.message_ids)
        case payloads.TypingPost():
            return (TypingSeen(sender, at),)


def _acted(acted: Sequence[payloads.Acted], sender: Sender, at: datetime) -> tuple[Event, ...]:
    return tuple(ContactActed(sender, at, one.activity, one.line_id, one.details, one.conversation_id) for one in acted)


def _sender(visitor: payloads.Visitor) -> Sender:
    display = visitor.identity.partition(":")[2] if visitor.verified else ""
    return Sender(
        external_id=visitor.identity,
        name=visitor.name,
        display=display,
        verified=visitor.verified,
        language=visitor.locale,
        fields={name: str(value) for name, value in visitor.fields.items()},
    )


def _message(posted: payloads.Posted, sender: Sender, at: datetime) -> IncomingMessage:
    post = posted.post
    files = tuple(
        IncomingFile(one.name, one.mime_type, one.size, attachment_id=one.id, width=one.width, height=one.height)
        for one in posted.files
    )
    place, choice = post.location, post.choice
    return IncomingMessage(
        external_id=external_id_of(posted.visitor.session_id, post.client_msg_id),
        message_id=posted.message_id,
        sender=sender,
        occurred_at=at,
        type=_type(post, files),
        text=clean_text(post.text or (choice.title if choice else "")),
        files=files,
        location=Place(place.latitude, place.longitude, clean_text(place.name)) if place else None,
        reply_to_message_id=post.reply_to,
        choice=Picked(choice.id, clean_text(choice.title)) if choice else None,
    )


def _type(post: payloads.NewPost, files: Sequence[IncomingFile]) -> MessageType:
    if post.kind == "location":
        return MessageType.LOCATION
    if post.kind == "choice":
        return MessageType.CHOICE
    if not files:
        return MessageType.TEXT
    family = files[0].mime_type.partition("/")[0]
    return {"image": MessageType.IMAGE, "video": MessageType.VIDEO, "audio": MessageType.AUDIO}.get(
        family, MessageType.FILE
    )
