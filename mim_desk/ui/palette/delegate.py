"""Paints the palette's lines; matched letters are semibold."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from mim_desk.ui import texts
from mim_desk.ui.palette.model import CHOICE_ROLE, MATCH_ROLE, Choice
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.paint import Brush

Index = QModelIndex | QPersistentModelIndex


def split_match(text: str, typed: str) -> list[tuple[str, bool]]:
    """``text`` in pieces, the first typed word's match marked."""
    word = (typed.split() or [""])[0]
    at = text.casefold().find(word.casefold()) if word else -1
    if at < 0 or len(text.casefold()) != len(text):
        return [(text, False)]
    end = at + len(word)
    return [piece for piece in ((text[:at], False), (text[at:end], True), (text[end:], False)) if piece[0]]


def from_start(text: str, typed: str, *, rtl: bool) -> list[tuple[str, bool]]:
    """The pieces in the order in which they stand from the line's start; words run their own way in either layout."""
    pieces = split_match(text, typed)
    return pieces if texts.runs_right_to_left(text) == rtl else pieces[::-1]


class PaletteDelegate(QStyledItemDelegate):
    """Draws heads and choices.

    Attributes:
        current: the chosen line.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.current = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """36 for a choice, less for a head."""
        head = not index.data(CHOICE_ROLE).id
        height = self.theme.size("control" if head else "row-palette")
        return QSize(self.theme.size("pane-list-min"), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        rect: QRect = option.rect
        choice: Choice = index.data(CHOICE_ROLE)
        theme = self.theme
        painter.save()
        brush = Brush(painter, theme, rect, rtl=option.direction == Qt.LayoutDirection.RightToLeft)
        inner = rect.adjusted(theme.space(3) + 2, 0, -theme.space(3), 0)
        if not choice.id:
            brush.text(
                inner.adjusted(0, theme.space(1), 0, 0), choice.title, theme.font("section"), theme.color("text-muted")
            )
        else:
            self._draw_choice(brush, rect, inner, choice, index)
        painter.restore()

    def _draw_choice(self, brush: Brush, rect: QRect, inner: QRect, choice: Choice, index: Index) -> None:
        theme = self.theme
        on = index.row() == self.current
        if on:
            brush.fill(rect, theme.color("selection"))
            if theme.high_contrast:
                brush.frame(rect, theme.color("accent"), width=theme.size("focus-ring"))
        side = theme.size("setup-step-avatar" if choice.letters else "icon")
        at = QRect(inner.left(), inner.center().y() - side // 2, side, side)
        if choice.letters:
            brush.marked_avatar(at, choice.letters, choice.seed, choice.channel, theme.color("surface-raised"))
        else:
            brush.icon(choice.icon, at, theme.color("accent-text" if on else "text-secondary"))
        room = inner.adjusted(side + theme.space(2) + 2, 0, 0, 0)
        if choice.key:
            room.setRight(room.right() - brush.key_caps(room, choice.key, "surface-raised") - theme.space(2))
        self._draw_words(brush, room, choice, index.data(MATCH_ROLE))

    def _draw_words(self, brush: Brush, room: QRect, choice: Choice, typed: str) -> None:
        theme = self.theme
        for words, role in ((choice.title, "text"), (choice.detail, "text-muted")):
            for piece, matched in from_start(words, typed, rtl=brush.rtl):
                font = theme.font("body-strong" if matched else "body")
                taken = brush.text(room, piece, font, theme.color(role))
                room = room.adjusted(taken, 0, 0, 0)
            room = room.adjusted(theme.space(1), 0, 0, 0)
