"""What is wrong with a filled template: one plain sentence for each blank, told before anything is sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mim_desk.domain.template import (
    MEDIA,
    Filling,
    Parameter,
    ParameterKind,
    Part,
    TemplateStatus,
    filled,
    parameters,
)

_AMOUNT: Final = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,3})?) ?([A-Z]{3})", re.ASCII)
_LINK_END: Final = re.compile(r"[!-~]+", re.ASCII)
_CODE: Final = re.compile(r"[!-~]+", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?", re.ASCII)
_PHONE: Final = re.compile(r"\+?[0-9](?:[ .()-]?[0-9]){6,14}", re.ASCII)
_BROKEN_LINE: Final = re.compile(r"[\n\r\t]| {5}")
_DEGREES: Final = {ParameterKind.LATITUDE: 90, ParameterKind.LONGITUDE: 180}


class Wrong(StrEnum):
    """In which way a value is wrong."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    WHOLE_TOO_LONG = "whole_too_long"
    LINES = "lines"
    AMOUNT = "amount"
    DEGREES = "degrees"
    LINK_END = "link_end"
    CODE = "code"
    MOMENT = "moment"
    PHONE = "phone"
    NO_FILE = "no_file"
    FILE_KIND = "file_kind"
    NO_BLANK = "no_blank"
    NO_KIND = "no_kind"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; ``key`` names the blank, ``limit`` and ``found`` are the figures of the sentence."""

    key: str
    wrong: Wrong
    label: str = ""
    limit: int = 0
    found: int = 0

    @property
    def sentence(self) -> str:
        """One plain sentence for people."""
        return SENTENCES[self.wrong].format(label=self.label or self.key, limit=self.limit, found=self.found)


SENTENCES: Final[Mapping[Wrong, str]] = {
    Wrong.MISSING: "Fill in {label}.",
    Wrong.TOO_LONG: "{label} has {found} characters; {limit} fit.",
    Wrong.WHOLE_TOO_LONG: "With {label} the text has {found} characters; {limit} fit.",
    Wrong.LINES: "{label} must be one line without tabs and without more than four spaces in a row.",
    Wrong.AMOUNT: "{label} must be an amount and its currency, such as 189.00 EUR.",
    Wrong.DEGREES: "{label} must be degrees between -{limit} and {limit}.",
    Wrong.LINK_END: "{label} is the end of a link: letters, digits and signs without spaces.",
    Wrong.CODE: "{label} is a code: letters and digits without spaces.",
    Wrong.MOMENT: "{label} must be a date and time still to come.",
    Wrong.PHONE: "{label} must be a phone number with its country, such as +82 10 1234 5678.",
    Wrong.NO_FILE: "Choose a file for {label}.",
    Wrong.FILE_KIND: "The file for {label} is of another kind.",
    Wrong.NO_BLANK: "The template has no blank named {label}.",
    Wrong.NO_KIND: "{label} cannot be filled in that way.",
}

UNCHOOSABLE: Final[Mapping[TemplateStatus, str]] = {
    TemplateStatus.PENDING: "The provider is still looking at this template.",
    TemplateStatus.REJECTED: "The provider rejected this template.",
    TemplateStatus.PAUSED: "The provider paused this template.",
    TemplateStatus.DISABLED: "The provider switched this template off.",
    TemplateStatus.UNUSABLE: "This template wants something that cannot be filled in here.",
}


def why_not(status: TemplateStatus, reason: str = "") -> str:
    """Why a template cannot be sent, with the provider's words; empty when it can."""
    told = UNCHOOSABLE.get(status, "")
    return f"{told} {reason}".strip() if told else ""


def amount(value: str) -> tuple[str, str] | None:
    """Figure and currency of an amount such as ``189.00 EUR``."""
    found = _AMOUNT.fullmatch(value.strip())
    return (found[1], found[2]) if found else None


def label_of(parameter: Parameter) -> str:
    """What people call a blank."""
    return parameter.label or (f"blank {parameter.name}" if parameter.name else parameter.key)


