"""Before sending the composer says which files customers get as a link."""

import msgspec
import pytest

from mim_desk.desk.shapes import LocalFile
from mim_desk.protocol import rows
from mim_desk.ui.composer.linking import said
from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WHATSAPP, write_in
from tests.ui.stage import Stage

SHEET = rows.CapabilitySheet(
    text_length=1000,
    media=[
        rows.MediaLimit(["image/png"], 1000),
        rows.MediaLimit(["image/*", "audio/*", "text/*"], 5000, as_link=True),
    ],
    attachments_per_message=4,
)
MARKS = str.maketrans("", "", "\u2066\u2069")


def file(name: str, mime_type: str, size: int = 10) -> LocalFile:
    return LocalFile(name, name, mime_type, b"x" * size)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([file("a.png", "image/png")], ""),
        ([file("a.png", "image/png", 1001)], "Sent as a link: a.png"),
        ([file("a.png", "image/png"), file("b.mp3", "audio/mpeg")], "Sent as a link: b.mp3"),
        ([file("b.mp3", "audio/mpeg"), file("c.txt", "text/plain")], "Sent as a link: b.mp3, c.txt"),
        ([file("d.zip", "application/zip")], ""),
        ([file("e.mp3", "audio/mpeg", 5001)], ""),
        ([], ""),
    ],
    ids=["as itself", "too large for that", "one of two", "two", "not carried", "too large for a link", "none"],
)
def test_the_sentence_names_what_goes_as_a_link(files: list[LocalFile], words: str) -> None:
    assert said(files, SHEET).translate(MARKS) == words


def test_an_inbox_that_says_nothing_of_files_says_nothing_of_links() -> None:
    assert said([file("a.png", "image/png")], rows.CapabilitySheet(text_length=1000)) == ""


def test_the_composer_says_it_before_sending_and_not_of_notes(stage: Stage, qtbot, tmp_path) -> None:
    composer = stage.keep(ComposerPanel(stage.theme, stage.session), height=500)
    write_in(stage, composer, WHATSAPP)
    composer.going.inbox = msgspec.structs.replace(composer.inbox, capabilities=SHEET)
    sound = tmp_path / "waiting.mp3"
    sound.write_bytes(b"ID3\x04" + bytes(200))

    composer.attaching.read([str(sound)])
    stage.until(lambda: composer.attaching.files)

    assert composer.frame.links.isVisibleTo(composer.frame)
    assert composer.frame.links.accessibleName().translate(MARKS) == "Sent as a link: waiting.mp3"
    composer.frame.note_tab.click()
    stage.until(lambda: not composer.frame.links.isVisibleTo(composer.frame))
