"""Mails in the timeline: their subject is told, what they quote is folded behind three dots, by mouse and by keyboard."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from mim_desk.desk.shapes import TimelinePage
from mim_desk.protocol.rows import ReplyTo
from mim_desk.ui.timeline.describe import described
from mim_desk.ui.timeline.view import TimelineView
from tests.ui.stage import Stage
from tests.ui.timeline.samples import item

QUOTED = "On 22 Nov 2026 at 10:00, care@shop.example wrote:\n> Which colour?"


@pytest.fixture
def view(stage: Stage, qtbot) -> TimelineView:
    """A mail that quotes, and one that does not."""
    view = stage.keep(TimelineView(stage.theme, stage.session))
    mail = {"subject": "Re: Order 77", "quoted": QUOTED}
    items = [item("Red", message_id="mail", channel="email", details=mail), item("Plain", message_id="plain")]
    view.model.replace(TimelinePage(items, False, False, 7))
    return view


def bubble(view: TimelineView, message_id: str = "mail"):
    return view.stack.bounds(message_id, view.placed).bubble


def spots(view: TimelineView, kind: str, message_id: str = "mail"):
    return [spot for spot in bubble(view, message_id).spots if spot.kind == kind]


def test_the_subject_stands_above_the_words_and_the_quoted_text_is_folded(view: TimelineView) -> None:
    (subject,) = spots(view, "fact")
    (dots,) = spots(view, "fold")

    assert "Re: Order 77" in subject.text
    assert bubble(view).text.text == "Red"
    assert bubble(view).frame.contains(dots.rect)
    assert not spots(view, "fold", "plain")


def test_a_click_on_the_dots_shows_what_is_quoted_and_hides_it_again(view: TimelineView) -> None:
    for shown in (True, False):
        (dots,) = spots(view, "fold")
        top = view.stack.bounds("mail", view.placed).y
        at = QPointF(view.column()[0] + dots.rect.center().x(), top + dots.rect.center().y()).toPoint()

        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)

        assert ("Which colour?" in bubble(view).text.text) is shown


def test_the_keyboard_unfolds_it(view: TimelineView) -> None:
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Home)
    view.current.move(-1)
    view.current.move(-1)

    QTest.keyClick(view, Qt.Key.Key_Period)

    assert view.current.message_id == "mail"
    assert "Which colour?" in bubble(view).text.text
    assert "Which colour?" in view.current.words.toPlainText()


def test_a_screen_reader_hears_the_subject_and_that_something_is_quoted(view: TimelineView) -> None:
    told = described(bubble(view).entry, view.feed.names)

    assert "Re: Order 77" in told
    assert "quotes earlier words" in told


def test_another_width_keeps_it_unfolded(view: TimelineView) -> None:
    view.acts.fold(bubble(view))

    view.resize(420, 500)
    view.grab()

    assert "Which colour?" in bubble(view).text.text


def test_a_quoted_message_is_shown_once_it_is_read_from_further_back(view: TimelineView) -> None:
    asked, answer = item("Which one?", message_id="asked"), item("This", message_id="this", reply_to=ReplyTo("asked"))

    view.model.replace(TimelinePage([answer], True, False, 8))
    before = bubble(view, "this").quoted
    view.model.put_before(TimelinePage([asked], False, False, 9))

    assert (before, bubble(view, "this").quoted) == ("An earlier message", "Which one?")


def test_the_words_that_were_picked_of_a_message_are_shown_instead_of_the_whole(view: TimelineView) -> None:
    asked = item("A or B?", message_id="asked")
    answer = item("This one", message_id="this", reply_to=ReplyTo("asked"), details={"quote": "B"})
    elsewhere = item("And this", message_id="that", details={"quote": "ten euros", "quotes_elsewhere": "yes"})

    view.model.replace(TimelinePage([asked, answer, elsewhere], False, False, 9))

    assert [bubble(view, name).quoted for name in ("this", "that")] == ["B", "ten euros"]
