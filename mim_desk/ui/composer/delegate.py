"""Paints the rows of the composer's popups."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mim_desk.domain.search_text import fold
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.model import EMOJI_ROLE, REPLY_ROLE, CannedModel
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paint import Brush

Index = QModelIndex | QPersistentModelIndex

SHORTCUT_WIDTH = 74


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def _brush(self, painter: QPainter, option: QStyleOptionViewItem) -> Brush:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        widget = option.widget
        brush = Brush(painter, self._theme, rect, rtl=widget.isRightToLeft())
        if state & QStyle.StateFlag.State_Selected:
            brush.fill(rect, self._theme.color("selection"))
            if self._theme.high_contrast:
                brush.frame(rect, self._theme.color("accent"), 0, self._theme.size("focus-ring"))
        return brush


class CannedDelegate(_RowDelegate):
    """A canned reply: its shortcut, its title, the beginning of its text."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows of one height."""
        return QSize(0, self._theme.size("row-popup"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        reply = index.data(REPLY_ROLE)
        if not isinstance(reply, rows.CannedReply):
            return
        painter.save()
        brush = self._brush(painter, option)
        rect: QRect = option.rect
        theme = self._theme
        inner = rect.adjusted(theme.space(3), 0, -theme.space(3), 0)
        model = index.model()
        typed = model.typed if isinstance(model, CannedModel) else ""
        code = QRect(inner.left(), inner.top(), SHORTCUT_WIDTH, inner.height())
        self._shortcut(brush, code, reply.shortcut, typed)
        words = inner.adjusted(SHORTCUT_WIDTH + theme.space(3), 4, 0, 0)
        words.setHeight(theme.line("body"))
        strong = theme.font("body-strong", script=texts.script_of(reply.title))
        brush.text(words, reply.title, strong, theme.color("text"))
        words.translate(0, theme.line("body"))
        meta = theme.font("meta", script=texts.script_of(reply.text))
        brush.text(words, texts.one_line(reply.text, 200), meta, theme.color("text-muted"))
        painter.restore()

    def _shortcut(self, brush: Brush, rect: QRect, shortcut: str, typed: str) -> None:
        """The typed part stands out."""
        theme = self._theme
        begins = bool(typed) and fold(shortcut).startswith(fold(typed))
        cut = len(typed) if begins else 0
        label = theme.font("label", script=texts.script_of(shortcut))
        bold = QFont(label)
        bold.setWeight(theme.font("body-strong").weight())
        parts: list[tuple[str, QFont, QColor]] = [
            ("/", label, theme.color("text-muted")),
            (shortcut[:cut], bold, theme.color("accent-text")),
            (shortcut[cut:], label, theme.color("text-muted")),
        ]
        if brush.rtl != texts.runs_right_to_left(shortcut):
            parts.reverse()  # it keeps its own direction in a mirrored row
        room = QRect(rect)
        for text, font, color in parts:
            if text:
                room.setLeft(room.left() + brush.text(room, text, font, color))


class EmojiDelegate(_RowDelegate):
    """An emoji and its short code."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows of one height."""
        return QSize(0, self._theme.size("popup-row-menu"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        emoji = index.data(EMOJI_ROLE)
        if emoji is None:
            return
        painter.save()
        brush = self._brush(painter, option)
        rect: QRect = option.rect
        theme = self._theme
        inner = rect.adjusted(theme.space(3), 0, -theme.space(3), 0)
        brush.text(inner, emoji.char, theme.font("message"), theme.color("text"))
        inner.setLeft(inner.left() + theme.space(8))
        brush.text(inner, f":{emoji.code}:" if emoji.code else "", theme.font("body"), theme.color("text-secondary"))
        painter.restore()
