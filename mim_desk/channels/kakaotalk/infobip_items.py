"""One result of Infobip's as an event: a message of the customer, the end of a session, or a report."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from mim_desk.channels.base import (
    Event,
    IncomingFile,
    IncomingMessage,
    Picked,
    ReachChanged,
    Receipt,
    Sender,
    Unknown,
)
from mim_desk.channels.kakaotalk import infobip_payloads as payloads
from mim_desk.channels.kakaotalk.infobip_errors import is_session_over, reason_of
from mim_desk.channels.shared.json_bodies import UNREADABLE, read
from mim_desk.channels.shared.moments import moment
from mim_desk.domain.message import DeliveryStatus, MessageType

_item = msgspec.json.Decoder(payloads.Item)
_arrived = msgspec.json.Decoder(payloads.Arrived)
_content = msgspec.json.Decoder(payloads.Content)
_details = msgspec.json.Decoder(list[payloads.Detail])
_report = msgspec.json.Decoder(payloads.Report)

_FILES: Final[Mapping[str, tuple[MessageType, str, str]]] = {
    "IMAGE": (MessageType.IMAGE, "image", "image/jpeg"),
    "VIDEO": (MessageType.VIDEO, "video", "video/mp4"),
    "AUDIO": (MessageType.AUDIO, "audio", "audio/mpeg"),
    "FILE": (MessageType.FILE, "file", "application/octet-stream"),
}
"""What is sent under each type; Infobip tells no MIME type, the hub looks at the bytes."""
_STATUSES: Final = {
    "ACCEPTED": DeliveryStatus.SENT,
    "PENDING": DeliveryStatus.SENT,
    "DELIVERED": DeliveryStatus.DELIVERED,
    "UNDELIVERABLE": DeliveryStatus.FAILED,
    "EXPIRED": DeliveryStatus.FAILED,
    "REJECTED": DeliveryStatus.FAILED,
}
_NOTHING: Final = (b"", b"null")
_MOST_FILES: Final = 20
_ENDING: Final = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)


def event_of(raw: msgspec.Raw, received_at: datetime) -> Event:
    """The event of one raw result."""
    try:
        item = _item.decode(raw)
        if bytes(item.message) not in _NOTHING:
            return _message(_arrived.decode(raw), received_at)
        if bytes(item.status) not in _NOTHING:
            return _receipt(_report.decode(raw), received_at)
    except UNREADABLE as problem:
        return Unknown("item", str(problem))
    return Unknown("item", "neither a message nor a report")


def _message(told: payloads.Arrived, received_at: datetime) -> Event:
    if not (told.sender and told.message_id):
        raise ValueError("a message needs sender and messageId")
    content = _content.decode(told.message)
    at = _time(content.sent_at or told.received_at, received_at)
    # A key that is the customer's in this channel alone: neither name nor number comes with it.
    sender = Sender(told.sender, verified=True)
    if content.type == "EXPIRED_SESSION":
        return ReachChanged(sender, at, can_reach=False, session=True)
    kind, files, details = _body(content)
    choice = (
        Picked(content.extra, content.text or content.extra) if content.extra and kind is MessageType.TEXT else None
    )
    return IncomingMessage(
        external_id=told.message_id,
        sender=sender,
        occurred_at=at,
        type=MessageType.CHOICE if choice else kind,
        text=choice.title if choice else content.text or "",
        files=files,
        choice=choice,
        details=details,
    )


def _body(content: payloads.Content) -> tuple[MessageType, tuple[IncomingFile, ...], dict[str, str]]:
    """The type, the files and what else is known of a message."""
    if content.type == "TEXT":
        files = (_file(content.attachment_url, "FILE"),) if content.attachment_url else ()
        return (MessageType.FILE if files and not content.text else MessageType.TEXT), files, {}
    known = _FILES.get(content.type)
    urls = _addresses(content)
    if known is None or not urls:
        return MessageType.UNSUPPORTED, (), {"kind": content.type[:100]}
    return known[0], tuple(_file(url, content.type) for url in urls), {}


def _addresses(content: payloads.Content) -> list[str]:
    """Where the files lie: of several sent at once each stands in the details too, or there alone."""
    further = read(_details, content.urls_details) or []
    return list(dict.fromkeys(filter(None, (content.url, *(one.url for one in further)))))[:_MOST_FILES]


def _file(url: str, kind: str) -> IncomingFile:
    _, family, mime_type = _FILES[kind]
    ending = url.partition("?")[0].rpartition("/")[2].rpartition(".")[2]
    name = f"{family}.{ending.lower()}" if _ENDING.fullmatch(ending) else family
    return IncomingFile(name, mime_type, url=url)


def _receipt(told: payloads.Report, received_at: datetime) -> Event:
    status = _STATUSES.get(told.status.group_name)
    if status is None:
        return Unknown(f"status {told.status.group_name[:40]}")
    if not told.message_id:
        raise ValueError("a report needs messageId")
    reason = code = ""
    is_over = False
    if status is DeliveryStatus.FAILED:
        named = (told.error.name if told.error else None) or ""
        is_over = is_session_over(told.status.name or "", named)
        code = named or told.status.name or told.status.group_name
        reason = reason_of(told.status, told.error)
    at = _time(told.done_at, received_at)
    return Receipt(status, at, told.message_id, told.callback_data or None, reason, code, window_closed=is_over)


def _time(told: str | None, received_at: datetime) -> datetime:
    """``2026-11-22T05:00:00.000+0000`` as a time; when it cannot be, that of the delivery."""
    try:
        at = datetime.fromisoformat(told or "")
    except ValueError:
        return received_at
    return moment(round(at.timestamp() * 1000), received_at) if at.tzinfo else received_at
