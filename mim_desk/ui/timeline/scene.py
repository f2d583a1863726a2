"""What painting a timeline shares: the scene, and strokes that several parts use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap, QTextLayout

from mim_desk.protocol import rows
from mim_desk.ui import icons, texts
from mim_desk.ui.timeline.ink import Ink

Selected = Sequence[QTextLayout.FormatRange]

CENTER: Final = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine
START: Final = (
    Qt.AlignmentFlag.AlignLeft
    | Qt.AlignmentFlag.AlignVCenter
    | Qt.TextFlag.TextSingleLine
    | Qt.AlignmentFlag.AlignAbsolute
)
END: Final = (
    Qt.AlignmentFlag.AlignRight
    | Qt.AlignmentFlag.AlignVCenter
    | Qt.TextFlag.TextSingleLine
    | Qt.AlignmentFlag.AlignAbsolute
)


@dataclass
class Scene:
    """What painting needs beside the bubble.

    Attributes:
        today: for the words of rules.
        thumbnail: a decoded image by attachment id, None while there is none.
        hot: the spot under the pointer.
        covered: id of a message whose words a widget draws.
        flashed: id of a message that was just jumped to.
        selected: what is selected, by message id.
        faded: ids of messages that just came, with how far they faded in.
    """

    ink: Ink
    today: date
    rtl: bool
    ratio: float
    thumbnail: Callable[[rows.Attachment], QPixmap | None]
    hot: tuple[str, int] | None = None
    covered: str = ""
    flashed: str = ""
    selected: dict[str, Selected] = field(default_factory=dict)
    faded: dict[str, float] = field(default_factory=dict)


def draw_icon(painter: QPainter, scene: Scene, name: str, color: QColor, size: int, x: float, y: float) -> None:
    """One tinted drawing on whole pixels."""
    drawn = icons.pixmap(name, color, size, scene.ratio, rtl=scene.rtl)
    painter.drawPixmap(QPointF(round(x), round(y)), drawn)


def draw_words(painter: QPainter, rect: QRectF, side: Qt.AlignmentFlag | Qt.TextFlag, text: str) -> None:
    """One line in its own direction, whatever the direction of the window: its commas and quotes stay in place."""
    rtl = texts.runs_right_to_left(text)
    painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    painter.drawText(rect, side, text)


def bubble_path(rect: QRectF, radius: float, tail: float, *, tail_right: bool) -> QPainterPath:
    """A rounded frame with the small corner at the bottom of its side."""
    left, right = (radius, tail) if tail_right else (tail, radius)
    path = QPainterPath()
    path.moveTo(rect.left() + radius, rect.top())
    path.lineTo(rect.right() - radius, rect.top())
    _corner(path, rect.right() - 2 * radius, rect.top(), radius, 90)
    path.lineTo(rect.right(), rect.bottom() - right)
    _corner(path, rect.right() - 2 * right, rect.bottom() - 2 * right, right, 0)
    path.lineTo(rect.left() + left, rect.bottom())
    _corner(path, rect.left(), rect.bottom() - 2 * left, left, 270)
    path.lineTo(rect.left(), rect.top() + radius)
    _corner(path, rect.left(), rect.top(), radius, 180)
    path.closeSubpath()
    return path


def _corner(path: QPainterPath, x: float, y: float, radius: float, start: float) -> None:
    path.arcTo(QRectF(x, y, 2 * radius, 2 * radius), start, -90)
