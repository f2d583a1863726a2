"""Files that are still being read: nothing leaves without them, and none is lost with the place it was given to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.ui.composer import attach
from mim_desk.ui.composer.panel import ComposerPanel
from tests.desk.workspace import conversation_id
from tests.ui.composer.writing import WEB_CHAT, WHATSAPP, unsent, write_in
from tests.ui.stage import Stage


@pytest.fixture
def notes(tmp_path: Path) -> str:
    """A file that every inbox here carries."""
    path = tmp_path / "notes.txt"
    path.write_text("hello there, this is a text")
    return str(path)


@contextmanager
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No file is read before the block ends."""
    done, refused_file = threading.Event(), attach.refused_file

    def late(*told: object) -> str:
        done.wait(30)
        return refused_file(*told)

    monkeypatch.setattr(attach, "refused_file", late)
    try:
        yield
    finally:
        done.set()


def test_a_reply_waits_for_the_file_that_is_being_read(
    stage: Stage,
    composer: ComposerPanel,
    notes: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with slow_disk(monkeypatch):
        composer.attaching.read([notes])
        QTest.keyClicks(composer.editor, "See the notes")
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
        assert composer.editor.text() == "See the notes"
        assert composer.frame.refusal.isVisible()

    stage.until(lambda: composer.attaching.files)
    assert not composer.frame.refusal.isVisible()
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: unsent(stage))
    (item,) = stage.session.outbox.pending.items.values()
    assert [file.name for file in item.files] == ["notes.txt"]


def test_a_file_goes_into_the_draft_of_the_place_it_was_given_to(
    stage: Stage,
    composer: ComposerPanel,
    notes: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    QTest.keyClicks(composer.editor, "See the notes")
    with slow_disk(monkeypatch):
        composer.attaching.read([notes])
        write_in(stage, composer, WEB_CHAT)

    def draft() -> object:
        return stage.run(stage.session.draft(conversation_id(WHATSAPP), "reply"))

    stage.until(lambda: draft() is not None and draft().attachments)
    assert composer.attaching.files == []
    write_in(stage, composer, WHATSAPP)
    assert (composer.editor.text(), [file.name for file in composer.attaching.files]) == (
        "See the notes",
        ["notes.txt"],
    )


def test_why_a_file_was_refused_is_told_where_it_was_given(
    stage: Stage,
    composer: ComposerPanel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = tmp_path / "setup.exe"
    program.write_bytes(b"MZ" + bytes(100))
    with slow_disk(monkeypatch):
        composer.attaching.read([str(program)])
        write_in(stage, composer, WEB_CHAT)
    stage.until(lambda: not composer.attaching.reader.is_reading((conversation_id(WHATSAPP), "reply")))
    assert not composer.frame.refusal.isVisible()

    write_in(stage, composer, WHATSAPP)

    assert composer.frame.refusal.isVisible()


def test_after_sending_by_the_button_one_goes_on_writing(stage: Stage, composer: ComposerPanel) -> None:
    QTest.keyClicks(composer.editor, "Yes, of course")
    composer.frame.send.setFocus()
    QTest.keyClick(composer.frame.send, Qt.Key.Key_Space)

    stage.until(lambda: unsent(stage))
    assert composer.editor.hasFocus()


def test_a_folder_is_refused_by_its_name(
    stage: Stage,
    composer: ComposerPanel,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "Invoices"
    folder.mkdir()

    composer.attaching.read([str(folder)])
    stage.until(lambda: composer.frame.refusal.text)

    assert "Invoices is a folder" in composer.frame.refusal.text
    assert composer.attaching.files == []
