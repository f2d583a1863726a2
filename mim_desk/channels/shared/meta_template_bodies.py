"""Writing a filled template as the ``components`` of Meta's send calls, which WhatsApp and Messenger share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from mim_desk.channels.base import OutgoingTemplate
from mim_desk.domain.template import MEDIA, ButtonKind, Filling, Parameter, ParameterKind, Part, PartKind, Template
from mim_desk.domain.template_checks import amount, moment_of

Written = dict[str, Any]
Media = Callable[[str], Mapping[str, str]]
"""How a file is named in a call, from the id of the attachment."""

_SUB_TYPES: Final = {
    ButtonKind.QUICK_REPLY: "quick_reply",
    ButtonKind.LINK: "url",
    ButtonKind.COPY_CODE: "copy_code",
    ButtonKind.PASSCODE: "url",
}
_UNNAMED_FORM: Final = {"type": "action", "action": {"flow_token": "unused"}}
"""The token that WhatsApp names as the usual one; a form that wants data of its own to begin with gets none.

https://developers.facebook.com/docs/whatsapp/flows/guides/sendingaflow
"""


def components(outgoing: OutgoingTemplate, media: Media) -> list[Written]:
    """The components that have something to fill in; none where the template has no blanks."""
    template, filling = outgoing.template, outgoing.filling
    whole = [part for part in template.parts if part.card is None]
    found = list(_components(template, whole, filling, media))
    cards = _cards(template, filling, media)
    return [*found, {"type": "carousel", "cards": cards}] if cards else found


def _cards(template: Template, filling: Filling, media: Media) -> list[Written]:
    on_cards = [part for part in template.parts if part.card is not None]
    grouped = groupby(on_cards, lambda part: part.card)
    return [
        {"card_index": card, "components": list(_components(template, list(parts), filling, media))}
        for card, parts in grouped
    ]


def _components(template: Template, parts: Sequence[Part], filling: Filling, media: Media) -> Iterator[Written]:
    for part in parts:
        if part.kind is PartKind.BUTTON:
            yield from _button(template, part, filling)
        elif part.kind is PartKind.OFFER and part.parameters:
            yield {"type": "limited_time_offer", "parameters": [_offer(part, filling)]}
        elif part.parameters:
            yield {"type": part.kind.value, "parameters": _parameters(part, filling, media)}


def _parameters(part: Part, filling: Filling, media: Media) -> list[Written]:
    if any(one.kind is ParameterKind.LATITUDE for one in part.parameters):
        place = {one.key.rpartition(".")[2]: filling.value(one) for one in part.parameters}
        return [{"type": "location", "location": place}]
    return [_parameter(one, filling, media) for one in part.parameters]


def _parameter(parameter: Parameter, filling: Filling, media: Media) -> Written:
    kind, value = filling.kind(parameter), filling.value(parameter)
    named = {} if not parameter.name or parameter.name.isdigit() else {"parameter_name": parameter.name}
    if kind in MEDIA:
        return {"type": kind.value, kind.value: dict(media(value))}
    if kind is ParameterKind.CURRENCY:
        figure, code = amount(value) or ("0", "")
        told = {"fallback_value": value, "code": code, "amount_1000": _thousandths(figure)}
        return {"type": "currency", **named, "currency": told}
    if kind is ParameterKind.DATE_TIME:
        return {"type": "date_time", **named, "date_time": {"fallback_value": value}}
    return {"type": "text", **named, "text": value}


def _thousandths(figure: str) -> int:
    """``-1.5`` is -1500; in whole numbers, since money is not rounded."""
    whole, _, rest = figure.lstrip("-").partition(".")
    thousandths = int(whole) * 1000 + int(rest.ljust(3, "0")[:3])
    return -thousandths if figure.startswith("-") else thousandths


def _offer(part: Part, filling: Filling) -> Written:
    at = moment_of(filling.value(part.parameters[0]))
    ends = 0 if at is None else round(at.timestamp() * 1000)
    return {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": ends}}


def _button(template: Template, part: Part, filling: Filling) -> Iterator[Written]:
    """A button with a value; one without any is not named, but one that opens a form, which Meta wants named."""
    index = part.place.rpartition(".")[2]
    if part.button is ButtonKind.FORM:
        yield {"type": "button", "sub_type": "flow", "index": index, "parameters": [_UNNAMED_FORM]}
        return
    value = _passcode(template, filling) if part.button is ButtonKind.PASSCODE else ""
    for parameter in part.parameters:
        value = filling.value(parameter)
    if not value or part.button not in _SUB_TYPES:
        return
    told = {"type": "text", "text": value}
    if part.button is ButtonKind.QUICK_REPLY:
        told = {"type": "payload", "payload": value}
    elif part.button is ButtonKind.COPY_CODE:
        told = {"type": "coupon_code", "coupon_code": value}
    yield {"type": "button", "sub_type": _SUB_TYPES[part.button], "index": index, "parameters": [told]}


def _passcode(template: Template, filling: Filling) -> str:
    """The code in the body, which the button copies."""
    body = next((part for part in template.parts if part.kind is PartKind.BODY), None)
    return filling.value(body.parameters[0]) if body is not None and body.parameters else ""
