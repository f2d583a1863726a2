"""The composer in a window that begins at the right."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.ui import texts
from mim_desk.ui.composer.editor import Editor
from tests.ui.stage import Stage


@pytest.fixture
def editor(stage: Stage) -> Editor:
    made: Editor = stage.keep(Editor(stage.theme), height=100)
    return made


def test_an_empty_field_begins_at_the_windows_start_and_words_run_as_their_letters_do(editor: Editor) -> None:
    def way() -> Qt.LayoutDirection:
        return editor.document().firstBlock().textDirection()

    assert way() == Qt.LayoutDirection.LeftToRight
    editor.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert way() == Qt.LayoutDirection.RightToLeft

    QTest.keyClicks(editor, "Gate 4")
    assert way() == Qt.LayoutDirection.LeftToRight
    editor.replace("\u0628\u0648\u0627\u0628\u0629 4")
    assert way() == Qt.LayoutDirection.RightToLeft
    editor.replace("Gate 4")
    assert way() == Qt.LayoutDirection.LeftToRight
    editor.replace("")
    assert way() == Qt.LayoutDirection.RightToLeft


def test_a_hint_keeps_its_own_order_whatever_the_windows_is(editor: Editor) -> None:
    editor.hint("Write to {name}. / finds canned replies.", "Marta")

    whole = f"Write to {texts.isolated('Marta')}. / finds canned replies."
    assert editor.placeholderText() == texts.isolated(whole)
