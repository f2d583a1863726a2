"""Reading one message or event of WeChat into domain events."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    AccountTold,
    Event,
    IncomingFile,
    IncomingMessage,
    Picked,
    Place,
    ReachChanged,
    Receipt,
    Sender,
    Unknown,
)
from mim_desk.channels.shared.moments import moment
from mim_desk.channels.shared.safe_xml import Element
from mim_desk.channels.wechat import acts, verification
from mim_desk.channels.wechat.payloads import Notice, Push
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.message import DeliveryStatus, MessageType

Content = dict[str, object]
"""The fields of an IncomingMessage that a kind of message fills."""

OTHER_CLIENT: Final = "Tencent's own customer service client"
WARNING: Final = FigureState.WARNING
_DAY: Final = timedelta(days=1)
_NOT_SHOWN: Final = "【收到不支持的消息类型，暂无法显示】"
"""What WeChat writes in place of a sticker and the like; seen, in no document."""
_VOICES: Final = {"amr": "audio/amr", "speex": "audio/speex", "mp3": "audio/mpeg"}
_SILENT: Final = frozenset(
    {
        "location",
        "view",
        "view_miniprogram",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "masssendjobfinish",
    }
)
"""Events in which the customer says nothing: what they send follows as a message, if anything does."""
_PICKED: Final = frozenset({"click", "scancode_push", "scancode_waitmsg"})
_AGREED: Final = frozenset({"subscribe_msg_popup_event", "subscribe_msg_change_event"})
_FOREIGN_SESSIONS: Final = frozenset({"kf_create_session", "kf_close_session", "kf_switch_session"})


def events_of(settings: Mapping[str, Any], root: Element, received_at: datetime, *, proven: bool) -> tuple[Event, ...]:
    """What a push says.

    Args:
        settings: of the inbox: what a pick from the menu means to it.
        root: the message, opened.
        proven: whether its content was signed, so that WeChat vouches for who wrote.
    """
    push = msgspec.convert({name: text.strip() for name, text in root.leaves().items()}, Push)
    at = moment(push.create_time, received_at)
    if not push.from_user_name or not push.msg_type:
        return (Unknown("push", "there is no sender or no type"),)
    sender = Sender(push.from_user_name, display=f"WeChat customer …{push.from_user_name[-4:]}", verified=proven)
    if push.msg_type.lower() == "event":
        return _event(settings, root, push, sender, at)
    message = _message(push, sender, at, _KINDS.get(push.msg_type.lower(), _unsupported))
    return (_short(message, settings) if push.biz_msg_menu_id else message,)


def _message(push: Push, sender: Sender, at: datetime, kind: Callable[[Push], Content]) -> IncomingMessage:
    return IncomingMessage(_key(push), sender, at, **kind(push))  # type: ignore[arg-type]  # the fields of _KINDS


def _key(push: Push) -> str:
    """What decides whether it is the same: WeChat's id; events have none, but one person does one thing at a time."""
    if push.msg_id:
        return push.msg_id
    told = (push.from_user_name, push.create_time, push.event.lower() or push.msg_type.lower(), push.event_key)
    return ":".join(part for part in told if part)[:500]


def _short(message: IncomingMessage, settings: Mapping[str, Any], *, wants_answer: bool = True) -> IncomingMessage:
    """A pick from a menu: it opens no 48 hours, only a moment."""
    details = {**message.details, **acts.short_window(settings)}
    return replace(message, details=details, wants_answer=wants_answer)


def _event(settings: Mapping[str, Any], root: Element, push: Push, sender: Sender, at: datetime) -> tuple[Event, ...]:
    name = push.event.lower()
    if name == "subscribe":
        reached = ReachChanged(sender, at, can_reach=True, by_choice=True)
        return reached, acts.came(settings, push, sender, at, "follow")
    if name == "unsubscribe":
        return (ReachChanged(sender, at, can_reach=False, by_choice=True),)
    if name == "scan":
        return (acts.came(settings, push, sender, at, "scan"),)
    if name in _PICKED:
        is_question = push.event_key in acts.menu_questions(settings)
        return (_short(_message(push, sender, at, _clicked), settings, wants_answer=is_question),)
    if name in _AGREED:
        return tuple(acts.agreed(push, item, sender, at) for item in root.named("list"))
    return _told(name, root, push, at)


def _told(name: str, root: Element, push: Push, at: datetime) -> tuple[Event, ...]:
    """What became of templates and notices, and what nobody has to hear of."""
    if name == "templatesendjobfinish":
        return (_template_result(push, at),)
    if name == "subscribe_msg_sent_event":
        return tuple(_notice_result(item, at) for item in root.named("list")) or (Unknown(name, "it names none"),)
    if name in _SILENT:
        return ()
    if name in verification.KINDS:
        return (verification.news(name, push, at),)
    if name in _FOREIGN_SESSIONS:
        return (
            AccountTold(
                OTHER_CLIENT, "It answers here too: end its sessions and switch it off.", at, WARNING, at + _DAY
            ),
        )
    return (Unknown(name[:60] or "event"),)


