"""What an item looks like beside its neighbours, and the window of items."""

from datetime import timedelta

from pytestqt.qtbot import QtBot

from mim_desk.desk.shapes import TimelinePage
from mim_desk.domain.message import MessageKind
from mim_desk.protocol import rows
from mim_desk.ui.timeline.entries import Shape, entry_of
from mim_desk.ui.timeline.model import MOST_HELD, TimelineModel, first_unread_of
from tests.ui.stage import ids
from tests.ui.timeline.samples import ANA, CONTACT, CONVERSATION, INBOX, ME, NOW, item, many, marta, reply


def _entry(this, before=None, unread: str = ""):
    return entry_of(this, before, first_unread=unread, me_id=ME)


def test_a_rule_stands_above_another_day_and_another_channel() -> None:
    first, later = item("a", at=NOW - timedelta(days=1)), item("b")
    other = item("c", inbox="other", channel="line")

    assert _entry(first).rule_day == first.message.occurred_at.date()
    assert _entry(later, first).rule_channel == "whatsapp"
    assert _entry(item("c"), later).rule_day is None
    assert _entry(other, later).rule_channel == "line"


def test_a_run_stands_close_and_names_its_sender_once() -> None:
    first, second = reply("a", by=ANA), reply("b", by=ANA)

    assert _entry(first).sender == "Ana Ribeiro"
    assert (_entry(second, first).tight, _entry(second, first).sender) == (True, "")
    assert _entry(reply("c"), second).tight is False
    assert _entry(reply("c"), second).sender == ""


def test_a_message_that_came_long_after_it_was_written_says_so() -> None:
    late = item("a", at=NOW - timedelta(minutes=10), received=NOW)

    assert _entry(late).late
    assert not _entry(item("b")).late


def test_bots_answer_in_their_own_colour() -> None:
    assert _entry(reply("a", by="juno", bot=True)).shape is Shape.AUTOMATIC
    assert _entry(item("", kind=MessageKind.ACTIVITY, activity="resolved")).shape is Shape.LINE


def _page(items, before: bool = False, after: bool = False) -> TimelinePage:
    return TimelinePage(items, before, after, 7)


def test_the_model_merges_what_was_read_again(qtbot: QtBot) -> None:
    model, items = TimelineModel(), many(10)
    model.replace(_page(items[:8]))
    changed = reply("changed", message_id=items[3].message.id, at=items[3].message.occurred_at)

    with qtbot.waitSignal(model.changed) as told:
        model.merge(
            {items[3].message.id: changed, items[9].message.id: items[9]},
            [*ids(items[3:4]), *ids(items[9:]), *ids(items[:1])],
        )

    assert [entry.id for entry in model.entries] == [*ids(items[1:8]), items[9].message.id]
    assert model.entries[2].item is changed
    assert told.args == [[items[9].message.id]]


def test_a_late_message_is_put_in_its_place(qtbot: QtBot) -> None:
    model, items = TimelineModel(), many(10)
    model.replace(_page(items[:4] + items[5:]))

    model.merge({items[4].message.id: items[4]}, ids(items[4:5]))

    assert [entry.id for entry in model.entries] == ids(items)


def test_what_belongs_beyond_the_window_stays_there(qtbot: QtBot) -> None:
    model, items = TimelineModel(), many(10)
    model.replace(_page(items[3:6], before=True, after=True))

    model.merge({items[0].message.id: items[0], items[9].message.id: items[9]}, [*ids(items[:1]), *ids(items[9:])])

    assert [entry.id for entry in model.entries] == ids(items[3:6])


def test_only_a_bounded_number_is_held(qtbot: QtBot) -> None:
    model, items = TimelineModel(), many(MOST_HELD + 150)
    model.replace(_page(items[-100:], before=True))

    for start in range(MOST_HELD, -1, -50):
        model.put_before(_page(items[start : start + 50], before=start > 0))
    model.trim(around=3)

    assert len(model.entries) == MOST_HELD
    assert model.entries[0].id == items[0].message.id
    assert model.more_after
    assert model.place(items[-1].message.id) is None


def test_an_outbox_row_is_replaced_by_the_hubs_row_of_the_same_id(qtbot: QtBot) -> None:
    model = TimelineModel()
    waiting = reply("mine", state="waiting", message_id="same")
    model.replace(_page([*many(3), waiting]))

    model.merge({"same": reply("mine", message_id="same")}, ["same"])

    assert [entry.id for entry in model.entries].count("same") == 1
    assert model.entries[-1].item.outbox_state == ""


def _conversation(unread: int, read_up_to: str | None = None) -> rows.Conversation:
    return rows.Conversation(CONVERSATION, 1, CONTACT, INBOX, "b", NOW, 1, unread=unread, read_up_to=read_up_to)


def test_the_first_unread_message_is_found() -> None:
    items = marta()

    assert first_unread_of(_conversation(2), items) == "unread"
    assert first_unread_of(_conversation(1, items[3].message.id), items) == "unread"
    assert first_unread_of(_conversation(0), items) == ""
    assert first_unread_of(None, items) == ""


def test_a_message_of_long_ago_is_put_where_it_was_written_and_marked(qtbot: QtBot) -> None:
    model, items = TimelineModel(), many(10)
    model.replace(_page(items))
    late = item("sent at the third, came at the end", at=items[2].message.occurred_at, received=NOW, message_id="zz")

    model.merge({"zz": late}, ["zz"])

    assert model.place("zz") == 3
    assert model.entries[3].late