def faults(parts: Sequence[Part], filling: Filling, now: datetime) -> tuple[Fault, ...]:
    """All that is wrong, at most one for each blank, in the order of the blanks."""
    found: dict[str, Fault] = {}
    for _, parameter in parameters(parts):
        fault = _of_value(parameter, filling, now)
        if fault is not None:
            found.setdefault(parameter.key, fault)
    for part in parts:
        fault = _of_whole(part, filling)
        if fault is not None:
            found.setdefault(fault.key, fault)
    known = {parameter.key for _, parameter in parameters(parts)}
    strange = [Fault(key, Wrong.NO_BLANK, key) for key in (*filling.values, *filling.kinds) if key not in known]
    return (*found.values(), *dict.fromkeys(strange))


def _of_value(parameter: Parameter, filling: Filling, now: datetime) -> Fault | None:
    value, kind, label = filling.value(parameter), filling.kind(parameter), label_of(parameter)
    chosen = filling.kinds.get(parameter.key)
    if chosen is not None and chosen not in (parameter.kind, *parameter.also):
        return Fault(parameter.key, Wrong.NO_KIND, label)
    if not value:
        missing = Wrong.NO_FILE if kind in MEDIA else Wrong.MISSING
        return Fault(parameter.key, missing, label) if parameter.required else None
    wrong = _wrong(kind, value, filling, now)
    if wrong is not None:
        return Fault(parameter.key, wrong, label, _DEGREES.get(kind, 0))
    if parameter.longest and len(value) > parameter.longest:
        return Fault(parameter.key, Wrong.TOO_LONG, label, parameter.longest, len(value))
    return None


def _wrong(kind: ParameterKind, value: str, filling: Filling, now: datetime) -> Wrong | None:
    """In which way a value does not fit its kind."""
    if kind in MEDIA:
        return _wrong_file(kind, filling.files.get(value))
    if kind in _DEGREES:
        fits = _NUMBER.fullmatch(value) is not None and abs(float(value)) <= _DEGREES[kind]
        return None if fits else Wrong.DEGREES
    fitting = {
        ParameterKind.CURRENCY: (amount(value) is not None, Wrong.AMOUNT),
        ParameterKind.LINK_END: (_LINK_END.fullmatch(value) is not None, Wrong.LINK_END),
        ParameterKind.CODE: (_CODE.fullmatch(value) is not None, Wrong.CODE),
        ParameterKind.PHONE: (_PHONE.fullmatch(value) is not None, Wrong.PHONE),
        ParameterKind.MOMENT: (_is_to_come(value, now), Wrong.MOMENT),
    }
    fits, wrong = fitting.get(kind, (_BROKEN_LINE.search(value) is None, Wrong.LINES))
    return None if fits else wrong


def _wrong_file(kind: ParameterKind, mime_type: str | None) -> Wrong | None:
    if mime_type is None:
        return Wrong.NO_FILE
    family = mime_type.partition("/")[0].lower()
    wanted = {ParameterKind.IMAGE: "image", ParameterKind.VIDEO: "video"}.get(kind)
    fits = family == wanted if wanted else family not in ("image", "video", "audio")
    return None if fits else Wrong.FILE_KIND


def _is_to_come(value: str, now: datetime) -> bool:
    at = moment_of(value)
    return at is not None and at > now


def moment_of(value: str) -> datetime | None:
    """A time as RFC 3339 with its offset; None for anything else."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None and at.utcoffset() is not None else None


def _of_whole(part: Part, filling: Filling) -> Fault | None:
    """The filled text of a part may be too long although each value fits; the longest value is to blame."""
    written = [one for one in part.parameters if one.name and filling.value(one)]
    if not part.longest or not written:
        return None
    text = filled(part, filling, part.target) if part.button is not None else filled(part, filling)
    if len(text) <= part.longest:
        return None
    blamed = max(written, key=lambda one: len(filling.value(one)))
    return Fault(blamed.key, Wrong.WHOLE_TOO_LONG, label_of(blamed), part.longest, len(text))
