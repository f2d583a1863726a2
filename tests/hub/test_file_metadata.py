"""Files leave without the people who made them: comments, tracked changes, packed properties, folders."""

import io
import zipfile
import zlib

import pytest

from mim_desk.hub.file_metadata import without_people

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NAME = b"Zaphodina"
PARTS = {
    "word/document.xml": '<w:ins w:id="1" w:author="Zaphodina Q" w:date="2026"><w:t>kept words</w:t></w:ins>',
    "word/comments.xml": '<w:comment w:id="0" w:author="Zaphodina Q" w:initials="Zaphodina"><w:t>kept</w:t></w:comment>',
    "word/people.xml": '<w15:people><w15:person w15:author="Zaphodina"><w15:presenceInfo/></w15:person></w15:people>',
    "xl/comments1.xml": "<comments><authors><author>Zaphodina</author></authors><t>kept</t></comments>",
    "xl/persons/person.xml": '<person displayName="Zaphodina Q" id="{1}" userId="zaphodina@x"/>',
    "xl/workbook.xml": '<x15ac:absPath url="C:\\Users\\zaphodina\\Desktop\\" xmlns:x15ac="x"/>',
    "ppt/commentAuthors.xml": '<p:cmAuthor id="1" name="Zaphodina Q" initials="Zaphodina" lastIdx="1"/>',
    "word/_rels/settings.xml.rels": '<R Id="rId1" Target="file:///C:\\Users\\zaphodina\\Offer.dotx"/>',
    "content.xml": "<office:annotation><dc:creator>Zaphodina</dc:creator><text:p>kept</text:p></office:annotation>",
    "meta.xml": "<meta:printed-by>Zaphodina</meta:printed-by>",
}


def office(name: str, content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("name", sorted(PARTS))
def test_no_part_of_an_office_file_names_who_wrote_it(name: str):
    cleaned = without_people(WORD, office(name, PARTS[name]))

    with zipfile.ZipFile(io.BytesIO(cleaned)) as opened:
        content = opened.read(name)
    assert NAME.lower() not in content.lower()
    assert content.count(b"kept") == PARTS[name].count("kept")
    assert content.count(b"<") == PARTS[name].count("<") or name == "word/people.xml"


def pdf(stream: bytes, kind: str, filters: str = "/Filter /FlateDecode ") -> bytes:
    head = f"%PDF-1.7\n1 0 obj\n<</Type /{kind} {filters}/Length {len(stream)}>>\nstream\n".encode()
    return head + stream + b"\nendstream\nendobj\n2 0 obj<</Title (kept)>>endobj\n%%EOF"


PROPERTIES = b"1 0 <</Author (Zaphodina \\(Z\\) (the first))/Title (kept inside)/Creator <5a6170>>>"
XMP = (
    b"<rdf:Description pdf:Author='x'><dc:creator><rdf:Seq><rdf:li>Zaphodina</rdf:li><rdf:li xml:lang='x'>Zaphodina Q"
    b"</rdf:li></rdf:Seq></dc:creator><dc:title>kept inside</dc:title></rdf:Description>"
)


@pytest.mark.parametrize(("kind", "plain"), [("ObjStm", PROPERTIES), ("Metadata", XMP)])
def test_packed_properties_of_a_pdf_name_nobody(kind: str, plain: bytes):
    before = pdf(zlib.compress(plain, 1), kind)

    after = without_people("application/pdf", before)

    start = after.index(b"stream\n") + 7
    told = zlib.decompressobj().decompress(after[start:])
    assert len(after) == len(before)
    assert (NAME in told, b"5a6170" in told, b"kept inside" in told, len(told)) == (False, False, True, len(plain))
    assert after.endswith(before[before.index(b"\nendstream") :])


@pytest.mark.parametrize("plain", [PROPERTIES, XMP])
def test_open_properties_of_a_pdf_name_nobody(plain: bytes):
    before = pdf(plain, "Metadata", filters="")

    after = without_people("application/pdf", before)

    assert (NAME in after, b"kept inside" in after, len(after)) == (False, True, len(before))


@pytest.mark.parametrize("stream", [b"no zlib at all", zlib.compress(PROPERTIES)[:-9], b""])
def test_a_damaged_pdf_is_taken_as_it_is(stream: bytes):
    assert without_people("application/pdf", pdf(stream, "ObjStm")) == pdf(stream, "ObjStm")


def test_rich_text_names_nobody():
    before = rb"{\rtf1{\info{\author Zaphodina}{\operator Zaphodina}{\title kept}}words}"

    assert without_people("text/rtf", before) == rb"{\rtf1{\info{\author}{\operator}{\title kept}}words}"
