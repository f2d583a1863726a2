"""What was read of an archive cannot be answered, and the composer says so."""

import msgspec
import pytest
from msgspec.structs import replace

from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WHATSAPP, type_in, write_in
from tests.ui.stage import Stage


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer open in Marta's conversation."""
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=400)
    write_in(stage, made, WHATSAPP)
    return made


def test_an_archive_takes_no_reply_but_a_note(stage: Stage, composer: ComposerPanel) -> None:
    assert composer.row is not None
    old = msgspec.structs.replace(composer.row.conversation, archive="ICQ")

    composer.open(replace(composer.row, conversation=old))

    assert composer.editor.isReadOnly()
    said = composer.frame.closed_line.accessibleName()
    assert "ICQ" in said
    assert said.endswith("It can be read and searched, not answered. A note still goes to the team.")
    composer.use("note")
    stage.until(lambda: not composer.loading)
    type_in(composer, "an old friend")
    assert composer.frame.send.isEnabled()
