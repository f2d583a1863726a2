"""What of a text is drawn."""

import pytest
from PySide6.QtGui import QFont, QTextLayout

from mim_desk.ui.timeline.shown_text import (
    LONGEST_SHOWN,
    MOST_LINES,
    file_name,
    shown,
    strong_direction,
    utf16_length,
    utf16_slice,
)
from mim_desk.ui.timeline.text_block import TextBlock
from mim_desk.ui.timeline.whole_text import LONGEST_LINE, broken

HOSTILE = {
    "endless run": "x" * 300_000,
    "endless han": "请" * 300_000,
    "marks": "a" + "\u0301" * 20_000,
    "overrides": "\u202e\u2066" * 50_000,
    "isolates": "\u2067a\u2066b" * 50_000,
    "lines": "\n" * 300_000,
    "emoji": "👨‍👩‍👧‍👦" * 40_000,
    "tables": "<table><tr><td>" * 20 + "x",
    "image": '<img src="file:///etc/passwd">',
    "controls": "a\0b\x1bc\u2028d\u2029e\tf",
    "lone separators": "\u2028" * 10_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_is_laid_out_beyond_its_bound(text: str, qapp) -> None:
    part = shown(text)

    block = TextBlock(part.text, QFont(), 20, 400)

    assert len(part.text) <= LONGEST_SHOWN
    assert block.height <= 20 * (LONGEST_SHOWN / 10)
    assert part.cut == (len(text) > LONGEST_SHOWN)


def test_markup_is_words() -> None:
    assert shown(HOSTILE["image"]).text == HOSTILE["image"]
    assert shown(HOSTILE["tables"]).text == HOSTILE["tables"]


def test_overrides_of_direction_are_left_out_and_nothing_else_of_scripts_that_need_marks() -> None:
    assert shown("abc\u202egpj.exe").text == "abcgpj.exe"
    assert shown("שלום\u200f!").text == "שלום\u200f!"
    assert shown("नमस्ते").text == "नमस्ते"


def test_a_pile_of_marks_is_cut_to_what_scripts_need_and_can_be_seen_whole() -> None:
    part = shown("a" + "\u0301" * 50 + "b")

    assert part.text == "a" + "\u0301" * 6 + "b"
    assert part.cut


def test_lines_are_counted() -> None:
    part = shown("\n".join("abc" for _ in range(MOST_LINES + 5)))

    assert part.cut
    assert part.text.count("\u2028") == MOST_LINES - 1


def test_a_file_name_cannot_disguise_its_end() -> None:
    assert "\u202e" not in file_name("photo\u202egpj.exe")
    assert file_name("photo\u202egpj.exe").endswith("gpj.exe")
    assert file_name("") == "\ufffd"


def test_positions_are_qts() -> None:
    text = "a👍b"

    assert utf16_length(text) == 4
    assert utf16_slice(text, 1, 3) == "👍"
    assert utf16_slice(text, 3, 4) == "b"


@pytest.mark.parametrize(
    ("text", "rtl"), [("مرحبا", True), ("12:30 שלום", True), ("hello مرحبا", False), ("04:05 👍", None), ("", None)]
)
def test_direction_is_that_of_the_first_strong_letter(text: str, rtl: bool | None) -> None:
    assert strong_direction(text) is rtl


def test_an_endless_line_is_broken_before_a_window_shows_it() -> None:
    lines = broken("x" * 300_000).split("\n")

    assert max(map(len, lines)) == LONGEST_LINE
    assert "".join(lines) == "x" * 300_000


def test_the_first_line_of_right_to_left_text_stands_at_the_right(qapp) -> None:
    text = "مرحبا كيف حالك اليوم أريد تغيير الحجز من فضلك"

    block = TextBlock(text, QFont(), 20, 200)

    assert block.rtl
    layout: QTextLayout = block._layout
    right = [layout.lineAt(n).naturalTextRect().right() for n in range(layout.lineCount())]
    assert max(right) - min(right) < 2
