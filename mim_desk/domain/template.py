"""A template: words the provider approved before, sent outside the reply window; its blanks and how it reads when filled."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class TemplateStatus(StrEnum):
    """What the provider thinks of it; only an approved one can be sent."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
    UNUSABLE = "unusable"
    """Approved, but it wants something that nobody can fill in here, such as a list of products."""


class PartKind(StrEnum):
    """Where a part stands in the message; a recipient is not shown in it."""

    HEADER = "header"
    BODY = "body"
    FOOTER = "footer"
    OFFER = "offer"
    BUTTON = "button"
    RECIPIENT = "recipient"


class ButtonKind(StrEnum):
    """What a button does."""

    QUICK_REPLY = "quick_reply"
    LINK = "link"
    PHONE = "phone"
    COPY_CODE = "copy_code"
    PASSCODE = "passcode"
    """Copies or fills in the one-time code of the body, and has no blank of its own."""
    FORM = "form"
    """Opens a form inside the chat."""
    OTHER = "other"


class ParameterKind(StrEnum):
    """What a blank holds; its value is always written as text, a file's as the id of the attachment."""

    TEXT = "text"
    CURRENCY = "currency"
    DATE_TIME = "date_time"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    LINK_END = "link_end"
    PAYLOAD = "payload"
    CODE = "code"
    MOMENT = "moment"
    PHONE = "phone"


MEDIA: Final = (ParameterKind.IMAGE, ParameterKind.VIDEO, ParameterKind.DOCUMENT)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One blank.

    Attributes:
        key: names it in the whole template, as in ``body.1``.
        name: the hole in the part's text, ``{{1}}`` or ``{{first_name}}``, without the braces; empty for what is no text.
        label: what the provider calls it, where it does.
        longest: most characters, 0 for no limit of its own.
        also: other kinds under which the same hole may be filled.
    """

    key: str
    kind: ParameterKind = ParameterKind.TEXT
    name: str = ""
    label: str = ""
    example: str = ""
    longest: int = 0
    required: bool = True
    also: tuple[ParameterKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the message.

    Attributes:
        place: names it in the whole template: ``header``, ``body``, ``button.0``, ``card.1.body``.
        text: with holes such as ``{{1}}``; of a button its title.
        button: what kind of button it is; its ``target`` is a link with holes, a number, or what is copied.
        card: number of the card in a carousel that it stands on.
        longest: most characters of the filled text, 0 for any number.
    """

    place: str
    kind: PartKind
    text: str = ""
    parameters: tuple[Parameter, ...] = ()
    button: ButtonKind | None = None
    target: str = ""
    card: int | None = None
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one language.

    Attributes:
        reason: why the provider rejected or paused it, in its own words.
        quality: ``green``, ``yellow``, ``red`` or empty.
        external_id: the provider's id of it, where it has one besides the name.
    """

    name: str
    language: str
    parts: tuple[Part, ...] = ()
    status: TemplateStatus = TemplateStatus.APPROVED
    reason: str = ""
    title: str = ""
    category: str = ""
    quality: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands in the blanks.

    Attributes:
        values: by the parameter's key.
        kinds: under which other kind a hole is filled, by key.
        files: MIME types of the files that values may name, by their id.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def value(self, parameter: Parameter) -> str:
        """What stands in a blank, trimmed."""
        return self.values.get(parameter.key, "").strip()

    def kind(self, parameter: Parameter) -> ParameterKind:
        """Under which kind it is filled."""
        chosen = self.kinds.get(parameter.key)
        return next((kind for kind in parameter.also if kind == chosen), parameter.kind)


HOLE: Final = re.compile(r"\{\{\s*([^{}]{1,100}?)\s*\}\}")


def holes(text: str) -> list[str]:
    """The names of the holes of a text in their order, each once."""
    return list(dict.fromkeys(HOLE.findall(text)))


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a filled text.

    Attributes:
        key: the blank it stands for, empty for the template's own words.
        is_blank: nobody filled it; the text is its hole.
    """

    text: str
    key: str = ""
    is_blank: bool = False


def runs(part: Part, filling: Filling, text: str | None = None) -> tuple[Run, ...]:
    """A part's text (or another of its texts) as the customer will read it, blanks marked."""
    told = part.text if text is None else text
    by_name = {one.name: one for one in part.parameters if one.name}
    found: list[Run] = []
    at = 0
    for hole in HOLE.finditer(told):
        parameter = by_name.get(hole[1])
        if parameter is None:
            continue
        if hole.start() > at:
            found.append(Run(told[at : hole.start()]))
        value = filling.value(parameter)
        found.append(Run(value or hole[0], parameter.key, not value))
        at = hole.end()
    if at < len(told):
        found.append(Run(told[at:]))
    return tuple(found)


def filled(part: Part, filling: Filling, text: str | None = None) -> str:
    """A part's text with its holes filled."""
    return "".join(run.text for run in runs(part, filling, text))


def parameters(parts: Sequence[Part]) -> Iterator[tuple[Part, Parameter]]:
    """All blanks with the part each stands in, in their order."""
    for part in parts:
        for parameter in part.parameters:
            yield part, parameter


def as_text(parts: Sequence[Part], filling: Filling) -> str:
    """The filled template as plain words, as the timeline shows it."""
    lines: list[str] = []
    for part in parts:
        if part.kind is PartKind.BUTTON:
            lines.append(f"▸ {filled(part, filling)}")
        elif part.kind is not PartKind.RECIPIENT:
            lines += filter(None, (filled(part, filling), _place(part, filling)))
    return "\n".join(line for line in lines if line.strip())


def _place(part: Part, filling: Filling) -> str:
    """What a location header says in words."""
    if not any(one.kind is ParameterKind.LATITUDE for one in part.parameters):
        return ""
    told = [filling.value(one) for one in part.parameters if one.kind is ParameterKind.TEXT]
    return ", ".join(filter(None, told))
