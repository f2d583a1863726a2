"""A delivery tick repaints one bubble; whatever moves others repaints all, and the picture is the same."""

import pytest
from PySide6.QtGui import QImage, QPaintEvent, QRegion

from mim_desk.desk.shapes import TimelinePage
from mim_desk.domain.message import DeliveryStatus
from mim_desk.ui.timeline.view import TimelineView
from tests.ui.stage import Stage
from tests.ui.timeline.samples import many, reply


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


def test_a_new_message_repaints_everything(stage: Stage, view: Watched) -> None:
    view.model.merge({"new": reply("One more", message_id="new")}, ["new"])
    stage.pause(0.1)

    assert view.painted.boundingRect() == view.viewport().rect()
