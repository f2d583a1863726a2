"""What Outlook packs into ``winmail.dat``: its files come out by their names, its text where there is no other."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.email.winmail import unpacked
from tests.channels.email.mails import message, multipart, whole

PLAIN = ("text/plain; charset=utf-8", "See the files")


def attribute(level: int, name: int, value: bytes) -> bytes:
    check = sum(value) & 0xFFFF
    return (
        bytes((level,))
        + name.to_bytes(4, "little")
        + len(value).to_bytes(4, "little")
        + value
        + check.to_bytes(2, "little")
    )


def of_length(kind: int, number: int, value: bytes) -> bytes:
    head = kind.to_bytes(2, "little") + number.to_bytes(2, "little") + (1).to_bytes(4, "little")
    return head + len(value).to_bytes(4, "little") + value + bytes(-len(value) % 4)


def wide(number: int, words: str) -> bytes:
    return of_length(0x1F, number, f"{words}\0".encode("utf-16-le"))


def properties(*told: bytes) -> bytes:
    return len(told).to_bytes(4, "little") + b"".join(told)


def packed(*attributes: bytes) -> bytes:
    page = attribute(1, 0x00069007, (1252).to_bytes(4, "little") + bytes(4))
    return b"\x78\x9f\x3e\x22\x01\x00" + page + b"".join(attributes)


def file(short: bytes, data: bytes, *told: bytes) -> bytes:
    begins, title = attribute(2, 0x00069002, bytes(14)), attribute(2, 0x00018010, short + b"\0")
    return begins + title + attribute(2, 0x0006800F, data) + attribute(2, 0x00069005, properties(*told))


BILL = file(
    b"RECHNU~1.PDF",
    b"%PDF-1",
    (3).to_bytes(2, "little") + (0x3705).to_bytes(2, "little") + bytes(4),  # a number
    b"\x1e\x10\x01\x20" + (2).to_bytes(4, "little") + (2 * ((1).to_bytes(4, "little") + b"a\0\0\0")),  # many words
    b"\x03\x00\x01\x80"
    + bytes(16)
    + (1).to_bytes(4, "little")
    + (4).to_bytes(4, "little")
    + "ab".encode("utf-16-le")
    + bytes(4),
    wide(0x3707, "Rechnung für März.pdf"),
    of_length(0x1E, 0x370E, b"application/pdf\0"),
)
PICTURE = file(b"f\xfcr.png", b"\x89PNG", of_length(0x1E, 0x3712, b"<image001@x>\0"))


def enclosed(octets: bytes, head: str = 'application/ms-tnef; name="winmail.dat"') -> tuple[str, str]:
    return f"{head}\r\nContent-Transfer-Encoding: base64", base64.b64encode(octets).decode()


@pytest.mark.parametrize(
    "head", ['application/ms-tnef; name="winmail.dat"', 'application/octet-stream; name="WINMAIL.DAT"']
)
def test_the_files_come_out_by_their_long_names(head: str):
    found = message(whole(multipart("mixed", PLAIN, enclosed(packed(BILL, PICTURE), head))))

    assert found.text == "See the files"
    assert [(one.name, one.mime_type, one.data) for one in found.files] == [
        ("Rechnung für März.pdf", "application/pdf", b"%PDF-1"),
        ("für.png", "image/png", b"\x89PNG"),
    ]
    assert found.files[1].external_id == "image001@x"


def test_a_mail_that_is_nothing_else_says_what_is_in_it():
    plain = packed(attribute(1, 0x00069003, properties(wide(0x1000, "Guten Tag\r\nMia"))))
    page = packed(
        attribute(
            1,
            0x00069003,
            properties(of_length(0x0102, 0x1013, '<meta charset="windows-1251"><p>Привет</p>'.encode("cp1251"))),
        )
    )

    texts = [message(whole(enclosed(one, "application/ms-tnef"))).text for one in (plain, page)]
    assert texts == ["Guten Tag\nMia", "Привет"]


def test_its_text_does_not_come_beside_the_same_in_plain_words():
    octets = packed(attribute(1, 0x00069003, properties(wide(0x1000, "The same"))), BILL)

    assert message(whole(multipart("mixed", PLAIN, enclosed(octets)))).text == "See the files"


@pytest.mark.parametrize("octets", [b"", b"no such thing", packed(), packed(BILL)[:40]])
def test_what_cannot_be_unpacked_is_kept_as_it_came(octets: bytes):
    found = message(whole(multipart("mixed", PLAIN, enclosed(octets or b"?"))))

    assert [one.name for one in found.files] == ["winmail.dat"]


def test_what_came_before_something_broken_stays():
    octets = packed(PICTURE, BILL)

    assert next(one.name for one in unpacked(octets[:-30] + b"\xff\xff\xff\xff").files) == "für.png"


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_octets_are_read(octets: bytes, cut: int):
    unpacked(b"\x78\x9f\x3e\x22" + octets)
    unpacked(packed(BILL, PICTURE)[:cut] + octets)
