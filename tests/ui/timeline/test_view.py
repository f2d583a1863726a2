"""The timeline on screen: place, selection, keyboard, what arrives, hostile texts, screen readers."""

import time
from datetime import timedelta

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mim_desk.desk.shapes import TimelinePage
from mim_desk.domain.message import DeliveryStatus, MessageKind, MessageType
from mim_desk.protocol import rows
from mim_desk.ui.timeline.view import TimelineView
from mim_desk.ui.timeline.whole_text import WholeText
from tests.desk.workspace import contact_id, conversation_id
from tests.ui.stage import Stage, names_of
from tests.ui.timeline.samples import ANA, NOW, item, many, marta, reply
from tests.ui.timeline.test_shown_text import HOSTILE


@pytest.fixture
def view(stage: Stage, qtbot) -> TimelineView:
    """A view 576 wide with nothing in it."""
    return stage.keep(TimelineView(stage.theme, stage.session))


def fill(view: TimelineView, items, before: bool = False, after: bool = False) -> None:
    """Show these items as a page."""
    view.model.replace(TimelinePage(items, before, after, 7))


def placed(view: TimelineView, message_id: str):
    """Where an entry is in sight."""
    return view.stack.bounds(message_id, view.placed)


def text_point(view: TimelineView, message_id: str, x: float = 1, y: float = 10) -> QPoint:
    """A point in the words of a message."""
    found = placed(view, message_id)
    return QPointF(view.column()[0] + found.bubble.text_at.x() + x, found.y + found.bubble.text_at.y() + y).toPoint()


def drag(view: TimelineView, start: QPoint, end: QPoint) -> None:
    """Press, move and release."""
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    moved = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(end), view.viewport().mapToGlobal(QPointF(end)), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), moved)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)


def test_it_opens_at_the_first_unread_message_with_a_rule(stage: Stage, view: TimelineView) -> None:
    row = stage.row(1)

    view.show_contact(contact_id(1), conversation_id(1), row=row.conversation)
    stage.until(lambda: view.model.entries)

    unread = [entry for entry in view.model.entries if entry.new_above]
    assert len(unread) == 1
    assert unread[0].item.message.kind is MessageKind.INCOMING
    assert placed(view, unread[0].id) is not None


def test_only_what_is_in_sight_is_laid_out(view: TimelineView) -> None:
    fill(view, many(400))

    assert len(view.placed) < 30
    assert len(view.stack._bubbles) < 40
    assert view.placed[-1].bubble.entry.id == view.model.entries[-1].id


def test_older_messages_that_come_above_do_not_move_what_is_read(view: TimelineView) -> None:
    items = many(120)
    fill(view, items[60:], before=True)
    view.stack.to_entry(items[80].message.id, 200.0)
    view.refresh()
    y = placed(view, items[80].message.id).y

    view.model.put_before(TimelinePage(items[:60], False, False, 7))

    assert placed(view, items[80].message.id).y == y


def test_an_image_above_that_learns_its_size_does_not_move_what_is_read(view: TimelineView) -> None:
    picture = rows.Attachment("p", "a.png", "image/png", 9)
    items = [*many(20), item("", type=MessageType.IMAGE, attachments=[picture], message_id="pic"), *many(60)[20:]]
    fill(view, items)
    target = view.model.entries[26].id
    view.stack.to_entry(target, 300.0)
    view.refresh()
    assert placed(view, "pic") is None or placed(view, "pic").y < 300

    view.stack.maker.image_sizes["p"] = QSizeF(900, 900)
    view.stack.forget("pic")
    view.refresh()

    assert abs(placed(view, target).y - 300.0) < 250


def test_the_wheel_goes_up_and_down_by_the_same_way(view: TimelineView) -> None:
    fill(view, many(200))
    bar = view.verticalScrollBar()
    first = view.placed[0]

    for _ in range(30):
        bar.setValue(bar.value() - 97)
    assert view.placed[0].index < first.index
    for _ in range(40):
        bar.setValue(bar.value() + 97)

    assert view.stack.at_bottom
    assert view.placed[0].bubble.entry.id == first.bubble.entry.id
    assert view.placed[0].y == first.y


def test_what_arrives_at_the_end_is_followed_only_from_the_end(view: TimelineView) -> None:
    items = many(100)
    fill(view, items[:98])

    view.model.merge({items[98].message.id: items[98]}, [items[98].message.id])
    assert view.placed[-1].bubble.entry.id == items[98].message.id

    view.stack.scroll_by(-600)
    view.refresh()
    y = view.placed[0].y
    view.model.merge({items[99].message.id: item("new", at=NOW, message_id="new")}, [items[99].message.id])

    assert view.placed[0].y == y
    assert view.arrivals.pill.isVisible()
    assert view.arrivals.pill.text() == "1 new"


