"""The palette on screen: a veil, a field, the lines and a legend of keys."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLineEdit, QListView, QWidget

from mim_desk.ui import texts
from mim_desk.ui.palette.delegate import PaletteDelegate
from mim_desk.ui.palette.model import CHOICE_ROLE, Choice, PaletteModel, grouped, ranked
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paint import Brush

_MOST_LINES_SHOWN = 11
_TYPING_PAUSE_MS = 60


class Palette(QWidget):
    """Covers its window with a veil and offers choices.

    Attributes:
        chosen: id of what to run.
        typed: the letters changed; who knows more choices may ``offer`` them.
        glyph: the drawing before the field.
    """

    glyph = "search"
    chosen = Signal(str)
    typed = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.theme = theme
        self.groups: Sequence[str] = ()
        self.about = ""
        self._fixed: list[Choice] = []
        self._found: list[Choice] = []
        self._before: QWidget | None = None
        self.setAccessibleName(self.tr("Command palette"))
        self.field = QLineEdit(self)
        self.field.setObjectName("palette_field")
        self.field.setFont(theme.font("lead"))
        self.field.setPlaceholderText(self.tr("Find contacts, messages and actions"))
        self.field.setAccessibleName(self.tr("Find contacts, messages and actions"))
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._typed)
        self.lines = QListView(self)
        self.model = PaletteModel(self)
        self.look = PaletteDelegate(theme, self)
        self._dress_lines()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(lambda: self.typed.emit(self.field.text()))
        self.hide()

    def _dress_lines(self) -> None:
        self.lines.setModel(self.model)
        self.lines.setItemDelegate(self.look)
        self.lines.setFrameShape(QFrame.Shape.NoFrame)
        self.lines.setAccessibleName(self.tr("Choices"))
        self.lines.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.lines.setMouseTracking(True)
        self.lines.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.lines.entered.connect(lambda index: self._point(index.row()))
        self.lines.clicked.connect(lambda index: self._run(index.row()))

    def open(self, fixed: Sequence[Choice], groups: Sequence[str], about: str = "", typed: str = "") -> None:
        """Offer ``fixed``; ``about`` names the conversation that actions would change."""
        self._fixed, self._found, self.groups, self.about = list(fixed), [], groups, about
        self._before = self._window.focusWidget()
        self.field.setText(typed)
        self.setGeometry(self._window.rect())
        self._fill()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def offer(self, typed: str, found: Sequence[Choice]) -> None:
        """Add choices found elsewhere, unless other letters were typed since."""
        if self.isVisible() and typed == self.field.text():
            self._found = list(found)
            self._fill()

    def shut(self) -> None:
        """Close and change nothing."""
        self.hide()
        self._pause.stop()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed(self) -> None:
        self._found = []
        self._fill()
        self._pause.start(_TYPING_PAUSE_MS)

    def _fill(self) -> None:
        typed = self.field.text().strip()
        choices = [*ranked(self._fixed, typed), *self._found]
        self.model.show(grouped(choices, self.groups), typed)
        self._point(self.model.next_choice(-1, 1))
        self._place()

    def _point(self, line: int) -> None:
        if line >= 0 and self.model.lines and self.model.lines[line].id:
            self.look.current = line
            self.lines.scrollTo(self.model.index(line))
            self.lines.viewport().update()

    def _run(self, line: int) -> None:
        choice = self.model.index(line).data(CHOICE_ROLE)
        if choice is not None and choice.id:
            self.shut()
            self.chosen.emit(choice.id)

    # -- keys and places -------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows, Enter and Esc of the field; before the window's shortcuts, so that Esc closes and nothing else."""
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            act = self._key_acts().get(Qt.Key(event.key()))
            if act is not None and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if act is not None:
                act()
                return True
        return super().eventFilter(watched, event)

    def _key_acts(self) -> dict[Qt.Key, Callable[[], None]]:
        return {
            Qt.Key.Key_Down: lambda: self._point(self.model.next_choice(self.look.current, 1)),
            Qt.Key.Key_Up: lambda: self._point(self.model.next_choice(self.look.current, -1)),
            Qt.Key.Key_Return: lambda: self._run(self.look.current),
            Qt.Key.Key_Enter: lambda: self._run(self.look.current),
            Qt.Key.Key_Escape: self.shut,
        }

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the veil closes."""
        if not self._box().contains(event.position().toPoint()):
            self.shut()

    def _lines_height(self) -> int:
        heights = [self.lines.sizeHintForRow(at) for at in range(min(len(self.model.lines), _MOST_LINES_SHOWN))]
        free = self.height() - self.theme.size("palette-top") - self.theme.size("palette-head")
        return min(sum(heights), max(0, free - self.theme.size("palette-foot") - self.theme.space(8)))

    def _box(self) -> QRect:
        size = self.theme.size
        width = min(size("palette-width"), self.width() - 2 * self.theme.space(4))
        top = min(size("palette-top"), self.height() // 8)
        height = size("palette-head") + self._lines_height() + self.theme.space(3) + size("palette-foot")
        return QRect((self.width() - width) // 2, top, width, height)

    def _place(self) -> None:
        box, size = self._box(), self.theme.size
        pad, icon = self.theme.space(4), size("icon")
        field_start = pad + icon + self.theme.space(2)
        about = self._about_width()
        rect = QRect(
            box.left() + field_start, box.top() + 1, box.width() - field_start - pad - about, size("palette-head") - 2
        )
        if self.isRightToLeft():
            rect.moveRight(box.right() - field_start)
        self.field.setGeometry(rect)
        self.lines.setGeometry(
            box.left() + 1,
            box.top() + size("palette-head") + self.theme.space(1),
            box.width() - 2,
            self._lines_height(),
        )
        self.update()

    def _about_width(self) -> int:
        if not self.about:
            return 0
        width = texts.metrics(self.theme.font("label")).horizontalAdvance(self.about)
        return min(width + 2 * self.theme.size("chip-pad"), self.theme.size("pane-views"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw veil, box, head and legend."""
        painter = QPainter(self)
        theme, box = self.theme, self._box()
        painter.fillRect(self.rect(), theme.color("veil"))
        brush = Brush(painter, theme, box, rtl=self.isRightToLeft())
        _draw_shadow(brush, box)
        brush.fill(box, theme.color("surface-raised"), theme.radius("popup"))
        brush.frame(box, theme.color("hairline-strong"), theme.radius("popup"))
        side, head = theme.size("icon"), theme.size("palette-head")
        at = QRect(box.left() + theme.space(4), box.top() + (head - side) // 2, side, side)
        brush.icon(self.glyph, at, theme.color("text-muted"))
        brush.hairline(box.left() + 1, box.top() + head, box.width() - 2)
        if self.about:
            self._draw_about(brush, box, head)
        foot = QRect(box.left(), box.bottom() + 1 - theme.size("palette-foot"), box.width(), theme.size("palette-foot"))
        brush.hairline(box.left() + 1, foot.top(), box.width() - 2)
        self._draw_legend(brush, foot.adjusted(theme.space(4), 0, -theme.space(4), 0))

    def _draw_about(self, brush: Brush, box: QRect, head: int) -> None:
        theme = self.theme
        width, high = self._about_width(), theme.size("chip")
        chip = QRect(box.right() + 1 - theme.space(4) - width, box.top() + (head - high) // 2, width, high)
        brush.fill(chip, theme.color("surface-sunken"), theme.radius("chip"))
        room = chip.adjusted(theme.size("chip-pad"), 0, -theme.size("chip-pad"), 0)
        brush.text(room, self.about, theme.font("label"), theme.color("text-secondary"))

    def _draw_legend(self, brush: Brush, room: QRect) -> None:
        theme = self.theme
        for keys, words in self._legend():
            width = sum(brush.key_cap_width(key) + theme.space("half") + 1 for key in keys.split("+"))
            brush.key_caps(QRect(room.left(), room.top(), width, room.height()), keys, "surface-raised")
            room = room.adjusted(width + theme.space(1), 0, 0, 0)
            taken = brush.text(room, words, theme.font("meta"), theme.color("text-muted"))
            room = room.adjusted(taken + theme.space(4), 0, 0, 0)

    def _legend(self) -> tuple[tuple[str, str], ...]:
        """Keys and what they do."""
        return ("↑+↓", self.tr("Choose")), ("Enter", self.tr("Run")), ("Esc", self.tr("Close"))


def _draw_shadow(brush: Brush, box: QRect) -> None:
    """One soft shadow below a popup, in a few steps of the shadow's colour."""
    theme = brush.theme
    blur, drop = theme.size("popup-shadow-blur"), theme.size("popup-shadow-y")
    color = QColor(theme.color("shadow"))
    steps = blur // 4
    color.setAlphaF(color.alphaF() / steps)
    for step in range(steps):
        grow = blur // 2 - 2 * step
        brush.fill(box.adjusted(-grow, drop - grow, grow, drop + grow), color, theme.radius("popup") + max(0, grow))
