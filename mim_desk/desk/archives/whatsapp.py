"""WhatsApp's chat exports: a text for people, in the dates and words of the phone that wrote it.

22.11.26, 14:05 - Mia: Is it still there?          (Android, German)
[11/22/26, 2:05:33 PM] Mia: Is it still there?     (iOS, English)
[14:05, 22/11/2026] Mia: Is it still there?        (copied out of WhatsApp Web)
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final

from mim_desk.desk.archives.shapes import BadRow, Chat, Said, Wanted, key_of, moment
from mim_desk.domain.refusal import Refusal

NAME: Final = "WhatsApp"
_MARKS: Final = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_AM: Final = (
    *(
        "am",
        "a.m.",
        "a. m.",
        "上午",
        "凌晨",
        "清晨",
        "早上",
        "午前",
        "오전",
        "ص",
        "π.μ.",
        "πμ",
        "sa",
        "pg",
        "öö",
        "de.",
    ),
    *("पूर्वाह्न", "म.पू.", "முற்பகல்", "ಪೂರ್ವಾಹ್ನ", "ق.ظ.", "قبل از ظهر", "пр.об.", "vm.", "fm", "gh", "e paradites"),
)
_PM: Final = (
    *("pm", "p.m.", "p. m.", "下午", "中午", "晚上", "午後", "오후", "م", "μ.μ.", "μμ", "ch", "ptg", "ös", "du."),
    *("अपराह्न", "म.उ.", "பிற்பகல்", "ಅಪರಾಹ್ನ", "ب.ظ.", "بعد از ظهر", "сл.об.", "nm.", "em", "gd", "e pasdites"),
)
_MERIDIEM: Final = "|".join(re.escape(one) for one in sorted((*_AM, *_PM), key=len, reverse=True))
_DATE: Final = r"(?P<first>\d{1,4})\s?[./\-年년]\s?(?P<second>\d{1,2})\s?[./\-月월]\s?(?P<third>\d{1,4})[日일.]?(?:\s?(?:г\.?|BE))?"
_AT: Final = r"(?:(?:à|um|at|às|a las|kl\.?|klo|om|alle|ora|plkst\.|o|о|в|v|u|у)\s+|ב-)?"
_TIME: Final = (
    rf"(?:(?P<before>{_MERIDIEM})\s?)?(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?:[:.](?P<seconds>\d{{2}}))?"
    rf"(?:\s?(?P<after>{_MERIDIEM})|\s?(?:น\.|h\.?|Uhr|ч\.?))?"
)
_HEAD: Final = re.compile(
    rf"\[?(?:le )?{_DATE}[,،]?[\s\u200e\u200f]+{_AT}{_TIME}(?:\]\s?|\s[-–]\s|,\s|(?(seconds):\s|(?!)))(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TIME_FIRST: Final = re.compile(
    rf"\[?{_TIME}(?:[,،]\s?|\s){_DATE}(?:\]\s?|\s[-–]\s)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
"""What a browser copies, or a Vietnamese phone writes; people paste it into chats, so it counts only from the first line on."""
_HEADS: Final = (_HEAD, _TIME_FIRST)
_ATTACHED: Final = re.compile(r"<\s?[^<>:]{2,30}:\s?([^<>/\\]+\.\w{2,5})\s?>")
_PAGES: Final = re.compile(r"[^\n]{1,200} • \d{1,5} [^\n\d]{1,30}")
"""What an iPhone says of a document before its name."""
_ANDROID: Final = re.compile(r"([^/\\\n]{1,120}\.\w{2,5}) \([^()\n]{3,60}\)")
_OMITTED: Final = re.compile(r"<[^<>\n]{3,60}>")
_OWN_NAME: Final = re.compile(
    r"(IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d+\.\w{2,5}|\d{8}-(PHOTO|VIDEO|AUDIO|STICKER|GIF)-[\d-]+\.\w{2,5}"
)
_PHONE: Final = re.compile(r"\+[\d\s().\-\u00a0\u2011]{7,24}")
_TITLE: Final = re.compile(r".*WhatsApp(?:[- ]?chat)?\s+(?:-|–|\w+)\s+", re.IGNORECASE)
_COPY: Final = re.compile(r"(\.zip|\.txt)+$|\s*\(\d{1,3}\)$", re.IGNORECASE)
_QUOTES: Final = re.compile('["“”„«»「」『』]')
_LEFT_OUT: Final = re.compile(
    "omit|weggelassen|weggelaten|omis|absent|ausente|ocultad|omess|省略|忽略|略去|생략|отсутств|пропущ|dahil edilmedi|استبعاد",
    re.IGNORECASE,
)
_LONGEST_MARK: Final = 80
"""What stands for a picture or a deleted message is shorter; what WhatsApp tells of a chat is mostly longer."""
_FIRST_YEAR: Final = 2009
"""Before WhatsApp: a year of a calendar that is not ours."""
_BUDDHIST: Final = 543


@dataclass
class _Entry:
    """A message before it is known how dates are written and who is whom."""

    line: int
    date: tuple[str, str, str]
    clock: tuple[int, int, int]
    is_american: bool
    by: str
    text: str
    is_marked: bool
    more: list[str] = field(default_factory=list)

    @property
    def whole(self) -> str:
        """All its lines."""
        return "\n".join((self.text, *self.more)).translate(_MARKS).strip()


def is_export(first: Iterable[str]) -> bool:
    """Whether a text begins as an export does."""
    return any(head.match(_bare(line)) for line in first for head in _HEADS)


def is_own_name(name: str) -> bool:
    """Whether WhatsApp gives a file such a name; documents keep the names that their senders gave them."""
    return _OWN_NAME.fullmatch(name) is not None


def read(
    lines: Iterable[tuple[int, str | None]], name: str, has: Callable[[str], bool], wanted: Wanted
) -> tuple[list[Said], list[BadRow]]:
    """The messages of an export; ``name`` is the text's or the zip's, which says whom the chat was with."""
    found, told, bad = _entries(lines)
    entries, own = _sorted_out(found)
    if not entries:
        return [], bad
    order = wanted.dates or _order(entries)
    chat, ours = _people(entries, [*told, *own], name, wanted.ours)
    said: list[Said] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for one in entries:
        text = one.whole
        # As it was written: told once more with another order or zone it is the same message.
        raw = (*one.date, *map(str, one.clock), one.by, text)
        seen[raw] += 1
        try:
            at = _moment(one, order, wanted)
        except ValueError:
            bad.append(BadRow(one.line, f"{'.'.join(one.date)} is no date in the order {order}"))
            continue
        text, files = _files(text, has)
        other = "" if one.by in (chat.name, *ours) else one.by
        said.append(Said(chat, key_of(chat.id, *raw, str(seen[raw])), at, one.by not in ours, text, other, files))
    return said, bad


def _bare(line: str) -> str:
    """Without marks of direction before the line and, as Arabic phones write them, inside its date."""
    bare = line.lstrip("\u200e\u200f\u202a\u202b\ufeff").replace("\u202f", " ").replace("\u00a0", " ")
    return bare.replace("\u200f", "")


def _entries(lines: Iterable[tuple[int, str | None]]) -> tuple[list[_Entry], list[str], list[BadRow]]:
    """What may be messages, the lines that are none, and what is neither."""
    entries: list[_Entry] = []
    own: list[str] = []
    bad: list[BadRow] = []
    last: _Entry | None = None
    heads: tuple[re.Pattern[str], ...] = _HEADS
    for number, line in lines:
        if line is None:
            continue
        found = next((told for head in heads if (told := head.match(_bare(line)))), None)
        if found is not None:
            heads = (found.re,)
            last = _entry(number, found)
            if last is None:
                own.append(found["rest"])
            else:
                entries.append(last)
        elif last is not None:
            last.more.append(line)
        elif line.strip() and not own:
            bad.append(BadRow(number, "it belongs to no message"))
    return entries, own, bad


def _entry(number: int, found: "re.Match[str]") -> _Entry | None:
    """A message; None for a line that names nobody, which is WhatsApp's own."""
    rest = found["rest"]
    by, is_message, text = re.sub(r"^([^:\n]{1,80}?)\s?:\s", "\\1\0", rest, count=1).partition("\0")
    if not is_message and rest.endswith(":"):
        by, is_message, text = rest[:-1], ":", ""
    if not is_message:
        return None
    hours = int(found["hour"])
    half = found["before"] or found["after"] or ""
    meridiem = half.lower()
    if meridiem:
        hours = hours % 12 + (12 if meridiem in _PM else 0)
    clock = (hours, int(found["minute"]), int(found["seconds"] or 0))
    date = (found["first"], found["second"], found["third"])
    name = by.translate(_MARKS).strip("~ \u202f\u00a0")
    return _Entry(number, date, clock, half in ("AM", "PM"), name, text, text.startswith("\u200e"))


