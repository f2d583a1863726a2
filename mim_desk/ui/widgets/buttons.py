"""Buttons of every kind, painted from tokens; the key is always written beside the action."""

from typing import Final, Literal

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QSizePolicy, QWidget

from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paint import Brush

Kind = Literal["plain", "primary", "text", "link", "danger"]
Size = Literal["control", "control-small", "control-large"]

BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


_RETURN: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def handed_on() -> Qt.FocusReason:
    """The reason to give when focus goes on by itself: whoever works with keys goes on seeing where it is."""
    now = QApplication.focusWidget()
    seen = now.ringed if isinstance(now, PaintedButton) else isinstance(now, QLineEdit)
    return Qt.FocusReason.TabFocusReason if seen else Qt.FocusReason.OtherFocusReason


class PaintedButton(QAbstractButton):
    """A button that knows its theme, shows focus for the keyboard only, and is pressed by Enter as by the space bar."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.ringed = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    def brush(self, painter: QPainter) -> Brush:
        """A brush over the whole button."""
        return Brush(painter, self.theme, self.rect(), rtl=self.isRightToLeft())

    def draw_ring(self, brush: Brush, radius: str = "control") -> None:
        """The focus ring, inside the edge so that no neighbour cuts it."""
        if self.ringed:
            brush.frame(
                self.rect(),
                self.theme.color("focus-ring"),
                self.theme.radius(radius),
                self.theme.size("focus-ring"),
            )

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Only the keyboard needs to see where it is."""
        self.ringed = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring goes with the focus."""
        self.ringed = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt presses a button by Enter on some systems only; here a held key presses once."""
        if event.key() not in _RETURN:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()


class Button(PaintedButton):
    """A button with words, perhaps with a drawing before and a key behind them.

    A ``link`` begins where the text around it does: it has no edge, and its words are underlined under the pointer.
    """

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        icon: str = "",
        key: str = "",
        kind: Kind = "plain",
        size: Size = "control",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.glyph = icon
        self.key = key
        self.kind: Kind = kind
        self.high: Size = size
        self.setText(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def reword(self, text: str) -> None:
        """Other words on the same button."""
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def _pad(self) -> int:
        if self.kind in ("text", "link"):
            return self.theme.space(2) if self.kind == "text" else 0
        steps = {"control-small": 2, "control": 3, "control-large": 4}
        return self.theme.space(steps[self.high]) + (1 if self.high == "control-small" else 0)

    def _font_role(self) -> str:
        return {"control-small": "label", "control": "button", "control-large": "button-large"}[self.high]

    def _icon_side(self) -> int:
        return self.theme.size("icon-small" if self.high == "control-small" else "icon-text")

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        width = texts.metrics(self.theme.font(self._font_role())).horizontalAdvance(self.text())
        width += 2 * self._pad() + 1
        if self.glyph:
            width += self._icon_side() + self.theme.space(1) + 2
        if self.key:
            width += self._key_width() + self.theme.space(2)
        return QSize(width, self.theme.size(self.high))

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its words."""
        return self.sizeHint()

    def _key_width(self) -> int:
        if self.kind == "primary":
            return texts.metrics(self.theme.font("badge")).horizontalAdvance(self.key)
        with_caps = Brush.__new__(Brush)
        with_caps.theme = self.theme
        return sum(with_caps.key_cap_width(key) + 3 for key in self.key.split("+")) - 3

    def _colors(self) -> tuple[str, str, str]:
        """Roles of ground, line and ink."""
        down, over = self.isDown(), self.underMouse()
        if not self.isEnabled():
            return "", "" if self.kind in ("text", "link") else "hairline", "text-disabled"
        if self.kind == "link":
            return "", "", "accent-text"
        if self.kind == "primary":
            ground = "accent-hover" if over or down else "accent"
            return ground, ground, "on-accent"
        if self.kind == "danger":
            return "danger", "danger", "on-danger"
        ground = "pressed" if down else "hover" if over else ""
        if self.kind == "text":
            return ground, "", "accent-text"
        return ground or "surface", "hairline-strong", "text"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        brush = self.brush(painter)
        ground, line, ink = self._colors()
        radius = self.theme.radius("control")
        if ground:
            brush.fill(self.rect(), self.theme.color(ground), radius)
        if line:
            brush.frame(self.rect(), self.theme.color(line), radius)
        self._draw_words(brush, ink)
        self.draw_ring(brush)

    def _draw_words(self, brush: Brush, ink: str) -> None:
        rect = self.rect().adjusted(self._pad(), 0, -self._pad(), 0)
        color = self.theme.color(ink)
        if self.glyph:
            side = self._icon_side()
            at = QRect(rect.left(), (self.height() - side) // 2, side, side)
            brush.icon(self.glyph, at, color)
            rect.setLeft(at.right() + self.theme.space(1) + 3)
        if self.key:
            if self.kind == "primary":
                brush.text(rect, self.key, self.theme.font("badge"), color, end=True)
            else:
                brush.key_caps(rect, self.key)
            rect.setRight(rect.right() - self._key_width() - self.theme.space(2))
        font = self.theme.font(self._font_role())
        if self.kind == "link" and self.underMouse() and self.isEnabled():
            font = QFont(font)
            font.setUnderline(True)
        brush.text(rect, self.text(), font, color)


class IconButton(PaintedButton):
    """A drawing to click; its tooltip says what and by which key."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        name: str,
        *,
        key: str = "",
        role: str = "text-secondary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.glyph = icon
        self.role = role
        self.setAccessibleName(name)
        self.setToolTip(texts.tooltip(name, key))
        side = theme.size("icon-button")
        self.setFixedSize(side, side)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self.theme.size("icon-button"), self.theme.size("icon-button"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        brush = self.brush(painter)
        radius = self.theme.radius("control")
        if self.isChecked():
            brush.fill(self.rect(), self.theme.color("selection"), radius)
        elif self.isEnabled() and (self.isDown() or self.underMouse()):
            brush.fill(self.rect(), self.theme.color("pressed" if self.isDown() else "hover"), radius)
        side = self.theme.size("icon-button-glyph")
        rect = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        role = "accent-text" if self.isChecked() else self.role
        brush.icon(self.glyph, rect, self.theme.color(role if self.isEnabled() else "text-disabled"))
        self.draw_ring(brush)


class Tab(PaintedButton):
    """One of a row of tabs: a word, a quiet count, a bar below when chosen."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.count = ""
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def tell_count(self, count: str) -> None:
        """Show how many are behind it."""
        if count != self.count:
            self.count = count
            self.setAccessibleName(f"{self.text()}, {count}" if count else self.text())
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as word and count; the chosen one's weight is reserved."""
        word = texts.metrics(self.theme.font("body-strong")).horizontalAdvance(self.text()) + 1
        number = texts.metrics(self.theme.font("meta", tabular=True)).horizontalAdvance(self.count)
        return QSize(word + (number + self.theme.space(1) if self.count else 0), self.theme.size("bar-tabs"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        brush = self.brush(painter)
        on = self.isChecked()
        font = self.theme.font("body-strong" if on else "button")
        color = self.theme.color("text" if on or self.underMouse() else "text-muted")
        width = brush.text(self.rect(), self.text(), font, color)
        rest = self.rect().adjusted(width + self.theme.space(1), 0, 1, 0)
        brush.text(rest, self.count, self.theme.font("meta", tabular=True), self.theme.color("text-muted"))
        if on:
            bar = QRect(0, self.height() - self.theme.size("tick"), self.width(), self.theme.size("tick"))
            brush.fill(bar, self.theme.color("accent"))
        self.draw_ring(brush)
