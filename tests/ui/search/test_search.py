"""Search as you type in the offline copy."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from mim_desk.desk.shapes import SearchHit
from mim_desk.ui.search.model import excerpt
from mim_desk.ui.search.view import SearchPane
from tests.ui.samples import NOW
from tests.ui.stage import Stage


@pytest.fixture
def pane(stage: Stage, qtbot) -> SearchPane:
    """A pane over an empty list."""
    over = stage.keep(QWidget(), 344, 700)
    made = SearchPane(stage.theme, stage.session, over)
    made.begin()
    yield made
    made.close_down()


def test_hits_come_while_typing_and_enter_opens_one(stage: Stage, pane: SearchPane, qtbot) -> None:
    QTest.keyClicks(pane.field, "driver")
    stage.until(pane.model.rowCount)
    assert "driver" in pane.model.hit(0).text

    QTest.keyClick(pane.field, Qt.Key.Key_Down)
    with qtbot.waitSignal(pane.hit_chosen) as told:
        QTest.keyClick(pane.field, Qt.Key.Key_Return)

    assert told.args[0] == pane.model.hit(1)
    assert pane.foot.text()


def test_chinese_is_found_by_two_characters(stage: Stage, pane: SearchPane) -> None:
    pane.field.setText("酒店")
    stage.until(pane.model.rowCount)

    assert all("酒店" in pane.model.hit(n).text for n in range(pane.model.rowCount()))


def test_nothing_found_is_said(stage: Stage, pane: SearchPane) -> None:
    pane.field.setText("zzqqxx")
    stage.until(pane.empty.isVisible)

    assert "zzqqxx" in pane.empty.accessibleName()


def test_escape_ends_it(pane: SearchPane, qtbot) -> None:
    with qtbot.waitSignal(pane.closed):
        QTest.keyClick(pane.field, Qt.Key.Key_Escape)

    assert not pane.isVisible()


def test_the_excerpt_stands_around_the_match(stage: Stage, pane: SearchPane) -> None:
    pane.field.setText("late")
    stage.until(pane.model.rowCount)
    hit = pane.model.hit(0)

    text, spans = excerpt(hit)

    assert all(text[a:b].lower().startswith("late") for a, b in spans)
    assert "\n" not in text
    pane.grab()


def test_a_hit_reads_in_the_order_in_which_it_was_written() -> None:
    hit = SearchHit("m1", "c1", "p1", "Abba", "web_chat", "incoming", "Pay \u202eEUR 001\u202c now", NOW, "eur")

    text, spans = excerpt(hit)

    assert "\u202e" not in text
    assert [text[a:b] for a, b in spans] == ["EUR"]
