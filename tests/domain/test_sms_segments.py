"""How many SMS a text becomes, rule by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.sms_segments import Encoding, SmsRules, room, segments

FAMILY = "👨‍👩‍👧‍👦"
GSM_7, UCS_2 = Encoding.GSM_7, Encoding.UCS_2
CASES = {
    "nothing": ("", GSM_7, 0, 0),
    "as much as fits into one": ("a" * 160, GSM_7, 160, 1),
    "one more": ("a" * 161, GSM_7, 161, 2),
    "as much as fits into two": ("a" * 306, GSM_7, 306, 2),
    "one more than into two": ("a" * 307, GSM_7, 307, 3),
    "escaped characters count twice": ("€" * 80, GSM_7, 160, 1),
    "escaped characters, one more": ("€" * 81, GSM_7, 162, 2),
    "an escaped character that fits nowhere but in the second part": ("a" * 152 + "€" + "a" * 8, GSM_7, 162, 2),
    "an escaped character is not cut, so three": ("a" * 152 + "€" + "a" * 152, GSM_7, 306, 3),
    "Russian, one": ("я" * 70, UCS_2, 70, 1),
    "Russian, one more": ("я" * 71, UCS_2, 71, 2),
    "Russian, two": ("я" * 134, UCS_2, 134, 2),
    "Russian, one more than two": ("я" * 135, UCS_2, 135, 3),
    "emoji count twice": ("👋" * 35, UCS_2, 70, 1),
    "emoji, one more": ("👋" * 36, UCS_2, 72, 2),
    "emoji, two": ("👋" * 66, UCS_2, 132, 2),
    "an emoji is not cut, so three": ("👋" * 67, UCS_2, 134, 3),
    "a flag is not cut, so three": ("я" * 65 + "🇰🇷" + "я" * 65, UCS_2, 134, 3),
    "a family is not cut, so three": ("я" * 60 + FAMILY + "я" * 63, UCS_2, 134, 3),
    "a letter and its mark are not cut": ("я" * 66 + "e\u0301" + "я" * 66, UCS_2, 134, 3),
    "the two characters of a new line may be cut": ("a" * 152 + "\r\n" + "a" * 152, GSM_7, 306, 2),
    "they may not in UCS-2": ("я" * 66 + "\r\n" + "я" * 66, UCS_2, 134, 3),
    "form feed is escaped": ("\f", GSM_7, 2, 1),
    "a heap of marks is longer than a part": ("я" + "\u0301" * 100, UCS_2, 101, 2),
}


@pytest.mark.parametrize(("text", "encoding", "units", "count"), CASES.values(), ids=CASES.keys())
def test_a_text_becomes_so_many_messages(text: str, encoding: Encoding, units: int, count: int):
    told = segments(text)

    assert (told.encoding, told.units, told.count) == (encoding, units, count)


@pytest.mark.parametrize("ch", list("@£$¥èéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà¡¿§_¤ΔΦΓΛΩΠΨΣΘΞ\n\r \"'aZ09"))
def test_characters_of_the_basic_table_count_once(ch: str):
    assert (segments(ch).encoding, segments(ch).units) == (GSM_7, 1)


@pytest.mark.parametrize("ch", list("^{}\\[~]|€\f"))
def test_characters_of_the_extension_table_count_twice(ch: str):
    assert (segments(ch).encoding, segments(ch).units) == (GSM_7, 2)


OUTSIDE = list("çíóúáêãõğşİ`\t’‘“”–—…\u00a0\x1bα中я👋")


@pytest.mark.parametrize("ch", OUTSIDE, ids=[f"U+{ord(ch):04X}" for ch in OUTSIDE])
def test_one_character_outside_makes_the_whole_text_ucs_2(ch: str):
    """Among them what stands only in national tables, and the escape itself."""
    told = segments(f"it{ch}s")

    assert told.encoding is UCS_2
    assert told.foreign == (ch,)


def test_it_names_each_foreign_character_once_in_its_order():
    assert segments("it’s — it’s ç").foreign == ("’", "—", "ç")
    assert segments("plain").foreign == ()


def test_it_tells_how_much_fits_before_one_more_is_needed():
    assert segments("").left == 160
    assert segments("a" * 150).left == 10
    assert segments("a" * 161).left == 153 - 8
    assert segments("я" * 60).left == 10
    assert segments("a" * 152 + "€" + "a" * 8).left == 153 - 10


def test_a_longer_reference_leaves_less_room():
    assert segments("a" * 306, SmsRules(long_reference=True)).count == 3
    assert segments("a" * 304, SmsRules(long_reference=True)).count == 2
    assert segments("я" * 133, SmsRules(long_reference=True)).count == 3
    assert segments("я" * 132, SmsRules(long_reference=True)).count == 2
    assert segments("a" * 160, SmsRules(long_reference=True)).count == 1


def test_parts_are_cut_where_the_count_says():
    assert segments("a" * 152 + "€" + "a" * 152).parts == ("a" * 152, "€" + "a" * 151, "a")
    assert segments("я" * 65 + "🇰🇷" + "я" * 65).parts == ("я" * 65, "🇰🇷" + "я" * 63, "яя")


TEXTS = st.text("ab€[çя \r\n👋🏽🇰🇷\u0301\u200d👩", max_size=400) | st.text(max_size=400)


@given(TEXTS, st.booleans())
def test_the_parts_are_the_text_again_and_none_is_too_long(text: str, long_reference: bool):
    told = segments(text, SmsRules(long_reference=long_reference))
    most = room(told.encoding, is_part=told.count > 1, long_reference=long_reference)

    assert "".join(told.parts) == text
    for part in told.parts:
        size = sum(2 if ch > "\uffff" or (told.encoding is GSM_7 and ch in "^{}\\[~]|€\f") else 1 for ch in part)
        assert 0 < size <= most
    assert told.left >= 0


NATIONAL = {
    "Turkish: a few letters go by the single shift": ("turkish", "ş" * 2 + "a" * 100, GSM_7, 104, 1),
    "Turkish: the header leaves 155": ("turkish", "ş" + "a" * 153, GSM_7, 155, 1),
    "Turkish: what is too long behind escapes is not by the locking shift": ("turkish", "ğ" * 155, GSM_7, 155, 1),
    "Turkish: parts hold 149": ("turkish", "ş" + "a" * 296, GSM_7, 298, 2),
    "Turkish: è is not in the locking table, so both letters need the single one": ("turkish", "èş", GSM_7, 3, 1),
    "Spanish has a single shift alone": ("spanish", "í" * 77, GSM_7, 154, 1),
    "Spanish: more of them are two": ("spanish", "í" * 78, GSM_7, 156, 2),
    "Portuguese: locked": ("portuguese", "ã" * 155, GSM_7, 155, 1),
    "Portuguese: locked and shifted": ("portuguese", "ã" * 140 + "Φ", GSM_7, 142, 1),
    "a letter of another language is UCS-2": ("turkish", "ã", UCS_2, 1, 1),
    "nothing foreign stays as it was": ("turkish", "a" * 160, GSM_7, 160, 1),
}


@pytest.mark.parametrize(("language", "text", "encoding", "units", "count"), NATIONAL.values(), ids=NATIONAL.keys())
def test_a_national_alphabet_keeps_its_letters_out_of_ucs_2(language, text, encoding, units, count):
    told = segments(text, SmsRules(national=language))

    assert (told.encoding, told.units, told.count) == (encoding, units, count)


def test_where_the_network_takes_latin_1_what_is_beyond_it_is_ucs_2():
    assert segments("Ω", SmsRules(latin=True)).encoding is UCS_2
    assert segments("ü", SmsRules(latin=True)).encoding is GSM_7
