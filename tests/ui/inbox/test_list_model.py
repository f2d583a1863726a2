"""The windowed list: order changes flow around what the agent points at."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPersistentModelIndex

from mim_desk.desk.shapes import ListRow
from mim_desk.ui.inbox.model import MOST_ROWS, PAGE, ROW_ROLE, ConversationListModel, arranged
from tests.ui.samples import row


def rows(*numbers: int) -> list[ListRow]:
    """Rows by number."""
    return [row(number, f"Contact {number}", "web_chat", "Hello") for number in numbers]


def numbers(shown: list[ListRow]) -> list[int]:
    """Back to their numbers."""
    return [int(each.conversation.id[1:]) for each in shown]


@pytest.fixture
def model(qtbot, qtmodeltester) -> ConversationListModel:
    made = ConversationListModel()
    yield made
    qtmodeltester.check(made, force_py=True)


@pytest.mark.parametrize(
    ("wanted", "shown", "pins", "seen"),
    [
        pytest.param([3, 1, 2], [1, 2, 3], {}, [3, 1, 2], id="nothing pinned"),
        pytest.param([3, 1, 2], [1, 2, 3], {2}, [3, 2, 1], id="the pinned row keeps its place"),
        pytest.param([9, 1, 2, 3], [1, 2, 3], {2}, [9, 2, 1, 3], id="what comes flows around it"),
        pytest.param([1, 3], [1, 2, 3], {2}, [1, 2, 3], id="a pinned row stays although it left"),
        pytest.param([3], [1, 2, 3], {1, 3}, [1, 3], id="two pins close up at the end"),
        pytest.param([], [1, 2], {2}, [2], id="the only one left"),
    ],
)
def test_pinned_rows_keep_their_place(wanted, shown, pins, seen) -> None:
    held = {f"c{number:04}" for number in pins}

    assert numbers(arranged(rows(*wanted), rows(*shown), held)) == seen


def test_a_refresh_keeps_the_cursor_on_its_conversation(model) -> None:
    model.restart(rows(1, 2, 3, 4), more=False)
    cursor = QPersistentModelIndex(model.index(2))

    model.refresh(rows(4, 3, 9, 1), set(), more=False)

    assert numbers(model.rows) == [4, 3, 9, 1]
    assert cursor.data(ROW_ROLE).conversation.id == "c0003"


def test_rows_that_did_not_change_stay_the_same_objects(model) -> None:
    model.restart(rows(1, 2), more=False)
    before = list(model.rows)

    model.refresh(rows(1, 2), set(), more=False)

    assert [one is other for one, other in zip(model.rows, before, strict=True)] == [True, True]


def test_only_what_changed_is_told(model, qtbot) -> None:
    model.restart(rows(1, 2, 3), more=False)
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    changed = rows(1, 2, 3)
    changed[1] = replace(changed[1], contact_name="Another name")

    model.refresh(changed, set(), more=False)

    assert told == [(1, 1)]


def test_a_row_that_left_goes_once_it_is_let_go(model) -> None:
    model.restart(rows(1, 2, 3), more=False)
    model.refresh(rows(1, 3), {"c0002"}, more=False)
    assert numbers(model.rows) == [1, 2, 3]

    model.release("c0002")

    assert numbers(model.rows) == [1, 3]


def test_many_changes_at_once_reset_the_list(model) -> None:
    model.restart(rows(*range(0, 400, 2)), more=False)

    model.refresh(rows(*range(1, 400, 2)), set(), more=False)

    assert numbers(model.rows) == list(range(1, 400, 2))


def test_at_most_a_thousand_rows_are_exposed_and_earlier_ones_come_back(model) -> None:
    model.restart(rows(*range(PAGE)), more=True)
    for page in range(1, 13):
        model.append(rows(*range(page * PAGE, (page + 1) * PAGE)), more=True)

    assert model.rowCount() == MOST_ROWS
    assert numbers(model.rows)[0] == 3 * PAGE
    assert model.first_key == model.dropped[-1]

    model.prepend(rows(*range(2 * PAGE, 3 * PAGE)))

    assert numbers(model.rows)[0] == 2 * PAGE
    assert model.rowCount() == MOST_ROWS
    assert model.more


def test_the_next_page_is_asked_for_and_never_waited_for(model, qtbot) -> None:
    model.restart(rows(1), more=True)

    with qtbot.waitSignal(model.page_wanted, timeout=1000):
        model.fetchMore(model.index(-1))


def test_a_screen_reader_hears_name_channel_and_message(model) -> None:
    from PySide6.QtCore import Qt

    model.restart([row(1, "Marta", "whatsapp", "Will the driver wait?", unread=2)], more=False)

    said = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)

    assert said.startswith("Marta, Whatsapp")
    assert "Will the driver wait?" in said
