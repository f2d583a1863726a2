"""Popups over the composer: canned replies with their preview, emoji by name. The keyboard stays in the text."""

from typing import Final

from PySide6.QtCore import QAbstractItemModel, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QListView,
    QSizePolicy,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from mim_desk.domain.canned_reply import Filled, Variable
from mim_desk.ui import texts
from mim_desk.ui.composer.strip import Line
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import LINE_BREAK, shown, utf16_length
from mim_desk.ui.timeline.text_block import TextBlock, stretch_format
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.chip import Chip, chip_width, draw_chip
from mim_desk.ui.widgets.paint import Brush

MOST_ROWS: Final = 6
_PREVIEW_LINES: Final = 4


class RowList(QListView):
    """Rows of one height that never take the keyboard."""

    def __init__(self, theme: Theme, model: QAbstractItemModel, delegate: QStyledItemDelegate, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._delegate = delegate
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.entered.connect(self.setCurrentIndex)

    def fit(self, row_height: int) -> None:
        """As high as its rows, six at most."""
        self.setFixedHeight(min(self.model().rowCount(), MOST_ROWS) * row_height)

    def choose(self, place: int) -> None:
        """Make a row the current one."""
        count = self.model().rowCount()
        if count:
            self.setCurrentIndex(self.model().index(place % count, 0))


class Popup(QFrame):
    """The card every popup stands on.

    Attributes:
        chosen: a row was clicked (its number).
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(theme.size("popup-shadow-blur"))
        shadow.setOffset(0, theme.size("popup-shadow-y"))
        shadow.setColor(theme.color("shadow"))
        self.setGraphicsEffect(shadow)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(1, 1, 1, 1)
        self.column.setSpacing(0)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        brush = Brush(QPainter(self), self.theme, self.rect(), rtl=self.isRightToLeft())
        radius = self.theme.radius("popup")
        brush.fill(self.rect(), self.theme.color("surface-raised"), radius)
        brush.frame(self.rect(), self.theme.color("hairline-strong"), radius)

    def stand_over(self, anchor: QWidget, width: int, gap: int) -> None:
        """Open above ``anchor``, in its window, pushing nothing."""
        window = anchor.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self.setFixedWidth(width)
        self.column.activate()
        height = min(self.column.sizeHint().height(), anchor.mapTo(window, QPoint(0, 0)).y() - gap)
        corner = anchor.mapTo(window, QPoint(0, 0))
        x = corner.x() + anchor.width() - width if self.isRightToLeft() else corner.x()
        self.setGeometry(x, corner.y() - gap - height, width, height)
        self.show()
        self.raise_()


class Head(Line):
    """What was typed, how many fit, and where they are for."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._typed = self._counts = ""
        self._chips: tuple[str, ...] = ()
        self.setFixedHeight(theme.size("row-palette"))

    def tell(self, typed: str, counts: str, chips: tuple[str, ...]) -> None:
        """Other words."""
        self._typed, self._counts, self._chips = typed, counts, chips
        self.setAccessibleName(counts)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them over a hairline."""
        brush, theme = self.brush(QPainter(self)), self.theme
        side = theme.size("icon-text")
        pad = theme.space(3)
        brush.icon("canned_reply", QRect(pad, (self.height() - side) // 2, side, side), theme.color("text-muted"))
        room = self.rect().adjusted(pad + side + theme.space(2), 0, -pad, 0)
        width = brush.text(room, f"/{self._typed}", theme.font("body-strong"), theme.color("text"))
        room.setLeft(room.left() + width + theme.space(2))
        brush.text(room, self._counts, theme.font("body"), theme.color("text-muted"))
        x = self.width() - pad
        for text in reversed(self._chips):
            font = theme.font("label")
            width = texts.metrics(font).horizontalAdvance(text) + 2 * theme.size("chip-pad")
            chip = QRect(x - width, (self.height() - theme.size("chip")) // 2, width, theme.size("chip"))
            brush.fill(chip, theme.color("surface-sunken"), theme.radius("chip"))
            brush.text(chip, text, font, theme.color("text-secondary"), centre=True)
            x = chip.left() - theme.space(2)
        brush.hairline(0, self.height() - 1, self.width())


def named_blanks(filled: Filled) -> Filled:
    """The same text with each blank shown by its name in words."""
    text, shift, blanks, kept = filled.text, 0, [], []
    for variable in sorted((*filled.undefined, *filled.replaced), key=lambda each: each.start):
        start, end = variable.start + shift, variable.end + shift
        if variable in filled.undefined:
            words = variable.name.rpartition(".")[2].replace("_", " ") or "?"
            text = text[:start] + words + text[end:]
            shift += len(words) - (end - start)
            blanks.append(Variable(variable.name, start, start + len(words)))
        else:
            kept.append(Variable(variable.name, start, end))
    return Filled(text, tuple(blanks), tuple(kept))


class Preview(Line):
    """The chosen reply as the contact will read it, with blanks marked; in a popup, or as a card of its own."""

    def __init__(self, theme: Theme, parent: QWidget, *, is_card: bool = False) -> None:
        super().__init__(theme, parent)
        self._is_card = is_card
        self._title = ""
        self._filled = Filled("")
        self._block: TextBlock | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def tell(self, title: str, filled: Filled, width: int) -> None:
        """Another reply."""
        self._title, self._filled = title, named_blanks(filled)
        theme = self.theme
        text = shown(self._filled.text).text
        font = theme.font("message", script=texts.script_of(text))
        self._block = TextBlock(text, font, theme.line("message"), width - 2 * theme.space(3))
        lines = min(self._block.height, _PREVIEW_LINES * self._block.line_height)
        self.setFixedHeight(round(lines) + theme.size("chip") + 6 + 10 + theme.space(3))
        self.setAccessibleName(f"{title}: {filled.text}")
        self.update()

    def _marks(self) -> list[QTextLayout.FormatRange]:
        theme, text = self.theme, self._filled.text.replace("\n", LINE_BREAK)
        marks = []
        for variables, blank in ((self._filled.undefined, True), (self._filled.replaced, False)):
            for variable in variables:
                start = utf16_length(text[: variable.start])
                end = start + utf16_length(text[variable.start : variable.end])
                ground = theme.color("danger-soft") if blank else None
                marks.append(
                    stretch_format(start, end, ground, theme.color("danger" if blank else "text"), strong=True)
                )
        return marks

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, warning and text on the sunken ground."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        brush.fill(self.rect(), theme.color("surface-sunken"), theme.radius("card") if self._is_card else 0)
        if not self._is_card:
            brush.hairline(0, 0, self.width())
        pad = theme.space(3)
        head = QRect(pad, 10, self.width() - 2 * pad, theme.size("chip"))
        brush.text(head, self._title, theme.font("section"), theme.color("text-muted"))
        missing = len({variable.name for variable in self._filled.undefined})
        if missing:
            words = (
                tr("%n blanks to fill", missing).replace("%n", str(missing)) if missing > 1 else tr("1 blank to fill")
            )
            chip = Chip(words, "breach", "warning")
            width = chip_width(brush, chip)
            draw_chip(brush, QRect(head.right() - width + 1, head.top(), width, head.height()), chip)
        if self._block is None:
            return
        top = head.bottom() + 7
        area = QRectF(pad, top, self.width() - 2 * pad, self.height() - top - theme.space(2))
        x = area.right() - self._block.width if self._block.rtl else area.left()
        painter.setClipRect(area)
        painter.setPen(theme.color("text"))
        self._block.draw(painter, QPointF(x, top), area, self._marks())


class Legend(Line):
    """Which keys do what."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._typed = ""
        self.setFixedHeight(theme.size("popup-row-menu") + 2)

    def tell(self, typed: str) -> None:
        """What Esc keeps."""
        self._typed = typed
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw key caps and words."""
        brush, theme = self.brush(QPainter(self)), self.theme
        brush.hairline(0, 0, self.width())
        told = (
            ("↑+↓", tr("Choose")),
            ("Enter", tr("Insert")),
            ("Esc", tr("Keep “{typed}”").format(typed=texts.isolated(f"/{self._typed}"))),
        )
        x = theme.space(3)
        for keys, words in told:
            caps = sum(brush.key_cap_width(key) + 3 for key in keys.split("+")) - 3
            brush.key_caps(QRect(x, 0, caps, self.height()), keys, "surface-raised")
            room = QRect(x + caps + theme.space(1), 0, self.width() - x - caps, self.height())
            x = room.left() + brush.text(room, words, theme.font("meta"), theme.color("text-muted")) + theme.space(4)


class CannedPopup(Popup):
    """Canned replies: head, rows, preview, keys; where there are none a way to make the first."""

    def __init__(self, theme: Theme, model: QAbstractItemModel, delegate: QStyledItemDelegate) -> None:
        super().__init__(theme)
        self.setObjectName("canned_popup")
        self.setAccessibleName(tr("Canned replies"))
        self.head, self.rows = Head(theme, self), RowList(theme, model, delegate, self)
        self.preview, self.legend = Preview(theme, self), Legend(theme, self)
        self.make = Button(theme, tr("New canned reply"), icon="plus", kind="text", size="control-small")
        self.make.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.make.hide()
        for part in (self.head, self.rows, self.preview, self.make, self.legend):
            self.column.addWidget(part)
        self.rows.clicked.connect(lambda index: self.chosen.emit(index.row()))

    def tell_none(self, *, none: bool) -> None:
        """Whether the workspace has no canned replies yet."""
        self.make.setVisible(none)
        for part in (self.rows, self.preview, self.legend):
            part.setVisible(not none)


class EmojiPopup(Popup):
    """Emoji by their names."""

    def __init__(self, theme: Theme, model: QAbstractItemModel, delegate: QStyledItemDelegate) -> None:
        super().__init__(theme)
        self.setObjectName("emoji_popup")
        self.setAccessibleName(tr("Emoji"))
        self.rows = RowList(theme, model, delegate, self)
        self.column.setContentsMargins(1, theme.space(1), 1, theme.space(1))
        self.column.addWidget(self.rows)
        self.rows.clicked.connect(lambda index: self.chosen.emit(index.row()))

    def sizeHint(self) -> QSize:
        """Narrow."""
        return QSize(self.theme.size("pane-list-min"), self.column.sizeHint().height())
