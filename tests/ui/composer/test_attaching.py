"""The files beside a text: chosen or pasted, checked, refused with a reason, kept with their conversation."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WEB_CHAT, WHATSAPP, type_in, write_in
from tests.ui.stage import Stage


def test_files_are_checked_before_they_are_sent(stage: Stage, composer: ComposerPanel, tmp_path) -> None:
    good, bad, large = tmp_path / "photo.png", tmp_path / "setup.exe", tmp_path / "big.png"
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    picture.save(str(good))
    bad.write_bytes(b"MZ" + b"\0" * 500)
    large.write_bytes(good.read_bytes() + b"\0" * 5_000_001)

    for path in (bad, large):
        dropped = QMimeData()
        dropped.setUrls([QUrl.fromLocalFile(str(path))])
        composer.editor.insertFromMimeData(dropped)
        stage.until(lambda: composer.frame.refusal.text, 10)
        assert path.name in composer.frame.refusal.text
        composer.frame.refusal.tell("")
    assert composer.attaching.files == []

    composer.attaching.read([str(good)])
    stage.until(lambda: composer.attaching.files)
    assert composer.frame.send.isEnabled()
    QTest.mouseClick(composer.frame.send, Qt.MouseButton.LeftButton)
    stage.until(lambda: stage.session.outbox.pending.items)
    item = next(iter(stage.session.outbox.pending.items.values()))
    assert [file.name for file in item.files] == ["photo.png"]


def test_a_pasted_picture_becomes_a_file(stage: Stage, composer: ComposerPanel) -> None:
    pasted = QMimeData()
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.blue)
    pasted.setImageData(picture)

    composer.editor.insertFromMimeData(pasted)
    stage.until(lambda: composer.attaching.files)

    assert composer.attaching.files[0].mime_type == "image/png"


def test_a_file_belongs_to_its_conversation(stage: Stage, composer: ComposerPanel, tmp_path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello there, this is a text")
    composer.attaching.read([str(path)])
    composer.open(stage.row(WEB_CHAT))
    stage.pause(0.3)

    assert composer.attaching.files == []


def test_drafts_bring_their_files_back(stage: Stage, composer: ComposerPanel, tmp_path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello there, this is a text")
    composer.attaching.read([str(path)])
    stage.until(lambda: composer.attaching.files)
    type_in(composer, "with a file")
    write_in(stage, composer, WEB_CHAT)

    write_in(stage, composer, WHATSAPP)
    stage.until(lambda: composer.attaching.files)

    assert composer.attaching.files[0].data == b"hello there, this is a text"


@pytest.mark.parametrize(
    ("most", "words"),
    [(1, "Only one file goes with a message here."), (2, "2 files are the most in one message.")],
)
def test_one_file_more_than_a_message_takes_is_refused(
    stage: Stage, composer: ComposerPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, words: str
) -> None:
    sheet = msgspec.structs.replace(composer.sheet(), attachments_per_message=most)
    monkeypatch.setattr(composer, "sheet", lambda: sheet)
    paths = [tmp_path / f"{number}.png" for number in range(most + 1)]
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    for path in paths:
        picture.save(str(path))

    composer.attaching.read([str(path) for path in paths])
    stage.until(lambda: composer.frame.refusal.text)

    assert composer.frame.refusal.text == words
    assert [file.name for file in composer.attaching.files] == [path.name for path in paths[:most]]
