"""The form before the first message: which questions a chat asks, and what an answer to each may be."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mim_desk.domain.message import clean_text
from mim_desk.domain.refusal import Refusal

EMAIL: Final = "email"
CONSENT: Final = "consent"
KINDS: Final = ("name", EMAIL, "phone", "topic", "text", CONSENT)
ASKED: Final = ("always", "closed")
YES: Final = "yes"
_ADDRESS: Final = re.compile(r"[^\s@<>(),;:\"\\\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})\.[A-Za-z0-9-]{2,63}")
_PHONE: Final = re.compile(r"\+?[0-9 ()./-]{5,30}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")
_MOST_QUESTIONS: Final = 10
_MOST_CHOICES: Final = 30
_LONGEST: Final = {"name": 100, EMAIL: 254, "phone": 30, "topic": 100, "text": 500, CONSENT: 3}
_LONGEST_LABEL: Final = 300
_KNOWN: Final = frozenset({"name", "kind", "label", "required", "choices", "version", "url", "asked"})


@dataclass(frozen=True)
class Question:
    """One field of the form.

    Attributes:
        name: under which the answer is kept; unique in the form.
        label: what is asked; empty for the page's own word of this kind.
        choices: what a topic may be; empty for free text.
        version: of a consent's text, kept with the answer; ``url`` leads to the whole text.
        asked: ``always``, or only while it is ``closed``.
    """

    name: str
    kind: str
    label: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    version: str = ""
    url: str = ""
    asked: str = "always"


REPLY_ADDRESS: Final = Question(EMAIL, EMAIL, asked="closed")
"""Asked while nobody is there, where the form itself asks for no address."""


def questions_of(told: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions of the setting ``form``; a Refusal names the first that makes no sense.

    ``{"fields": [{"kind": "name", "required": true}, {"kind": "topic", "choices": ["Orders", "Returns"]},
    {"kind": "consent", "label": "I have read the privacy notice.", "version": "2026-11", "required": true}]}``
    """
    given = told.get("fields") or []
    if sorted(told) not in ([], ["fields"]) or not isinstance(given, list):
        raise _refused("A form is a list of fields.")
    if len(given) > _MOST_QUESTIONS:
        raise _refused(f"A form asks at most {_MOST_QUESTIONS} things.")
    questions = tuple(_question(one) for one in given)
    names = [one.name for one in questions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _refused(f"The field {twice} is there twice. Give each a name of its own.")
    return questions


def asked_now(questions: Iterable[Question], *, is_open: bool) -> tuple[Question, ...]:
    """What is asked while it is open, or while it is closed; then for a reply address too."""
    asked = tuple(one for one in questions if one.asked == "always" or not is_open)
    if is_open or any(one.kind == EMAIL for one in asked):
        return asked
    consents = [one for one in asked if one.kind == CONSENT]
    return (*(one for one in asked if one.kind != CONSENT), REPLY_ADDRESS, *consents)


def checked(questions: Iterable[Question], answers: Mapping[str, str], *, whole: bool = True) -> dict[str, str]:
    """The answers, tidied; a Refusal names the first that is missing or wrong, unknown names are left out.

    Args:
        whole: whether required answers must be there.
    """
    found = {}
    for one in questions:
        answer = clean_text(" ".join(str(answers.get(one.name, "")).split()))
        if one.kind == CONSENT and answer not in ("", YES):
            answer = ""
        if answer:
            _check(one, answer)
            found[one.name] = (one.version or YES) if one.kind == CONSENT else answer
        elif one.required and whole:
            raise Refusal("form-missing", f"{one.name} is needed.", one.name)
    return found


def _check(one: Question, answer: str) -> None:
    fits = len(answer) <= _LONGEST[one.kind] and all(unicodedata.category(ch) not in ("Cf", "Cs") for ch in answer)
    if one.kind == EMAIL:
        fits = fits and is_address(answer)
    elif one.kind == "phone":
        fits = fits and bool(_PHONE.fullmatch(answer)) and sum(ch.isdigit() for ch in answer) >= 5
    elif one.choices:
        fits = fits and answer in one.choices
    if not fits:
        raise Refusal("form-invalid", f"{one.name} is not a possible answer.", one.name)


def is_address(text: str) -> bool:
    """Whether it has the shape of an email address; whether mail arrives there nobody knows."""
    return len(text) <= _LONGEST[EMAIL] and bool(_ADDRESS.fullmatch(text)) and ".." not in text


def _question(told: object) -> Question:
    if not isinstance(told, Mapping):
        raise _refused("Each field of a form is an object with its kind.")
    kind = told.get("kind", told.get("name"))
    if kind not in KINDS:
        raise _refused(f"{kind!s:.30} is no kind of field. Choose one of {', '.join(KINDS)}.")
    unknown = sorted(set(told) - _KNOWN)
    if unknown:
        raise _refused(f"A field of a form has no {unknown[0]!s:.30}.")
    name = told.get("name", kind)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _refused("A field's name is made of small letters, digits and underscores.")
    question = Question(
        name=name,
        kind=kind,
        label=_text(told, "label"),
        required=told.get("required", False) is True,
        choices=_choices(told, kind),
        version=_text(told, "version"),
        url=_address(told),
        asked=told.get("asked", "always"),
    )
    return _whole(question)


def _whole(question: Question) -> Question:
    if question.asked not in ASKED:
        raise _refused(f"A field is asked {' or '.join(ASKED)}.")
    if question.kind in ("text", CONSENT) and not question.label:
        raise _refused(f"The field {question.name} needs its words in label.")
    if question.kind == CONSENT and not question.version:
        raise _refused(f"The consent {question.name} needs a version, which is kept with each answer.")
    return question


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST_LABEL:
        raise _refused(f"A field's {name} is a text of at most {_LONGEST_LABEL} characters.")
    return value.strip()


def _choices(told: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    value = told.get("choices") or []
    texts = isinstance(value, list) and all(isinstance(one, str) and 0 < len(one.strip()) <= 100 for one in value)
    if not texts or len(value) > _MOST_CHOICES or (value and kind not in ("topic", "text")):
        raise _refused(f"The choices of a topic are up to {_MOST_CHOICES} short texts.")
    return tuple(" ".join(one.split()) for one in value)


def _address(told: Mapping[str, Any]) -> str:
    value = _text(told, "url")
    if value and not value.startswith(("https://", "http://")):
        raise _refused("A field's url begins with https:// or http://.")
    return value


def _refused(reason: str) -> Refusal:
    return Refusal("invalid-settings", reason, "settings.form")
