"""A cat on the keyboard: random keys, clicks and sizes while customers write, and the desk goes on."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDesktopServices, QInputMethodEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from mim_desk.protocol import api
from tests.desk.hubs import SECRET, Gateway
from tests.journeys.real_desk import RealDesk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

STEPS = 400
CUSTOMERS = 12
TEXTS = (
    "Hello", "发票还没收到", "مرحبا كيف الحال", "👩‍👩‍👧‍👦" * 3, "<img src='file:///etc/passwd'>", "A" * 3000, "/", ":", "1", "2026-11-23",
)  # fmt: skip
KEYS = (
    *(getattr(Qt.Key, f"Key_{letter}") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    *(getattr(Qt.Key, f"Key_F{number}") for number in range(1, 13)),
    *(getattr(Qt.Key, f"Key_{name}") for name in ("Slash", "Question", "Comma", "Period", "Delete", "Backspace")),
)
MOVES = tuple(
    getattr(Qt.Key, f"Key_{name}")
    for name in (
        "Tab", "Backtab", "Return", "Space", "Escape", "Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown", "Menu",
    )
)  # fmt: skip
CONTROL, SHIFT, ALT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)
MODIFIERS = (NONE, NONE, CONTROL, SHIFT, ALT, CONTROL | SHIFT)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PRESSES: tuple[Callable[..., None], ...] = (
    *[QTest.mouseClick] * 4,
    QTest.mouseDClick,
    QTest.mousePress,
    QTest.mouseRelease,
)
WEIGHTS = {"key": 5, "move": 6, "text": 3, "click": 14, "wheel": 2, "size": 1, "customer": 2, "time": 4}


@dataclass
class Hands:
    """Somebody who does anything at all.

    Attributes:
        done: what they did, shown when the test fails.
    """

    agent: RealDesk
    gateway: Gateway
    chance: random.Random
    done: list[str] = field(default_factory=list)
    front: QWidget | None = None

    async def anything(self) -> None:
        """One step."""
        (name,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        await getattr(self, name)()
        await asyncio.sleep(0)

    def top(self) -> QWidget:
        """What is in front; kept, since a wrapper of Qt's own popup takes those of its children with it."""
        self.front = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.agent.window.window()
        return self.front

    def somewhere(self) -> tuple[QWidget, QPoint]:
        """A point of what is in front."""
        top = self.top()
        point = QPoint(self.chance.randrange(max(1, top.width())), self.chance.randrange(max(1, top.height())))
        widget = top.childAt(point) or top
        return widget, widget.mapFrom(top, point)

    def writes(self) -> QWidget:
        """Where keys go."""
        return QApplication.focusWidget() or self.top()

    async def key(self) -> None:
        key, modifier = self.chance.choice(KEYS), self.chance.choice(MODIFIERS)
        self.done.append(f"{modifier} {key}")
        QTest.keyClick(self.writes(), key, modifier)

    async def move(self) -> None:
        key = self.chance.choice(MOVES)
        self.done.append(f"{key}")
        QTest.keyClick(self.writes(), key)

    async def text(self) -> None:
        text = self.chance.choice(TEXTS)
        self.done.append(f"text {text[:10]}")
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(self.writes(), event)

    async def click(self) -> None:
        widget, point = self.somewhere()
        button, press = self.chance.choice([LEFT] * 5 + [RIGHT]), self.chance.choice(PRESSES)
        self.done.append(f"{button} {type(widget).__name__} {widget.accessibleName()!r} {point.x()},{point.y()}")
        press(widget, button, NONE, point)

    async def wheel(self) -> None:
        widget, point = self.somewhere()
        turned = QPoint(0, self.chance.choice((-1200, -120, 120, 1200)))
        self.done.append(f"wheel {type(widget).__name__} {turned.y()}")
        at, phase = QPointF(widget.mapToGlobal(point)), Qt.ScrollPhase.NoScrollPhase
        QApplication.sendEvent(
            widget, QWheelEvent(QPointF(point), at, QPoint(), turned, Qt.MouseButton.NoButton, NONE, phase, False)
        )

    async def size(self) -> None:
        width, height = self.chance.randrange(500, 1700), self.chance.randrange(400, 1100)
        self.done.append(f"size {width} {height}")
        self.agent.window.window().resize(width, height)

    async def customer(self) -> None:
        who, text = f"customer-{self.chance.randrange(CUSTOMERS)}", self.chance.choice(TEXTS)
        self.done.append(f"{who} writes")
        with contextlib.suppress(httpx.ConnectError):  # hands may sign out of the hub
            await self.gateway.customer_writes(who, text)

    async def time(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 0.15))


async def let_loose(agent: RealDesk, gateway: Gateway, seed: int) -> None:
    """Hands on a desk with a dozen customers; afterwards nothing stands in front of it."""
    settings, secrets = {"callback_url": gateway.url}, {"signing_secret": SECRET}
    made = await agent.session.create_inbox(api.NewInbox("Shop", "custom", settings, secrets))
    gateway.webhook_url = made.webhook_url
    for number in range(CUSTOMERS):
        await gateway.customer_writes(f"customer-{number}", TEXTS[number % len(TEXTS)])
    someone = Hands(agent, gateway, random.Random(seed))
    try:
        for _ in range(STEPS):
            await someone.anything()
        while (front := QApplication.activePopupWidget() or QApplication.activeModalWidget()) is not None:
            front.close()
            await asyncio.sleep(0)
    finally:
        print("\n".join(someone.done))


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("seed", [3, 12])
def test_whatever_hands_do_nothing_unforeseen_happens(
    desk_loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Unforeseen failures are in the log, which fails the test; so does a warning of Qt, a stall or what is left over."""
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: True)

    async def journey() -> None:
        gateway = Gateway()
        await gateway.start()
        try:
            async with RealDesk(tmp_path / "desk", monkeypatch) as agent:
                monkeypatch.chdir(tmp_path)  # where files are saved
                agent.desk.quit_wanted.disconnect()
                await let_loose(agent, gateway, seed)
        finally:
            await gateway.close()

    desk_loop.run_until_complete(journey())
