"""WhatsApp's chat exports: a text for people, in the dates and words of the phone that wrote it.

22.11.26, 14:05 - Mia: Is it still there?          (Android, German)
[11/22/26, 2:05:33 PM] Mia: Is it still there?     (iOS, English)
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, key_of
from mim_desk.domain.refusal import Refusal

NAME: Final = "WhatsApp"
_MARKS: Final = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_AM: Final = ("am", "a.m.", "a. m.", "上午", "午前", "오전", "ص", "π.μ.", "sa", "pg", "öö", "de.", "पूर्वाह्न")
_PM: Final = ("pm", "p.m.", "p. m.", "下午", "午後", "오후", "م", "μ.μ.", "ch", "ptg", "ös", "du.", "अपराह्न")
_MERIDIEM: Final = "|".join(re.escape(one) for one in sorted((*_AM, *_PM), key=len, reverse=True))
_HEAD: Final = re.compile(
    r"\[?(\d{1,4})[./\-年년]\s?(\d{1,2})[./\-月월]\s?(\d{1,4})[日일.]?(?:\s?г\.)?[,،]?[\s\u200e\u200f]+"
    rf"(?:(?:à|um|at|às|a las|kl\.?|klo|o|в)\s+)?(?:({_MERIDIEM})\s?)?(\d{{1,2}})[:.](\d{{2}})(?:[:.](\d{{2}}))?"
    rf"(?:\s?({_MERIDIEM})|\s?น\.)?(?:\]\s?|\s[-–]\s|,\s)(.*)",
    re.IGNORECASE | re.DOTALL,
)
_ATTACHED: Final = re.compile(r"<[^<>:]{2,30}:\s?([^<>/\\]+\.\w{2,5})>")
_ANDROID: Final = re.compile(r"([^/\\\n]{1,120}\.\w{2,5}) \([^()\n]{3,60}\)")
_OMITTED: Final = re.compile(r"<[^<>\n]{3,60}>")
_PHONE: Final = re.compile(r"\+[\d\s().\-\u00a0\u2011]{7,24}")


@dataclass
class _Entry:
    """A message before it is known how dates are written and who is whom."""

    line: int
    date: tuple[str, str, str]
    clock: tuple[int, int, int]
    by: str
    text: str
    is_marked: bool
    more: list[str] = field(default_factory=list)


def is_export(first: Iterable[str]) -> bool:
    """Whether a text begins as an export does."""
    return any(_HEAD.match(_bare(line)) for line in first)


def read(
    lines: Iterable[tuple[int, str | None]], name: str, members: Sequence[str], wanted: Wanted
) -> tuple[list[Said], list[BadRow]]:
    """The messages of an export; ``name`` is the text's or the zip's, which says whom the chat was with."""
    entries, bad = _entries(lines)
    if not entries:
        return [], bad
    order = wanted.dates or _order([one.date for one in entries])
    chat, ours = _people(entries, name, wanted.ours)
    said: list[Said] = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for one in entries:
        try:
            at = _moment(one, order, wanted)
        except ValueError:
            bad.append(BadRow(one.line, f"{'.'.join(one.date)} is no date in the order {order}"))
            continue
        text = "\n".join((one.text, *one.more)).translate(_MARKS).strip()
        told = (at.isoformat(), one.by, text)
        seen[told] += 1
        text, files = _files(text, members)
        other = "" if one.by in (chat.name, *ours) else one.by
        key = key_of(chat.id, *told, str(seen[told]))
        said.append(Said(chat, key, at, one.by not in ours, text, other, files))
    return said, bad


def _bare(line: str) -> str:
    return line.lstrip("\u200e\u200f\u202a\u202b\ufeff").replace("\u202f", " ").replace("\u00a0", " ")


def _entries(lines: Iterable[tuple[int, str | None]]) -> tuple[list[_Entry], list[BadRow]]:
    entries: list[_Entry] = []
    bad: list[BadRow] = []
    is_system: bool | None = None
    for number, line in lines:
        if line is None:
            bad.append(BadRow(number, "the line is longer than 1 MB"))
            continue
        found = _HEAD.match(_bare(line))
        if found is None:
            if is_system is False:
                entries[-1].more.append(line)
            elif line.strip() and is_system is None:
                bad.append(BadRow(number, "it belongs to no message"))
            continue
        entry = _entry(number, found)
        is_system = entry is None
        if entry is not None:
            entries.append(entry)
    return entries, bad


def _entry(number: int, found: "re.Match[str]") -> _Entry | None:
    """A message; None for a line of WhatsApp's own."""
    first, second, third, before, hour, minute, second_, after, rest = found.groups()
    by, is_message, text = re.sub(r"^([^:\n]{1,80}?)\s?:\s", "\\1\0", rest, count=1).partition("\0")
    if not is_message and rest.endswith(":"):
        by, is_message, text = rest[:-1], ":", ""
    is_marked = text.startswith("\u200e")
    is_own = is_marked and not _ATTACHED.search(text) and "omitted" not in text.lower()
    if not is_message or is_own:
        return None
    hours = int(hour)
    meridiem = (before or after or "").lower()
    if meridiem:
        hours = hours % 12 + (12 if meridiem in _PM else 0)
    clock = (hours, int(minute), int(second_ or 0))
    return _Entry(number, (first, second, third), clock, by.translate(_MARKS).strip("~ \u202f\u00a0"), text, is_marked)


