"""Canned replies: finding one while typing, and filling its variables (features C1 and C2)."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Generic, Protocol, TypeVar

from mim_desk.domain.search_text import fold

_WORD: Final = re.compile(r"[^\W_]+")
_VARIABLE: Final = re.compile(r"\{\{([^{}|]*)(?:\|((?:[^{}]|\{[^{}]*\})*))?\}\}")
_SLASH: Final = re.compile(r"(?:^|(?<=[^A-Za-z0-9/:.<>=~_\\-]))/([^\s/]*)\Z")
_SHORTEST_TYPO: Final = 3


class Stored(Protocol):
    """What a canned reply must tell; the row that travels does."""

    @property
    def id(self) -> str: ...
    @property
    def shortcut(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...


Reply = TypeVar("Reply", bound=Stored)


class Fit(IntEnum):
    """How well a reply fits what was typed, best first."""

    SHORTCUT = 0
    SHORTCUT_BEGINS = 1
    TITLE_WORD_BEGINS = 2
    NAMED = 3
    TEXT_WORD_BEGINS = 4
    IN_TEXT = 5
    NAMED_WITH_TYPO = 6
    IN_TEXT_WITH_TYPO = 7


@dataclass(frozen=True)
class _Entry(Generic[Reply]):
    reply: Reply
    shortcut: str
    named: str
    """Shortcut and title, folded; a space before each word's beginning."""
    text: str


def _spaced(*parts: str) -> str:
    return " " + " ".join(" ".join(_WORD.findall(fold(part))) for part in parts)


