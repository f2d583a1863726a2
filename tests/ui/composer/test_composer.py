"""The composer: keys, drafts, blanks, canned replies, and that nothing is carried over."""

import time
import uuid

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage, QInputMethodEvent, QPainter, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.changes import Change
from mim_desk.desk.shapes import Draft
from mim_desk.protocol import rows
from mim_desk.ui.composer.delegate import CannedDelegate
from mim_desk.ui.composer.model import emoji_like
from mim_desk.ui.composer.panel import ComposerPanel
from mim_desk.ui.widgets.paint import Brush
from tests.desk.workspace import conversation_id, inbox
from tests.ui.composer.writing import WEB_CHAT, WHATSAPP, kept, type_in, unsent, write_in
from tests.ui.stage import Stage


def test_enter_sends_once_however_often_it_is_pressed(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "Yes, of course")

    for _ in range(3):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    QTest.mouseClick(composer.frame.send, Qt.MouseButton.LeftButton)
    stage.until(lambda: unsent(stage))
    stage.pause(0.5)

    assert unsent(stage) == ["Yes, of course"]
    assert composer.editor.text() == ""
    assert kept(stage, WHATSAPP) == ""


def test_shift_enter_makes_a_line(composer: ComposerPanel) -> None:
    type_in(composer, "one")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    type_in(composer, "two")

    assert composer.editor.text() == "one\ntwo"


def test_ctrl_enter_sends_where_that_is_set(stage: Stage, composer: ComposerPanel) -> None:
    stage.session.settings.change(send_key="ctrl_enter")
    type_in(composer, "a")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    type_in(composer, "b")
    assert unsent(stage) == []

    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    stage.until(lambda: unsent(stage))

    assert unsent(stage) == ["a\nb"]


def test_chinese_is_composed_before_it_is_sent(stage: Stage, composer: ComposerPanel) -> None:
    editor = composer.editor
    QApplication.sendEvent(editor, QInputMethodEvent("ni hao", []))
    QTest.keyClick(editor, Qt.Key.Key_Return)
    stage.pause()
    assert unsent(stage) == []
    assert editor.composing

    done = QInputMethodEvent("", [])
    done.setCommitString("你好")
    QApplication.sendEvent(editor, done)
    assert editor.text() == "你好"
    QTest.keyClick(editor, Qt.Key.Key_Return)
    stage.until(lambda: unsent(stage))

    assert unsent(stage) == ["你好"]


def test_what_is_written_is_kept_within_half_a_second(stage: Stage, composer: ComposerPanel) -> None:
    started = time.monotonic()
    for letter in "typed without a pause":
        type_in(composer, letter)
        stage.pause(0.03)
    stage.until(lambda: kept(stage, WHATSAPP))

    assert time.monotonic() - started < 2.0
    assert "typed without a pause".startswith(kept(stage, WHATSAPP)[:10])
    stage.until(lambda: kept(stage, WHATSAPP) == "typed without a pause")


def test_text_is_never_carried_into_another_conversation(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "for Marta only")

    composer.open(stage.row(WEB_CHAT))
    assert composer.editor.text() == ""
    type_in(composer, "typed before the draft came")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: kept(stage, WEB_CHAT))
    assert kept(stage, WEB_CHAT) == composer.editor.text() == "typed before the draft came"
    assert unsent(stage) == []

    write_in(stage, composer, WHATSAPP)
    stage.until(lambda: composer.editor.text() == "for Marta only")
    assert kept(stage, WHATSAPP) == "for Marta only"


def test_what_is_typed_while_the_draft_comes_stands_behind_it(stage: Stage, composer: ComposerPanel) -> None:
    stage.run(stage.session.save_draft(conversation_id(WEB_CHAT), "reply", Draft("Dear guest, ")))

    composer.open(stage.row(WEB_CHAT))
    type_in(composer, "hello")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: not composer.loading)
    type_in(composer, " there")
    stage.until(lambda: kept(stage, WEB_CHAT) == "Dear guest, hello there")

    assert composer.editor.text() == "Dear guest, hello there"
    assert unsent(stage) == []