def _sorted_out(found: Sequence[_Entry]) -> tuple[list[_Entry], list[str]]:
    """The messages, and what WhatsApp itself tells under somebody's name."""
    plain = Counter(one.by for one in found if not one.is_marked)
    own = [_is_own(one, plain, is_first=one is found[0]) for one in found]
    entries = [one for one, is_own in zip(found, own, strict=True) if not is_own]
    return entries, [f"{one.by}: {one.text}" for one, is_own in zip(found, own, strict=True) if is_own]


def _is_own(one: _Entry, plain: "Counter[str]", *, is_first: bool) -> bool:
    """An iPhone marks its own words, also those that stand for a picture or a deleted message: these are messages."""
    if _QUOTES.search(one.by) and plain[one.by] < 2:
        return True  # the new subject of a group has a colon in it
    if not one.is_marked or _ATTACHED.search(one.text) or _LEFT_OUT.search(one.text) or "http" in one.text:
        return False
    return is_first or not plain[one.by] or one.by in one.text or len(one.text) > _LONGEST_MARK


def _order(entries: Sequence[_Entry]) -> str:
    """How dates are written in this text: what no other order could mean decides, then that time goes on."""
    dates = [tuple(map(int, one.date)) for one in entries]
    if any(len(one.date[0]) == len("2026") for one in entries):
        return "ymd"
    never = sum(first > 12 for first, _, _ in dates) - sum(second > 12 for _, second, _ in dates)
    if never:
        return "dmy" if never > 0 else "mdy"
    dmy = _steps_back([(y, m, d) for d, m, y in dates])
    mdy = _steps_back([(y, m, d) for m, d, y in dates])
    if dmy != mdy:
        return "dmy" if dmy < mdy else "mdy"
    # A chat of few days: the part that changes is the day; else what is written like 3/4/26, 2:05 PM is American.
    firsts, seconds = len({first for first, _, _ in dates}), len({second for _, second, _ in dates})
    if firsts != seconds:
        return "mdy" if seconds > firsts else "dmy"
    return "mdy" if all(one.is_american and not one.date[0].startswith("0") for one in entries) else "dmy"


