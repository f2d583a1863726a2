"""A composer on the stage."""

import pytest

from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WHATSAPP, write_in
from tests.ui.stage import Stage


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer open in Marta's conversation."""
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=400)
    write_in(stage, made, WHATSAPP)
    return made
