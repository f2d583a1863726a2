"""Header fields as values: words in other charsets, addresses, dates, ids and parameters, whatever senders make of them."""

import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from mim_desk.domain.mail_charsets import decoded

LONGEST_VALUE: Final = 16_384
LONGEST_ADDRESS: Final = 254
MOST_ADDRESSES: Final = 100
_FOLD: Final = re.compile(r"(?<![ \t])[ \t]*\r?\n[ \t]*|\r")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_WORD: Final = re.compile(r"=\?([!-~]{1,60}?)\?([BbQq])\?([^?\r\n]*)\?=")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_ADDRESS: Final = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,64}@[^\s<>@,;:\"()\\]{1,190}")
_ID: Final = re.compile(r"<([^<>\s@]{1,400}@[^<>\s]{1,200})>")
_BARE_ID: Final = re.compile(r"(?<![^<>\s,;()\"])[^<>\s,;()\"]{1,400}@[^<>\s,;()\"]{1,200}")
_PARAMETER: Final = re.compile(
    r""";\s*([\w!#$&.+^`|~-]{1,60}?)(?:\*(\d{1,2}))?(\*)?\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)""", re.DOTALL
)


class Header(NamedTuple):
    """One field: its name in lower case and its value as it came."""

    name: str
    value: bytes


class Address(NamedTuple):
    """One mailbox."""

    name: str
    address: str


def text(value: bytes, otherwise: str = "") -> str:
    """A value for people: unfolded, words decoded, without control characters.

    Args:
        otherwise: the charset to guess for raw bytes that are no UTF-8.
    """
    return " ".join(_CONTROL.sub(" ", _words(_raw(value, otherwise))).split())


def _raw(value: bytes, otherwise: str = "") -> str:
    return _FOLD.sub(" ", decoded(value[:LONGEST_VALUE], "", otherwise))


def _words(told: str) -> str:
    """RFC 2047; words of one charset side by side are joined before they are decoded, as senders cut inside characters."""
    out: list[str] = []
    at, held, charset = 0, b"", ""
    for found in _WORD.finditer(told):
        between = told[at : found.start()]
        label = found[1].partition("*")[0].lower()
        if held and (between.strip() or label != charset):
            out.append(decoded(held, charset))
            held = b""
        if between.strip() or at == 0:
            out.append(between)
        charset = label
        held += _unpacked(found[2], found[3])
        at = found.end()
    if held:
        out.append(decoded(held, charset))
    out.append(told[at:])
    return "".join(out)


def _unpacked(how: str, packed: str) -> bytes:
    data = packed.encode("utf-8", "replace")
    if how in "Qq":
        return binascii.a2b_qp(data, header=True)
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    data = data[: len(data) - (len(data) % 4 == 1)]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def addresses(value: bytes, otherwise: str = "") -> list[Address]:
    """The mailboxes of a field, groups opened, in order; what is no address is left out."""
    told = _raw(value, otherwise)[:8192]
    found = [one for one in map(_mailbox, _listed(told)) if one is not None]
    return found[:MOST_ADDRESSES] or [
        Address("", one) for one in _ADDRESS.findall(told)[:MOST_ADDRESSES] if _is_address(one)
    ]


def _listed(told: str) -> list[str]:
    """The entries of a list, without comments; what stands in quotes or brackets parts nothing."""
    entries, entry, depth = list[str](), list[str](), 0
    is_quoted = is_angled = False
    at = 0
    while at < len(told):
        ch = told[at]
        if ch == "\\" and (is_quoted or depth):
            entry += [] if depth else [told[at : at + 2]]
            at += 2
            continue
        if depth or (ch == "(" and not is_quoted):
            depth += (ch == "(") - (ch == ")")
        elif ch in ",;" and not is_quoted and not is_angled:
            entries.append("".join(entry))
            entry = []
        elif ch == ":" and not is_quoted and not is_angled:
            entry = []  # the name of a group
        else:
            is_quoted ^= ch == '"'
            is_angled = not is_quoted and (ch == "<" or (is_angled and ch != ">"))
            entry.append(ch)
        at += 1
    return [*entries, "".join(entry)]


def _mailbox(entry: str) -> Address | None:
    name, mark, rest = entry.rpartition("<")
    address = rest.partition(">")[0] if mark else entry
    address = next(iter(address.split()[-1:]), "").rpartition(":")[2]
    if not _is_address(address):
        return None
    return Address(_shown(re.sub(r"\\(.)", r"\1", name.strip().strip('"'))), address)


def _is_address(one: str) -> bool:
    return len(one) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(one) is not None


def _shown(name: str) -> str:
    return " ".join(_CONTROL.sub(" ", _words(name)).split()).strip("'\" ")[:200]


def normal(address: str) -> str:
    """An address as it is compared: in lower case, in NFC by the caller's text; plus tags and dots stay."""
    local, _, domain = address.rpartition("@")
    return f"{local.lower()}@{domain.lower().rstrip('.')}"


def moment(value: bytes) -> datetime | None:
    """A date in UTC; None when it is none."""
    try:
        at = parsedate_to_datetime(_raw(value)[:200])
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def ids(value: bytes) -> list[str]:
    """The message ids of a field, without brackets: folded, bare, after commas or in comments; of thousands the ends."""
    told = decoded(value)
    found = _ID.findall(told) or _BARE_ID.findall(told)
    return found if len(found) <= 21 else [found[0], *found[-20:]]


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """The first word of a field in lower case and its parameters: quoted, encoded (RFC 2231) or in pieces."""
    told = _raw(value)
    word, mark, _ = told.partition(";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for found in _PARAMETER.finditer(told, len(word)) if mark else ():
        name, number, is_encoded, given = found[1].lower(), int(found[2] or 0), bool(found[3]), found[4].strip()
        if given.startswith('"'):
            given = re.sub(r"\\(.)", r"\1", given[1:-1], flags=re.DOTALL)
        pieces.setdefault(name, {})[number] = (given, is_encoded)
    return word.strip().lower(), {name: _joined(parts) for name, parts in pieces.items()}


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    charset, data = "", b""
    is_encoded = any(encoded for _, encoded in parts.values())
    for number in sorted(parts):
        given, encoded = parts[number]
        if encoded and number == min(parts) and given.count("'") >= 2:
            charset, _, given = given.split("'", 2)
        piece = given.encode("utf-8", "surrogatepass")
        data += _PERCENT.sub(lambda found: bytes.fromhex(found[1].decode()), piece) if encoded else piece
    told = decoded(data, charset) if is_encoded else _words(data.decode("utf-8", "replace"))
    return _CONTROL.sub("", told)[:400]