def test_the_pill_leads_to_the_end_and_goes(view: TimelineView) -> None:
    items = many(100)
    fill(view, items[:99])
    view.stack.scroll_by(-900)
    view.refresh()
    view.model.merge({items[99].message.id: items[99]}, [items[99].message.id])

    QTest.mouseClick(view.arrivals.pill, Qt.MouseButton.LeftButton)

    assert view.placed[-1].bubble.entry.id == items[99].message.id
    assert not view.arrivals.pill.isVisible()


def test_an_answer_hidden_below_counts_as_not_shown(view: TimelineView) -> None:
    items = many(100)
    fill(view, items[:99])
    view.feed.seq = 7
    view.refresh()
    view.stack.scroll_by(-900)
    view.refresh()

    view.feed.seq = 8
    view.model.merge(
        {items[99].message.id: reply("Ana's", by=ANA, at=NOW, message_id=items[99].message.id)}, [items[99].message.id]
    )
    assert view.shown_seq == 7

    view.to_newest()
    assert view.shown_seq == 8


def test_dragging_selects_words_and_copying_gives_them(view: TimelineView) -> None:
    fill(
        view,
        [item("Grüße 👍 an alle", message_id="a"), item("zweite Zeile", message_id="b", at=NOW + timedelta(hours=1))],
    )
    start = text_point(view, "a", x=0)

    drag(view, start, start + QPoint(400, 0))
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text() == "Grüße 👍 an alle"


def test_a_selection_over_several_messages_names_time_and_sender(view: TimelineView) -> None:
    fill(view, [item("first words", message_id="a"), item("second", message_id="b"), item("third", message_id="c")])

    drag(view, text_point(view, "a", x=0), text_point(view, "c", x=400))

    assert view.copy() == (
        "[10:38] Marta Lindqvist: first words\n[10:38] Marta Lindqvist: second\n[10:38] Marta Lindqvist: third"
    )


def test_a_double_click_selects_a_word(view: TimelineView) -> None:
    fill(view, [item("Lisbon tomorrow", message_id="a")])

    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=text_point(view, "a", x=8))

    assert view.copy().strip() == "Lisbon"


def test_the_keyboard_goes_from_message_to_message_and_into_the_words(view: TimelineView) -> None:
    fill(view, marta())
    view.setFocus()

    QTest.keyClick(view, Qt.Key.Key_Up)
    QTest.keyClick(view, Qt.Key.Key_Up)
    words = view.current.words
    assert view.current.message_id == "unread"
    assert words.isVisible()
    assert words.toPlainText() == "04:05 is fine 👍 We are two, with three suitcases."

    QTest.keyClick(view, Qt.Key.Key_Return)
    assert words.hasFocus()
    QTest.keyClick(words, Qt.Key.Key_Escape)
    assert view.hasFocus()


def test_the_words_widget_breaks_lines_like_the_bubble(view: TimelineView) -> None:
    long = "My flight to Lisbon was moved to 06:10 tomorrow. Can you change the hotel transfer to a later one, please?"
    fill(view, [item(long, message_id="a")])
    view.setFocus()

    QTest.keyClick(view, Qt.Key.Key_Up)

    words, block = view.current.words, placed(view, "a").bubble.text
    assert round(words.document().size().height()) == round(block.height)


def test_quoting_is_a_key_and_a_button_away(view: TimelineView, qtbot) -> None:
    fill(view, marta())
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Up)

    with qtbot.waitSignal(view.quote_requested) as told:
        QTest.keyClick(view, Qt.Key.Key_Q)
    assert told.args[0].text == "Will the driver wait if our flight is late?"

    with qtbot.waitSignal(view.quote_requested):
        QTest.mouseClick(view.current.actions.quote, Qt.MouseButton.LeftButton)


def test_a_failed_reply_offers_to_try_again(view: TimelineView, qtbot) -> None:
    fill(view, [reply("x", status=DeliveryStatus.FAILED, reason="The phone is switched off.", message_id="f")])
    found = placed(view, "f")
    button = next(spot for spot in found.bubble.spots if spot.kind == "retry")

    with qtbot.waitSignal(view.retry_requested) as told:
        QTest.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=view.on_screen(found, button.rect).center().toPoint()
        )

    assert told.args == ["f"]


