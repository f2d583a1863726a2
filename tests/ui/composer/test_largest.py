"""Before sending the composer says which files are more than the inbox's server takes, alone or together."""

import msgspec
import pytest

from mim_desk.desk.shapes import LocalFile
from mim_desk.protocol import rows
from mim_desk.ui.composer.checks import Written, refused_file, why_not
from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WEB_CHAT, write_in
from tests.ui.stage import Stage

KIND = "application/pdf"
SHEET = rows.CapabilitySheet(
    text_length=1000, media=[rows.MediaLimit([KIND], 15_000_000)], attachments_per_message=3, files_bytes=1_000
)
MARKS = str.maketrans("", "", "\u2066\u2069\xa0")


def files(*sizes: int) -> list[LocalFile]:
    return [LocalFile(str(place), f"{place}.pdf", KIND, b"x" * size) for place, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        pytest.param([400, 600], "", id="as much as it takes"),
        pytest.param(
            [400, 601], "Together these files have 2 KB; this inbox carries up to 1 KB in one message.", id="more"
        ),
        pytest.param([1001], "0.pdf has 2 KB; this inbox carries up to 1 KB.", id="one is more"),
        pytest.param([], "", id="none"),
    ],
)
def test_the_sentence_names_the_size_and_the_limit(sizes: list[int], words: str) -> None:
    assert why_not(Written("reply", "Here", files(*sizes)), SHEET).translate(MARKS) == words


def test_a_note_goes_to_the_team_whatever_the_mail_server_takes() -> None:
    assert why_not(Written("note", "Here", files(400, 601)), SHEET) == ""


def test_an_inbox_whose_server_names_no_limit_counts_nothing_together() -> None:
    assert why_not(Written("reply", "Here", files(900, 900, 900)), msgspec.structs.replace(SHEET, files_bytes=0)) == ""


def test_a_file_that_goes_as_a_link_takes_no_room() -> None:
    linked = [rows.MediaLimit(["text/plain"], 5_000, as_link=True), *SHEET.media]
    some = [*files(900), LocalFile("t", "t.txt", "text/plain", b"x" * 900)]

    assert why_not(Written("reply", "Here", some), msgspec.structs.replace(SHEET, media=linked)) == ""


def test_the_manifests_larger_limit_of_a_file_does_not_hide_the_servers() -> None:
    assert refused_file("a.pdf", KIND, 1001, SHEET)
    assert not refused_file("a.pdf", KIND, 1001, msgspec.structs.replace(SHEET, files_bytes=0))


def test_a_file_too_many_is_not_attached_and_the_line_says_why(stage: Stage, tmp_path) -> None:
    composer = stage.keep(ComposerPanel(stage.theme, stage.session), height=500)
    write_in(stage, composer, WEB_CHAT)
    composer.going.inbox = msgspec.structs.replace(composer.inbox, capabilities=SHEET)
    paths = [tmp_path / name for name in ("a.pdf", "b.pdf")]
    for path in paths:
        path.write_bytes(b"%PDF-1.4\n" + b"x" * 600)

    composer.attaching.read([str(paths[0])])
    stage.until(lambda: len(composer.attaching.files) == 1)
    composer.attaching.read([str(paths[1])])
    stage.until(lambda: "Together these files have" in composer.frame.refusal.text)

    assert [one.name for one in composer.attaching.files] == ["a.pdf"]
