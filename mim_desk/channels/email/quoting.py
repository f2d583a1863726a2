"""What of a mail is new, and what is quoted or a signature: one pass over its lines, in any language where that can be told."""

import re
from typing import Final, NamedTuple

MARK: Final = "\x00quoted\x00"
"""A line that the reader of HTML puts where a mail program says that the quoted mail begins."""
MOST_LINES: Final = 5000
_LONGEST_LINE: Final = 1000
_NEAR: Final = 6
_QUOTED: Final = re.compile(r"\s{0,3}>")
_ORIGINAL: Final = re.compile(
    r"\s*[-_]{3,}(?:\s|&nbsp;)*(original message|original appointment|ursprüngliche nachricht|original-?nachricht"
    r"|message d['’]origine|message original|mensaje original|messaggio originale|mensagem original"
    r"|oorspronkelijk bericht|исходное сообщение|original|replied message|回复的原邮件|原始邮件|原始郵件|邮件原件"
    r"|元のメッセージ|원본 메시지|원본 메일|on [^<>]{8,60} [^<>]{0,80}<[^<>\s]{3,190}> wrote)(?:\s|&nbsp;)*[-_]{3,}\s*",
    re.IGNORECASE,
)
_FORWARDED: Final = re.compile(
    r"\s*(-{3,}\s*(forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|转发的邮件|转发邮件"
    r"|轉寄郵件|전달된 메시지|転送メッセージ).*|begin forwarded message:|anfang der weitergeleiteten nachricht:"
    r"|début du message transféré.*)",
    re.IGNORECASE,
)
_FORWARD_SUBJECT: Final = re.compile(r"\s*(fwd?|wg|tr|rv|i|enc|转发|轉寄|轉發|전달|転送)\s*[:：]", re.IGNORECASE)
_FROM: Final = re.compile(
    r"\s*[*|]?\s?(from|von|de|da|van|от|发件人|寄件者|寄件人|보낸 사람|보낸사람|差出人|送信者)\s*\*?\s*[:：|]\s*\S",
    re.IGNORECASE,
)
_SENT: Final = re.compile(
    r"\s*[*|]?\s?(sent|date|gesendet|datum|envoyé|enviado( el)?|enviada( em)?|fecha|inviato|data|verzonden|отправлено"
    r"|дата|发送时间|发件时间|日\s?期|寄件日期|보낸 날짜|날짜|送信日時|日時)\s*\*?\s*[:：|]",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"\s*[*|]?\s?(subject|betreff|objet|asunto|oggetto|assunto|onderwerp|тема|主\s?题|主旨|제목|件名)\s*\*?\s*[:：|]",
    re.IGNORECASE,
)
_RULER: Final = re.compile(r"\s*([_-]{10,}|—{3}|original|原始邮件)\s*", re.IGNORECASE)
"""What may stand above the header of a quoted mail; the second is how the reader of HTML writes a ruler."""
_PHONE: Final = re.compile(
    r"\s*(sent from my .{2,40}|sent from (outlook|yahoo mail|mail) (for|on) .{2,30}|get outlook for .{2,20}"
    r"|von meinem .{2,40} gesendet|gesendet (von|mit) .{2,40}|outlook für .{2,20} beziehen|holen sie sich outlook .{2,30}"
    r"|von (yahoo|outlook).{2,30} gesendet|envoyé (de|depuis|à partir de) mon .{2,40}|envoyé (depuis|à partir) (d['’]|l['’])?(outlook|yahoo|appli).{2,40}"
    r"|(obtenir|obtenez|télécharger) outlook .{2,30}|enviado desde mi .{2,40}|inviato da .{2,40}"
    r"|发自我的.{1,20}|从我的.{1,20}发送|获取 ?outlook.{2,30}|從我的.{1,20}傳送|取得 ?outlook.{2,30}"
    r"|outlook.{2,20}を(入手|取得).{0,10}|나의 .{1,20}에서 보냄|(iPhone|iPad|Android)(から|에서).{1,10})"
    r"[.!]?\s?(<https?://[^<>\s]{1,200}>)?\s*",
    re.IGNORECASE,
)


_CLOCK: Final = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_WROTE: Final = re.compile(r"am [\d.]{6,10} um \d{1,2}:\d{2} schrieb .{1,100}", re.IGNORECASE)
"""GMX and WEB.DE leave the colon out."""
_ON_ONE_LINE: Final = re.compile(
    r"\s*(on|am|le|el|il) [^<>]{8,60}, [^<>]{0,80}<[^<>\s@]{1,64}@[^<>\s]{1,190}> ?"
    r"(wrote|schrieb|a écrit|escribió|ha scritto) ?:\s\s",
    re.IGNORECASE,
)
"""Yahoo's programs on phones put the quote itself on the same line."""
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
    is_forward = bool(_FORWARD_SUBJECT.match(subject))
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
    for at, line in enumerate(lines[:tail]):
        short = line[:_LONGEST_LINE]
        if _FORWARDED.fullmatch(short):
            return len(lines)
        if is_forward:
            continue
        if line == MARK or _ORIGINAL.fullmatch(short) or _introduces_bare(lines, at) or _begins_header(lines, at):
            return at - 1 if at and _RULER.fullmatch(lines[at - 1][:_LONGEST_LINE]) else at
    return len(lines) if is_forward and tail == len(lines) else tail


def _introduces_bare(lines: list[str], at: int) -> bool:
    """The line above a quote without any marks, as Yahoo writes it: a time, a name and an address, ending in a colon.

    A time without seconds is not enough where marked quotes follow, which answers may stand between.
    """
    line = lines[at][:_LONGEST_LINE].rstrip()
    if _ON_ONE_LINE.match(line):
        return True
    if not line.endswith((":", "：")):
        return False
    head, mark, rest = line.partition("<")
    address, closed, _ = rest.partition(">")
    named = bool(mark and closed) and "@" in address and " " not in address
    if not named or len(head) >= _LONGEST_LINE // 4 or not _YEAR.search(head):
        return False
    is_alone = at == 0 or not lines[at - 1].strip()
    return bool(_SECONDS.search(head)) or (
        is_alone and bool(_CLOCK.search(head)) and not any(map(_QUOTED.match, lines[at + 1 :]))
    )


def _begins_header(lines: list[str], at: int) -> bool:
    """Whether the header of a quoted mail stands here, as some programs write it without any other mark."""
    line = lines[at][:_LONGEST_LINE]
    is_alone = at == 0 or not lines[at - 1].strip() or bool(_RULER.fullmatch(lines[at - 1][:_LONGEST_LINE]))
    if not _FROM.match(line) and not (is_alone and (_SENT.match(line) or _SUBJECT.match(line))):
        return False
    near = [line[:_LONGEST_LINE] for line in lines[at : at + 1 + _NEAR]]
    return all(any(map(field.match, near)) for field in (_FROM, _SENT, _SUBJECT))


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
    if not above or not (lines[above - 1].rstrip().endswith((":", "：")) or _WROTE.fullmatch(lines[above - 1])):
        return at
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
    """An introduction that was wrapped begins one or two lines higher, after an empty line."""
    at = first
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
        if back <= 2 and _PHONE.fullmatch(line[:_LONGEST_LINE]):
            found = back
        if _QUOTED.match(line):
            return found
    return found