def _order(dates: Sequence[tuple[str, str, str]]) -> str:
    """How dates are written in this text: what no other order could mean decides."""
    if any(len(first) == len("2026") for first, _, _ in dates):
        return "ymd"
    if any(int(first) > 12 for first, _, _ in dates):
        return "dmy"
    if any(int(second) > 12 for _, second, _ in dates):
        return "mdy"
    # A chat of few days: the part that changes is the day.
    firsts, seconds = len({first for first, _, _ in dates}), len({second for _, second, _ in dates})
    return "mdy" if seconds > firsts else "dmy"


def _moment(one: _Entry, order: str, wanted: Wanted) -> datetime:
    values = dict(zip(order, map(int, one.date), strict=True))
    year = values["y"] + (2000 if values["y"] < 100 else 0)
    return datetime(year, values["m"], values["d"], *one.clock, tzinfo=wanted.zone)


def _people(entries: Sequence[_Entry], name: str, ours: Sequence[str]) -> tuple[Chat, set[str]]:
    """Whom the chat was with, and who wrote for the brand."""
    authors = list(dict.fromkeys(one.by for one in entries))
    mine = {one for one in authors if one in ours}
    stem = re.sub(r"(\.zip|\.txt)+$", "", name, flags=re.IGNORECASE).removesuffix("_chat").strip(" -–")
    theirs = [one for one in authors if one not in mine]
    titled = [one for one in theirs if stem.endswith(one)]
    if not mine and len(titled) == 1 and len(authors) == 2:
        mine, theirs = set(authors) - set(titled), titled
    if not mine and len(authors) > 1:
        told = ", ".join(authors[:8])
        raise Refusal("who-is-who", f"Who of these wrote for you: {told}? Name them with --ours.", "--ours")
    who = theirs[0] if len(theirs) == 1 else stem or "WhatsApp"
    phone = re.sub(r"[^\d+]", "", who) if _PHONE.fullmatch(who) else ""
    return Chat(phone or who, who, {"phone": phone} if phone else {}), mine


def _files(text: str, members: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The text without the name of its file, and that name."""
    first, _, rest = text.partition("\n")
    found = _ATTACHED.fullmatch(first.strip()) or _ANDROID.fullmatch(first.strip())
    if found is not None and (found[1] in members or any(one.endswith("/" + found[1]) for one in members)):
        return rest.strip(), (found[1],)
    if found is not None and found.re is _ATTACHED:
        return rest.strip(), (found[1],)
    if _OMITTED.fullmatch(first.strip()) and not rest:
        return "", (first.strip("<> "),)
    return text, ()