def _template_result(push: Push, at: datetime) -> Event:
    if not push.msg_id:
        return Unknown("templatesendjobfinish", "it names no message")
    status = push.status.lower()
    if status == "success":
        return Receipt(DeliveryStatus.DELIVERED, at, push.msg_id)
    refused = "user" in status and "block" in status
    reason = "The customer refuses messages of the account." if refused else "WeChat could not deliver the message."
    return Receipt(DeliveryStatus.FAILED, at, push.msg_id, reason=reason, code=push.status[:60])


def _notice_result(item: Element, at: datetime) -> Event:
    notice = msgspec.convert({name: text.strip() for name, text in item.leaves().items()}, Notice)
    if not notice.msg_id:
        return Unknown("subscribe_msg_sent_event", "it names no message")
    if notice.error_code in ("", "0"):
        return Receipt(DeliveryStatus.DELIVERED, at, notice.msg_id)
    reason = "WeChat could not deliver the notice."
    return Receipt(DeliveryStatus.FAILED, at, notice.msg_id, reason=reason, code=notice.error_code[:60])


def _text(push: Push) -> Content:
    if push.biz_msg_menu_id:
        return {
            "type": MessageType.CHOICE,
            "text": push.content,
            "choice": Picked(push.biz_msg_menu_id, push.content or push.biz_msg_menu_id),
        }
    kind = MessageType.UNSUPPORTED if push.content == _NOT_SHOWN else MessageType.TEXT
    return {"type": kind, "text": push.content}


def _clicked(push: Push) -> Content:
    said = push.scan_result or push.event_key
    return {"type": MessageType.CHOICE, "text": said, "choice": Picked(push.event_key or said, said)}


def _file(push: Push, name: str, mime_type: str) -> tuple[IncomingFile, ...]:
    """The file by its media id, which only this account can fetch; by its address where there is no id."""
    if push.media_id:
        return (IncomingFile(name, mime_type, external_id=push.media_id),)
    return (IncomingFile(name, mime_type, url=push.pic_url),) if push.pic_url else ()


def _image(push: Push) -> Content:
    return {"type": MessageType.IMAGE, "files": _file(push, f"image-{push.msg_id}.jpg", "image/jpeg")}


def _voice(push: Push) -> Content:
    suffix = push.format.lower() if push.format.lower() in _VOICES else "amr"
    told: Content = {
        "type": MessageType.VOICE,
        "files": _file(push, f"voice-{push.msg_id}.{suffix}", _VOICES[suffix]),
    }
    if push.recognition:
        told |= {"text": push.recognition, "details": {"transcribed_by": "WeChat"}}
    return told


def _video(push: Push) -> Content:
    return {"type": MessageType.VIDEO, "files": _file(push, f"video-{push.msg_id}.mp4", "video/mp4")}


def _location(push: Push) -> Content:
    latitude, longitude = _degrees(push.location_x, 90.0), _degrees(push.location_y, 180.0)
    if latitude is None or longitude is None:
        return {"type": MessageType.UNSUPPORTED, "text": push.label}
    return {"type": MessageType.LOCATION, "location": Place(latitude, longitude, push.label)}


def _degrees(told: str, most: float) -> float | None:
    try:
        number = float(told)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= most else None


def _link(push: Push) -> Content:
    said = "\n".join(part for part in (push.title, push.description, push.url) if part)
    return {"text": said, "details": {"link": push.url} if push.url else {}}


def _card(push: Push) -> Content:
    """A page of a mini program: its title, its picture, and where it leads."""
    details = {"app_id": push.app_id, "page_path": push.page_path}
    picture = IncomingFile(f"card-{push.msg_id}.jpg", "image/jpeg", external_id=push.thumb_media_id)
    return {
        "type": MessageType.UNSUPPORTED,
        "text": push.title,
        "files": (picture,) if push.thumb_media_id else (),
        "details": {name: value for name, value in details.items() if value},
    }


def _document(push: Push) -> Content:
    """A file, which no document describes: where it has a media id it can be fetched, else its title is all we have."""
    if not push.media_id:
        return _unsupported(push)
    name = push.file_name or push.title or "file"
    return {"type": MessageType.FILE, "files": _file(push, name, "application/octet-stream")}


def _unsupported(push: Push) -> Content:
    """A kind we do not know."""
    return {
        "type": MessageType.UNSUPPORTED,
        "text": push.title or push.file_name,
        "details": {"wechat_type": push.msg_type[:60]},
    }


_KINDS: Final[Mapping[str, Callable[[Push], Content]]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
    "miniprogrampage": _card,
    "file": _document,
}
