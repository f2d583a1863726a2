"""Templates as Meta lists them and tells of them, which WhatsApp and Messenger share.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Action, Refused, Response, TemplateChanged, TemplatePage, Unknown
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.json_bodies import UNREADABLE
from mim_desk.channels.shared.meta_bodies import read
from mim_desk.domain.template import (
    ButtonKind,
    Parameter,
    ParameterKind,
    Part,
    PartKind,
    Template,
    TemplateStatus,
    holes,
)

FIELDS: Final = "id,name,language,status,category,quality_score,rejected_reason,parameter_format,components"
PAGE: Final = "100"
LONGEST_BODY: Final = 1024
LONGEST_HEADER: Final = 60
LONGEST_LINK: Final = 2000
LONGEST_CODE: Final = 15
LONGEST_PAYLOAD: Final = 256
STATUSES: Final[Mapping[str, TemplateStatus]] = {
    **dict.fromkeys(("APPROVED", "REINSTATED", "UNARCHIVED", "FLAGGED"), TemplateStatus.APPROVED),
    **dict.fromkeys(("PENDING", "IN_APPEAL"), TemplateStatus.PENDING),
    "REJECTED": TemplateStatus.REJECTED,
    "PAUSED": TemplateStatus.PAUSED,
    **dict.fromkeys(
        ("DISABLED", "LOCKED", "ARCHIVED", "LIMIT_EXCEEDED", "PENDING_DELETION", "DELETED"), TemplateStatus.DISABLED
    ),
}
"""A flagged one is still sent, though its quality is low; what is new to us is waited for."""
_GONE: Final = "DELETED"
_QUALITIES: Final = {"GREEN": "green", "YELLOW": "yellow", "RED": "red"}
_NO_REASON: Final = ("", "NONE")
_MEDIA: Final = {
    "IMAGE": ParameterKind.IMAGE,
    "VIDEO": ParameterKind.VIDEO,
    "GIF": ParameterKind.VIDEO,
    "DOCUMENT": ParameterKind.DOCUMENT,
}
_LOCALIZED: Final = (ParameterKind.CURRENCY, ParameterKind.DATE_TIME)
_PASSCODE_LINK: Final = "whatsapp.com/otp/"


class Unfit(Exception):
    """The template has something that cannot be filled in here."""


class Quality(msgspec.Struct, frozen=True):
    """``{"score": "GREEN", "date": 1795305600}``."""

    score: str | None = None


class Button(msgspec.Struct, frozen=True):
    """``{"type": "URL", "text": "Track", "url": "https://acme.example/t/{{1}}", "example": ["..."]}``."""

    type: str
    text: str | None = None
    url: str | None = None
    phone_number: str | None = None
    example: Any = None


class Card(msgspec.Struct, frozen=True):
    """``{"components": [...]}``."""

    components: list[msgspec.Raw] = []


class Offer(msgspec.Struct, frozen=True):
    """``{"text": "Expiring offer!", "has_expiration": true}``."""

    text: str | None = None
    has_expiration: bool | None = None


class Component(msgspec.Struct, frozen=True):
    """``{"type": "BODY", "text": "Hi {{1}}", "example": {"body_text": [["Mina"]]}}``."""

    type: str
    format: str | None = None
    text: str | None = None
    example: Any = None
    buttons: list[Button] = []
    cards: list[Card] = []
    limited_time_offer: Offer | None = None
    code_expiration_minutes: int | None = None


class Listed(msgspec.Struct, frozen=True):
    """One template of ``GET /{waba-id}/message_templates``."""

    name: str
    language: str
    id: str | None = None
    status: str | None = None
    category: str | None = None
    quality_score: Quality | None = None
    rejected_reason: str | None = None
    components: list[msgspec.Raw] = []


class Cursors(msgspec.Struct, frozen=True):
    """``{"before": "...", "after": "..."}``."""

    after: str | None = None


class Paging(msgspec.Struct, frozen=True):
    """``{"cursors": {...}, "next": "https://..."}``; without ``next`` it was the last page."""

    cursors: Cursors | None = None
    next: str | None = None


class Page(msgspec.Struct, frozen=True):
    """``{"data": [...], "paging": {...}}``."""

    data: list[msgspec.Raw]
    paging: Paging | None = None


class Notice(msgspec.Struct, frozen=True):
    """News of a template: ``{"event": "PAUSED", "message_template_name": "...", "message_template_language": "en_US"}``."""

    message_template_name: str
    message_template_language: str
    event: str | None = None
    reason: str | None = None
    new_quality_score: str | None = None
    new_category: str | None = None
    message_template_category: str | None = None
    rejection_info: Any = None


NOTICES: Final = (
    "message_template_status_update",
    "messenger_template_status_update",
    "message_template_quality_update",
    "template_category_update",
)
"""Fields of a webhook that tell of templates."""


def page_of(response: Response, rules: meta.Rules, service: str) -> TemplatePage | Refused:
    """The templates of an answer."""
    if not 200 <= response.status < 300:
        return meta.refused(rules, response, service)
    page = read(Page, response.body)
    if page is None:
        return Refused(Action.RETRY, f"The list of templates that {service} gave cannot be read.", "unreadable")
    found = tuple(one for raw in page.data if (one := template_of(raw)) is not None)
    more = page.paging is not None and page.paging.next and page.paging.cursors is not None
    return TemplatePage(found, (page.paging.cursors.after or "") if more else "")  # type: ignore[union-attr]  # more says so


def template_of(raw: msgspec.Raw | bytes) -> Template | None:
    """One listed template; None for one that cannot be read."""
    told = read(Listed, raw)
    if told is None or not told.name or not told.language:
        return None
    status = STATUSES.get(told.status or "", TemplateStatus.PENDING)
    try:
        parts = tuple(_parts(told.components))
    except Unfit as unfit:
        parts, status = (), TemplateStatus.UNUSABLE if status is TemplateStatus.APPROVED else status
        reason = str(unfit)
    except UNREADABLE:
        parts, status, reason = (), TemplateStatus.UNUSABLE, ""
    else:
        reason = _reason(told.rejected_reason)
    score = (told.quality_score and told.quality_score.score) or ""
    return Template(
        name=told.name,
        language=told.language,
        parts=parts,
        status=status,
        reason=reason,
        category=(told.category or "").lower(),
        quality=_QUALITIES.get(score, ""),
        external_id=told.id or "",
    )


def change_of(value: msgspec.Raw) -> TemplateChanged | Unknown:
    """The news in a webhook's value; it writes ``pt-BR`` where the list of templates has ``pt_BR``.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update
    """
    told = read(Notice, value)
    if told is None:
        return Unknown("template", "cannot be read")
    quality = None if told.new_quality_score is None else _QUALITIES.get(told.new_quality_score, "")
    category = told.new_category or told.message_template_category
    return TemplateChanged(
        told.message_template_name,
        told.message_template_language.replace("-", "_"),
        status=None if told.event is None else STATUSES.get(told.event, TemplateStatus.PENDING),
        reason=_told_reason(told),
        quality=quality,
        category=category.lower() if category else None,
        is_gone=told.event == _GONE,
    )


def _told_reason(told: Notice) -> str:
    info = told.rejection_info if isinstance(told.rejection_info, dict) else {}
    return _reason(str(info.get("reason") or told.reason or ""))


def _reason(code: str | None) -> str:
    """Meta's word for why, ``TAG_CONTENT_MISMATCH`` and the like, as a sentence."""
    if code is None or code in _NO_REASON:
        return ""
    words = " ".join(code.replace("_", " ").split())[:300]
    return f"Its reason: {words.lower() if code.isupper() else words.rstrip('.')}."


