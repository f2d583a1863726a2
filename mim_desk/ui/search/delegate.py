"""Paints one hit: channel mark, who, when, and the words around the match."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mim_desk.desk.shapes import SearchHit
from mim_desk.ui import texts
from mim_desk.ui.search.model import HIT_ROLE, excerpt
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import shown, utf16_length
from mim_desk.ui.timeline.text_block import TextBlock, stretch_format
from mim_desk.ui.widgets.paint import Brush

Index = QModelIndex | QPersistentModelIndex

_ENDLESS: Final = 100_000.0
_MARK: Final = 18


class HitDelegate(QStyledItemDelegate):
    """Rows of one height.

    Attributes:
        now: the time that "today" is told by.
    """

    def __init__(self, theme: Theme, now: datetime) -> None:
        super().__init__()
        self._theme = theme
        self.now = now

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines."""
        return QSize(0, self._theme.size("row-popup") + self._theme.space(1))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        hit = index.data(HIT_ROLE)
        if not isinstance(hit, SearchHit):
            return
        theme, rect = self._theme, option.rect
        painter.save()
        brush = Brush(painter, theme, rect, rtl=option.widget.isRightToLeft())
        if option.state & QStyle.StateFlag.State_Selected:
            brush.fill(rect, theme.color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            brush.fill(rect, theme.color("hover"))
        mark = QRect(rect.left() + theme.space(4), rect.top() + (rect.height() - _MARK) // 2, _MARK, _MARK)
        brush.mark(hit.channel, mark)
        words = QRect(mark.right() + 1 + theme.space(3), rect.top() + 5, 0, theme.line("body"))
        words.setRight(rect.right() - theme.space(4))
        time = texts.list_time(hit.occurred_at, self.now)
        meta = theme.font("meta", tabular=True)
        width = brush.text(words, time, meta, theme.color("text-muted"), end=True)
        name = words.adjusted(0, 0, -width - theme.space(2), 0)
        strong = theme.font("body-strong", script=texts.script_of(hit.contact_name))
        brush.text(name, hit.contact_name, strong, theme.color("text"))
        words.translate(0, theme.line("body") + 1)
        self._draw_excerpt(painter, brush, words, hit)
        painter.restore()

    def _draw_excerpt(self, painter: QPainter, brush: Brush, rect: QRect, hit: SearchHit) -> None:
        theme = self._theme
        text, spans = excerpt(hit)
        font = theme.font("body", script=texts.script_of(text))
        text = texts.elided(text, font, rect.width())
        block = TextBlock(shown(text).text, font, theme.line("body"), _ENDLESS, rtl=brush.rtl)
        marks = []
        for start, end in spans:
            if end > len(text) - text.endswith("…"):
                continue
            first = utf16_length(text[:start])
            length = utf16_length(text[start:end])
            marks.append(stretch_format(first, first + length, theme.color("search-hit"), theme.color("text")))
        seen = brush.seen(rect)
        area = QRectF(seen)
        x = area.right() - block.width if brush.rtl else area.left()
        painter.setClipRect(area)
        painter.setPen(theme.color("text-secondary"))
        block.draw(painter, QPointF(x, area.top()), area, marks)