def test_a_held_reply_offers_to_review_it(view: TimelineView, qtbot) -> None:
    fill(view, [reply("x", state="held", message_id="h")])
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Up)

    with qtbot.waitSignal(view.held_opened) as told:
        QTest.keyClick(view, Qt.Key.Key_Return)

    assert told.args == ["h"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_stalls_the_window(view: TimelineView, text: str) -> None:
    fill(view, [item("before"), item("warm " + text[:50])])
    view.grab()
    started = time.perf_counter()

    fill(view, [item("before"), item(text, message_id="bad"), item("after", message_id="after")])
    view.grab()

    assert time.perf_counter() - started < 1.0  # a frame on a quiet machine; seconds when the bound is gone
    assert placed(view, "after") is not None


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_the_whole_of_a_long_text_is_a_click_away(view: TimelineView) -> None:
    fill(view, [item("y" * 300_000, message_id="long")])
    found = placed(view, "long")
    spot = next(spot for spot in found.bubble.spots if spot.kind == "show_all")

    view.acts.click(found.bubble, spot)

    window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, WholeText))
    assert window.isVisible()
    view.acts.close()


def test_a_narrow_bubble_is_wide_enough_for_its_show_all(view: TimelineView) -> None:
    fill(view, [item("a\n" * 30_000, message_id="long")])
    bubble = placed(view, "long").bubble
    spot = next(spot for spot in bubble.spots if spot.kind == "show_all")

    assert bubble.frame.contains(spot.rect)


def test_neighbours_of_hostile_text_keep_their_place(view: TimelineView) -> None:
    fill(view, [item("\u202eevil\u2067", message_id="bad"), item("good", message_id="good")])

    bad, good = placed(view, "bad"), placed(view, "good")

    assert good.bubble.text.text == "good"
    assert good.bubble.frame.left() == bad.bubble.frame.left() == 0


def test_svg_is_a_file_never_a_picture(view: TimelineView) -> None:
    drawing = rows.Attachment("s", "logo.svg", "image/svg+xml", 100)
    fill(view, [item("", type=MessageType.IMAGE, attachments=[drawing], message_id="s")])

    assert [spot.kind for spot in placed(view, "s").bubble.spots] == ["file"]


def test_everything_is_mirrored_where_panes_run_right_to_left(stage: Stage, qtbot) -> None:
    view = TimelineView(stage.theme, stage.session)
    view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage.keep(view)
    fill(view, [item("hello", message_id="a"), reply("مرحبا بك", message_id="b", status=DeliveryStatus.SENT)])

    width = view.column()[1]
    assert placed(view, "a").bubble.frame.right() == pytest.approx(width)
    assert placed(view, "b").bubble.frame.left() == pytest.approx(0)


def test_screen_readers_hear_who_when_and_what(view: TimelineView) -> None:
    view.model.replace(TimelinePage(marta(), False, False, 7), first_unread="unread")

    names = names_of(view)

    assert "Marta Lindqvist on WhatsApp, 10:37, Will the driver wait if our flight is late?" in names
    assert "New, Marta Lindqvist on WhatsApp, 10:37, 04:05 is fine 👍 We are two, with three suitcases." in names
    assert any(name.startswith("Note by Ana Ribeiro, 10:33") for name in names)
    assert any(name.startswith("Leo Martins on WhatsApp, 10:34") and name.endswith("read") for name in names)


def test_the_current_message_is_a_real_text_for_screen_readers(view: TimelineView) -> None:
    fill(view, marta())
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Up)

    words = QAccessible.queryAccessibleInterface(view.current.words)

    assert words.role() == QAccessible.Role.EditableText
    assert words.textInterface().characterCount() == len("Will the driver wait if our flight is late?")


def test_rows_outlive_their_view(stage: Stage, qtbot) -> None:
    view = TimelineView(stage.theme, stage.session)
    stage.keep(view)
    fill(view, marta())
    row = QAccessible.queryAccessibleInterface(view).child(0)
    assert row.isValid()

    view.model.replace(None)

    assert not row.isValid()
    assert row.text(QAccessible.Text.Name) == ""


def test_a_hundred_thousand_messages_are_scrolled_in_pages(stage: Stage, view: TimelineView) -> None:
    view.show_contact(contact_id(1), conversation_id(1))
    stage.until(lambda: view.model.entries)

    view.stack.scroll_by(-10_000)
    view.refresh()

    assert view.placed[0].index == 0
    assert not view.model.more_before


def test_after_midnight_today_is_yesterday(stage: Stage, view: TimelineView, monkeypatch: pytest.MonkeyPatch) -> None:
    view.show_contact(contact_id(1), conversation_id(1))
    stage.until(lambda: view.model.entries)
    was = view.scene.today
    hub_now = stage.session.hub_now
    monkeypatch.setattr(stage.session, "hub_now", lambda: hub_now() + timedelta(days=1))

    view._day_timer.timeout.emit()

    assert view.scene.today == was + timedelta(days=1)
