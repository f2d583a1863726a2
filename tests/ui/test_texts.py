"""Words on screen: what ``ui/texts.py`` promises to every pane."""

import html
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt

from mim_desk.ui import texts


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        pytest.param(0, "0:00", id="due now"),
        pytest.param(0.2, "0:01", id="a fraction is never 0:00"),
        pytest.param(108, "1:48", id="minutes and seconds"),
        pytest.param(1199, "19:59", id="last second shown"),
        pytest.param(1200, "20 min", id="whole minutes from 20 min"),
        pytest.param(1261, "22 min", id="rounded up to the minute"),
        pytest.param(3599, "1 h 00", id="never 60 min"),
        pytest.param(4800, "1 h 20", id="hours"),
        pytest.param(200_000, "2 d 7 h", id="days"),
    ],
)
def test_what_is_left_is_rounded_up(seconds: float, shown: str) -> None:
    assert texts.duration(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Marta Lindqvist", "ML"),
        ("田中 結衣", "田"),
        ("김서연", "김"),
        ("+44 7700 900123", "#"),
        ("", "#"),
    ],
)
def test_an_avatar_shows_letters_of_the_name(name: str, letters: str) -> None:
    assert texts.initials(name) == letters


def test_a_label_shows_markup_as_it_was_written(qtbot) -> None:
    label = texts.PlainLabel("<img src='/etc/hostname'><b>x</b>")
    qtbot.addWidget(label)

    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text().startswith("<img")


def test_a_tooltip_escapes_markup() -> None:
    assert "<img" not in texts.tooltip("<img src='/etc/hostname'>", "E")


def test_a_tooltip_escapes_as_the_library_does() -> None:
    every = "".join(map(chr, range(0x20, 0x2000)))

    assert texts.escaped(every) == html.escape(every)


def test_han_alone_is_drawn_with_the_forms_of_the_contacts_language() -> None:
    assert texts.script_of("直行", "ja") == "Kana"
    assert texts.script_of("直行", "zh-TW") == "Han_traditional"
    assert texts.script_of("直行") == "Han_simplified"
    assert texts.script_of("荷物はいつ") == "Kana"


def test_direction_follows_the_first_strong_letter() -> None:
    assert texts.runs_right_to_left("48213 مرحبا Marta")
    assert not texts.runs_right_to_left("Marta مرحبا")


def test_a_name_inside_a_sentence_does_not_turn_the_sentence_round() -> None:
    arabic = texts.isolated("خالد")

    assert not texts.runs_right_to_left(f"{arabic}, note")
    assert texts.runs_right_to_left(f"{texts.isolated('Leo Martins')}، ملاحظة")
    assert not texts.runs_right_to_left(arabic)


def test_a_list_row_shows_the_time_today_and_the_day_before() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert texts.list_time(now, now) == f"{now.astimezone():%H:%M}"
    assert texts.list_time(now - timedelta(days=20), now) == "2 Nov"
    assert texts.list_time(now - timedelta(days=400), now) == "18 Oct 2025"


def test_a_very_long_line_is_cut_before_it_is_measured() -> None:
    assert len(texts.one_line("a" * 300_000)) <= 400


TRICK = "Pay \u202eEUR 001\u202c now"


def test_a_text_reads_in_the_order_in_which_it_was_written(qtbot) -> None:
    label = texts.PlainLabel(TRICK)
    qtbot.addWidget(label)
    drawn = texts.elided(TRICK, label.font(), 4000)

    shown = (texts.one_line(TRICK), texts.isolated(TRICK), texts.tooltip(TRICK), label.text(), drawn)
    for each in shown:
        assert "\u202e" not in each
        assert "EUR 001" in each
    assert texts.in_written_order("\u2067שלום\u2069") == "\u2067שלום\u2069"