def test_what_is_typed_while_the_draft_comes_stays_with_its_conversation(stage: Stage, composer: ComposerPanel) -> None:
    stage.run(stage.session.save_draft(conversation_id(WEB_CHAT), "reply", Draft("Dear guest, ")))
    first, second = stage.row(WHATSAPP), stage.row(WEB_CHAT)

    composer.open(second)
    type_in(composer, "hello")
    composer.open(first)
    assert composer.editor.text() == ""
    composer.open(second)
    type_in(composer, "!")
    stage.until(lambda: not composer.loading)

    assert composer.editor.text() == "Dear guest, hello!"
    stage.until(lambda: kept(stage, WEB_CHAT) == "Dear guest, hello!")
    assert kept(stage, WHATSAPP) == ""


def test_going_to_and_fro_quickly_mixes_nothing_up(stage: Stage, composer: ComposerPanel) -> None:
    first, second = stage.row(WHATSAPP), stage.row(WEB_CHAT)
    type_in(composer, "first")
    for _ in range(6):
        composer.open(second)
        composer.open(first)
    composer.open(second)
    stage.until(lambda: not composer.loading)
    type_in(composer, "second")
    stage.pause(0.5)

    assert (kept(stage, WHATSAPP), kept(stage, WEB_CHAT)) == ("first", "second")


def test_reply_and_note_keep_their_own_texts(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "to the customer")

    QTest.mouseClick(composer.frame.note_tab, Qt.MouseButton.LeftButton)
    stage.until(lambda: not composer.loading)
    assert composer.editor.text() == ""
    assert composer.frame.send.text() == "Add note"
    type_in(composer, "to the team")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: unsent(stage))

    assert [item.body.kind for item in stage.session.outbox.pending.items.values()] == ["note"]
    assert composer.mode == "note"
    composer.use("reply")
    stage.until(lambda: composer.editor.text() == "to the customer")


def test_the_mode_belongs_to_the_conversation(stage: Stage, composer: ComposerPanel) -> None:
    composer.use("note")

    write_in(stage, composer, WEB_CHAT)
    assert composer.mode == "reply"

    write_in(stage, composer, WHATSAPP)
    assert composer.mode == "note"


def test_a_slash_finds_canned_replies_and_enter_puts_one_in(stage: Stage, composer: ComposerPanel) -> None:
    stage.until(lambda: composer.completion._count)
    type_in(composer, "Hi. /refu")

    assert composer.completion.canned.isVisible()
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)

    assert composer.editor.text().startswith("Hi. A refund takes three to five working days")
    assert unsent(stage) == []
    assert not composer.completion.canned.isVisible()


def test_one_typing_mistake_is_forgiven(stage: Stage, composer: ComposerPanel) -> None:
    stage.until(lambda: composer.completion._count)
    type_in(composer, "/refnd")

    assert composer.completion.canned.isVisible()
    QTest.keyClick(composer.editor, Qt.Key.Key_Tab)

    assert composer.editor.text().startswith("A refund")


def test_escape_leaves_the_text_as_typed(stage: Stage, composer: ComposerPanel) -> None:
    stage.until(lambda: composer.completion._count)
    type_in(composer, "/refu")
    QTest.keyClick(composer.editor, Qt.Key.Key_Escape)

    assert not composer.completion.canned.isVisible()
    assert composer.editor.text() == "/refu"
    type_in(composer, "n")
    assert not composer.completion.canned.isVisible()


def test_arrows_choose_without_moving_the_cursor(stage: Stage, composer: ComposerPanel) -> None:
    stage.until(lambda: composer.completion._count)
    type_in(composer, "/")
    rows_list = composer.completion.canned.rows
    place = composer.editor.textCursor().position()

    QTest.keyClick(composer.editor, Qt.Key.Key_Down)
    assert rows_list.currentIndex().row() == 1
    QTest.keyClick(composer.editor, Qt.Key.Key_Up)
    QTest.keyClick(composer.editor, Qt.Key.Key_Up)

    assert rows_list.currentIndex().row() == rows_list.model().rowCount() - 1
    assert composer.editor.textCursor().position() == place


