"""Marks in our own texts: what reads as bold and the like, and what stays the letter that it is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.formatting import Formatted, Formatting, Span, Style, mark_of, pieces, read

TRANSLATED, AS_TYPED = Formatting.TRANSLATED, Formatting.AS_TYPED
BOLD, ITALIC, STRUCK, CODE = Style.BOLD, Style.ITALIC, Style.STRUCK, Style.CODE

READ = {
    "bold": ("Come *today* please", "Come today please", [(5, 10, BOLD)]),
    "bold as in Markdown": ("a **b** c", "a b c", [(2, 3, BOLD)]),
    "italic": ("_soon_", "soon", [(0, 4, ITALIC)]),
    "struck out": ("~10 EUR~ 8 EUR", "10 EUR 8 EUR", [(0, 6, STRUCK)]),
    "code": ("Use `JS-10` now", "Use JS-10 now", [(4, 9, CODE)]),
    "one inside the other": ("*a _b_ c*", "a b c", [(0, 5, BOLD), (2, 3, ITALIC)]),
    "several in a line": ("*a* and *b*", "a and b", [(0, 1, BOLD), (6, 7, BOLD)]),
    "in code nothing else is read": ("`a *b*`", "a *b*", [(0, 5, CODE)]),
    "before a full stop": ("It is *free*.", "It is free.", [(6, 10, BOLD)]),
    "between brackets": ("(*free*)", "(free)", [(1, 5, BOLD)]),
    "in a script without spaces": ("房间**已确认**。", "房间已确认。", [(2, 5, BOLD)]),
    "in Arabic": ("رقم *JS-1* هنا", "رقم JS-1 هنا", [(4, 8, BOLD)]),
    "around an address": ("*see https://a.example/x_y_z*", "see https://a.example/x_y_z", [(0, 27, BOLD)]),
}
PLAIN = {
    "a sum": "2 * 3 * 4 and 5*3*2",
    "a name with underscores": "my_shop_bot and a_b_c",
    "an address": "https://shop.example/_new_/a*b*c~d~",
    "an address without a scheme": "www.shop.example/_new_/x",
    "a mail address": "_care_@shop.example",
    "a list": "* one\n* two\n- three",
    "a mark that nobody closes": "*one and two",
    "across lines": "*one\ntwo*",
    "a face": "*_* and ^_^",
    "about that many": "~10 or ~20",
    "nothing inside": "** __ ~~ ``",
    "an apostrophe of sorts": "it`s what that`s for",
    "three marks": "***x***",
}


@pytest.mark.parametrize(("text", "shown", "spans"), READ.values(), ids=READ)
def test_what_is_between_marks_reads_so(text: str, shown: str, spans: list[tuple[int, int, Style]]) -> None:
    assert read(text, TRANSLATED) == Formatted(shown, tuple(Span(*one) for one in spans))


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("formatting", [TRANSLATED, AS_TYPED])
def test_what_only_looks_like_a_mark_stays_as_it_was_typed(text: str, formatting: Formatting) -> None:
    assert read(text, formatting) == Formatted(text)


def test_a_plain_channel_reads_nothing() -> None:
    assert read("*a* _b_", Formatting.PLAIN) == Formatted("*a* _b_")


def test_an_app_that_reads_marks_itself_knows_no_double_ones() -> None:
    assert read("**a** *b*", AS_TYPED) == Formatted("**a** b", (Span(6, 7, BOLD),))


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("formatting", [TRANSLATED, AS_TYPED])
def test_the_mark_that_is_set_by_a_key_is_read_alike_on_every_channel(style: Style, formatting: Formatting) -> None:
    mark = mark_of(style)

    assert read(f"{mark}word{mark}", formatting) == Formatted("word", (Span(0, 4, style),))


@given(st.text(alphabet="ab *_~`\n/.:@h字", max_size=60), st.sampled_from([TRANSLATED, AS_TYPED]))
def test_only_marks_are_ever_taken_out(text: str, formatting: Formatting) -> None:
    formatted = read(text, formatting)
    left = iter(text)

    assert all(char in left for char in formatted.text), "the order stays"
    assert [char for char in formatted.text if char not in "*_~`"] == [char for char in text if char not in "*_~`"]
    assert all(0 <= span.start < span.end <= len(formatted.text) for span in formatted.spans)
    assert "".join(part for part, _ in pieces(formatted)) == formatted.text


@given(st.text(alphabet="ab *_~`", max_size=40))
def test_spans_stand_inside_each_other_or_apart(text: str) -> None:
    spans = sorted(read(text, TRANSLATED).spans, key=lambda one: (one.start, -one.end))

    for one, other in pairwise(spans):
        assert other.start >= one.end or other.end <= one.end


def test_pieces_say_all_that_a_stretch_is() -> None:
    formatted = read("a *b _c_* d", TRANSLATED)

    assert list(pieces(formatted)) == [
        ("a ", frozenset()),
        ("b ", {BOLD}),
        ("c", {BOLD, ITALIC}),
        (" d", frozenset()),
    ]
