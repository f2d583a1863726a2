"""The list on screen: what is pointed at never jumps, clocks tick alone."""

from datetime import datetime

import pytest
from PySide6.QtCore import QPoint, Qt

from mim_desk.ui.inbox.view import ConversationList
from mim_desk.ui.theme import Theme
from tests.ui.inbox.test_list_model import rows
from tests.ui.samples import NOW, inbox_rows


def now() -> datetime:
    return NOW


@pytest.fixture
def view(qtbot) -> ConversationList:
    made = ConversationList(Theme("light"), now)
    qtbot.addWidget(made)
    made.resize(344, 600)
    made.show()
    return made


def test_every_row_is_as_high_as_the_looks_say(view) -> None:
    view.rows.restart(inbox_rows(), more=False)

    assert view.visualRect(view.rows.index(0)).height() == 76


def test_a_click_opens_at_once(view, qtbot) -> None:
    view.rows.restart(inbox_rows(), more=False)

    with qtbot.waitSignal(view.opened) as told:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.rows.index(1)).center())

    assert told.args == ["c0002"]


def test_enter_opens_the_conversation_under_the_cursor(view, qtbot) -> None:
    view.rows.restart(inbox_rows(), more=False)
    view.setFocus()
    view.step(1)
    view.step(1)

    with qtbot.waitSignal(view.opened) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)

    assert told.args == [view.current_id]


def test_letters_are_left_to_the_window(view, qtbot) -> None:
    view.rows.restart(inbox_rows(), more=False)
    view.setFocus()
    before = view.current_id

    qtbot.keyClick(view, Qt.Key.Key_S)

    assert view.current_id == before


def test_the_row_under_the_cursor_stays_where_it_is_on_screen(view) -> None:
    view.rows.restart(rows(*range(20)), more=False)
    view.mark_opened("c0004")
    top = view.visualRect(view.rows.index_of("c0004")).top()

    for wanted in ([19, 18, *range(18)], [4, 0, 1, 2, 3], [*range(30, 50), 4]):
        view.steadily(lambda wanted=wanted: view.rows.refresh(rows(*wanted), view.pins(), more=False))
        if len(wanted) > 5:
            assert view.visualRect(view.rows.index_of("c0004")).top() == top


def test_new_rows_above_do_not_move_what_is_read(view) -> None:
    view.rows.restart(rows(*range(40)), more=False)
    view.verticalScrollBar().setValue(760)
    first = view.indexAt(QPoint(1, 1)).row()
    shown = view.rows.rows[first].conversation.id

    view.steadily(lambda: view.rows.refresh(rows(*range(100, 105), *range(40)), view.pins(), more=False))

    assert view.rows.rows[view.indexAt(QPoint(1, 1)).row()].conversation.id == shown


def test_a_tick_repaints_clocks_only(view, qtbot) -> None:
    view.rows.restart(inbox_rows(), more=False)
    view.repaint()

    regions = [view._chip_rect(index, False) for index in view.visible_rows()]

    ticking = [region for region in regions if region is not None]
    assert len(ticking) == 9
    assert all(region.width() < 120 and region.height() == 20 for region in ticking)


def test_the_whole_list_paints_in_every_theme_and_direction(view, qtbot) -> None:
    view.rows.restart(inbox_rows(), more=False)
    view.look.busy = {"c0002": "Ana is typing"}
    view.look.show_assignee = True
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        view.setLayoutDirection(direction)
        for mode in ("light", "dark", "high_contrast"):
            view.theme.choose(mode)
            assert not view.grab().isNull()


def test_a_label_of_an_unknown_colour_is_grey(view) -> None:
    from mim_desk.ui.inbox.face import Surroundings

    view.look.look_again(Surroundings("", (("Delivery", "Delivery", "label-pink"),)))
    view.rows.restart(inbox_rows(), more=False)

    assert not view.grab().isNull()