def _parts(components: Sequence[msgspec.Raw], card: int | None = None) -> Iterator[Part]:
    at = "" if card is None else f"card.{card}."
    for raw in components:
        component = msgspec.json.decode(raw, type=Component)
        match component.type.upper():
            case "HEADER":
                yield _header(component, at, card)
            case "BODY":
                yield _body(component, at, card)
            case "FOOTER":
                yield Part(f"{at}footer", PartKind.FOOTER, component.text or _expires(component), card=card)
            case "BUTTONS":
                for place, button in enumerate(component.buttons):
                    yield _button(button, place, at, card)
            case "LIMITED_TIME_OFFER":
                yield _offer(component.limited_time_offer or Offer())
            case "CAROUSEL":
                for place, one in enumerate(component.cards):
                    yield from _parts(one.components, place)
            case other:
                raise Unfit(f"It has a part of the kind {other.lower()[:40]}.")


def _header(component: Component, at: str, card: int | None) -> Part:
    place, form = f"{at}header", (component.format or "TEXT").upper()
    if form == "TEXT":
        text = component.text or ""
        return Part(place, PartKind.HEADER, text, _blanks(place, text, component), card=card, longest=LONGEST_HEADER)
    if form == "LOCATION":
        return Part(place, PartKind.HEADER, parameters=_location(place), card=card)
    kind = _MEDIA.get(form)
    if kind is None:
        raise Unfit(f"Its header is of the kind {form.lower()[:40]}.")
    return Part(place, PartKind.HEADER, parameters=(Parameter(f"{place}.{kind}", kind, label=form.lower()),), card=card)


