"""Messages that somebody designed for LINE beforehand: flex, imagemap, carousels, coupons, texts with LINE's own emoji.

They stand in the settings as LINE's own JSON, as its Flex Message Simulator writes it, and are offered as templates:
``{"shop_card": {"title": "Our shop", "message": {"type": "flex", "altText": "Hello {{name}}", "contents": {...}}}}``.
A hole may stand in any text of it; what fills it stays a text.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, OutgoingTemplate
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import HOLE, Filling, Parameter, Part, PartKind, Template, holes

SETTING: Final = "prepared_messages"
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "textV2": ("text",),
    "flex": ("altText", "contents"),
    "imagemap": ("baseUrl", "altText", "baseSize", "actions"),
    "template": ("altText", "template"),
    "coupon": ("couponId",),
}
"""The kinds, and what LINE's description (messaging-api.yml) wants in each."""
LARGEST: Final = 50_000
"""Characters of one message; five of them and more stay below the 2 MB of a call."""
LONGEST_TAG: Final = 30
_NAME: Final = 100


class Prepared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message as somebody wrote it down."""

    message: dict[str, Any]
    title: str = ""
    language: str = ""


def check(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal that says which message is written wrongly."""
    told = settings.get(SETTING) or {}
    if not isinstance(told, dict):
        raise _wrong("Write the prepared messages as an object: a name, then its message.")
    for name, raw in told.items():
        _checked(str(name), raw)


def templates(account: Account) -> tuple[Template, ...]:
    """The messages of the settings; what is written wrongly is left out."""
    told = account.settings.get(SETTING) or {}
    return tuple(_read(told)) if isinstance(told, dict) else ()


def message_of(account: Account, chosen: OutgoingTemplate) -> dict[str, Any] | None:
    """The message with its holes filled; None where it is in the settings no more, so that only its words can go."""
    told = account.settings.get(SETTING) or {}
    raw = told.get(chosen.template.name) if isinstance(told, dict) else None
    if raw is None:
        return None
    filled = _filled(_checked(chosen.template.name, raw).message, chosen.filling)
    assert isinstance(filled, dict)
    return filled


def _read(told: Mapping[Any, Any]) -> Iterator[Template]:
    for name, raw in told.items():
        try:
            one = _checked(str(name), raw)
        except Refusal:
            continue
        blanks = tuple(Parameter(f"body.{hole}", name=hole) for hole in holes("\n".join(_texts(one.message))))
        shown = str(one.message.get("altText") or one.message.get("text") or one.title or name)
        yield Template(str(name), one.language, (Part("body", PartKind.BODY, shown, blanks),), title=one.title)


def _checked(name: str, raw: object) -> Prepared:
    try:
        one = msgspec.convert(raw, Prepared)
    except msgspec.ValidationError as problem:
        raise _wrong(f"The message {name[:40]} is not written as it should be: {problem}.") from problem
    kind = one.message.get("type")
    needed = NEEDED.get(kind) if isinstance(kind, str) else None
    if needed is None:
        raise _wrong(f"The message {name[:40]} must be one of {', '.join(NEEDED)}.")
    missing = [field for field in needed if not one.message.get(field)]
    if missing:
        raise _wrong(f"The message {name[:40]} lacks {', '.join(missing)}.")
    if "sender" in one.message:
        raise _wrong(f"The message {name[:40]} names a sender. Customers see the account alone: take it out.")
    if len(str(one.message.get("deliveryTag") or "")) > LONGEST_TAG:
        raise _wrong(f"The delivery tag of {name[:40]} has more than {LONGEST_TAG} characters.")
    if not name or len(name) > _NAME or len(msgspec.json.encode(one.message)) > LARGEST:
        raise _wrong(f"The message {name[:40]} is too large.")
    return one


def _wrong(reason: str) -> Refusal:
    return Refusal("invalid-settings", reason, f"settings.{SETTING}")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _filled(value: object, filling: Filling) -> object:
    if isinstance(value, str):
        return HOLE.sub(lambda hole: filling.values.get(f"body.{hole[1]}", hole[0]).strip(), value)
    if isinstance(value, dict):
        return {key: _filled(one, filling) for key, one in value.items()}
    return [_filled(one, filling) for one in value] if isinstance(value, list) else value
