"""Bold and the like: the preview is what the channel will show, and keys set the marks."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.formatting import Formatting, Span, Style
from mim_desk.hub.channel_setup import sheet
from mim_desk.ui.composer.marking import joined
from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WHATSAPP, type_in, write_in
from tests.ui.stage import Stage

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer open in Marta's WhatsApp conversation, whose inbox carries what WhatsApp carries."""
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=500)
    write_in(stage, made, WHATSAPP)
    carry(made, "whatsapp")
    return made


def carry(composer: ComposerPanel, channel: str) -> None:
    """Let the inbox be one of this channel."""
    can = sheet(manifest(channel).capabilities)
    composer.going.inbox = msgspec.structs.replace(composer.inbox, channel=channel, capabilities=can)
    composer.use("reply")
    composer.tell()


def test_the_preview_is_there_where_marks_change_how_the_text_reads(composer: ComposerPanel) -> None:
    preview = composer.frame.preview
    type_in(composer, "See you at 5*3")

    assert not preview.isVisible()

    type_in(composer, ", *Tuesday* _please_")

    assert preview.isVisible()
    assert preview.shown.text == "See you at 5*3, Tuesday please"
    assert preview.accessibleName() == "As WhatsApp shows it: See you at 5*3, Tuesday please"


@pytest.mark.parametrize("channel", ADAPTERS)
def test_a_channel_shows_a_preview_exactly_where_its_sheet_names_a_formatting(
    composer: ComposerPanel, channel: str
) -> None:
    carry(composer, channel)
    type_in(composer, "*Tuesday*")

    assert composer.frame.preview.isVisible() == bool(manifest(channel).capabilities.formatting)
    assert composer.editor.text() == "*Tuesday*", "what is typed stays as it was typed"


def test_a_note_is_plain(composer: ComposerPanel) -> None:
    composer.use("note")
    type_in(composer, "*Tuesday*")

    assert not composer.frame.preview.isVisible()


@pytest.mark.parametrize(("key", "mark"), [(Qt.Key.Key_B, "*"), (Qt.Key.Key_I, "_")])
def test_a_key_sets_the_mark_around_what_is_selected_and_takes_it_away(
    composer: ComposerPanel, key: Qt.Key, mark: str
) -> None:
    type_in(composer, "on Tuesday 5")
    composer.editor.choose(2, 11)

    QTest.keyClick(composer.editor, key, CTRL)

    assert composer.editor.text() == f"on {mark}Tuesday{mark} 5", "blanks at the ends stay outside"
    assert composer.editor.textCursor().selectedText() == f"{mark}Tuesday{mark}"

    QTest.keyClick(composer.editor, key, CTRL)

    assert composer.editor.text() == "on Tuesday 5"


def test_with_nothing_selected_the_marks_wait_for_the_words(composer: ComposerPanel) -> None:
    QTest.keyClick(composer.editor, Qt.Key.Key_B, CTRL)
    type_in(composer, "now")

    assert composer.editor.text() == "*now*"


def test_lines_are_marked_one_by_one(composer: ComposerPanel) -> None:
    composer.editor.replace("one\n\n👍 two")
    composer.editor.selectAll()

    QTest.keyClick(composer.editor, Qt.Key.Key_B, CTRL)

    assert composer.editor.text() == "*one*\n\n*👍 two*"


def test_keys_do_nothing_where_the_channel_is_plain(composer: ComposerPanel) -> None:
    carry(composer, "sms_twilio")
    type_in(composer, "now")
    composer.editor.selectAll()

    QTest.keyClick(composer.editor, Qt.Key.Key_B, CTRL)

    assert composer.editor.text() == "now"


def test_each_part_of_a_long_reply_is_read_for_itself() -> None:
    assert joined(["a *b* ", "*c ", "d* *e*"], Formatting.TRANSLATED).text == "a b *c d* e"
    assert joined(["a ", "*b*"], Formatting.AS_TYPED).spans == (Span(2, 3, Style.BOLD),)
