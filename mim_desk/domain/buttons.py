"""Buttons under a reply: what an agent offers to choose from, what a channel carries of it, and the same in words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from mim_desk.domain.splitting import utf16_units

MOST_IN_WORDS: Final = 20
LONGEST_TITLE_IN_WORDS: Final = 100
LONGEST_ADDRESS: Final = 1000
"""What every channel with such buttons takes."""
_KEY: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,3})")
_ADDRESS: Final = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?:\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE
)
"""With a host; nothing in it is white space."""
_NUMBER: Final = re.compile(r"(\d{1,3})\s*[.)。、]?")


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to choose.

    Attributes:
        id: what the choice is called inside; on its way out the key by which a press is known again.
        url: opens this address instead of answering.
        description: a second line, in a list.
        section: the heading it stands under, in a list.
        asks_place: the contact answers with where they are.
    """

    title: str
    id: str = ""
    url: str = ""
    description: str = ""
    section: str = ""
    asks_place: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands above and below the text of a reply with buttons."""

    header: str = ""
    footer: str = ""

    def __bool__(self) -> bool:
        return bool(self.header or self.footer)


NO_FRAME: Final = Frame()


class Form(StrEnum):
    """How buttons are shown."""

    BUTTONS = "buttons"
    LIST = "list"
    WORDS = "words"
    """As numbered lines of the text, which the contact answers with a number or the words."""


@dataclass(frozen=True, slots=True)
class ButtonLimits:
    """What a channel carries of buttons; lengths are in UTF-16 units, that of the text as the channel counts it.

    Attributes:
        most: buttons that answer, in one message.
        title_length: of each.
        text_length: of the text they stand under; what is longer goes before in messages of its own.
        most_links: buttons that open an address.
        most_mixed: buttons in all where one opens an address; 0 when such stand alone.
        link_text_length: of the text above such, 0 for the same.
        rows: of a list, 0 when there are none; ``row_length``, ``description_length`` and ``section_length`` of each.
        header_length, footer_length: of what stands above and below the text, 0 where nothing can.
        place_requests: a button that asks for the contact's place can be sent, alone; with ``place_words`` what stands
            on it is ours, else the network's.
    """

    most: int
    title_length: int
    text_length: int
    most_links: int = 0
    most_mixed: int = 0
    link_text_length: int = 0
    rows: int = 0
    row_length: int = 0
    description_length: int = 0
    section_length: int = 0
    header_length: int = 0
    footer_length: int = 0
    place_requests: bool = False
    place_words: bool = False

    def text_room(self, buttons: Sequence[Button]) -> int:
        """How long the text right above these may be."""
        with_links = any(one.url for one in buttons)
        return self.link_text_length or self.text_length if with_links else self.text_length


IN_WORDS: Final = ButtonLimits(
    MOST_IN_WORDS, LONGEST_TITLE_IN_WORDS, 0, most_links=MOST_IN_WORDS, most_mixed=MOST_IN_WORDS
)
"""Where a channel has no buttons."""


class Fault(StrEnum):
    """What speaks against buttons."""

    NO_TEXT = "no_text"
    NO_TITLE = "no_title"
    TITLE_LENGTH = "title_length"
    SAME_TITLE = "same_title"
    TOO_MANY = "too_many"
    NO_LINKS = "no_links"
    TOO_MANY_LINKS = "too_many_links"
    NOT_MIXED = "not_mixed"
    BAD_LINK = "bad_link"
    NO_DESCRIPTIONS = "no_descriptions"
    DESCRIPTION_LENGTH = "description_length"
    SECTION_LENGTH = "section_length"
    NO_PLACE_REQUESTS = "no_place_requests"
    ASKS_ALONE = "asks_alone"
    NO_FRAME = "no_frame"
    HEADER_LENGTH = "header_length"
    FOOTER_LENGTH = "footer_length"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why buttons cannot go.

    Attributes:
        place: of the button, counted from 0.
        most: how many or how long it may be.
    """

    fault: Fault
    place: int = 0
    most: int = 0


def form_of(buttons: Sequence[Button], limits: ButtonLimits | None) -> Form:
    """How a channel shows these."""
    if limits is None:
        return Form.WORDS
    fits = len(buttons) <= limits.most and all(utf16_units(one.title) <= limits.title_length for one in buttons)
    is_list = any(one.description or one.section for one in buttons) or not fits
    answers = not any(one.url or one.asks_place for one in buttons)
    return Form.LIST if limits.rows and is_list and answers else Form.BUTTONS


def problem(
    buttons: Sequence[Button], limits: ButtonLimits | None, text: str, frame: Frame = NO_FRAME
) -> Problem | None:
    """The first thing that speaks against sending these under ``text``."""
    if not buttons:
        return Problem(Fault.NO_FRAME) if frame else None
    if not text.strip():
        return Problem(Fault.NO_TEXT)
    rules = limits or IN_WORDS
    found = _of_titles(buttons) or _of_requests(buttons, rules) or _of_frame(frame, buttons, rules)
    return found or (_of_list(buttons, rules) if form_of(buttons, limits) is Form.LIST else _of_buttons(buttons, rules))