def _steps_back(days: Sequence[tuple[int, int, int]]) -> int:
    return sum(after < before for before, after in pairwise(days))


def _moment(one: _Entry, order: str, wanted: Wanted) -> datetime:
    values = dict(zip(order, map(int, one.date), strict=True))
    year = values["y"] + (2000 if values["y"] < 100 else 0)
    year -= _BUDDHIST if year > _FIRST_YEAR + _BUDDHIST else 0
    if year < _FIRST_YEAR:
        raise ValueError("before there was WhatsApp")
    at = datetime(year, values["m"], values["d"], *one.clock)  # noqa: DTZ001  # the next line says the zone
    return moment(at, wanted.zone)


def _people(entries: Sequence[_Entry], told: Sequence[str], name: str, ours: Sequence[str]) -> tuple[Chat, set[str]]:
    """Whom the chat was with, and who wrote for the brand."""
    authors = list(dict.fromkeys(one.by for one in entries))
    mine = {one for one in authors if one in ours}
    title = _titled(name)
    theirs = [one for one in authors if one not in mine]
    titled = [one for one in theirs if title.endswith(one)]
    if not mine and len(titled) == 1 and len(authors) == 2:
        mine, theirs = set(authors) - set(titled), titled
    if not mine and (len(authors) > 1 or (not ours and title and not titled)):
        asked = ", ".join(authors[:8])
        raise Refusal("who-is-who", f"Who of these wrote for you: {asked}? Name them with --ours.", "--ours")
    is_group = bool(title) and title not in theirs and any(title in line for line in told)
    who = theirs[0] if len(theirs) == 1 and not is_group else title or NAME
    phone = re.sub(r"[^\d+]", "", who) if _PHONE.fullmatch(who) else ""
    return Chat(phone or who, who, {"phone": phone} if phone else {}), mine


def _titled(name: str) -> str:
    """The name of the chat as its file has it, however often that was copied."""
    name = name.translate(_MARKS)
    while (shorter := _COPY.sub("", name)) != name:
        name = shorter
    return _TITLE.sub("", name.removesuffix("_chat"), count=1).strip(" -–")


def _files(text: str, has: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    """The text without the name of its file, and that name."""
    first, _, rest = text.partition("\n")
    found = _ANDROID.fullmatch(first.strip())
    if found is not None and has(found[1]):
        return rest.strip(), (found[1],)
    attached = _ATTACHED.search(text)
    if attached is not None and text[attached.end() :][:1] in ("", "\n"):
        before, after = text[: attached.start()].strip(), text[attached.end() :].strip()
        told = "" if _PAGES.fullmatch(before) else before
        return "\n".join(one for one in (told, after) if one), (attached[1],)
    if _OMITTED.fullmatch(first.strip()) and not rest:
        return "", (first.strip("<> "),)
    return text, ()
