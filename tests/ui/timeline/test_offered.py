"""Buttons of a sent reply in the timeline, and what can be done with a message at its channel."""

from itertools import pairwise

import msgspec
import pytest

from mim_desk.desk.shapes import TimelineItem
from mim_desk.domain.message import DeliveryStatus, MessageType
from mim_desk.protocol import rows
from mim_desk.ui.timeline import facts
from mim_desk.ui.timeline.bubble import BubbleMaker
from mim_desk.ui.timeline.change_text import ChangeText
from mim_desk.ui.timeline.describe import described
from mim_desk.ui.timeline.entries import Entry, entry_of
from mim_desk.ui.timeline.ink import Ink
from mim_desk.ui.timeline.view import TimelineView
from tests.ui.stage import Stage
from tests.ui.timeline.samples import item, reply


def entry(told: TimelineItem) -> Entry:
    return entry_of(told, None, first_unread="", me_id="me")


BUTTONS = [rows.Button("Yes, please"), rows.Button("No"), rows.Button("Shop", url="https://shop.example")]


@pytest.mark.parametrize("rtl", [False, True], ids=["left to right", "right to left"])
@pytest.mark.parametrize("count", [1, 3, 12])
def test_buttons_stand_inside_the_bubble_below_the_words(stage: Stage, qtbot, rtl: bool, count: int) -> None:
    maker = BubbleMaker(Ink(stage.theme), 560, rtl=rtl)
    told = reply("Sure?", status=DeliveryStatus.SENT, buttons=(BUTTONS * 4)[:count])

    bubble = maker.made(entry(told))

    pills = [spot for spot in bubble.spots if spot.kind in ("offered", "link_offered")]
    assert len(pills) == count
    for spot in pills:
        assert bubble.frame.contains(spot.rect)
        assert spot.rect.top() >= bubble.text_at.y()
        assert spot.rect.bottom() <= bubble.meta.bottom()
    for one, other in pairwise(pills):
        assert not one.rect.intersects(other.rect)


def test_screen_readers_hear_what_was_offered(stage: Stage, qtbot) -> None:
    told = reply("Sure?", status=DeliveryStatus.SENT, buttons=BUTTONS)

    assert "offers: Yes, please, No, Shop" in described(entry(told), {})


def test_a_message_says_what_was_said_before_a_handover(qtbot) -> None:
    told = item("And now?", details={"summary": "Wants to return order 77"})

    assert facts.captions(told) == ["Before that, in short: \u2068Wants to return order 77\u2069"]


def test_an_answer_by_number_says_what_was_chosen(qtbot) -> None:
    told = item("2", type=MessageType.CHOICE, choice=rows.Choice("2", "No"))

    assert facts.captions(told) == ["Chose “\u2068No\u2069”"]


def test_another_text_is_saved_only_when_it_is_another(stage: Stage, qtbot) -> None:
    window = stage.keep(ChangeText(stage.theme, "First", None))
    said: list[str] = []
    window.changed.connect(said.append)

    assert not window.save.isEnabled()
    window.area.setPlainText(" Second ")
    window.save.click()

    assert said == ["Second"]


def _menu(stage: Stage, view, told, sheet: rows.CapabilitySheet) -> list[str]:
    view.feed.sheets = {told.message.inbox_id: sheet}
    bubble = BubbleMaker(Ink(stage.theme), 560, rtl=False).made(entry(told))
    view.acts.menu(bubble, view.mapToGlobal(view.rect().center()))
    words = [action.text() for action in view.acts._menu.actions()]
    view.acts.close()
    return words


@pytest.mark.qt_log_ignore("grabbing the keyboard", "propagateSizeHints")
def test_a_message_offers_what_its_channel_can(stage: Stage, qtbot) -> None:
    view = stage.keep(TimelineView(stage.theme, stage.session))
    poor = rows.CapabilitySheet(text_length=100)
    rich = msgspec.structs.replace(poor, reactions=["*"], editing=True, deleting=True)
    sent, asked = reply("Hi", status=DeliveryStatus.SENT), item("Hello")

    assert "React" in _menu(stage, view, asked, rich)
    assert "React" not in _menu(stage, view, asked, poor)
    assert {"Change the text…", "Take back"} <= set(_menu(stage, view, sent, rich))
    assert not {"Change the text…", "Take back"} & set(_menu(stage, view, sent, poor))
    assert "Take back" not in _menu(stage, view, reply("Hi", status=DeliveryStatus.FAILED), rich)