def _location(place: str) -> tuple[Parameter, ...]:
    kinds = {
        "latitude": ParameterKind.LATITUDE,
        "longitude": ParameterKind.LONGITUDE,
        "name": ParameterKind.TEXT,
        "address": ParameterKind.TEXT,
    }
    return tuple(Parameter(f"{place}.{name}", kind, label=name) for name, kind in kinds.items())


def _body(component: Component, at: str, card: int | None) -> Part:
    place, text = f"{at}body", component.text or ""
    found = _blanks(place, text, component, also=_LOCALIZED)
    return Part(place, PartKind.BODY, text, found, card=card, longest=LONGEST_BODY)


def _expires(component: Component) -> str:
    minutes = component.code_expiration_minutes
    return f"Expires in {minutes} minutes." if minutes else ""


def _offer(told: Offer) -> Part:
    ends = (Parameter("offer.ends", ParameterKind.MOMENT, label="end of the offer"),) if told.has_expiration else ()
    return Part("offer", PartKind.OFFER, told.text or "", ends)


def _blanks(place: str, text: str, component: Component, also: tuple[ParameterKind, ...] = ()) -> tuple[Parameter, ...]:
    examples = _examples(component.example)
    return tuple(
        Parameter(f"{place}.{name}", name=name, example=examples.get(name, ""), also=also) for name in holes(text)
    )


def _examples(told: Any) -> dict[str, str]:
    """Examples by the name of their hole: ``{"body_text": [["Mina"]]}`` or ``{"body_text_named_params": [...]}``."""
    if not isinstance(told, dict):
        return {}
    found: dict[str, str] = {}
    for kind in ("body", "header"):
        listed = told.get(f"{kind}_text")
        inner = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], list) else listed
        if isinstance(inner, list):
            found |= {str(place): str(one) for place, one in enumerate(inner, 1)}
        named = told.get(f"{kind}_text_named_params")
        for one in named if isinstance(named, list) else ():
            if isinstance(one, dict):
                found[str(one.get("param_name"))] = str(one.get("example", ""))
    return found


def _button(button: Button, place: int, at: str, card: int | None) -> Part:
    where, title = f"{at}button.{place}", button.text or ""
    match button.type.upper():
        case "QUICK_REPLY" | "POSTBACK":
            payload = Parameter(f"{where}.payload", ParameterKind.PAYLOAD, longest=LONGEST_PAYLOAD, required=False)
            return Part(where, PartKind.BUTTON, title, (payload,), ButtonKind.QUICK_REPLY, card=card)
        case "URL" if _PASSCODE_LINK in (button.url or ""):
            return Part(where, PartKind.BUTTON, title, (), ButtonKind.PASSCODE, card=card)
        case "URL" | "WEB_URL":
            return _link(button, where, title, card)
        case "PHONE_NUMBER":
            return Part(where, PartKind.BUTTON, title, (), ButtonKind.PHONE, button.phone_number or "", card)
        case "COPY_CODE":
            code = Parameter(f"{where}.code", ParameterKind.CODE, label="code to copy", longest=LONGEST_CODE)
            return Part(where, PartKind.BUTTON, title or "Copy offer code", (code,), ButtonKind.COPY_CODE, card=card)
        case "OTP":
            return Part(where, PartKind.BUTTON, title or "Copy code", (), ButtonKind.PASSCODE, card=card)
        case "FLOW":
            return Part(where, PartKind.BUTTON, title, (), ButtonKind.FORM, card=card)
        case "VOICE_CALL":
            return Part(where, PartKind.BUTTON, title, (), ButtonKind.OTHER, card=card)
        case other:
            raise Unfit(f"It has a button of the kind {other.lower().replace('_', ' ')[:40]}.")


def _link(button: Button, where: str, title: str, card: int | None) -> Part:
    url = button.url or ""
    example = button.example[0] if isinstance(button.example, list) and button.example else ""
    end = tuple(
        Parameter(f"{where}.link", ParameterKind.LINK_END, name, label=f"link of “{title}”", example=str(example))
        for name in holes(url)[:1]
    )
    return Part(where, PartKind.BUTTON, title, end, ButtonKind.LINK, url, card, LONGEST_LINK)
