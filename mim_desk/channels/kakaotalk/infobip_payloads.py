"""Shapes of Infobip's consultation talk (Kakao Sangdam): the fields we read and write, everything else is ignored.

https://www.infobip.com/docs/api/channels/kakao/sangdam
"""

import msgspec


class Batch(msgspec.Struct, frozen=True):
    """A delivery: ``{"results": [...], "messageCount": 1}``; each result is read by itself."""

    results: list[msgspec.Raw]


class Content(msgspec.Struct, frozen=True, rename="camel"):
    """``{"type": "TEXT", "text": "환불해 주세요", "sentAt": "2026-11-22T05:00:00.000+0000"}``, of a file its ``url``.

    Attributes:
        urls_details: of several files sent at once each one; what stands in it besides ``url`` is not read.
        extra: what a button of ours carried.
        attachment_url: a file that came along with a text.
    """

    type: str
    text: str | None = None
    url: str | None = None
    urls_details: msgspec.Raw = msgspec.Raw()
    attachment_url: str | None = None
    extra: str | None = None
    session_id: str | None = None
    sent_at: str | None = None


class Detail(msgspec.Struct, frozen=True):
    """``{"url": "https://…"}``."""

    url: str


class Arrived(msgspec.Struct, frozen=True, rename="camel"):
    """``{"sender": "user-key-1", "to": "@brand", "messageId": "ib-1", "receivedAt": "…", "message": {…}}``."""

    sender: str
    message_id: str
    message: msgspec.Raw
    received_at: str | None = None


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """``{"groupName": "PENDING", "name": "PENDING_ENROUTE", "description": "…"}``."""

    group_name: str = ""
    name: str | None = None
    description: str | None = None


class Fault(msgspec.Struct, frozen=True):
    """``{"id": 0, "name": "NO_ERROR", "permanent": false}``."""

    name: str | None = None
    description: str | None = None
    permanent: bool | None = None


class Report(msgspec.Struct, frozen=True, rename="camel"):
    """``{"messageId": "…", "to": "user-key-1", "doneAt": "…", "status": {…}, "error": {…}, "callbackData": "…"}``."""

    message_id: str
    status: Status
    error: Fault | None = None
    done_at: str | None = None
    callback_data: str | None = None


class Item(msgspec.Struct, frozen=True):
    """What tells a message (it has ``message``) from a report (it has ``status``)."""

    message: msgspec.Raw = msgspec.Raw()
    status: msgspec.Raw = msgspec.Raw()


class Answered(msgspec.Struct, frozen=True, rename="camel"):
    """One message in an answer: ``{"messageId": "…", "status": {"groupName": "PENDING"}, "destination": "…"}``."""

    message_id: str = ""
    status: Status = Status()


class Answer(msgspec.Struct, frozen=True):
    """``{"bulkId": "…", "messages": [{…}]}``."""

    messages: list[Answered] = []


class Problem(msgspec.Struct, frozen=True, rename="camel"):
    """``{"errorCode": "E400", "description": "Request cannot be processed.", "action": "…", "violations": […]}``."""

    error_code: str | None = None
    description: str | None = None


class Destination(msgspec.Struct, frozen=True, rename="camel"):
    """``{"to": "user-key-1", "messageId": "…"}``."""

    to: str
    message_id: str


class Button(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``{"type": "REPLY", "name": "예", "extra": "…"}`` or ``{"type": "OPEN_URL", "name": "…", "urlMobile": "…"}``."""

    type: str
    name: str
    extra: str = ""
    url_mobile: str = ""
    url_pc: str = ""


class Sending(msgspec.Struct, frozen=True, omit_defaults=True):
    """``{"type": "TEXT", "text": "안녕하세요"}``, ``{"type": "IMAGE", "url": "https://…"}`` or BUTTON_LIST."""

    type: str
    text: str = ""
    url: str = ""
    buttons: list[Button] = []


class Delivery(msgspec.Struct, frozen=True):
    """``{"url": "https://hub.example/kakao"}``."""

    url: str


class Webhooks(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """``{"delivery": {"url": "…"}, "callbackData": "…"}``."""

    delivery: Delivery | None = None
    callback_data: str = ""


class Outbound(msgspec.Struct, frozen=True, omit_defaults=True):
    """``{"sender": "@brand", "destinations": […], "content": {…}, "webhooks": {…}}``."""

    sender: str
    destinations: list[Destination]
    content: Sending
    webhooks: Webhooks | None = None


class Messages(msgspec.Struct, frozen=True):
    """What we post: ``{"messages": [...]}``."""

    messages: list[Outbound]
