"""A delivery tick repaints one bubble, a new message its own place; the picture is as if all were painted."""

import pytest
from PySide6.QtGui import QImage, QPaintEvent, QRegion

from mim_desk.desk.shapes import TimelinePage
from mim_desk.domain.message import DeliveryStatus
from mim_desk.ui.timeline.view import TimelineView
from tests.ui.stage import Stage
from tests.ui.timeline.samples import ANA, many, reply


class Watched(TimelineView):
    """Remembers what was painted."""

    def __init__(self, *parts) -> None:
        self.painted = QRegion()
        super().__init__(*parts)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += event.region()
        super().paintEvent(event)


@pytest.fixture
def view(stage: Stage) -> Watched:
    view = stage.keep(Watched(stage.theme, stage.session))
    view.model.replace(TimelinePage([*many(20), reply("On its way", message_id="r")], False, False, 7))
    stage.pause(0.1)
    view.painted = QRegion()
    return view


READ = {"r": reply("On its way", message_id="r", status=DeliveryStatus.READ)}


def on_screen(view: Watched) -> QImage:
    """What stands on the screen; ``grab`` would paint anew."""
    return view.screen().grabWindow(view.winId()).toImage()


def test_a_tick_repaints_its_bubble_only(stage: Stage, view: Watched) -> None:
    view.model.merge(READ, ["r"])
    stage.pause(0.1)

    painted = view.painted.boundingRect()
    assert 0 < painted.height() < view.viewport().height() / 2


def test_after_a_tick_the_picture_is_as_if_all_were_painted(stage: Stage, view: Watched) -> None:
    view.model.merge(READ, ["r"])
    stage.pause(0.1)
    partly = on_screen(view)

    view.viewport().repaint()

    assert on_screen(view) == partly


def test_a_new_message_moves_what_stands_there_and_paints_itself(stage: Stage, view: Watched) -> None:
    view.model.merge({"z": reply("One more", message_id="z")}, ["z"])
    stage.pause(0.6)

    assert 0 < view.painted.boundingRect().height() < view.viewport().height() / 2


@pytest.mark.parametrize(
    "text", ["One more", "Viele Zeilen " * 60, "退款什么时候到账？🙂"], ids=["line", "many lines", "Chinese"]
)
def test_after_a_new_message_the_picture_is_as_if_all_were_painted(stage: Stage, view: Watched, text: str) -> None:
    view.model.merge({"z": reply(text, message_id="z")}, ["z"])
    stage.pause(0.6)
    partly = on_screen(view)

    view.viewport().repaint()

    assert on_screen(view) == partly


def test_while_a_new_message_fades_in_only_its_own_place_is_painted(stage: Stage, view: Watched) -> None:
    view.model.merge({"z": reply("One more", message_id="z")}, ["z"])
    stage.until(lambda: view.scene.faded)
    view.painted = QRegion()
    stage.until(lambda: not view.scene.faded)
    stage.pause(0.05)

    assert not view.painted.isEmpty()
    assert view.painted.boundingRect().top() >= view.placed[-1].y - 1


def test_what_stands_over_the_timeline_is_never_moved_along(stage: Stage, view: Watched) -> None:
    view.stack.to_entry(view.model.entries[2].id, 20.0)
    view.refresh()
    view.model.merge({"z": reply("One more", message_id="z", by=ANA)}, ["z"])
    stage.pause(0.1)
    assert view.arrivals.pill.isVisible()
    view.to_newest()
    stage.pause(0.1)
    partly = on_screen(view)

    view.viewport().repaint()

    assert on_screen(view) == partly
