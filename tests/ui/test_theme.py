"""Tokens: every theme names the same roles and its sheets fill in."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontDatabase, QFontMetricsF

from mim_desk.resources import resource
from mim_desk.ui import icons
from mim_desk.ui.theme import Theme


@pytest.fixture(params=["light", "dark", "high_contrast"])
def theme(request, qapp) -> Theme:
    return Theme(request.param)


def test_every_theme_names_the_same_roles(theme: Theme, qapp) -> None:
    assert set(theme._tokens) == set(Theme("light")._tokens)


def test_every_sheet_names_known_tokens_only(theme: Theme) -> None:
    for sheet in resource("style").glob("*.qss"):
        assert "@" not in theme.sheet(sheet.stem), sheet.name


def test_tabular_figures_have_one_width(theme: Theme) -> None:
    measure = QFontMetricsF(theme.font("label", tabular=True))

    widths = [measure.horizontalAdvance(digit * 4) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.2


def test_choosing_a_theme_tells_the_widgets(qtbot) -> None:
    theme = Theme("light")

    with qtbot.waitSignal(theme.changed, timeout=1000):
        theme.choose("dark")
    assert theme.name == "dark"


def test_every_drawing_renders_in_any_colour(theme: Theme) -> None:
    for path in resource("icons").glob("*.svg"):
        drawn = icons.pixmap(path.stem, theme.color("accent"), 18, 2.0)
        assert drawn.deviceIndependentSize() == QSize(18, 18).toSizeF()
        assert not drawn.toImage().allGray() or theme.name == "high_contrast" or "channel" in path.stem


def test_a_drawing_that_points_is_turned_round_for_right_to_left(theme: Theme) -> None:
    def drawn(name: str, rtl: bool) -> bytes:
        return bytes(icons.pixmap(name, theme.color("text"), 18, rtl=rtl).toImage().constBits())

    assert drawn("send", True) != drawn("send", False)
    assert drawn("clock", True) == drawn("clock", False)


@pytest.mark.parametrize("weight", ["Regular", "Medium", "SemiBold"])
def test_the_shipped_faces_are_weights_of_one_family(qapp, weight: str) -> None:
    """Where Inter is not installed, a face under another family name would never be found by its weight."""
    face = QFontDatabase.addApplicationFont(str(resource(f"fonts/Inter-{weight}.otf")))

    assert QFontDatabase.applicationFontFamilies(face)[0] == "Inter"
