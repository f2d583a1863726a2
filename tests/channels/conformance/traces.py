"""Traces of an agent nobody could overlook, and the search for them in every byte, packed or coded as carriers do."""

import base64
import binascii
import email
import email.policy
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

from PIL import Image

NAME = "Zaphodina Quixworthy"
LOGIN = "zq-beeblebrox@team.example"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def document() -> bytes:
    """A text document that names its author as such programs do: in its properties, a comment and a change."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", f'<w:document><w:ins w:author="{NAME}">Prices</w:ins></w:document>')
        made.writestr("word/comments.xml", f'<w:comment w:author="{NAME}" w:initials="x">See</w:comment>')
        made.writestr("docProps/core.xml", f"<cp><dc:creator>{NAME}</dc:creator></cp>")
    return out.getvalue()


def picture() -> bytes:
    """A JPEG with the maker's name in its EXIF data and in a comment."""
    made, out = Image.new("RGB", (8, 8), "teal"), io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = NAME
    made.save(out, "JPEG", exif=exif, comment=LOGIN.encode())
    return out.getvalue()


def portable() -> bytes:
    """A PDF with its author in the open, in XMP, and in packed properties."""
    packed = zlib.compress(f"1 0 <</Author ({NAME})>>".encode(), 1)
    xmp = f"<dc:creator><rdf:Seq><rdf:li>{NAME}</rdf:li></rdf:Seq></dc:creator>".encode()
    return b"".join(
        (
            b"%PDF-1.7\n1 0 obj<</Author (" + NAME.encode() + b")>>endobj\n",
            b"2 0 obj<</Type /Metadata /Length %d>>stream\n%s\nendstream endobj\n" % (len(xmp), xmp),
            b"3 0 obj<</Type /ObjStm /Filter /FlateDecode /Length %d>>stream\n" % len(packed),
            packed + b"\nendstream endobj\n%%EOF",
        )
    )


def traces(agent_id: str) -> list[bytes]:
    """What must be in no byte: name, e-mail address, user name and id, as they are and as carriers write them."""
    words = [LOGIN, LOGIN.split("@")[0], NAME, *NAME.split(), agent_id]
    return [coded.lower() for word in words for coded in (word.encode(), quote(word, safe="").encode())]


def leaks(told: bytes, agent_id: str) -> list[bytes]:
    """Which of the traces are found."""
    seen = list(_opened(told))
    return [one for one in traces(agent_id) if any(one in each.lower() for each in seen)]


def _opened(told: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and what they hold in other clothes: addresses, mails, base64, archives, packed streams."""
    yield told
    if depth == 3:
        return
    inner = [unquote_to_bytes(told), *_mail(told), *_archive(told)]
    for run in _BASE64.findall(told):
        try:
            inner.append(base64.b64decode(run + b"=" * (-len(run) % 4)))
        except binascii.Error:
            continue
    for stream in _STREAM.findall(told):
        try:
            inner.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue
    for one in inner:
        if one != told:
            yield from _opened(one, depth + 1)


def _mail(told: bytes) -> Iterator[bytes]:
    """Headers and parts without their transfer encodings."""
    if b"MIME-Version:" not in told[:5000]:
        return
    mail = email.message_from_bytes(told[told.index(b"\n") + 1 :] if told.startswith(b"smtp") else told)
    readable = email.message_from_bytes(bytes(mail), policy=email.policy.default)
    yield "\n".join(f"{name}: {value}" for part in readable.walk() for name, value in part.items()).encode()
    for part in readable.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content


def _archive(told: bytes) -> Iterator[bytes]:
    if zipfile.is_zipfile(io.BytesIO(told)):
        with zipfile.ZipFile(io.BytesIO(told)) as packed:
            for one in packed.namelist():
                yield packed.read(one)
