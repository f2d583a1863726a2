"""What of a mail is new, and what is quoted or a signature: one pass over its lines, in any language where that can be told."""

import re
from typing import Final, NamedTuple

from mim_desk.channels.email.program_words import (
    BEGINS,
    FORWARD_SUBJECT,
    FORWARDED,
    FROM,
    ORIGINAL,
    PHONE,
    QUOTING,
    RULER,
    SENT,
    SUBJECT,
    TO,
    WROTE,
)

MARK: Final = "\x00quoted\x00"
"""A line that the reader of HTML puts where a mail program says that the quoted mail begins."""
MOST_LINES: Final = 5000
_LONGEST_LINE: Final = 1000
_NEAR: Final = 6
_QUOTED: Final = re.compile(r"\s{0,3}>")
_CLOCK: Final = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_UNMARKED: Final = re.compile(r"am [\d.]{6,10}(?: um|,) \d{1,2}:\d{2} schrieb .{1,100}", re.IGNORECASE)
"""GMX and WEB.DE leave the colon out."""
_ON_ONE_LINE: Final = re.compile(
    r"\s*(on|am|le|el|il) [^<>]{8,60}, [^<>]{0,80}<[^<>\s@]{1,64}@[^<>\s]{1,190}> ?"
    r"(wrote|schrieb|a écrit|escribió|ha scritto) ?:\s\s",
    re.IGNORECASE,
)
"""Yahoo's programs on phones put the quote itself on the same line."""
_DIRECTIONS: Final = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_MOST_WRAPPED: Final = 3
_BRACKETED: Final = re.compile(r"[<(]\s?[^\s<>()@]{1,64}@[^\s<>()]{1,190}")
_PLAIN: Final = re.compile(r"(?<!\S)[^\s<>()@]{1,64}@[^\s<>()]{1,190}")
_SECONDS: Final = re.compile(r"\b\d{1,2}[:.]\d{2}[:.]\d{2}\b")
_YEAR: Final = re.compile(r"\b(?:19|20)\d{2}\b|\b(?:19|20)\d{2}年")


class Told(NamedTuple):
    """A text in two: what is new in it, and the rest as it stood there."""

    new: str
    quoted: str


def parted(text: str, subject: str = "") -> Told:
    """Tell the new from the quoted; where that is not sure, all of it is new."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        told = parted("\n".join(lines[:MOST_LINES]), subject)
        more = "\n".join(lines[MOST_LINES:])
        return Told(told.new, f"{told.quoted}\n{more}") if told.quoted else Told(f"{told.new}\n{more}", "")
    is_forward = bool(FORWARD_SUBJECT.match(subject))
    cut = _first_quoted(lines, is_forward=is_forward)
    new, rest = lines[:cut], lines[cut:]
    if not _says_something(new) or (cut == len(lines) and not is_forward):
        below = _below(lines)
        if below.quoted or cut < len(lines):
            return below
    signature = _signature(new)
    return _told(new[:signature], new[signature:] + rest)


def _told(new: list[str], quoted: list[str]) -> Told:
    return Told(_clean(new), _clean(quoted))


def _clean(lines: list[str]) -> str:
    return "\n".join(line for line in lines if line != MARK).strip("\n")


def _says_something(lines: list[str]) -> bool:
    return any(line.strip() and line != MARK for line in lines)


def _first_quoted(lines: list[str], *, is_forward: bool) -> int:
    """From where on everything is quoted; the number of lines when nothing is."""
    tail = _trailing_quote(lines)
    tail = _above(lines, tail) if tail < len(lines) else tail
    for at, line in enumerate(lines[:tail]):
        short = line[:_LONGEST_LINE]
        if FORWARDED.fullmatch(short):
            return len(lines)
        if is_forward:
            continue
        if line == MARK or ORIGINAL.fullmatch(short) or _introduces_bare(lines, at) or _begins_header(lines, at):
            return _above(lines, at)
    return len(lines) if is_forward and tail == len(lines) else tail


def _above(lines: list[str], at: int) -> int:
    """Where the ruler stands that belongs to what was found, and fields between."""
    first = at
    while first and at - first < _NEAR and (TO.match(lines[first - 1]) or SUBJECT.match(lines[first - 1])):
        first -= 1
    while first and at - first < 3 and not lines[first - 1].strip():
        first -= 1
    return first - 1 if first and RULER.fullmatch(lines[first - 1][:_LONGEST_LINE]) else at


def _introduces_bare(lines: list[str], at: int) -> bool:
    """Whether it is told here who wrote a quote that follows without any marks: a time, a name and an address, and a colon.

    A time without seconds is not enough where marked quotes follow, which answers may stand between.
    """
    line = _bare(lines[at])
    if _ON_ONE_LINE.match(line):
        return True
    is_alone = at == 0 or not lines[at - 1].strip() or bool(TO.match(lines[at - 1]) or SUBJECT.match(lines[at - 1]))
    may_go_on = is_alone and (BEGINS.match(line) or (_CLOCK.search(line) and _YEAR.search(line)))
    for more in range(1, _MOST_WRAPPED + 1 if may_go_on else 2):
        told = " ".join(map(_bare, lines[at : at + more]))
        if told.endswith((":", "：")):
            if not _names_and_dates(told):
                return False
            is_marked = any(map(_QUOTED.match, lines[at + more :]))
            return bool(_SECONDS.search(told)) or (is_alone and bool(_CLOCK.search(told)) and not is_marked)
        if at + more >= len(lines) or not lines[at + more].strip():
            break
    return False


def _bare(line: str) -> str:
    """Without marks of direction, as programs put them around names and addresses."""
    return line[:_LONGEST_LINE].translate(_DIRECTIONS).rstrip()


def _names_and_dates(told: str) -> bool:
    """Whether somebody's address and a year stand in a sentence."""
    found = _BRACKETED.search(told) or (_PLAIN.search(told) if WROTE.search(told) else None)
    return found is not None and found.start() < _LONGEST_LINE // 4 and _YEAR.search(told[: found.start()]) is not None


