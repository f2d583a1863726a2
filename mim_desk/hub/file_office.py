"""Office files without the people who wrote them: properties, comments, tracked changes, and folders named after people.

Where names stand: ECMA-376 part 1 (core properties, 17.13 annotations, 18.7 comments, 19.4 comments of slides) and
OpenDocument 1.3 part 3 (4.3 metadata, 14.1 annotations). What a name is needed for keeps one that is nobody's.
"""

import re
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Final

NOBODY: Final = b"Author"
MOST_UNPACKED: Final = 64 * 1024 * 1024
_Rule = tuple[re.Pattern[bytes], bytes]
_PROPERTIES: Final[_Rule] = (
    re.compile(
        rb"(<(?:dc:creator|cp:lastModifiedBy|dc:contributor|meta:initial-creator|meta:printed-by|meta:creator-initials"
        rb"|loext:sender-initials|Manager|Company)\b[^>]*>)[^<]*(</)"
    ),
    rb"\1\2",
)
_HOME: Final[_Rule] = (re.compile(rb"((?:Users|home|Documents and Settings)[\\/]+)[^\\/\"<>]+", re.IGNORECASE), rb"\1x")
_ALL: Final[Sequence[_Rule]] = (
    _PROPERTIES,
    (re.compile(rb"(\bw\d*:(?:author|userId)=\")[^\"]*"), rb"\1" + NOBODY),
    (re.compile(rb"(\bw:initials=\")[^\"]*"), rb"\1A"),
)
_SOME: Final[Sequence[tuple[re.Pattern[str], Sequence[_Rule]]]] = (
    (re.compile(r"word/people\.xml"), [(re.compile(rb"<w15:person\b(?:[^>]*/>|.*?</w15:person>)", re.DOTALL), b"")]),
    (re.compile(r"xl/comments.*\.xml"), [(re.compile(rb"(<author\b[^>]*>)[^<]*(</)"), rb"\1" + NOBODY + rb"\2")]),
    (
        re.compile(r"xl/persons/.*\.xml|ppt/(?:commentAuthors|authors)\.xml|xl/revisions/.*\.xml"),
        [
            (re.compile(rb"(\b(?:displayName|name|userId|userName)=\")[^\"]*"), rb"\1" + NOBODY),
            (re.compile(rb"(\binitials=\")[^\"]*"), rb"\1A"),
        ],
    ),
    (re.compile(r"xl/workbook\.xml"), [_HOME, (re.compile(rb"(<fileSharing\b[^>]*userName=\")[^\"]*"), rb"\1")]),
    (re.compile(r".*\.rels"), [_HOME]),
)
"""By the name of the part."""


def without_people(data: bytes) -> bytes:
    """The same file with nobody in it; as it is when it unpacks to more than is sensible.

    Raises what ``zipfile`` raises of a file that is none.
    """
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        if sum(entry.file_size for entry in source.infolist()) > MOST_UNPACKED:
            return data
        for entry in source.infolist():
            content = source.read(entry)
            entry.comment, entry.extra = b"", b""
            target.writestr(entry, _without(entry.filename, content))
    return out.getvalue()


def _without(name: str, content: bytes) -> bytes:
    if not name.endswith((".xml", ".rels")):
        return content
    rules = [*_ALL, *(rule for names, own in _SOME if names.fullmatch(name) for rule in own)]
    for pattern, instead in rules:
        content = pattern.sub(instead, content)
    return content