def _of_requests(buttons: Sequence[Button], limits: ButtonLimits) -> Problem | None:
    places = [place for place, one in enumerate(buttons) if one.asks_place]
    if places and not limits.place_requests:
        return Problem(Fault.NO_PLACE_REQUESTS, places[0])
    return Problem(Fault.ASKS_ALONE, places[0]) if places and len(buttons) > 1 else None


def _of_frame(frame: Frame, buttons: Sequence[Button], limits: ButtonLimits) -> Problem | None:
    asks = any(one.asks_place for one in buttons)
    lengths = (
        (frame.header, limits.header_length, Fault.HEADER_LENGTH),
        (frame.footer, limits.footer_length, Fault.FOOTER_LENGTH),
    )
    for words, most, fault in lengths:
        if words and (asks or not most):
            return Problem(Fault.NO_FRAME)
        if utf16_units(words) > most:
            return Problem(fault, most=most)
    return None


def _of_titles(buttons: Sequence[Button]) -> Problem | None:
    seen: set[str] = set()
    for place, one in enumerate(buttons):
        folded = _folded(one.title)
        if not folded:
            return Problem(Fault.NO_TITLE, place)
        if folded in seen:
            return Problem(Fault.SAME_TITLE, place)
        if one.url and not is_address(one.url):
            return Problem(Fault.BAD_LINK, place, LONGEST_ADDRESS)
        seen.add(folded)
    return None


def _of_buttons(buttons: Sequence[Button], limits: ButtonLimits) -> Problem | None:
    links = [place for place, one in enumerate(buttons) if one.url]
    if links and not limits.most_links:
        return Problem(Fault.NO_LINKS, links[0])
    if len(links) > limits.most_links:
        return Problem(Fault.TOO_MANY_LINKS, links[limits.most_links], limits.most_links)
    if links and len(links) < len(buttons) and not limits.most_mixed:
        return Problem(Fault.NOT_MIXED, links[0])
    most = limits.most_mixed or limits.most_links if links else limits.most
    if len(buttons) > most:
        return Problem(Fault.TOO_MANY, most, max(most, limits.rows if not links else 0))
    for place, one in enumerate(buttons):
        if utf16_units(one.title) > limits.title_length:
            return Problem(Fault.TITLE_LENGTH, place, limits.title_length)
        if limits is not IN_WORDS and (one.description or one.section):
            return Problem(Fault.NO_DESCRIPTIONS, place)
    return None


def _of_list(buttons: Sequence[Button], limits: ButtonLimits) -> Problem | None:
    if len(buttons) > limits.rows:
        return Problem(Fault.TOO_MANY, limits.rows, limits.rows)
    for place, one in enumerate(buttons):
        lengths = (
            (one.title, limits.row_length, Fault.TITLE_LENGTH),
            (one.description, limits.description_length, Fault.DESCRIPTION_LENGTH),
            (one.section, limits.section_length, Fault.SECTION_LENGTH),
        )
        for words, most, fault in lengths:
            if utf16_units(words) > most:
                return Problem(fault, place, most)
    return None


def is_address(url: str) -> bool:
    """Whether a button may open it."""
    return len(url) <= LONGEST_ADDRESS and url.isprintable() and _ADDRESS.fullmatch(url) is not None


def in_words(text: str, buttons: Sequence[Button]) -> str:
    """The text with its buttons as lines: answers numbered, addresses after their words."""
    lines: list[str] = []
    number = 0
    for one in buttons:
        if one.asks_place:
            continue
        number += not one.url
        words = f"{one.title} ({one.description})" if one.description else one.title
        lines.append(f"{one.title}: {one.url}" if one.url else f"{number}. {words}")
    return "\n".join([text, "", *lines]) if lines else text


def framed_in_words(text: str, frame: Frame) -> str:
    """The text with what stands around it, as paragraphs."""
    return "\n\n".join(part for part in (frame.header, text, frame.footer) if part)


def keyed(message_id: str, buttons: Sequence[Button]) -> tuple[Button, ...]:
    """The buttons as they leave: each id is a key of its own, short enough for every channel."""
    return tuple(replace(one, id=f"{message_id}.{place}") for place, one in enumerate(buttons, 1))


def key_parts(key: str) -> tuple[str, int] | None:
    """The message and the place of its button that a key names; None when it is no key of ours."""
    found = _KEY.fullmatch(key)
    return (found[1], int(found[2]) - 1) if found else None


def chosen(said: str, buttons: Sequence[Button]) -> Button | None:
    """The button that words mean: its title, or its number among those that answer."""
    answers = [one for one in buttons if not (one.url or one.asks_place)]
    words = _folded(said)
    named = [one for one in answers if _folded(one.title) == words]
    if named:
        return named[0]
    number = _NUMBER.fullmatch(words)
    at = int(number[1]) - 1 if number else -1
    return answers[at] if 0 <= at < len(answers) else None


def _folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())