def _begins_header(lines: list[str], at: int) -> bool:
    """Whether the header of a quoted mail stands here, as some programs write it without any other mark."""
    line = lines[at][:_LONGEST_LINE]
    is_alone = at == 0 or not lines[at - 1].strip() or bool(RULER.fullmatch(lines[at - 1][:_LONGEST_LINE]))
    is_dated = bool(SENT.match(line) and _YEAR.search(line))
    if not FROM.match(line) and not is_dated and not (is_alone and (SENT.match(line) or SUBJECT.match(line))):
        return False
    near = [line[:_LONGEST_LINE] for line in lines[at : at + 1 + _NEAR]]
    return all(any(map(field.match, near)) for field in (FROM, SENT, SUBJECT))


def _trailing_quote(lines: list[str]) -> int:
    """Where the quoted lines begin that reach to the end, with the words that introduce them."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    first = end - _signature_length(lines[:end])
    while first and not lines[first - 1].strip():
        first -= 1
    at = first
    while at and (_QUOTED.match(lines[at - 1]) or not lines[at - 1].strip()):
        at -= 1
    if at == first or not any(_QUOTED.match(line) for line in lines[at:first]):
        return len(lines)
    return _with_introduction(lines, at)


def _with_introduction(lines: list[str], at: int) -> int:
    """Where the sentence before a quote begins that says who wrote it: it ends in a colon and has a date or an address."""
    above = at
    while above and not lines[above - 1].strip():
        above -= 1
    if not above or not (_bare(lines[above - 1]).endswith((":", "：")) or _UNMARKED.fullmatch(lines[above - 1])):
        return at
    if QUOTING.fullmatch(lines[above - 1][:_LONGEST_LINE]):
        return above - 1
    first = above
    while first and above - first < 3 and lines[first - 1].strip() and not _QUOTED.match(lines[first - 1]):
        first -= 1
        told = " ".join(lines[first:above])[:_LONGEST_LINE]
        if len(told) < 400 and re.search(r"\d{1,4}", told) and re.search(r"@|\d{1,2}[:.h]\d{2}|\d{4}", told):
            return first if _begins_sentence(lines, first) else _up(lines, first, above)
    return at


def _begins_sentence(lines: list[str], at: int) -> bool:
    return at == 0 or not lines[at - 1].strip() or _QUOTED.match(lines[at - 1]) is not None


def _up(lines: list[str], first: int, above: int) -> int:
    """An introduction that was wrapped begins one or two lines higher: with a word for it, or after an empty line."""
    at = next((n for n in range(first, max(above - 4, -1), -1) if lines[n].strip() and BEGINS.match(lines[n])), first)
    if at < first:
        return at
    while at and above - at < 3 and lines[at - 1].strip():
        at -= 1
    return at if at and _begins_sentence(lines, at) else first


def _below(lines: list[str]) -> Told:
    """Somebody who answers below the quote: what is new stands after the only quoted lines."""
    at = next((n for n, line in enumerate(lines) if _QUOTED.match(line)), len(lines))
    if _says_something(lines[:at]) and _with_introduction(lines, at) > 0:
        return Told(_clean(lines), "")
    end = at
    while end < len(lines) and (_QUOTED.match(lines[end]) or not lines[end].strip()):
        end += 1
    rest = lines[end:]
    if at == len(lines) or not _says_something(rest) or any(_QUOTED.match(line) for line in rest):
        return Told(_clean(lines), "")
    signature = _signature(rest)
    return _told(rest[:signature], lines[:end] + rest[signature:])


def _signature(lines: list[str]) -> int:
    """Where the signature at the end begins."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    begins = end - _signature_length(lines[:end])
    return begins if _says_something(lines[:begins]) else len(lines)


def _signature_length(lines: list[str]) -> int:
    """How many of the last lines are a signature: after ``--``, or of a phone."""
    found = 0
    for back, line in enumerate(reversed(lines[-12:]), 1):
        if line.rstrip() == "--":
            return back
        if back <= 2 and PHONE.fullmatch(line[:_LONGEST_LINE]):
            found = back
        if _QUOTED.match(line):
            return found
    return found
