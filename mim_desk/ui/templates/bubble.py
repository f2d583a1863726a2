"""What the customer will see: the filled template as a bubble, values set off from the template's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

from mim_desk.domain.template import MEDIA, Filling, Parameter, Part, PartKind, as_text, filled, runs
from mim_desk.ui import texts
from mim_desk.ui.templates import wording
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import file_name, shown, utf16_length
from mim_desk.ui.timeline.text_block import TextBlock, stretch_format
from mim_desk.ui.widgets.paint import Brush

_ROLES: Final = {PartKind.HEADER: "body-strong", PartKind.FOOTER: "meta", PartKind.OFFER: "label"}
_ICONS: Final = {"image": "image", "video": "play", "document": "file"}


@dataclass(frozen=True)
class _Piece:
    """A text, a file's tile or a button with its height."""

    height: int
    block: TextBlock | None = None
    marks: tuple[QTextLayout.FormatRange, ...] = ()
    color: str = "text"
    icon: str = ""
    words: str = ""
    is_button: bool = False
    indent: int = 0


class Bubble(QWidget):
    """The template with its values, on the ground of a timeline."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._parts: Sequence[Part] = ()
        self._filling = Filling()
        self._names: dict[str, str] = {}
        self._pieces: list[_Piece] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._lay_out)

    def tell(self, parts: Sequence[Part], filling: Filling, names: dict[str, str]) -> None:
        """Another template or other values; ``names`` are those of the chosen files by id."""
        self._parts, self._filling, self._names = parts, filling, names
        self.setAccessibleName(wording.tr("What the customer will see: {text}").format(text=as_text(parts, filling)))
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has other lines."""
        super().resizeEvent(event)
        self._lay_out()

    @property
    def _inner_width(self) -> int:
        theme = self.theme
        widest = min(self.width() - 2 * theme.space(3) - theme.space(4), theme.size("pane-list"))
        return max(widest - 2 * theme.space(3), theme.space(16))

    def _lay_out(self) -> None:
        self._pieces = [piece for part in self._parts for piece in self._of(part)]
        tall = sum(piece.height for piece in self._pieces)
        below = 0 if self._pieces and self._pieces[-1].is_button else self.theme.space(2)
        self.setFixedHeight(tall + 2 * self.theme.space(3) + self.theme.space(2) + below)
        self.update()

    def _of(self, part: Part) -> list[_Piece]:
        indent = 0 if part.card is None else self.theme.space(3)
        if part.kind is PartKind.RECIPIENT:
            return []
        if part.kind is PartKind.BUTTON:
            words = filled(part, self._filling)
            return [_Piece(self.theme.size("control"), icon=wording.button_icon(part), words=words, is_button=True)]
        tiles = [self._tile(one, indent) for one in part.parameters if one.kind in MEDIA]
        place = as_text([part], self._filling) if not part.text and not tiles else ""
        text = [self._text(part, place, indent)] if part.text or place else []
        return [*tiles, *text]

    def _tile(self, parameter: Parameter, indent: int) -> _Piece:
        value = self._filling.value(parameter)
        words = (
            file_name(self._names[value])
            if value in self._names
            else wording.choose_file(self._filling.kind(parameter))
        )
        height = self.theme.size("row-popup") + self.theme.space(1)
        return _Piece(height, icon=_ICONS[parameter.kind.value], words=words, indent=indent)

    def _text(self, part: Part, place: str, indent: int) -> _Piece:
        theme = self.theme
        told = place or filled(part, self._filling)
        text = shown(told).text
        role = _ROLES.get(part.kind, "body")
        font: QFont = theme.font(role, script=texts.script_of(text))
        block = TextBlock(text, font, theme.line(role), self._inner_width - indent)
        marks = () if place else self._marks(part)
        color = {PartKind.FOOTER: "text-muted", PartKind.OFFER: "accent-text"}.get(part.kind, "text")
        return _Piece(round(block.height) + 2, block, marks, color, indent=indent)

    def _marks(self, part: Part) -> tuple[QTextLayout.FormatRange, ...]:
        theme, before, marks = self.theme, "", []
        for run in runs(part, self._filling):
            if run.key:
                ground = theme.color("warning-soft") if run.is_blank else None
                ink = theme.color("warning" if run.is_blank else "accent-text")
                marks.append(stretch_format(_drawn(before), _drawn(before + run.text), ground, ink, strong=True))
            before += run.text
        return tuple(marks)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, the bubble and its pieces."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        brush.fill(self.rect(), theme.color("surface-sunken"), theme.radius("card"))
        pad = theme.space(3)
        card = QRect(pad, pad, self._inner_width + 2 * pad, self.height() - 2 * pad)
        brush.fill(card, theme.color("surface"), theme.radius("bubble"))
        brush.frame(card, theme.color("hairline"), theme.radius("bubble"))
        y = card.top() + theme.space(2)
        for piece in self._pieces:
            self._draw(brush, piece, QRect(card.left() + pad + piece.indent, y, self._inner_width - piece.indent, 0))
            y += piece.height

    def _draw(self, brush: Brush, piece: _Piece, at: QRect) -> None:
        theme = self.theme
        at.setHeight(piece.height)
        if piece.block is not None:
            x = at.left() if not piece.block.rtl else at.right() + 1 - piece.block.width
            left = QRectF(brush.seen(at)).left() if brush.rtl else float(x)
            if brush.rtl:
                left += at.width() - piece.block.width if piece.block.rtl else 0
            brush.painter.setPen(theme.color(piece.color))
            area = QRectF(brush.seen(at))
            piece.block.draw(brush.painter, QPointF(left, at.top()), area, list(piece.marks))
        elif piece.is_button:
            self._draw_button(brush, piece, at)
        else:
            self._draw_tile(brush, piece, at)

    def _draw_button(self, brush: Brush, piece: _Piece, at: QRect) -> None:
        theme = self.theme
        pad = theme.space(3)
        brush.hairline(at.left() - pad + 1, at.top() + 1, at.width() + 2 * pad - 2)
        font = theme.font("button", script=texts.script_of(piece.words))
        side, gap = theme.size("icon-small"), theme.space(1) + 2
        width = min(texts.metrics(font).horizontalAdvance(piece.words), at.width() - side - gap)
        left = at.left() + (at.width() - width - side - gap) // 2
        color = theme.color("accent-text")
        brush.icon(piece.icon, QRect(left, at.top() + (at.height() - side) // 2 + 1, side, side), color)
        brush.text(QRect(left + side + gap, at.top() + 1, width + 1, at.height()), piece.words, font, color)

    def _draw_tile(self, brush: Brush, piece: _Piece, at: QRect) -> None:
        theme = self.theme
        tile = at.adjusted(0, 0, 0, -theme.space(1))
        brush.fill(tile, theme.color("surface-sunken"), theme.radius("control"))
        side = theme.size("icon")
        mark = QRect(tile.left() + theme.space(2), tile.top() + (tile.height() - side) // 2, side, side)
        brush.icon(piece.icon, mark, theme.color("text-muted"))
        room = tile.adjusted(theme.space(4) + side, 0, -theme.space(2), 0)
        brush.text(room, texts.left_to_right(piece.words), theme.font("meta"), theme.color("text-secondary"))


def _drawn(text: str) -> int:
    """How many of Qt's units the beginning of a text takes when it is drawn; blanks at its end count."""
    return utf16_length(shown(text + "|").text) - 1
