"""A mail as a tree of parts: places in one buffer, with caps on depth and number, so that no mail costs more than its size."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from mim_desk.domain.mail_headers import Header, parameters

MOST_PARTS: Final = 200
MOST_DEPTH: Final = 20
LONGEST_HEAD: Final = 256 << 10
MOST_HEADERS: Final = 1000
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n|\r\r")
_FIELD: Final = re.compile(rb"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_LINE: Final = re.compile(rb"\r?\n(?![ \t])|\r(?![\n \t])")
_NOT_BASE64: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


@dataclass
class Part:
    """One part of a mail, or the mail itself.

    Attributes:
        raw: the whole mail; the part's body is from ``start`` to ``end`` in it.
        is_cut: there was more in it than the caps allow.
    """

    raw: bytes = field(repr=False)
    start: int
    end: int
    headers: list[Header] = field(default_factory=list)
    children: "list[Part]" = field(default_factory=list)
    is_cut: bool = False

    def all(self, name: str) -> list[bytes]:
        """The values of a header field, in order."""
        return [one.value for one in self.headers if one.name == name]

    def first(self, name: str) -> bytes:
        """The first of them, empty when there is none."""
        return next((one.value for one in self.headers if one.name == name), b"")

    @cached_property
    def _content_type(self) -> tuple[str, dict[str, str]]:
        return parameters(self.first("content-type"))

    @property
    def type(self) -> str:
        """Such as ``text/plain``, in lower case."""
        told = self._content_type[0]
        return told if re.fullmatch(r"[\w.+-]+/[\w.+-]+", told) else "text/plain"

    @property
    def family(self) -> str:
        """The first half of the type."""
        return self.type.partition("/")[0]

    def parameter(self, name: str) -> str:
        """Of the content type, such as ``charset``; empty when there is none."""
        return self._content_type[1].get(name, "")

    @cached_property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """``attachment`` or ``inline`` (empty when nothing is said), and its parameters."""
        return parameters(self.first("content-disposition"))

    @property
    def file_name(self) -> str:
        """As the sender named it; empty when it has no name."""
        return self.disposition[1].get("filename") or self.parameter("name")

    @property
    def content(self) -> bytes:
        """The body, decoded from what carried it."""
        body = self.raw[self.start : self.end]
        match self.first("content-transfer-encoding").decode("latin-1").strip().lower():
            case "base64":
                return _base64(body)
            case "quoted-printable":
                return binascii.a2b_qp(body)
            case _:
                return body

    def walk(self) -> "Iterator[Part]":
        """The part itself and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


def _base64(body: bytes) -> bytes:
    """What can be read of it: a broken end costs the last bytes only."""
    clean = body.translate(None, _NOT_BASE64)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


@dataclass
class _Budget:
    parts: int = MOST_PARTS


def read(raw: bytes) -> Part:
    """The tree of a mail; any bytes make one."""
    return _part(raw, 0, len(raw), _Budget(), 0)


def _part(raw: bytes, start: int, end: int, budget: _Budget, depth: int) -> Part:
    budget.parts -= 1
    headers, body = _head(raw, start, end)
    part = Part(raw, body, end, headers)
    boundary = part.parameter("boundary").encode("utf-8", "replace")
    if part.family != "multipart" or not boundary:
        return part
    if depth >= MOST_DEPTH:
        part.is_cut = True
        return part
    for child_start, child_end in _between(raw, body, end, boundary):
        if budget.parts <= 0:
            part.is_cut = True
            break
        part.children.append(_part(raw, child_start, child_end, budget, depth + 1))
    return part


def _head(raw: bytes, start: int, end: int) -> tuple[list[Header], int]:
    """The header fields and where the body begins."""
    limit = min(end, start + LONGEST_HEAD)
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return [], min(end, start + 1 + (raw[start : start + 1] == b"\r"))
    found = _END_OF_HEAD.search(raw, start, limit)
    head_end, body = (found.start(), found.end()) if found else (limit, limit)
    lines = _LINE.split(raw[start:head_end], MOST_HEADERS)[:MOST_HEADERS]
    fields = (_FIELD.fullmatch(line) for line in lines)
    return [Header(one[1].decode("ascii").lower(), one[2].strip()) for one in fields if one], body


def _between(raw: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """The places between the lines of a boundary; a missing last line ends with the part."""
    mark = b"--" + boundary
    began: int | None = None
    at = raw.find(mark, start, end)
    while at >= 0:
        after = at + len(mark)
        line_end = raw.find(b"\n", after, end)
        line_end = end if line_end < 0 else line_end + 1
        rest = raw[after : min(line_end, after + 80)].strip()
        if (at == start or raw[at - 1 : at] in (b"\n", b"\r")) and rest in (b"", b"--"):
            if began is not None:
                yield began, _before_line(raw, began, at)
            began = line_end
            if rest == b"--":
                return
            at = raw.find(mark, line_end, end)
        else:
            at = raw.find(mark, after, end)
    if began is not None and began < end:
        yield began, end


def _before_line(raw: bytes, start: int, at: int) -> int:
    """The end of a part before its boundary's line: the line break belongs to the boundary."""
    if at > start and raw[at - 1 : at] == b"\n":
        at -= 1
    if at > start and raw[at - 1 : at] == b"\r":
        at -= 1
    return max(at, start)
