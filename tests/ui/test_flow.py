"""Choices stand side by side, and on the next line where the width ends; they never widen their page."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.ui.theme import Theme, load_fonts
from mim_desk.ui.widgets.flow import Flow
from mim_desk.ui.widgets.segment import Segment


@pytest.fixture
def page(qtbot) -> QWidget:
    load_fonts()
    theme = Theme("light")
    made = QWidget()
    qtbot.addWidget(made)
    column = QVBoxLayout(made)
    column.addWidget(Flow(theme, [Segment(theme, words) for words in ("Header, 8 bits", "Header, 16 bits", "Whole")]))
    column.addStretch(1)
    made.resize(700, 300)
    made.show()
    return made


def tops(page: QWidget) -> list[int]:
    return [segment.y() for segment in page.findChildren(Segment)]


def test_they_stand_on_one_line_where_there_is_room(page) -> None:
    assert tops(page) == [0, 0, 0]


def test_the_next_line_takes_what_does_not_fit_and_all_can_be_seen(page) -> None:
    page.resize(260, 300)
    page.layout().activate()

    flow = page.findChild(Flow)
    assert len(set(tops(page))) == 2
    assert all(flow.rect().contains(segment.geometry()) for segment in page.findChildren(Segment))
    assert page.minimumSizeHint().width() < 200


def test_they_begin_at_the_right_where_panes_are_mirrored(page) -> None:
    page.setLayoutDirection(Qt.LayoutDirection.RightToLeft)

    first, second, *_ = page.findChildren(Segment)
    assert first.geometry().right() == page.findChild(Flow).rect().right()
    assert second.x() < first.x()
