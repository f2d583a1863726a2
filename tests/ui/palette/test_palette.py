"""The palette: what it offers, and that Esc changes nothing."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mim_desk.desk.shapes import SearchHit, SearchHits
from mim_desk.ui.commands import _found
from mim_desk.ui.palette.delegate import from_start, split_match
from mim_desk.ui.palette.model import Choice, PaletteModel, grouped, ranked
from mim_desk.ui.palette.view import Palette
from mim_desk.ui.theme import Theme
from tests.ui.samples import NOW

CHOICES = [
    Choice("resolve", "Resolve", "resolve", "E", group="Actions"),
    Choice("assign_to_me", "Assign to me", "person", "A", group="Actions"),
    Choice("unassign", "Put back in the queue", "unassigned", "Shift+A", "removes the assignee", "Actions"),
    Choice("go:unassigned", "Unassigned", "unassigned", "G+U", group="Go to"),
]
GROUPS = ("Actions", "Go to", "Messages")


@pytest.fixture
def palette(qtbot) -> Iterator[Palette]:
    window = QWidget()
    window.resize(1000, 700)
    qtbot.addWidget(window)
    window.show()
    made = Palette(Theme("dark"), window)
    made.open(CHOICES, GROUPS, "Marta Lindqvist")
    yield made
    made.shut()


def test_titles_that_begin_with_the_letters_come_first() -> None:
    assert [choice.id for choice in ranked(CHOICES, "ass")] == ["assign_to_me", "go:unassigned", "unassign"]


def test_every_word_must_be_there() -> None:
    assert [choice.id for choice in ranked(CHOICES, "queue put")] == ["unassign"]


def test_heads_are_read_and_never_chosen(qtmodeltester) -> None:
    model = PaletteModel()
    model.show(grouped(CHOICES, GROUPS), "")

    qtmodeltester.check(model, force_py=True)
    assert model.next_choice(-1, 1) == 1
    assert model.next_choice(1, -1) == 5


def test_matched_letters_are_told_apart() -> None:
    assert split_match("Unassigned", "ass") == [("Un", False), ("ass", True), ("igned", False)]
    assert split_match("İstanbul", "i") == [("İstanbul", False)]


def test_the_pieces_of_words_stand_in_the_words_own_order_in_either_layout() -> None:
    assert "".join(piece for piece, _ in from_start("Assign to me", "to", rtl=False)) == "Assign to me"
    assert [piece for piece, _ in from_start("Assign to me", "to", rtl=True)] == [" me", "to", "Assign "]
    assert [piece for piece, _ in from_start("إلى المساعدة", "إلى", rtl=True)] == ["إلى", " المساعدة"]
    assert [piece for piece, _ in from_start("إلى المساعدة", "إلى", rtl=False)] == [" المساعدة", "إلى"]


def test_enter_runs_the_first_choice(palette, qtbot) -> None:
    qtbot.keyClicks(palette.field, "ass")

    with qtbot.waitSignal(palette.chosen) as told:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)

    assert told.args == ["assign_to_me"]
    assert not palette.isVisible()


def test_arrows_move_the_choice(palette, qtbot) -> None:
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)

    with qtbot.waitSignal(palette.chosen) as told:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)

    assert told.args == ["assign_to_me"]


def test_escape_closes_and_changes_nothing(palette, qtbot) -> None:
    with qtbot.assertNotEmitted(palette.chosen):
        qtbot.keyClick(palette.field, Qt.Key.Key_Escape)

    assert not palette.isVisible()


def test_choices_found_late_for_other_letters_are_dropped(palette, qtbot) -> None:
    qtbot.keyClicks(palette.field, "flight")
    late = Choice("conversation:1", "Marta", "search", detail="my flight", group="Messages")

    palette.offer("fli", [late])
    assert late not in palette.model.lines

    palette.offer("flight", [late])
    assert late in palette.model.lines


def test_it_paints_over_everything(palette) -> None:
    assert not palette.grab().isNull()


def test_a_message_found_reads_in_the_order_in_which_it_was_written() -> None:
    hit = SearchHit("m1", "c1", "p1", "\u202eAbba", "web_chat", "incoming", "Pay \u202eEUR 001\u202c now", NOW, "eur")

    choice = _found(SearchHits([hit], 1, 1, 1.0), "eur")[1]

    assert "\u202e" not in choice.title + choice.detail
    assert "EUR 001" in choice.detail
