"""Words that take several lines stand as far apart as their type role says, and never push a page wide."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme, load_fonts
from mim_desk.ui.widgets.paragraph import Paragraph

LONG = "Webhook needs a public address of the hub, and the provider is asked now and then for what it missed. " * 3
ADDRESS = "https://example.com/" + "a-very-long-path-without-any-break" * 8


@pytest.fixture
def theme(qapp) -> Theme:
    load_fonts()
    return Theme("light")


def drawn(part: QWidget) -> QImage:
    return part.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def inked_rows(image: QImage, ground: QColor) -> list[int]:
    return [y for y in range(image.height()) if any(image.pixelColor(x, y) != ground for x in range(image.width()))]


@pytest.mark.parametrize("role", ["body", "meta", "heading"])
def test_each_line_after_the_first_takes_the_height_of_its_type_role(theme, qtbot, role) -> None:
    words = Paragraph(theme, "one", role)
    qtbot.addWidget(words)

    heights = []
    for count in (1, 2, 5):
        words.setText("\n".join(["word"] * count))
        heights.append(words.heightForWidth(300))

    assert heights[1] - heights[0] == theme.line(role)
    assert heights[2] - heights[1] == 3 * theme.line(role)


def test_one_line_is_as_high_as_in_any_label(theme, qtbot) -> None:
    words, plain = Paragraph(theme, "One line", "body"), PlainLabel("One line")
    plain.setFont(theme.font("body"))
    for part in (words, plain):
        qtbot.addWidget(part)

    assert words.heightForWidth(500) == plain.sizeHint().height()


def test_all_lines_are_drawn_within_its_height(theme, qtbot) -> None:
    words = Paragraph(theme, LONG, "body")
    qtbot.addWidget(words)
    words.resize(260, words.heightForWidth(260))

    image = drawn(words)
    rows = inked_rows(image, image.pixelColor(image.width() - 1, 0))

    assert rows[0] < theme.line("body")
    assert image.height() - rows[-1] < theme.line("body")
    words.setFixedHeight(words.height() + theme.line("body"))
    taller = drawn(words)
    assert len(inked_rows(taller, image.pixelColor(image.width() - 1, 0))) == len(rows)


def test_an_address_longer_than_the_page_is_broken_and_the_page_stays_narrow(theme, qtbot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    words = Paragraph(theme, ADDRESS, "body")
    column.addWidget(words)
    page.resize(240, 400)
    page.show()

    assert page.minimumSizeHint().width() < 200
    assert words.width() <= 240
    assert words.heightForWidth(words.width()) > 5 * theme.line("body")


def test_words_that_run_right_to_left_stand_at_the_start_of_their_pane(theme, qtbot) -> None:
    sides = {}
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        words = Paragraph(theme, "مرحبا", "body")
        qtbot.addWidget(words)
        words.setLayoutDirection(direction)
        words.resize(300, 20)
        image = drawn(words)
        ground = image.pixelColor(150, 0)
        sides[direction] = [x for x in range(300) if any(image.pixelColor(x, y) != ground for y in range(20))]

    assert max(sides[Qt.LayoutDirection.LeftToRight]) < 150
    assert min(sides[Qt.LayoutDirection.RightToLeft]) > 150


def test_its_colour_follows_its_name_in_the_sheet(theme, qtbot) -> None:
    words = Paragraph(theme, "MMMM", "title")
    words.setStyleSheet("QLabel#danger { color: #ff0000 }")
    qtbot.addWidget(words)
    words.setObjectName("danger")
    words.resize(200, 40)

    image = drawn(words)

    colors = {image.pixelColor(x, y).name() for x in range(120) for y in range(40)}
    assert "#ff0000" in colors


def test_further_lines_of_a_step_stand_below_its_first_word(theme, qtbot) -> None:
    step = Paragraph(theme, "1. " + "MM " * 40, "body")
    qtbot.addWidget(step)
    step.hang("1. ")
    step.resize(260, step.heightForWidth(260))

    image = drawn(step)
    ground = image.pixelColor(259, 0)
    line = theme.line("body")
    starts = [
        min(x for x in range(260) for y in range(top, top + line - 4) if image.pixelColor(x, y) != ground)
        for top in (0, line, 2 * line)
    ]

    assert starts[0] < starts[1] == starts[2]
