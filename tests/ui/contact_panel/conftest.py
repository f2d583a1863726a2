"""The panel beside a timeline, with nobody in it."""

import pytest

from mim_desk.ui.contact_panel.view import ContactPanel
from mim_desk.ui.theme import Theme


@pytest.fixture
def panel(qtbot) -> ContactPanel:
    made = ContactPanel(Theme("light"))
    qtbot.addWidget(made)
    made.resize(304, 900)
    made.show()
    return made
