"""The lines of the views pane: what is folded when not all have room."""

from collections.abc import Sequence

from mim_desk.desk.shapes import ViewCounts
from mim_desk.protocol import rows
from mim_desk.ui.inbox.views.lines import folded, view_lines
from mim_desk.ui.inbox.views.model import ViewLine
from tests.desk import workspace

LABELS = [rows.Label(f"l{number}", f"Label {number}") for number in range(10)]
INBOXES = [workspace.inbox(channel) for channel in ("whatsapp", "line", "viber", "sms", "email", "kakaotalk", "wechat")]
VIEWS = 7


def shown(room: int, *unfolded: str, chosen: str = "mine") -> list[str]:
    """What stands below the views where ``room`` lines have room."""

    def has_room(lines: Sequence[ViewLine]) -> bool:
        return len(lines) <= room

    lines = folded(view_lines(ViewCounts(), INBOXES, LABELS), has_room, unfolded, chosen)
    return [line.title for line in lines][VIEWS:]


def test_with_room_for_all_nothing_is_folded() -> None:
    assert len(shown(100)) == 2 + len(LABELS) + len(INBOXES)


def test_without_it_the_first_of_each_stay_and_the_rest_is_counted() -> None:
    found = shown(VIEWS + 14)

    assert found[:7] == ["Labels", "Label 0", "Label 1", "Label 2", "Label 3", "6 more labels", "Inboxes"]
    assert found[7:] == [inbox.name for inbox in INBOXES]  # one more takes no more room than to say so


def test_the_less_room_the_more_is_folded() -> None:
    assert shown(VIEWS + 12)[-1] == "3 more inboxes"
    assert shown(0)[-1] == "4 more inboxes"


def test_what_was_unfolded_stays_so_and_can_be_folded_again() -> None:
    found = shown(0, "label:")

    assert found[1:12] == [*(label.name for label in LABELS), "Fewer labels"]


def test_what_is_chosen_is_never_folded_away() -> None:
    assert shown(0, chosen="label:Label 9")[1:5] == ["Label 0", "Label 1", "Label 9", "7 more labels"]
