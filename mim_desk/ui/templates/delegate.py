"""Paints the rows of the template list."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mim_desk.ui import texts
from mim_desk.ui.templates import wording
from mim_desk.ui.templates.model import ENTRY_ROLE, Entry, body
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paint import Brush

Index = QModelIndex | QPersistentModelIndex


class TemplateDelegate(QStyledItemDelegate):
    """A template: its title and category, below the beginning of its words or why it cannot be chosen."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows of one height."""
        return QSize(0, self._theme.size("row-popup") + self._theme.space(3))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        entry = index.data(ENTRY_ROLE)
        if not isinstance(entry, Entry):
            return
        painter.save()
        theme, rect = self._theme, QRect(option.rect)
        brush = Brush(painter, theme, rect, rtl=option.widget.isRightToLeft())
        if option.state & QStyle.StateFlag.State_Selected:
            brush.fill(rect, theme.color("selection"))
            if theme.high_contrast:
                brush.frame(rect, theme.color("accent"), 0, theme.size("focus-ring"))
        brush.hairline(rect.left(), rect.bottom(), rect.width())
        inner = rect.adjusted(theme.space(3), theme.space(2), -theme.space(3), 0)
        self._lines(brush, inner, entry)
        painter.restore()

    def _lines(self, brush: Brush, inner: QRect, entry: Entry) -> None:
        theme, row = self._theme, entry.shown
        line = QRect(inner.left(), inner.top(), inner.width(), theme.line("body") + 2)
        kind, font = wording.category(row), theme.font("meta")
        width = texts.metrics(font).horizontalAdvance(kind)
        brush.text(line, kind, font, theme.color("text-muted"), end=True)
        name, words = wording.title(row), body(row)
        why = wording.why_not(row)
        strong = theme.font("body-strong", script=texts.script_of(name))
        room = line.adjusted(0, 0, -width - theme.space(2), 0)
        brush.text(room, name, strong, theme.color("text-secondary" if why else "text"))
        line.translate(0, theme.line("body") + 2)
        told = theme.font("meta", script=texts.script_of(why or words))
        brush.text(line, texts.one_line(why or words, 200), told, theme.color("warning" if why else "text-muted"))
