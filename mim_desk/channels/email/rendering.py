"""A reply as a mail: from the brand alone, in its thread, with nothing of the agent and nothing of a machine."""

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import msgspec

from mim_desk.channels.base import Account, LastIncoming, Outgoing, OutgoingFile, Request
from mim_desk.channels.email import threads
from mim_desk.channels.shared.marks import html_of, without_marks
from mim_desk.domain.refusal import Refusal

SEND: Final = "SMTP"
TRY: Final = "LOGIN"
BEGIN: Final = "BEGIN"
GREET: Final = "EHLO"
LOOK_UP: Final = "DNS"
LONGEST_QUOTE: Final = 8000
_EVERYBODYS: Final = re.compile(
    r"(gmail|googlemail|icloud|me|mac|aol|hey|fastmail|zoho|naver|daum|hanmail|kakao|nate|qq|foxmail|163|126|sina|sohu"
    r"|protonmail|proton|pm|tutanota|tuta|inbox|rambler|ukr|seznam|libero|virgilio|orange|free|laposte|t-online|freenet"
    r"|rediffmail|(hotmail|outlook|live|msn|yahoo|ymail|rocketmail|gmx|web|mail|yandex)(\.co|\.com)?)\.[a-z]{2,3}"
)
"""Domains at which people have nothing in common but their provider."""
_RE: Final = re.compile(
    r"(\s*(re|aw|antw|sv|vs|odp|res|rif|re:|回复|回覆|答复|答覆|返信|회신|답장)\s*[:：]\s*)+", re.IGNORECASE
)
_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,1000}[^\s<>\"'.,;:!?)\]]")


class Letter(msgspec.Struct, frozen=True):
    """What the driver is told beside the mail: who it is from and to."""

    sender: str
    recipients: list[str]
    message_id: str


def request_of(account: Account, message: Outgoing) -> Request:
    """The one call that sends a reply."""
    recipient = _recipient(message)
    own = threads.own_id(account, message.message_id, recipient)
    others = [_ascii(one) for one in (*message.cc, *message.bcc) if one.lower() != recipient.lower()]
    letter = Letter(_ascii(str(account.settings.get("address", ""))), [_ascii(recipient), *others], own)
    mail = _mail(account, message, recipient, own)
    head = {"x-letter": msgspec.json.encode(letter).decode()}
    return Request(SEND, f"smtp://{account.settings.get('smtp_host', '')}", head, mail)


def _recipient(message: Outgoing) -> str:
    """Whom it goes to: where the customer wants answers, as long as that is the same domain, and one of their own.

    Anybody can write in somebody's name, and a stranger's wish is not followed.
    """
    wanted = message.last_incoming.details.get("answer_to", "") if message.last_incoming else ""
    domain = wanted.rpartition("@")[2].lower()
    is_theirs = domain == message.recipient.rpartition("@")[2].lower() and not _EVERYBODYS.fullmatch(domain)
    return wanted if wanted and is_theirs else message.recipient


def _mail(account: Account, message: Outgoing, recipient: str, own: str) -> bytes:
    last = message.last_incoming
    address = _ascii(str(account.settings.get("address", "")))
    head = {
        "From": f"{_phrase(account.brand_name)} <{address}>".strip(),
        "To": f"<{_ascii(recipient)}>",
        **({"Cc": ",\r\n ".join(f"<{_ascii(one)}>" for one in message.cc)} if message.cc else {}),
        "Subject": _encoded(_subject(account, last)),
        "Date": format_datetime(message.at.astimezone(UTC)),
        "Message-ID": f"<{own}>",
        **_thread(last),
    }
    if account.settings.get("plus_address") == "on":
        name, _, domain = address.rpartition("@")
        head["Reply-To"] = f"<{name}+{own.partition('@')[0]}@{domain}>"
    if message.automatic:
        head["Auto-Submitted"] = "auto-replied" if last else "auto-generated"
    written = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return written.encode("utf-8") + _content(message, last, own).as_bytes()


def _phrase(name: str) -> str:
    """The brand before its address."""
    told = _plain(name)
    if not told.isascii():
        return _encoded(told)
    return '"' + told.replace("\\", "").replace('"', "'") + '"' if told else ""


def _encoded(told: str) -> str:
    """RFC 2047, in words that each hold whole characters; plain text stays, folded where it is long."""
    if told.isascii() and "=?" not in told and len(told) < 60:
        return told
    words, word = [], b""
    for ch in told:
        data = ch.encode("utf-8", "replace")
        if len(word) + len(data) > 42:
            words.append(word)
            word = b""
        word += data
    packed = (base64.b64encode(one).decode("ascii") for one in (*words, word))
    return "\r\n ".join(f"=?utf-8?B?{one}?=" for one in packed)


