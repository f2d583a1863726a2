"""Buttons: what speaks against them, how they read as words, and which one an answer means."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.buttons import (
    Button,
    ButtonLimits,
    Fault,
    Form,
    Problem,
    chosen,
    form_of,
    in_words,
    key_parts,
    keyed,
    problem,
)

YES, NO = Button("Yes"), Button("No")
SHOP = Button("Shop", url="https://shop.example")
WHATSAPP = ButtonLimits(3, 20, 1024, most_links=1, rows=10, row_length=24, description_length=72, section_length=24)
MESSENGER = ButtonLimits(13, 20, 2000, most_links=3, most_mixed=3, link_text_length=640)
INSTAGRAM = ButtonLimits(13, 20, 1000)
MANY = [Button(f"Slot {n}") for n in range(11)]

CASES = {
    "none at all": ([], WHATSAPP, "", None),
    "two that answer": ([YES, NO], WHATSAPP, "Sure?", None),
    "no text above": ([YES], WHATSAPP, " \n", Problem(Fault.NO_TEXT)),
    "no words on it": ([YES, Button(" ")], WHATSAPP, "Sure?", Problem(Fault.NO_TITLE, 1)),
    "the same words twice": ([YES, Button("yes ")], WHATSAPP, "Sure?", Problem(Fault.SAME_TITLE, 1)),
    "too many become a list": (MANY[:4], WHATSAPP, "When?", None),
    "more than a list has rows": (MANY, WHATSAPP, "When?", Problem(Fault.TOO_MANY, 10, 10)),
    "too many without lists": (MANY[:11] + [Button(f"{n}") for n in range(3)], MESSENGER, "?", Problem(Fault.TOO_MANY, 13, 13)),
    "a title too long becomes a row": ([Button("a" * 24)], WHATSAPP, "?", None),
    "a row too long": ([Button("a" * 25)], WHATSAPP, "?", Problem(Fault.TITLE_LENGTH, 0, 24)),
    "emoji count as providers count": ([Button("👍" * 11)], INSTAGRAM, "?", Problem(Fault.TITLE_LENGTH, 0, 20)),
    "a second line": ([Button("10:00", description="north desk")], WHATSAPP, "?", None),
    "a second line too long": (
        [Button("10:00", description="n" * 73)], WHATSAPP, "?", Problem(Fault.DESCRIPTION_LENGTH, 0, 72),
    ),
    "a heading too long": ([Button("10:00", section="n" * 25)], WHATSAPP, "?", Problem(Fault.SECTION_LENGTH, 0, 24)),
    "a second line where there are no lists": (
        [Button("10:00", description="n")], INSTAGRAM, "?", Problem(Fault.NO_DESCRIPTIONS, 0),
    ),
    "an address alone": ([SHOP], WHATSAPP, "Look", None),
    "an address beside an answer": ([SHOP, YES], WHATSAPP, "Look", Problem(Fault.NOT_MIXED, 0)),
    "an address beside an answer where that goes": ([YES, SHOP], MESSENGER, "Look", None),
    "two addresses where one goes": (
        [SHOP, Button("Map", url="https://map.example")], WHATSAPP, "Look", Problem(Fault.TOO_MANY_LINKS, 1, 1),
    ),
    "an address where none goes": ([SHOP], INSTAGRAM, "Look", Problem(Fault.NO_LINKS, 0)),
    "no address": ([Button("Shop", url="javascript:x")], MESSENGER, "Look", Problem(Fault.BAD_LINK, 0, 1000)),
    "an address without a host": ([Button("Shop", url="https://")], MESSENGER, "Look", Problem(Fault.BAD_LINK, 0, 1000)),
    "four with an address": ([YES, NO, Button("Maybe"), SHOP], MESSENGER, "?", Problem(Fault.TOO_MANY, 3, 3)),
    "words instead of buttons": ([*MANY, SHOP, Button("10:00", description="n")], None, "?", None),
    "too many words": ([Button(str(n)) for n in range(21)], None, "?", Problem(Fault.TOO_MANY, 20, 20)),
}  # fmt: skip


@pytest.mark.parametrize(("buttons", "limits", "text", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_speaks_against_buttons(buttons, limits, text, wanted):
    assert problem(buttons, limits, text) == wanted


def test_a_channel_without_buttons_has_them_as_numbered_lines():
    assert form_of([YES, NO], None) is Form.WORDS
    assert in_words("Which one?", [YES, SHOP, Button("No", description="ask again")]) == (
        "Which one?\n\n1. Yes\nShop: https://shop.example\n2. No (ask again)"
    )


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("1", "Yes"),
        ("2", "No"),
        (" 2. ", "No"),
        ("2)", "No"),
        ("２", "No"),
        ("٢", "No"),
        ("yes", "Yes"),
        ("ＹＥＳ", "Yes"),
        ("3", None),
        ("0", None),
        ("2 please", None),
        ("", None),
        ("Shop", None),
    ],
)
def test_an_answer_in_words_is_matched_back_to_its_choice(said: str, title: str | None):
    found = chosen(said, [YES, SHOP, NO])

    assert (found.title if found else None) == title


@given(st.text(max_size=40))
def test_whatever_is_said_no_more_than_one_of_the_offered_is_meant(said: str):
    assert chosen(said, [YES, SHOP, NO]) in (YES, NO, None)


@given(st.lists(st.builds(Button, st.text(min_size=1, max_size=30)), min_size=1, max_size=30))
def test_what_passes_is_within_the_limits(buttons: list[Button]):
    if problem(buttons, WHATSAPP, "?") is not None:
        return
    lengths = [len(one.title.encode("utf-16-le", "surrogatepass")) // 2 for one in buttons]
    if form_of(buttons, WHATSAPP) is Form.LIST:
        assert len(buttons) <= 10
        assert max(lengths) <= 24
    else:
        assert len(buttons) <= 3
        assert max(lengths) <= 20


def test_a_key_is_short_enough_for_every_channel_and_leads_back():
    """Telegram's callback data is the shortest: 64 bytes."""
    message_id = str(uuid.uuid4())
    keys = [one.id for one in keyed(message_id, [YES] * 100)]

    assert max(len(key) for key in keys) <= 40
    assert [key_parts(key) for key in keys] == [(message_id, place) for place in range(100)]
    assert key_parts("k=refund") is None