class CannedReplies(Generic[Reply]):
    """An index over a workspace's canned replies, built once per change and asked at each key."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        ordered = sorted(replies, key=lambda reply: (fold(reply.shortcut), reply.title, reply.id))
        self._entries = [
            _Entry(reply, fold(reply.shortcut), _spaced(reply.shortcut, reply.title), _spaced(reply.text))
            for reply in ordered
        ]
        self._names = _Words(entry.named for entry in self._entries)
        self._texts = _Words(entry.text for entry in self._entries)

    def match(self, typed: str, limit: int = 50) -> list[Reply]:
        """Replies that fit ``typed``, best first; every word of it must fit, or the shortcut where no letter was.

        All of them for nothing typed.
        """
        words = _WORD.findall(fold(typed))
        whole = fold(typed).strip()
        if not words:
            found = [entry for entry in self._entries if entry.shortcut.startswith(whole)]
            return [entry.reply for entry in sorted(found, key=lambda entry: entry.shortcut != whole)[:limit]]
        fits = self._exact(words, whole)
        if len(fits) < limit:
            fits = self._with_typos(words) | fits
        best = sorted(fits.items(), key=lambda found: (found[1], found[0]))
        return [self._entries[place].reply for place, _ in best[:limit]]

    def _exact(self, words: Sequence[str], whole: str) -> dict[int, Fit]:
        fits: dict[int, Fit] = {}
        first, beginnings = words[0], [(word, f" {word}") for word in words]
        for place, entry in enumerate(self._entries):
            if first in entry.named or first in entry.text:
                fit = _fit(entry, beginnings, whole)
                if fit is not None:
                    fits[place] = fit
        return fits

    def _with_typos(self, words: Sequence[str]) -> dict[int, Fit]:
        found: dict[int, Fit] | None = None
        for word in words:
            fits = dict.fromkeys(self._texts.near(word), Fit.IN_TEXT_WITH_TYPO)
            fits |= dict.fromkeys(self._names.near(word), Fit.NAMED_WITH_TYPO)
            if found is None:
                found = fits
            else:
                found = {place: max(fit, found[place]) for place, fit in fits.items() if place in found}
        return found or {}


def _fit(entry: _Entry[Reply], words: Sequence[tuple[str, str]], whole: str) -> Fit | None:
    if entry.shortcut == whole:
        return Fit.SHORTCUT
    if entry.shortcut.startswith(whole):
        return Fit.SHORTCUT_BEGINS
    worst = Fit.TITLE_WORD_BEGINS
    for word, beginning in words:
        if beginning in entry.named:
            fit = Fit.TITLE_WORD_BEGINS
        elif word in entry.named:
            fit = Fit.NAMED
        elif beginning in entry.text:
            fit = Fit.TEXT_WORD_BEGINS
        elif word in entry.text:
            fit = Fit.IN_TEXT
        else:
            return None
        worst = max(worst, fit)
    return worst


class _Words:
    """The words of many texts in order, to find those that begin with one typing mistake."""

    def __init__(self, texts: Iterable[str]) -> None:
        places: defaultdict[str, set[int]] = defaultdict(set)
        for place, text in enumerate(texts):
            for word in text.split():
                places[word].add(place)
        self._places = dict(places)
        self._sorted = sorted(places)
        self._by_tail = sorted((word[1:], word) for word in places)

    def near(self, typed: str) -> set[int]:
        """Texts with a word that begins with ``typed`` after at most one letter was mended."""
        if len(typed) < _SHORTEST_TYPO:
            return self._of(self._beginning(typed))
        return self._of(self._mended(typed))

    def _of(self, words: Iterable[str]) -> set[int]:
        return set().union(*(self._places[word] for word in words))

    def _beginning(self, start: str) -> list[str]:
        first = bisect_left(self._sorted, start)
        last = bisect_left(self._sorted, start + "\U0010ffff")
        return self._sorted[first:last]

    def _tail_beginning(self, start: str) -> list[str]:
        first = bisect_left(self._by_tail, (start,))
        last = bisect_left(self._by_tail, (start + "\U0010ffff",))
        return [word for _, word in self._by_tail[first:last]]

    def _mended(self, typed: str) -> Iterator[str]:
        yield from self._beginning(typed)
        yield from self._tail_beginning(typed)
        yield from self._tail_beginning(typed[1:])
        for place in range(len(typed)):
            before, rest = typed[:place], typed[place:]
            yield from self._beginning(before + rest[1:])
            if len(rest) > 1:
                yield from self._beginning(before + rest[1] + rest[0] + rest[2:])
            # a letter was left out here, or another one typed instead
            for word in self._beginning(before) if before else ():
                if word.startswith(rest, place + 1) or word.startswith(rest[1:], place + 1):
                    yield word


def slash_at(text: str, cursor: int) -> tuple[int, str] | None:
    """Where the "/" that calls canned replies stands before ``cursor``, and what was typed after it.

    None inside words, addresses, dates, marks and faces such as and/or, https://, 24/7, </b>, :-/.
    """
    found = _SLASH.search(text, 0, cursor)
    return None if found is None else (found.start(), found[1])


@dataclass(frozen=True)
class Variable:
    """A variable that stands in a text: its name and where."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Filled:
    """A canned reply as it is inserted.

    Attributes:
        undefined: variables without a value or fallback, still standing in ``text``; while there
            are any, the reply can't be sent.
        replaced: where values and fallbacks stand now, for the preview.
    """

    text: str
    undefined: tuple[Variable, ...] = ()
    replaced: tuple[Variable, ...] = ()


def undefined(text: str) -> tuple[Variable, ...]:
    """Variables that still stand in ``text``."""
    return tuple(Variable(found[1].strip(), *found.span()) for found in _VARIABLE.finditer(text))


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """``text`` with its variables replaced; an empty value counts as none. Values are never filled again."""
    written: list[str] = []
    missing: list[Variable] = []
    replaced: list[Variable] = []
    place = length = 0
    for found in _VARIABLE.finditer(text):
        name, fallback = found[1].strip(), found[2]
        value = values.get(name, "").strip() or (None if fallback is None else fallback.strip())
        shown = found[0] if value is None else value
        before = text[place : found.start()]
        start = length + len(before)
        (missing if value is None else replaced).append(Variable(name, start, start + len(shown)))
        written += [before, shown]
        place, length = found.end(), start + len(shown)
    return Filled("".join([*written, text[place:]]), tuple(missing), tuple(replaced))
