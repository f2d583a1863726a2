"""Alphabets, and texts that come in parts."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.sms_smpp.alphabets import text_of
from mim_desk.channels.sms_smpp.joining import GAP, Place, joined, place_of
from mim_desk.channels.sms_smpp.payloads import ShortMessage, Tag, short_message
from mim_desk.channels.sms_smpp.sending import parts_of, submit
from mim_desk.domain.sms_alphabets import USUAL, alphabet
from mim_desk.domain.sms_segments import Encoding, SmsRules, segments
from tests.channels.sms_smpp.made import BRAND, PERSON, SHEET, part, text

LETTERS = "".join(letter for letter in map(chr, range(0x20AD)) if segments(letter).encoding is Encoding.GSM_7)


def test_the_alphabet_has_its_127_letters_and_the_ten_escaped_ones() -> None:
    assert len(LETTERS) == 127 + 10
    assert USUAL.octets("@£\n{€\f") == bytes((0, 1, 10, 0x1B, 0x28, 0x1B, 0x65, 0x1B, 0x0A))


@given(st.text(st.sampled_from(LETTERS)))
def test_what_is_written_in_the_alphabet_is_read_back(said: str) -> None:
    assert USUAL.text(USUAL.octets(said)) == said


@pytest.mark.parametrize("letter", ["ç", "`", "\t", "’", "í", "я", "\x1b"])
def test_other_letters_are_not_in_it(letter: str) -> None:
    with pytest.raises(ValueError):
        USUAL.octets(letter)


@pytest.mark.parametrize(
    ("octets", "coding", "default", "said"),
    [
        pytest.param(b"\x00\x1b\x65", 0, "gsm", "@€", id="0 is the GSM alphabet"),
        pytest.param(b"gr\xfc\xdfe", 0, "latin1", "grüße", id="0 is Latin-1 for some carriers"),
        pytest.param(b"hello", 1, "gsm", "hello", id="ASCII"),
        pytest.param(b"gr\xfc\xdfe", 3, "gsm", "grüße", id="Latin-1"),
        pytest.param("привет👋".encode("utf-16-be"), 8, "gsm", "привет👋", id="UTF-16"),
        pytest.param(b"\xbf\xe0\xd8", 6, "gsm", "Пр\u0438", id="Cyrillic"),
        pytest.param(b"\x00", 0xF0, "latin1", "@", id="a class with the GSM alphabet"),
        pytest.param(b"\x00", 0x10, "latin1", "@", id="the general group with the GSM alphabet"),
        pytest.param("Да".encode("utf-16-be"), 0x18, "gsm", "Да", id="the general group with UCS-2"),
        pytest.param(b"\x00", 0x14, "gsm", None, id="the general group with data"),
        pytest.param("\ufeffДа".encode("utf-16-be"), 8, "gsm", "Да", id="UCS-2 with a mark of its order"),
        pytest.param("Да".encode("utf-16-be"), 0xE0, "gsm", "Да", id="UCS-2 that tells of waiting messages"),
        pytest.param(b"\x00", 0xD0, "gsm", "@", id="the same in the GSM alphabet"),
        pytest.param("\ufeffДа".encode("utf-16-le"), 8, "gsm", "Да", id="UCS-2 the other way round"),
        pytest.param(b"\x01\x02", 4, "gsm", None, id="binary"),
        pytest.param(b"\x01\x02", 0xF5, "gsm", None, id="a class with data"),
        pytest.param(b"\x1b", 0, "gsm", "\ufffd", id="an escape at the end"),
        pytest.param(b"\x1bA", 0, "gsm", "A", id="an escape that means nothing"),
        pytest.param(b"\x80", 0, "gsm", "\ufffd", id="beyond the alphabet"),
    ],
)
def test_data_coding_says_how_a_text_is_read(octets: bytes, coding: int, default: str, said: str | None) -> None:
    assert text_of(octets, coding, default) == said


@given(st.binary(max_size=80), st.integers(0, 255), st.sampled_from(["gsm", "latin1"]))
def test_any_octets_in_any_coding_are_read(octets: bytes, coding: int, default: str) -> None:
    text_of(octets, coding, default)


def test_the_sheets_part_says_where_it_belongs() -> None:
    message = short_message(SHEET[16:])

    assert place_of(message) == Place(0x42, 2, 1)
    assert joined([message], "gsm").text == "привет " + GAP


@pytest.mark.parametrize(
    ("message", "place"),
    [
        pytest.param(part(b"", 1, 2), Place(0x42, 2, 1), id="8 bits"),
        pytest.param(part(b"", 2, 3, 0x1234, long=True), Place(0x1234, 3, 2), id="16 bits"),
        pytest.param(
            text("x", tlvs=((Tag.SAR_REFERENCE, b"\x12\x34"), (Tag.SAR_TOTAL, b"\2"), (Tag.SAR_PLACE, b"\1"))),
            Place(0x1234, 2, 1),
            id="SAR",
        ),
        pytest.param(
            ShortMessage(esm_class=0x40, octets=bytes.fromhex("0b 0504 1234 0000 0003 42 02 01") + b"x"),
            Place(0x42, 2, 1),
            id="behind ports",
        ),
        pytest.param(text("whole"), None, id="a whole one"),
        pytest.param(part(b"", 3, 2), None, id="a number beyond the total"),
        pytest.param(part(b"", 0, 2), None, id="the number 0"),
        pytest.param(part(b"", 1, 1), None, id="one of one"),
        pytest.param(ShortMessage(esm_class=0x40, octets=b"\xff\0\3"), None, id="a header longer than all"),
        pytest.param(ShortMessage(esm_class=0x40, octets=b"\3\0\3\1"), None, id="an element longer than the header"),
        pytest.param(ShortMessage(esm_class=0x40), None, id="a header announced but not there"),
    ],
)
def test_where_a_part_belongs(message: ShortMessage, place: Place | None) -> None:
    assert place_of(message) == place


@given(st.binary(max_size=60), st.integers(0, 255))
def test_any_header_is_read(octets: bytes, esm_class: int) -> None:
    message = ShortMessage(octets=octets, esm_class=esm_class)
    place_of(message)
    joined([message, message], "gsm")


WAYS = st.sampled_from(["header", "header16", "sar"])
TEXTS = st.text(max_size=900) | st.text(st.sampled_from(LETTERS), max_size=900) | st.text("я👋🇰🇷é€ab", max_size=400)


@given(TEXTS, WAYS, st.integers(0, 255), st.randoms())
def test_any_text_is_joined_from_its_parts_in_any_order(said: str, way: str, number: int, dice: random.Random) -> None:
    settings = {"long_texts": way}
    said = said.encode("utf-16-be", "replace").decode("utf-16-be")
    sent = [short_message(submit(one, PERSON, BRAND, number, settings).body()) for one in parts_of(said, settings)]
    dice.shuffle(sent)

    assert len(sent) == segments(said, SmsRules(long_reference=way == "header16")).count
    assert all(len(one.octets) <= 140 or (one.data_coding == 0 and len(one.octets) <= 160) for one in sent)
    if sent:
        assert joined(sent, "gsm").text == said


def test_a_letter_cut_in_two_by_the_sender_is_whole_again() -> None:
    octets = "a👋".encode("utf-16-be")

    assert joined([part(octets[4:], 2, 2), part(octets[:4], 1, 2)], "gsm").text == "a👋"


def test_missing_parts_leave_a_mark_each() -> None:
    come = [part("два".encode("utf-16-be"), 2, 5), part("пять".encode("utf-16-be"), 5, 5)]

    whole = joined(come, "gsm")
    assert (whole.text, whole.parts, whole.total) == (f"{GAP}два{GAP}пять", 2, 5)


@pytest.mark.parametrize(
    ("said", "alphabet", "codings"),
    [
        pytest.param("Grüße", "gsm", [0], id="GSM"),
        pytest.param("Grüße", "latin1", [0], id="Latin-1"),
        pytest.param("5 €", "gsm", [0], id="an escaped letter"),
        pytest.param("5 €", "latin1", [8], id="a letter that Latin-1 lacks"),
        pytest.param("Ω" * 71, "latin1", [8, 8], id="and its parts are those of UCS-2"),
        pytest.param("ça", "gsm", [8], id="UCS-2"),
    ],
)
def test_the_alphabet_of_what_leaves(said: str, alphabet: str, codings: list[int]) -> None:
    parts = parts_of(said, {"default_alphabet": alphabet})

    assert [one.data_coding for one in parts] == codings
    assert "".join(text_of(one.octets, one.data_coding, alphabet) or "" for one in parts) == said


def test_a_carrier_that_cuts_by_itself_gets_the_whole() -> None:
    (whole,) = parts_of("я" * 300, {"long_texts": "payload"})

    assert short_message(submit(whole, BRAND, PERSON, 0, {}).body()).octets == ("я" * 300).encode("utf-16-be")


SHIFTED = {
    "Turkish, single": (b"\x03\x24\x01\x01" + b"\x1bs\x1bg\x1bi", "şğı"),
    "Turkish, locking": (b"\x03\x25\x01\x01" + b"\x1d\x0c\x07\x60\x40\x04", "şğıçİ€"),
    "Turkish, both": (b"\x06\x24\x01\x01\x25\x01\x01" + b"\x1d\x1b(", "ş{"),
    "Spanish, single": (b"\x03\x24\x01\x02" + b"\x1ba\x1bi\x1bo\x1bu\x1b\x09\x7d", "áíóúçñ"),
    "Spanish has no locking table": (b"\x03\x25\x01\x02" + b"\x04", "è"),
    "Portuguese, single": (b"\x03\x24\x01\x03" + b"\x1b{\x1b|\x1b\x7f\x1b\x05", "ãõâê"),
    "Portuguese, locking": (b"\x03\x25\x01\x03" + b"\x7b\x7c\x60\x15\x18", "ãõ~∞€"),
    "a language that we do not know reads as the usual one": (b"\x03\x24\x01\x0d" + b"\x1be", "€"),
    "an element that is too long is none": (b"\x04\x24\x02\x01\x00" + b"\x1bs", "s"),
}


@pytest.mark.parametrize(("octets", "said"), SHIFTED.values(), ids=SHIFTED.keys())
def test_national_tables_named_in_the_header_are_read(octets: bytes, said: str) -> None:
    message = ShortMessage(esm_class=0x40, octets=octets)

    assert joined([message], "gsm").text == said


@pytest.mark.parametrize("way", ["header", "header16", "sar"])
@pytest.mark.parametrize(
    ("language", "said"),
    [("turkish", "İğneada’ya ş" * 9), ("turkish", "Şu ağaçların gölgesi " * 20), ("spanish", "¿Qué día? " * 30)],
)
def test_a_national_text_leaves_in_its_tables_and_is_read_back(way: str, language: str, said: str) -> None:
    settings = {"long_texts": way, "national_alphabet": language}
    said = said.replace("’", "'")
    sent = [short_message(submit(one, BRAND, PERSON, 7, settings).body()) for one in parts_of(said, settings)]

    assert {one.data_coding for one in sent} == {0}
    assert joined(sent, "gsm").text == said
    assert all(one.esm_class & 0x40 for one in sent)


def test_without_the_setting_a_national_letter_makes_it_ucs_2() -> None:
    assert {one.data_coding for one in parts_of("ş", {})} == {8}
    assert {one.data_coding for one in parts_of("ş", {"national_alphabet": "turkish", "long_texts": "payload"})} == {8}


@pytest.mark.parametrize("language", [0, 1, 2, 3])
def test_each_table_has_a_letter_at_each_place_and_reads_back_what_it_writes(language: int) -> None:
    table = alphabet(language, language)

    assert len(table.basic) == 128
    assert table.text(table.octets("".join(table.sizes))) == "".join(table.sizes)