def test_variables_are_filled_and_a_blank_blocks_sending(stage: Stage, composer: ComposerPanel) -> None:
    stage.until(lambda: composer.completion._count and composer.contact)
    type_in(composer, "/transfer")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert composer.editor.textCursor().selectedText() == "{{order.transfer_time}}"

    QTest.keyClick(composer.editor, Qt.Key.Key_End)
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.pause()
    assert unsent(stage) == []
    assert not composer.frame.send.isEnabled()
    assert "order.transfer_time" in composer.frame.refusal.text

    type_in(composer, "04:05")
    assert composer.frame.send.isEnabled()
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: unsent(stage))
    assert unsent(stage) == ["Your pick-up is at 04:05 from the hotel's main door."]


def test_values_and_fallbacks_fill_in(stage: Stage, composer: ComposerPanel) -> None:
    stage.until(lambda: composer.completion._count and composer.contact)
    type_in(composer, "/bye")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)

    assert composer.editor.text() == "Thank you, Marta Lindqvist have a good day. Leo Martins"


def test_a_note_may_hold_anything(stage: Stage, composer: ComposerPanel) -> None:
    composer.use("note")
    stage.until(lambda: not composer.loading)
    type_in(composer, "use {{contact.name}} here")

    assert composer.frame.send.isEnabled()


def test_five_thousand_canned_replies_answer_at_each_key(stage: Stage, composer: ComposerPanel) -> None:
    from mim_desk.domain.canned_reply import CannedReplies

    many = [
        rows.CannedReply(str(uuid.uuid4()), f"code{n}", f"Title {n}", f"Words of answer {n} about Lisbon")
        for n in range(5000)
    ]
    composer.completion._replies, composer.completion._count = CannedReplies(many), len(many)

    type_in(composer, "/titl 4999")

    assert composer.completion.canned.isVisible() is False
    composer.editor.replace("")
    type_in(composer, "/code4999")
    assert composer.completion._model.reply(0).shortcut == "code4999"


def test_emoji_come_by_their_names(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "Great :thum")
    assert composer.completion.emoji.isVisible()
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)

    assert composer.editor.text() == "Great 👍"
    assert emoji_like("plane", [])[0].char == "✈️"
    assert emoji_like("", ["🚀"])[0].char == "🚀"


def test_times_and_addresses_call_no_emoji(composer: ComposerPanel) -> None:
    type_in(composer, "at 10:30am https://ex")

    assert not composer.completion.emoji.isVisible()
    assert not composer.completion.canned.isVisible()


def test_the_limit_is_shown_and_holds(stage: Stage, composer: ComposerPanel) -> None:
    composer.editor.replace("x" * 4095)
    type_in(composer, "yz")

    assert composer.frame.counter._role == "danger"
    assert not composer.frame.send.isEnabled()
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.pause()
    assert unsent(stage) == []


def test_a_paste_is_plain_text_and_bounded(composer: ComposerPanel) -> None:
    styled = QMimeData()
    styled.setHtml('<b>bold</b><img src="file:///etc/passwd">')
    styled.setText("bold")
    composer.editor.insertFromMimeData(styled)
    assert composer.editor.text() == "bold"

    bomb = QMimeData()
    bomb.setText("z" * 300_000)
    composer.editor.insertFromMimeData(bomb)

    assert composer.editor.text() == "bold"
    assert composer.frame.refusal.text


def test_pasted_again_and_again_the_field_stays_one_that_can_be_written_in(composer: ComposerPanel) -> None:
    pasted = QMimeData()
    pasted.setText("字" * 8_000)

    for _ in range(4):
        composer.editor.insertFromMimeData(pasted)
    kept, told = len(composer.editor.text()), composer.frame.refusal.text
    composer.editor.selectAll()
    composer.editor.insertFromMimeData(pasted)

    assert kept == 16_000
    assert "Attach it as a file" in told
    assert len(composer.editor.text()) == 8_000


def test_a_closed_window_takes_no_reply_but_a_note(stage: Stage, composer: ComposerPanel) -> None:
    import msgspec

    row = stage.row(WHATSAPP)
    from datetime import timedelta

    from msgspec.structs import replace

    past = stage.session.hub_now() - timedelta(hours=1)
    composer.open(replace(row, conversation=msgspec.structs.replace(row.conversation, reply_window_until=past)))

    assert composer.editor.isReadOnly()
    assert composer.frame.closed_line.isVisible()
    composer.use("note")
    stage.until(lambda: not composer.loading)
    type_in(composer, "call her")
    assert composer.frame.send.isEnabled()


