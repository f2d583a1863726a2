"""Templates that stand in an inbox's settings, since the provider cannot list them.

``{"order_ready": {"title": "...", "text": "... {{item}} ...", "language": "ko", "buttons": [{"title": "...", "link": "..."}]}}``
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import ButtonKind, Parameter, ParameterKind, Part, PartKind, Template, holes

SETTING: Final = "templates"


class Button(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A button that leads somewhere."""

    title: str
    link: str


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One template as somebody wrote it down."""

    text: str
    title: str = ""
    language: str = ""
    category: str = ""
    header: str = ""
    buttons: list[Button] = []


class Limits(msgspec.Struct, frozen=True):
    """What the provider allows."""

    name: int = 512
    text: int = 1024
    header: int = 60
    buttons: int = 3


def check(settings: Mapping[str, Any], limits: Limits) -> None:
    """Raise a Refusal that says which template is written wrongly."""
    told = settings.get(SETTING) or {}
    if not isinstance(told, dict):
        raise _wrong("Write the templates as an object: a name, then its text.")
    for name, raw in told.items():
        _checked(str(name), raw, limits)


def _checked(name: str, raw: object, limits: Limits) -> Written:
    try:
        written = msgspec.convert(raw, Written)
    except msgspec.ValidationError as problem:
        raise _wrong(f"The template {name[:40]} is not written as it should be: {problem}.") from problem
    if not name or len(name) > limits.name:
        raise _wrong(f"The name of a template has between 1 and {limits.name} characters.")
    if not written.text.strip() or len(written.text) > limits.text:
        raise _wrong(f"The text of {name[:40]} must have between 1 and {limits.text} characters.")
    if len(written.header) > limits.header or len(written.buttons) > limits.buttons:
        raise _wrong(f"{name[:40]} may have {limits.header} characters above its text and {limits.buttons} buttons.")
    return written


def _wrong(reason: str) -> Refusal:
    return Refusal("invalid-settings", reason, f"settings.{SETTING}")


def templates(settings: Mapping[str, Any], limits: Limits, *first: Part) -> tuple[Template, ...]:
    """The templates of the settings, each with the parts ``first``; what is written wrongly is left out."""
    told = settings.get(SETTING) or {}
    return tuple(_read(told, limits, first)) if isinstance(told, dict) else ()


def _read(told: Mapping[Any, Any], limits: Limits, first: tuple[Part, ...]) -> Iterator[Template]:
    for name, raw in told.items():
        try:
            written = _checked(str(name), raw, limits)
        except Refusal:
            continue
        parts = (*first, *_parts(written, limits))
        yield Template(str(name), written.language, parts, title=written.title, category=written.category)


def _parts(written: Written, limits: Limits) -> Iterator[Part]:
    if written.header:
        yield Part("header", PartKind.HEADER, written.header, _blanks("header", written.header), longest=limits.header)
    yield Part("body", PartKind.BODY, written.text, _blanks("body", written.text), longest=limits.text)
    for place, button in enumerate(written.buttons):
        where = f"button.{place}"
        ends = tuple(
            Parameter(f"{where}.{name}", ParameterKind.LINK_END, name, label=f"link of “{button.title}”")
            for name in holes(button.link)
        )
        yield Part(where, PartKind.BUTTON, button.title, ends, ButtonKind.LINK, button.link)


def _blanks(place: str, text: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(f"{place}.{name}", name=name) for name in holes(text))
