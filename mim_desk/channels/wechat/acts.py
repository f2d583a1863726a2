"""What customers do besides writing: they follow, scan a code, pick from the menu, agree to notices.

Each follow, scan and pick lets the account send a few messages for a moment; the figures are WeChat's and settings here.
https://developers.weixin.qq.com/doc/service/guide/product/kf/intro.html
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.channels.base import ConsentChanged, ContactActed, Event, Sender, Unknown
from mim_desk.channels.shared.safe_xml import Element
from mim_desk.channels.wechat.payloads import Agreed, Push
from mim_desk.domain.consent import Source
from mim_desk.domain.message import Activity
from mim_desk.domain.refusal import Refusal

SHORT_REPLIES, SHORT_WINDOW_S = 3, 60
_MOST: Final = {"short_replies": 100, "short_window_s": 172_800}
_SCENE: Final = "qrscene_"
_LONGEST: Final = 300


def check(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal that names the field."""
    for name, most in _MOST.items():
        told = str(settings.get(name) or "")
        if told and not (told.isascii() and told.isdecimal() and 1 <= int(told[:9]) <= most):
            raise Refusal("invalid-settings", f"This is a number from 1 to {most}.", f"settings.{name}")


def short_window(settings: Mapping[str, Any]) -> dict[str, str]:
    """The window that a pick, a scan or a follow opens, as the details of a message or line say it."""
    length = str(settings.get("short_window_s") or SHORT_WINDOW_S)
    return {"window_s": length, "replies": str(settings.get("short_replies") or SHORT_REPLIES)}


def menu_questions(settings: Mapping[str, Any]) -> list[str]:
    """The keys of menu items that are a question to people."""
    named = settings.get("menu_questions")
    return [str(one) for one in named] if isinstance(named, list) else []


def came(settings: Mapping[str, Any], push: Push, sender: Sender, at: datetime, way: str) -> ContactActed:
    """A follow or a scan, with the code it came by."""
    scene = push.event_key.removeprefix(_SCENE)[:_LONGEST]
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"wechat:{sender.external_id}:{push.create_time}:{way}:{scene}"))
    referral = {"referral": scene} if scene else {}
    return ContactActed(sender, at, Activity.CAME_BY, line_id, {"way": way, **referral, **short_window(settings)})


def agreed(push: Push, item: Element, sender: Sender, at: datetime) -> Event:
    """What somebody said to one notice."""
    told = msgspec.convert({name: text.strip() for name, text in item.leaves().items()}, Agreed)
    said = told.subscribe_status_string.lower()
    if not told.template_id or said not in ("accept", "reject"):
        return Unknown(push.event.lower()[:60], "it says neither accept nor reject")
    evidence = f"{sender.external_id}:{push.create_time}:{told.template_id}"
    purpose = f"notice {told.template_id[:80]}"
    return ConsentChanged(sender, at, said == "accept", purpose, Source.PROVIDER, evidence)
