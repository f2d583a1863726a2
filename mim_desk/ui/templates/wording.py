"""The words of the template picker."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QLocale

from mim_desk.domain.template import ButtonKind, Parameter, ParameterKind, Part, PartKind, TemplateStatus
from mim_desk.domain.template_checks import Fault, Wrong
from mim_desk.protocol import rows
from mim_desk.ui import texts


def tr(text: str, n: int = -1) -> str:
    """``text`` in the agent's language."""
    return texts.tr("templates", text, n)


_STATUSES: Final[Mapping[TemplateStatus, tuple[str, str]]] = {
    TemplateStatus.APPROVED: ("Approved", ""),
    TemplateStatus.PENDING: ("In review", "Provider review is under way"),
    TemplateStatus.REJECTED: ("Rejected", "The provider rejected it"),
    TemplateStatus.PAUSED: ("Paused", "The provider paused it"),
    TemplateStatus.DISABLED: ("Switched off", "The provider switched it off"),
    TemplateStatus.UNUSABLE: ("Not from here", "Wants something that cannot be filled in here"),
}
_FAULTS: Final[Mapping[Wrong, str]] = {
    Wrong.MISSING: "Fill this in.",
    Wrong.TOO_LONG: "{found} characters; {limit} fit.",
    Wrong.WHOLE_TOO_LONG: "The whole text has {found} characters; {limit} fit.",
    Wrong.LINES: "One line, without tabs and without more than four spaces in a row.",
    Wrong.AMOUNT: "An amount and its currency, such as 189.00 EUR.",
    Wrong.DEGREES: "Degrees between -{limit} and {limit}.",
    Wrong.LINK_END: "The end of a link: letters, digits and signs without spaces.",
    Wrong.CODE: "A code: letters and digits without spaces.",
    Wrong.MOMENT: "A date and time still to come, such as 2026-12-24 18:00.",
    Wrong.PHONE: "A phone number with its country, such as +82 10 1234 5678.",
    Wrong.NO_FILE: "Choose a file.",
    Wrong.FILE_KIND: "Another kind of file is wanted here.",
    Wrong.NO_BLANK: "The template has no such blank any more.",
    Wrong.NO_KIND: "It cannot be filled in that way.",
}
_KINDS: Final[Mapping[ParameterKind, str]] = {
    ParameterKind.TEXT: "Text",
    ParameterKind.CURRENCY: "Amount",
    ParameterKind.DATE_TIME: "Date",
}
_MEDIA: Final[Mapping[ParameterKind, tuple[str, str]]] = {
    ParameterKind.IMAGE: ("Picture", "Choose a picture"),
    ParameterKind.VIDEO: ("Film", "Choose a film"),
    ParameterKind.DOCUMENT: ("Document", "Choose a document"),
}
_LABELS: Final[Mapping[ParameterKind, str]] = {
    ParameterKind.LATITUDE: "Latitude",
    ParameterKind.LONGITUDE: "Longitude",
    ParameterKind.LINK_END: "Button link",
    ParameterKind.CODE: "Code to copy",
    ParameterKind.MOMENT: "Offer ends",
    ParameterKind.PHONE: "Phone number",
}


def title(row: rows.Template) -> str:
    """What people call a template: its title, or its name in words."""
    return row.title or row.name.replace("_", " ").capitalize()


def category(row: rows.Template) -> str:
    """Utility, Marketing ..."""
    named = {"utility": tr("Utility"), "marketing": tr("Marketing"), "authentication": tr("Code")}
    return named.get(row.category, row.category.capitalize())


def language(code: str) -> str:
    """A language by its name, with its country where it says one; the code itself when nobody knows it."""
    locale = QLocale(code)
    if not code or locale.language() in (QLocale.Language.C, QLocale.Language.AnyLanguage):
        return code
    named = QLocale.languageToString(locale.language())
    return f"{named} ({QLocale.territoryToCode(locale.territory())})" if "_" in code or "-" in code else named


def status(row: rows.Template) -> str:
    """What the provider thinks of it, in a word or two."""
    return tr(_STATUSES[row.status][0])


def why_not(row: rows.Template) -> str:
    """Why it cannot be chosen, one line with the provider's words; empty when it can."""
    told = _STATUSES[row.status][1]
    return f"{tr(told)}. {row.reason}".strip() if told and row.reason else tr(told) if told else ""


def fault(found: Fault) -> str:
    """What is wrong with a value, to be read below its field."""
    return tr(_FAULTS[found.wrong]).format(found=texts.count(found.found), limit=texts.count(found.limit))


def kind(chosen: ParameterKind) -> str:
    """As what a hole is filled."""
    return tr(_KINDS.get(chosen, "Text"))


def label(part: Part, parameter: Parameter) -> str:
    """What stands above a field."""
    if parameter.kind in _MEDIA:
        words = tr(_MEDIA[parameter.kind][0])
    elif parameter.kind in _LABELS:
        words = tr(_LABELS[parameter.kind])
    elif parameter.name.isdigit():
        words = tr("Blank {number}").format(number=parameter.name)
        words = tr("Headline {number}").format(number=parameter.name) if part.kind is PartKind.HEADER else words
    else:
        words = (parameter.label or parameter.name or parameter.key).replace("_", " ").capitalize()
    return words if part.card is None else tr("Card {number}: {words}").format(number=part.card + 1, words=words)


def choose_file(wanted: ParameterKind) -> str:
    """The words of the button that asks for a file."""
    return tr(_MEDIA[wanted][1])


def button_icon(part: Part) -> str:
    """The drawing before a button's title."""
    icons = {ButtonKind.LINK: "link", ButtonKind.PHONE: "phone", ButtonKind.QUICK_REPLY: "reply"}
    copies = (ButtonKind.COPY_CODE, ButtonKind.PASSCODE)
    return "copy" if part.button in copies else icons.get(part.button, "buttons") if part.button else "buttons"
