"""A banner says its whole sentence, on however many lines; what to do stands at its end."""

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from mim_desk.ui.theme import Theme, load_fonts
from mim_desk.ui.widgets.banner import Banner, Fact

LOCKED = Fact(
    "lock", "danger", "warning",
    "Another hub works with /home/leo/.local/share/mim-desk/hub.db. Stop it first, or name another folder in MIM_DESK_HOME.",
    act="Hide",
)  # fmt: skip
SHORT = Fact("key", "danger", "failed", "Viber refuses our key.", "7 replies are held.", "Repair")


@pytest.fixture
def banner(qtbot) -> Banner:
    load_fonts()
    made = Banner(Theme("light"))
    qtbot.addWidget(made)
    made.resize(555, made.height())
    made.show()
    return made


def test_a_sentence_that_fits_has_the_height_of_the_pictures(banner) -> None:
    banner.tell(SHORT)

    assert banner.height() == banner.theme.size("banner")


def test_a_longer_sentence_takes_another_line_instead_of_losing_its_end(banner) -> None:
    banner.tell(LOCKED)

    assert banner.height() >= 2 * banner.theme.line("body") + banner.theme.space(4)


def test_it_grows_and_shrinks_with_the_window_and_with_what_holds(banner) -> None:
    banner.tell(LOCKED)
    banner.resize(1400, banner.height())
    QApplication.processEvents()
    assert banner.height() == banner.theme.size("banner")

    banner.resize(420, banner.height())
    QApplication.processEvents()
    grown = banner.height()
    banner.forget("lock")
    banner.tell(SHORT)

    assert grown > banner.theme.size("banner") == banner.height()


def test_its_button_stands_in_the_middle_of_all_lines(qtbot) -> None:
    load_fonts()
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    banner = Banner(Theme("light"))
    column.addWidget(banner)
    column.addStretch(1)
    page.resize(1200, 300)
    page.show()
    banner.tell(LOCKED)
    QApplication.processEvents()
    page.resize(520, 300)
    QApplication.processEvents()
    QApplication.processEvents()

    assert banner.height() > banner.theme.size("banner")
    assert abs(banner.button.geometry().center().y() - banner.rect().center().y()) <= 1