def _thread(last: LastIncoming | None) -> Mapping[str, str]:
    """What it answers: the customer's last mail, after the mails that answered."""
    answered = last.details.get("message_id", "") if last else ""
    if not last or not answered:
        return {}
    ids = [one for one in last.details.get("references", "").split() if one != answered]
    line = [*ids[:1], *ids[1:][-19:], answered]
    clean = [f"<{one}>" for one in line if _is_id(one)]
    return {"In-Reply-To": clean[-1], "References": "\r\n ".join(clean)} if _is_id(answered) else {}


def _is_id(told: str) -> bool:
    return re.fullmatch(r"[!-;=?-~]{3,400}", told) is not None


def _subject(account: Account, last: LastIncoming | None) -> str:
    """``Re:`` once; without a mail to answer the account's own subject, or the brand's name."""
    if last is None:
        return _plain(str(account.settings.get("subject") or account.brand_name or "Message"))
    told = _RE.sub("", last.details.get("subject", ""), count=1).strip()
    return _plain(f"Re: {told}" if told else f"Re: {account.settings.get('subject') or account.brand_name}")


def _plain(told: str) -> str:
    return " ".join("".join(ch if ch.isprintable() else " " for ch in told).split())[:300]


def _ascii(address: str) -> str:
    """An address with its domain as DNS writes it; the local part stays."""
    local, _, domain = _plain(address).replace(" ", "").rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if domain and not domain.isascii() else domain
    except UnicodeError as problem:
        raise Refusal("no-address", "This is no address that mail can be sent to.") from problem
    return f"{local}@{domain}" if local else domain


def _content(message: Outgoing, last: LastIncoming | None, own: str) -> EmailMessage:
    """The parts: the same words plain and as a page, then the files."""
    mail = EmailMessage(policy=SMTP)
    plain, page = _quote(last)
    mail.set_content(_lines(message.text + plain), cte="quoted-printable")
    mail.add_alternative(_page(message.text, page), subtype="html", cte="quoted-printable")
    for file in message.files:
        _attach(mail, file)
    _name_boundaries(mail, own)
    return mail


def _lines(text: str) -> str:
    return text.rstrip("\n") + "\n"


def _quote(last: LastIncoming | None) -> tuple[str, str]:
    """The mail that is answered, for both parts; its own words only, never what it quoted itself."""
    text = last.text[:LONGEST_QUOTE].strip() if last else ""
    if last is None or not text:
        return "", ""
    head = f"{last.at:%Y-%m-%d %H:%M} UTC:"
    plain = "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
    page = f'<p>{head}</p><blockquote type="cite">{_paragraphs(text)}</blockquote>'
    return f"\n\n{head}\n{plain}", page


def _page(text: str, quote: str) -> str:
    ours = _paragraphs(text, lambda block: html_of(without_marks(block), _linked))
    return f'<!DOCTYPE html>\n<html><body dir="auto">{ours}{quote}</body></html>\n'


def _paragraphs(text: str, written: Callable[[str], str] | None = None) -> str:
    """A paragraph each; only what we wrote has marks that are read."""
    blocks = (block.strip("\n") for block in re.split(r"\n{2,}", text))
    return "\n".join(f"<p>{(written or _linked)(block)}</p>" for block in blocks if block)


def _linked(block: str) -> str:
    out, at = "", 0
    for found in _LINK.finditer(block):
        address = html.escape(found[0])
        out += html.escape(block[at : found.start()]) + f'<a href="{address}">{address}</a>'
        at = found.end()
    return (out + html.escape(block[at:])).replace("\n", "<br>\n")


def _attach(mail: EmailMessage, file: OutgoingFile) -> None:
    main, _, sub = file.mime_type.partition("/")
    is_plain = re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.mime_type) is not None and main not in ("multipart", "message")
    main, sub = (main, sub) if is_plain else ("application", "octet-stream")
    mail.add_attachment(file.data, maintype=main, subtype=sub, filename=_plain(file.name) or "file", cte="base64")


def _name_boundaries(mail: EmailMessage, own: str) -> None:
    """The same bytes for each try, and nothing random to be told by."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{hashlib.sha256(f'{own} {number}'.encode()).hexdigest()[:32]}")
        if part is not mail:
            del part["MIME-Version"]
