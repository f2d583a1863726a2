"""The wizard's side: which step one is at, and what the channel can carry."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest
from mim_desk.ui import texts
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import label
from mim_desk.ui.widgets.paint import Brush

_MARKS = {"positive": "check", "warning": "warning", "waiting": "clock", "paused": "pause"}
_INKS = {"waiting": "text-muted", "paused": "text-secondary"}


class Step(QWidget):
    """A numbered circle and a name: done, now or to come."""

    def __init__(self, theme: Theme, number: int, name: str) -> None:
        super().__init__()
        self.theme, self.number, self.name, self.state = theme, number, name, "later"
        self.setFixedHeight(theme.size("avatar-row"))
        self.setAccessibleName(name)

    def be(self, state: str) -> None:
        """``done``, ``now`` or ``later``."""
        self.state = state
        said = {"done": tr("channel_setup", "done"), "now": tr("channel_setup", "current step")}.get(state, "")
        self.setAccessibleDescription(said)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        side = theme.size("step-circle")
        circle = QRect(0, (self.height() - side) // 2, side, side)
        if self.state == "done":
            brush.fill(circle, theme.color("positive-soft"), side // 2)
            glyph = theme.size("icon-small")
            at = QRect(0, 0, glyph, glyph)
            at.moveCenter(circle.center())
            brush.icon("check", at.translated(1, 1), theme.color("positive"))
        else:
            now = self.state == "now"
            if now:
                brush.fill(circle, theme.color("accent"), side // 2)
            else:
                brush.frame(circle, theme.color("hairline-strong"), side // 2)
            ink = theme.color("on-accent" if now else "text-secondary")
            brush.text(circle, str(self.number), theme.font("label"), ink, centre=True)
        room = self.rect().adjusted(side + theme.space(3), 0, 0, 0)
        font = theme.font("body-strong" if self.state == "now" else "body")
        brush.text(room, self.name, font, theme.color("text-muted" if self.state == "later" else "text"))


class CarryLine(QWidget):
    """One thing a channel can or cannot carry."""

    def __init__(self, theme: Theme, words: str, *, can: bool) -> None:
        super().__init__()
        self.theme, self.words, self.can = theme, words, can
        self.setFixedHeight(theme.space(6))
        self.setAccessibleName(words if can else tr("channel_setup", "Not: {what}").format(what=words))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a tick or a cross and the words."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        side = theme.size("icon-small")
        at = QRect(0, (self.height() - side) // 2, side, side)
        brush.icon("check" if self.can else "close", at, theme.color("positive" if self.can else "text-muted"))
        room = self.rect().adjusted(side + theme.space(2), 0, 0, 0)
        brush.text(room, self.words, theme.font("meta"), theme.color("text-secondary" if self.can else "text-muted"))


class StateMark(QWidget):
    """The shape beside a state's word."""

    def __init__(self, theme: Theme, tone: str) -> None:
        super().__init__()
        self.theme, self.tone = theme, tone
        self.setFixedSize(theme.size("icon-small"), theme.size("icon-small"))

    def be(self, tone: str) -> None:
        """Another state: ``positive``, ``warning``, ``danger``, ``waiting`` or ``paused``."""
        self.tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a tick, a triangle, a clock, a pause or a circle."""
        painter = QPainter(self)
        name = _MARKS.get(self.tone, "failed")
        brush = Brush(painter, self.theme, self.rect(), rtl=self.isRightToLeft())
        brush.icon(name, self.rect(), self.theme.color(_INKS.get(self.tone, self.tone)))


class ChannelMark(QWidget):
    """A channel's mark beside a name that says the channel in words."""

    def __init__(self, theme: Theme, channel: str) -> None:
        super().__init__()
        self.theme, self.channel = theme, channel
        side = theme.size("chip")
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        Brush(painter, self.theme, self.rect(), rtl=self.isRightToLeft()).mark(self.channel, self.rect())


def carried(sheet: rows.CapabilitySheet) -> list[tuple[str, bool]]:
    """What the sheet says, in words."""
    families = {kind.split("/")[0] for rule in sheet.media for kind in rule.types}
    return [
        (tr("channel_setup", "Text up to {n} characters").format(n=texts.count(sheet.text_length)), True),
        (tr("channel_setup", "Images"), "image" in families),
        (tr("channel_setup", "Files"), bool(families - {"image"})),
        (tr("channel_setup", "Buttons"), sheet.buttons),
        (tr("channel_setup", "Read receipts"), sheet.receipts),
        (tr("channel_setup", "Typing, both ways"), sheet.typing),
        (tr("channel_setup", "Editing sent messages"), sheet.editing),
    ]


class Side(QFrame):
    """The column at the start of the wizard."""

    def __init__(self, theme: Theme, steps: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("setup_side")
        self.setFixedWidth(theme.size("setup-steps"))
        self.steps = [Step(theme, number, name) for number, name in enumerate(steps, 1)]
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.space(5), theme.space(5), theme.space(5), theme.space(5))
        self.column.setSpacing(0)
        self.carry = QVBoxLayout()
        self.carry.setSpacing(0)

    def show_channel(self, manifest: ChannelManifest) -> None:
        """Name the channel and what it carries."""
        theme = self.theme
        self.column.addWidget(_Head(theme, manifest.channel, manifest.name))
        self.column.addSpacing(theme.space(4))
        for step in self.steps:
            self.column.addWidget(step)
        self.column.addSpacing(theme.space(4))
        self.column.addWidget(label(theme, tr("channel_setup", "It can carry"), "section", "muted"))
        self.column.addSpacing(theme.space(1))
        for words, can in carried(manifest.capabilities):
            self.column.addWidget(CarryLine(theme, words, can=can))
        if manifest.capabilities.reply_window_s:
            words = _window_words(manifest.capabilities.reply_window_s)
            self.column.addSpacing(theme.space(2))
            self.column.addWidget(label(theme, words, "meta", "muted", wrap=True))
        self.column.addStretch(1)

    def be_at(self, number: int) -> None:
        """Mark the step one is at, counted from 0."""
        for at, step in enumerate(self.steps):
            step.be("done" if at < number else "now" if at == number else "later")


class _Head(QWidget):
    def __init__(self, theme: Theme, channel: str, name: str) -> None:
        super().__init__()
        self.theme, self.channel = theme, channel
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addSpacing(theme.space(10))
        row.addWidget(label(theme, name, "body-strong", wrap=True), 1, Qt.AlignmentFlag.AlignVCenter)
        self.setMinimumHeight(theme.size("control"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        brush = Brush(painter, self.theme, self.rect(), rtl=self.isRightToLeft())
        side = self.theme.size("channel-mark") + self.theme.space(3)
        brush.mark(self.channel, QRect(0, (self.height() - side) // 2, side, side))


def _window_words(window_s: int) -> str:
    hours = window_s // 3600
    if hours >= 72 and hours % 24 == 0:
        words = tr("channel_setup", "Reply window: {days} days after the last message of the contact.")
        return words.format(days=texts.count(hours // 24))
    words = tr("channel_setup", "Reply window: {hours} hours after the last message of the contact.")
    return words.format(hours=texts.count(hours))
