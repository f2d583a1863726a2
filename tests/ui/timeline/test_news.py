"""A message that comes with its change is on screen at once; where more is to be read, it is read."""

import msgspec
import pytest

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.changes import Change
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind
from mim_desk.protocol import rows
from mim_desk.ui.timeline.view import TimelineView
from tests.desk.workspace import ME, an_id, contact_id, conversation_id
from tests.ui.stage import Stage


@pytest.fixture
def view(stage: Stage) -> TimelineView:
    """The first contact's timeline, read."""
    view = stage.keep(TimelineView(stage.theme, stage.session))
    view.show_contact(contact_id(1), conversation_id(1), row=stage.row(1).conversation)
    stage.until(lambda: view.model.entries and view.feed.contact)
    return view


def applied(stage: Stage, message: rows.Message, seq: int = 1001) -> Change:
    """The change that the replica publishes."""
    batch = Batch()
    batch.put("message", message, msgspec.json.encode(message))
    change: Change = stage.run(stage.session.cache.apply(lambda: batch, seq))
    return change


def newer(view: TimelineView, number: int = 1, text: str = "And where is it now?") -> rows.Message:
    return msgspec.structs.replace(view.model.entries[-1].item.message, id=an_id(77, number), text=text)


def texts(view: TimelineView) -> list[str]:
    return [entry.item.message.text for entry in view.model.entries]


def test_it_is_there_before_anything_is_read(stage: Stage, view: TimelineView) -> None:
    change = applied(stage, newer(view))

    stage.publish(change)

    assert texts(view)[-1] == "And where is it now?"
    assert view.feed.seq == 1001
    assert view.placed[-1].bubble.entry.item.message.text == "And where is it now?"


def test_after_a_change_that_is_being_read_it_waits_its_turn(stage: Stage, view: TimelineView) -> None:
    first, second = applied(stage, newer(view)), applied(stage, newer(view, 2, "Hello?"), 1002)

    stage.publish(Change(seq=1001, messages=first.messages))
    stage.publish(second)
    assert "Hello?" not in texts(view)
    stage.until(lambda: texts(view)[-2:] == ["And where is it now?", "Hello?"])

    assert view.feed.seq == 1002


def test_of_a_timeline_that_was_left_nothing_is_taken(stage: Stage, view: TimelineView) -> None:
    change = applied(stage, newer(view))
    view.show_contact(contact_id(2), conversation_id(2), row=stage.row(2).conversation)
    stage.until(lambda: view.model.entries and view.model.entries[0].item.message.contact_id == contact_id(2))

    stage.publish(change)
    stage.pause(0.05)

    assert "And where is it now?" not in texts(view)


def test_a_reply_that_was_sent_again_is_read_again_with_its_copy(stage: Stage, view: TimelineView) -> None:
    author = rows.Author(AuthorType.AGENT, ME)
    told = {"kind": MessageKind.REPLY, "author": author, "delivery": rows.Delivery(DeliveryStatus.FAILED, "Not today.")}
    failed = msgspec.structs.replace(newer(view, 3, "Your refund is on its way"), **told)
    stage.publish(applied(stage, failed))
    assert texts(view)[-1] == "Your refund is on its way"
    copy_id = stage.run(stage.session.retry(failed.id))

    stage.publish(
        applied(stage, msgspec.structs.replace(failed, id=copy_id, delivery=rows.Delivery(DeliveryStatus.QUEUED)), 1002)
    )

    stage.until(lambda: view.model.entries[view.model.place(failed.id)].item.sent_again)
