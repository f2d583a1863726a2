"""The page of a training: figures as the hub tells them, dashes for what is not yet known."""

from PySide6.QtCore import Qt

from mim_desk.protocol.api import ResponseReport, ResponseSpread
from mim_desk.ui.theme import Theme
from mim_desk.ui.training.view import NONE, TrainingPage, share

NOTHING = ResponseReport(ResponseSpread(0), ResponseSpread(0))
SOME = ResponseReport(ResponseSpread(4, 42.4, 130.0), ResponseSpread(2, 15.0, 20.0), in_time=5, late=1, waiting=3)


def page(qtbot) -> TrainingPage:
    made = TrainingPage(Theme("light"))
    qtbot.addWidget(made)
    return made


def test_it_shows_median_slowest_share_and_who_waits(qtbot) -> None:
    made = page(qtbot)

    made.tell(SOME, over=False)

    shown = {name: figure.value.text() for name, figure in made.figures.items()}
    assert shown == {
        "first": "0:43",
        "first_slowest": "2:10",
        "next": "0:15",
        "next_slowest": "0:20",
        "share": "83 %",
        "waiting": "3",
    }
    assert "Of 4 answered" in made.figures["first"].accessibleName()


def test_what_is_not_known_is_a_dash(qtbot) -> None:
    made = page(qtbot)

    made.tell(NOTHING, over=False)

    assert made.figures["first"].value.text() == made.figures["share"].value.text() == NONE
    assert share(NOTHING) == NONE


def test_at_the_end_it_says_so_and_leads_back_by_keyboard(qtbot) -> None:
    made = page(qtbot)
    made.tell(SOME, over=True)
    made.show()
    qtbot.waitExposed(made)

    assert "Everybody has been here" in made.why.text()
    with qtbot.waitSignal(made.went_back):
        qtbot.keyClick(made.back, Qt.Key.Key_Space)
