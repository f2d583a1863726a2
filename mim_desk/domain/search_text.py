"""How text is written for the full-text index, how a search is asked of it, and what it hit.

Scripts without spaces are written as overlapping pairs with the last character alone, so that
SQLite's own tokenizer (FTS5 ``unicode61``) finds every part of them; everything else is found by
the beginnings of words. Both sides are folded the same way here (compatibility forms, case,
accents over Latin letters, vowel points), so no tokenizer option is needed.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_NEARBY: Final = 1_000
"""Characters that are folded one by one when a hit is shown."""
_MARK_PLANE: Final = 0xF0000
_EMOJI_PLANE: Final = 0x100000

# Vowel signs and tone marks end a word for unicode61, private-use characters do not: signs move there.
_SIGN_BLOCKS: Final = (
    (0x0700, 0x109F),
    (0x1780, 0x17FF),
    (0x3099, 0x309A),
    (0xA8E0, 0xA9FF),
    (0xAA60, 0xAA7F),
)
_EMOJI_BLOCKS: Final = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF))
_DROPPED: Final = (
    *(0x00AD, 0x034F, 0x0640, 0x0670, 0xFEFF),
    *range(0x0300, 0x0370),
    *range(0x0591, 0x05C8),
    *range(0x0610, 0x061B),
    *range(0x064B, 0x0660),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
)

_RUN_RANGES: Final = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3105-\u312f\u31a0-\u31bf"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han, Bopomofo
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\U000f3099\U000f309a"  # Kana
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff"  # Hangul
    "\u0e01-\u0e3a\u0e40-\u0e4e\U000f0e00-\U000f0e7f"  # Thai
    "\u0e81-\u0ecf\u0edc-\u0edf\U000f0e80-\U000f0eff"  # Lao
    "\u1780-\u17d3\u17d7\u17dc\u17dd\U000f1780-\U000f17ff"  # Khmer
    "\u1000-\u103f\u104c-\u109f\ua9e0-\ua9ef\uaa60-\uaa7f"  # Myanmar
    "\U000f1000-\U000f109f\U000fa9e0-\U000fa9ff\U000faa60-\U000faa7f"
    "\U00100000-\U0010ffff"  # emoji
)
_RUN: Final = re.compile(f"[{_RUN_RANGES}]+")
_PIECE: Final = re.compile(f"(?P<run>[{_RUN_RANGES}]+)|(?P<word>(?:[^\\W_{_RUN_RANGES}]|[\U000f0000-\U000fffff])+)")


def _fold_table() -> dict[int, int | str | None]:
    table: dict[int, int | str | None] = dict.fromkeys(_DROPPED)
    table |= {0x0451: 0x0435}  # ё is mostly typed е
    for first, last in _SIGN_BLOCKS:
        signs = (code for code in range(first, last + 1) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
        table |= {code: _MARK_PLANE | code for code in signs}
    for first, last in _EMOJI_BLOCKS:
        table |= {code: _EMOJI_PLANE | (code & 0xFFFF) for code in range(first, last + 1)}
    return table | {code: _plain_letter(code) for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))}


def _plain_letter(code: int) -> str:
    base = unicodedata.normalize("NFD", chr(code))[0]
    return base if base.isascii() else chr(code)


_FOLD: Final = _fold_table()


def fold(text: str) -> str:
    """``text`` as it is compared: compatibility forms, case, accents and vowel points made equal."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", plain).translate(_FOLD)


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run))]


def _written(found: re.Match[str]) -> str:
    return f" {' '.join(_pairs(found[0]))} "


def index_text(text: str) -> str:
    """``text`` as it is given to the index: words as they are, other runs as pairs and their last character."""
    if text.isascii():
        return text.lower()
    return _RUN.sub(_written, fold(text))


@dataclass(frozen=True)
class _Piece:
    text: str
    is_run: bool


def _pieces(chunk: str) -> list[_Piece]:
    found = _PIECE.finditer(chunk)
    return [_Piece(match[0], match.lastgroup == "run") for match in found]


def _phrase(pieces: list[_Piece]) -> str:
    """All pieces of one chunk in a row; the last one may go on in the text."""
    tokens: list[str] = []
    for piece in pieces:
        tokens += _pairs(piece.text) if piece.is_run else [piece.text]
    last = pieces[-1]
    ends_in_pair = last.is_run and len(last.text) > 1
    if ends_in_pair:
        tokens.pop()
    return f'"{" ".join(tokens)}"' + ("" if ends_in_pair else "*")


def query(text: str) -> str:
    """The MATCH expression for what a person typed; empty when there is nothing to look for.

    Parts between spaces must all be found, in any order; nothing typed is query syntax.
    """
    phrases = (_phrase(pieces) for chunk in fold(text).split() if (pieces := _pieces(chunk)))
    return " AND ".join(dict.fromkeys(phrases))


def nearby(text: str, wanted: str) -> str:
    """``text``, or of a long one the part around the first place that answers ``wanted``; quick for any length."""
    if len(text) <= 2 * _NEARBY:
        return text
    pieces = [piece.text for chunk in fold(wanted).split() for piece in _pieces(chunk)]
    for start in range(0, len(text), _NEARBY // 2):
        part = text[start : start + _NEARBY]
        folded = fold(part)
        if any(piece in folded for piece in pieces):
            before = max(0, start - _NEARBY // 2)
            return ("… " if before else "") + text[before : start + _NEARBY]
    return text[:_NEARBY]


def spans(text: str, wanted: str) -> tuple[tuple[int, int], ...]:
    """Where ``text`` answers the search ``wanted``: (start, end) for highlighting, in order, not overlapping."""
    folded, origin = _folded_with_origin(text)
    found: list[tuple[int, int]] = []
    for piece in {piece for chunk in fold(wanted).split() for piece in _pieces(chunk)}:
        for start, end in _occurrences(folded, piece):
            found.append((origin[start], origin[end]))
    return _joined(sorted(found))


def _occurrences(folded: str, piece: _Piece) -> Iterator[tuple[int, int]]:
    if piece.is_run:
        starts = (match.start() for match in re.finditer(f"(?={re.escape(piece.text)})", folded))
    else:
        words = (match for match in _PIECE.finditer(folded) if match.lastgroup == "word")
        starts = (match.start() for match in words if match[0].startswith(piece.text))
    return ((start, start + len(piece.text)) for start in starts)


def _joined(found: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            start, end = joined[-1][0], max(end, joined.pop()[1])
        joined.append((start, end))
    return tuple(joined)


def _folded_with_origin(text: str) -> tuple[str, list[int]]:
    """The folded text and, for each place between its characters, the place in ``text``."""
    if text.isascii():
        return text.lower(), list(range(len(text) + 1))
    folded: list[str] = []
    origin: list[int] = []
    for start, end in _clusters(text):
        part = fold(text[start:end])
        folded.append(part)
        origin += [start] * len(part)
    # an end between characters is where the next folded character began; dropped ones belong to the left
    return "".join(folded), [*origin, len(text)]


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Pieces of ``text`` that fold alone: a character with the marks and Hangul parts that join it."""
    start = 0
    for place in range(1, len(text)):
        if not _joins(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _joins(character: str) -> bool:
    if character.isascii():
        return False
    plain = unicodedata.normalize("NFKC", character)[0]
    return unicodedata.category(plain)[0] == "M" or "\u1160" <= plain <= "\u11ff"
