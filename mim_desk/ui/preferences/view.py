"""The page of preferences: theme, send key, notifications, keys, where secrets are kept."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mim_desk.desk.settings import Settings
from mim_desk.ui.actions import ALL, shown_key, title_of
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, PaintedButton
from mim_desk.ui.widgets.empty_state import KeyCaps
from mim_desk.ui.widgets.flow import Flow
from mim_desk.ui.widgets.form import Card, label
from mim_desk.ui.widgets.segment import Segment


class Switch(PaintedButton):
    """On or off."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFixedSize(theme.space(10), theme.size("chip") + theme.space(1))

    def sizeHint(self) -> QSize:
        """Two circles wide."""
        return QSize(self.theme.space(10), self.theme.size("chip") + self.theme.space(1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it; the tick says on in a shape too."""
        painter = QPainter(self)
        theme, brush, on = self.theme, self.brush(painter), self.isChecked()
        radius = self.height() // 2
        brush.fill(self.rect(), theme.color("accent" if on else "surface-sunken"), radius)
        brush.frame(self.rect(), theme.color("accent" if on else "control-border"), radius)
        gap = theme.space("half") + 1
        side = self.height() - 2 * gap
        knob = QRect(self.width() - gap - side if on else gap, gap, side, side)
        brush.fill(knob, theme.color("on-accent" if on else "control-border"), side)
        if on:
            glyph = theme.size("chip-icon")
            at = QRect(0, 0, glyph, glyph)
            at.moveCenter(knob.center())
            brush.icon("check", at.translated(1, 1), theme.color("accent"))
        self.draw_ring(brush, "bubble")


class Preferences(QWidget):
    """What a person sets on this desk.

    Attributes:
        changed: a setting's name and its new value.
        canned_wanted: the page of canned replies.
    """

    changed = Signal(str, object)
    canned_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Preferences"))
        self._shows: list[Callable[[Settings], None]] = []
        self.keeping = label(theme, "", "body", "secondary", wrap=True)
        self._lay_out()

    def _lay_out(self) -> None:
        theme = self.theme
        inner = QWidget()
        inner.setObjectName("preferences")
        inner.setMaximumWidth(theme.size("form") + theme.space(16))
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.space(10), theme.space(6), theme.space(10), theme.space(6))
        column.setSpacing(theme.space(4))
        column.addWidget(label(theme, self.tr("Preferences"), "title"))
        for part in (self._look(), self._writing(), self._canned(), self._notices(), self._keeping(), self._keys()):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _look(self) -> Card:
        choices = (
            ("system", self.tr("As the system"), "contrast"),
            ("light", self.tr("Light"), "light"),
            ("dark", self.tr("Dark"), "dark"),
            ("high_contrast", self.tr("High contrast"), "contrast"),
        )
        return self._group(self.tr("Theme"), self._segments("theme", choices))

    def _writing(self) -> Card:
        choices = (("enter", self.tr("Enter sends"), ""), ("ctrl_enter", self.tr("Ctrl Enter sends"), ""))
        why = label(self.theme, self.tr("The other one makes a new line."), "meta", "muted")
        return self._group(self.tr("Writing"), self._segments("send_key", choices), why)

    def _canned(self) -> Card:
        words = self.tr("Stored texts for every agent, called up with a slash while you write.")
        change = Button(self.theme, self.tr("Canned replies"), icon="canned_reply")
        change.clicked.connect(self.canned_wanted)
        return self._group(self.tr("Canned replies"), label(self.theme, words, "body", "secondary", wrap=True), change)

    def _notices(self) -> Card:
        return self._group(
            self.tr("Notifications"),
            self._switch("notifications", self.tr("Show new messages as desktop notifications")),
            self._switch("notification_text", self.tr("With the customer’s words")),
        )

    def _keeping(self) -> Card:
        return self._group(self.tr("Keys of this desk"), self.keeping)

    def _keys(self) -> Card:
        lines = [self._key_line(title_of(action), shown_key(action.key)) for action in ALL if action.key]
        return self._group(self.tr("Keys"), *lines)

    def _key_line(self, title: str, key: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(self.theme, title, "body", "secondary"), 1)
        row.addWidget(KeyCaps(self.theme, key))
        return line

    def _group(self, title: str, *parts: QWidget) -> Card:
        return Card(self.theme, label(self.theme, title, "body-strong"), *parts)

    def _segments(self, name: str, choices: Sequence[tuple[str, str, str]]) -> QWidget:
        segments = []
        for value, words, icon in choices:
            segment = Segment(self.theme, words, icon)
            segment.clicked.connect(lambda _=False, value=value: self.changed.emit(name, value))
            self._shows.append(partial(_show_choice, segment, name, value))
            segments.append(segment)
        return Flow(self.theme, segments)

    def _switch(self, name: str, words: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label(self.theme, words, "body", "secondary"), 1)
        switch = Switch(self.theme, words)
        switch.toggled.connect(lambda on: self.changed.emit(name, on))
        self._shows.append(lambda told: _set_quietly(switch, bool(getattr(told, name))))
        row.addWidget(switch)
        return line

    def show_settings(self, settings: Settings, keeping: str) -> None:
        """Show what is set."""
        for show in self._shows:
            show(settings)
        self.keeping.setText(keeping or self.tr("Kept by your system’s key store."))


def _show_choice(segment: Segment, name: str, value: str, settings: Settings) -> None:
    segment.setChecked(getattr(settings, name) == value)


def _set_quietly(switch: Switch, on: Any) -> None:
    switch.blockSignals(True)
    switch.setChecked(on)
    switch.blockSignals(False)
    switch.update()
