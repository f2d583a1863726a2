"""The main window beside its reference pictures, with room for fonts that other machines draw a little otherwise.

``./mim looks`` writes the pictures anew (``MIM_DESK_LOOKS=write``); that is a person's decision, so it is refused in CI.
"""

import asyncio
import os
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from mim_desk.ui.theme import Mode
from tests.looks.scene import close_the_window, desk_at, picture, rest

pytestmark = [pytest.mark.looks, pytest.mark.slow, pytest.mark.timeout(120)]

PICTURES: Final = Path(__file__).parent / "pictures"
WRITE: Final = os.environ.get("MIM_DESK_LOOKS") == "write"
CELL: Final = 8
"""Pictures are compared by the mean of cells this wide: glyph edges vanish, moved parts do not."""
FAR: Final = 24
"""A cell this far off, of 255, counts as different."""
ALLOWED: Final = 0.03
"""Share of cells that may differ."""
CASES: Final = [
    pytest.param("desk_light", "light", (1440, 900), False, id="light"),
    pytest.param("desk_dark", "dark", (1440, 900), False, id="dark"),
    pytest.param("desk_high_contrast", "high_contrast", (1440, 900), False, id="high contrast"),
    pytest.param("desk_rtl", "light", (1440, 900), True, id="right to left"),
    pytest.param("desk_small", "light", (1024, 700), False, id="1024 x 700"),
    pytest.param("window_closed_light", "light", (1440, 900), False, id="closed window"),
    pytest.param("window_closed_dark", "dark", (1440, 900), False, id="closed window, dark"),
]


def difference(one: QImage, other: QImage) -> float:
    """Share of cells that are far apart; 1 for pictures of different sizes."""
    if one.size() != other.size():
        return 1.0
    small = [
        image.scaled(
            image.width() // CELL,
            image.height() // CELL,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        ).convertToFormat(QImage.Format.Format_RGB888)
        for image in (one, other)
    ]
    rows = [[bytes(image.constScanLine(y))[: image.width() * 3] for y in range(image.height())] for image in small]
    far = sum(
        abs(left[at + part] - right[at + part]) > FAR
        for left, right in zip(*rows, strict=True)
        for at in range(0, len(left), 3)
        for part in range(3)
    )
    return far / (3 * small[0].width() * small[0].height())


def drawn(
    loop: asyncio.AbstractEventLoop,
    app: QApplication,
    folder: Path,
    mode: Mode,
    size: tuple[int, int],
    *,
    rtl: bool,
    closed: bool,
) -> QImage:
    """The window as it looks now, with a conversation open, whose reply window may be ``closed``."""

    async def draw() -> QImage:
        async with desk_at(folder, app, mode, size=size, rtl=rtl) as desk:
            desk.wiring.open(desk.window.list.list.rows.rows[0].conversation.id)
            await rest(1.0)
            if closed:
                await close_the_window(desk)
            return picture(desk)

    app.setQuitOnLastWindowClosed(False)
    return loop.run_until_complete(draw())


@pytest.mark.parametrize(("name", "mode", "size", "rtl"), CASES)
def test_the_window_looks_as_its_picture(desk_loop, qapp, tmp_path, name, mode, size, rtl) -> None:
    now = drawn(desk_loop, qapp, tmp_path / "workspace", mode, size, rtl=rtl, closed="closed" in name)
    file = PICTURES / f"{name}.png"
    if WRITE:
        PICTURES.mkdir(exist_ok=True)
        assert now.save(str(file))
        return

    wanted = QImage(str(file)).convertToFormat(QImage.Format.Format_RGB32)

    found = difference(now, wanted)
    if found > ALLOWED:
        seen = tmp_path / f"{name}.seen.png"
        now.save(str(seen))
        pytest.fail(f"{found:.1%} of the picture differs; what is drawn now: {seen}", pytrace=False)


def test_pictures_are_never_written_in_ci() -> None:
    assert not (WRITE and os.environ.get("CI"))


def test_a_moved_pane_is_noticed_and_a_sharper_glyph_is_not(qapp) -> None:
    wanted = QImage(800, 480, QImage.Format.Format_RGB32)
    wanted.fill(Qt.GlobalColor.white)
    sharper, moved = wanted.copy(), wanted.copy()
    for x in range(0, 800, 40):
        sharper.setPixelColor(x, 20, Qt.GlobalColor.black)
    for x in range(100):
        for y in range(480):
            moved.setPixelColor(x, y, Qt.GlobalColor.gray)

    assert difference(wanted, sharper) == 0
    assert difference(wanted, moved) > ALLOWED
    assert difference(wanted, wanted.copy(0, 0, 400, 480)) == 1


def test_no_picture_is_larger_than_a_megabyte() -> None:
    assert all(file.stat().st_size < 1_000_000 for file in PICTURES.glob("*.png"))