def test_offline_the_button_says_when_it_leaves(composer: ComposerPanel) -> None:
    assert composer.frame.send.text() == "Leaves when online"


def test_a_quote_goes_with_the_reply(stage: Stage, composer: ComposerPanel) -> None:
    page = stage.run(stage.session.cache.timeline(composer.row.conversation.contact_id))
    quoted = page.items[0].message
    composer.quote(quoted)
    assert composer.frame.quote.isVisible()

    type_in(composer, "about this")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: unsent(stage))

    item = next(iter(stage.session.outbox.pending.items.values()))
    assert item.body.reply_to.message_id == quoted.id
    assert not composer.frame.quote.isVisible()


def test_it_grows_from_two_to_ten_lines(composer: ComposerPanel) -> None:
    low = composer.editor.height()
    composer.editor.replace("\n".join(str(n) for n in range(6)))
    middle = composer.editor.height()
    composer.editor.replace("\n".join(str(n) for n in range(60)))
    high = composer.editor.height()

    assert middle - low == 4 * 20
    assert high - low == 8 * 20


def test_a_draft_written_elsewhere_is_not_written_over(stage: Stage, composer: ComposerPanel) -> None:
    write_in(stage, composer, WEB_CHAT)
    stage.run(stage.session.save_draft(conversation_id(WHATSAPP), "reply", Draft("from another window")))

    write_in(stage, composer, WHATSAPP)
    stage.until(lambda: composer.editor.text() == "from another window")
    stage.publish(Change(nouns=frozenset({"canned_reply"})))
    stage.pause()

    assert composer.editor.text() == "from another window"


def test_undo_does_not_bring_back_another_conversations_text(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "secret of Marta")
    write_in(stage, composer, WEB_CHAT)

    composer.editor.undo()
    composer.editor.moveCursor(QTextCursor.MoveOperation.End)

    assert composer.editor.text() == ""
    assert inbox("web_chat").capabilities.attachments_per_message == 10


def test_without_canned_replies_a_slash_offers_to_make_the_first(stage: Stage, composer: ComposerPanel) -> None:
    batch = Batch()
    for reply in stage.run(stage.session.cache.canned_replies()):
        batch.forget("canned_reply", reply.id)
    stage.publish(stage.run(stage.session.cache.apply(lambda: batch, 1001)))
    stage.pause(0.3)

    type_in(composer, "/")

    assert composer.completion.canned.make.isVisible()
    assert not composer.completion.canned.rows.isVisible()
    type_in(composer, "s")
    assert not composer.completion.canned.isVisible()


def test_a_long_name_gives_way_before_the_hint_does(composer: ComposerPanel) -> None:
    editor = composer.editor
    words = "Write to {name}. / finds canned replies."

    editor.hint(words, "A very long name " * 10)

    assert editor.placeholderText().endswith("\u2026\u2069. / finds canned replies.\u2069")
    assert editor.fontMetrics().horizontalAdvance(editor.placeholderText()) <= editor.viewport().width()


@pytest.mark.parametrize(("rtl", "drawn"), [(False, ["/", "b", "ye"]), (True, ["ye", "b", "/"])], ids=["ltr", "rtl"])
def test_a_shortcut_keeps_its_own_direction_in_a_mirrored_row(stage: Stage, rtl: bool, drawn: list[str]) -> None:
    texts_drawn: list[str] = []

    class Recorder(Brush):
        def text(self, rect, text, font, color, **_):
            texts_drawn.append(text)
            return 10

    picture = QImage(100, 40, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    brush = Recorder(painter, stage.theme, picture.rect(), rtl=rtl)
    CannedDelegate(stage.theme)._shortcut(brush, picture.rect(), "bye", "b")
    painter.end()

    assert texts_drawn == drawn


def test_the_keyboard_goes_to_the_blank_and_not_to_braces_before_it(composer: ComposerPanel) -> None:
    type_in(composer, "{{ ok, {{order.id|{x}}}")

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)

    assert composer.frame.refusal.text
    assert composer.editor.textCursor().selectedText() == "{{order.id|{x}}}"
