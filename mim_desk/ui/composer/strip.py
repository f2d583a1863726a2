"""Small lines of the composer: attached files, the quoted message, the sender, what is refused."""

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from mim_desk.desk.shapes import LocalFile
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import file_name
from mim_desk.ui.widgets.buttons import IconButton
from mim_desk.ui.widgets.chip import Chip, chip_width, draw_chip
from mim_desk.ui.widgets.paint import Brush

_GAP: Final = 6
"""Pixels between a mark and the words."""


class Line(QWidget):
    """A painted strip of the composer."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        theme.changed.connect(self.update)

    def brush(self, painter: QPainter) -> Brush:
        """A brush over the whole line."""
        return Brush(painter, self.theme, self.rect(), rtl=self.isRightToLeft())


class SenderLine(Line):
    """Who customers see: the brand with its channel mark and seal; in note mode that nobody does."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._inbox: rows.Inbox | None = None
        self._note = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def tell(self, inbox: rows.Inbox | None, *, note: bool) -> None:
        """Show another sender."""
        if (inbox, note) == (self._inbox, self._note):
            return
        self._inbox, self._note = inbox, note
        self.setAccessibleName(self._words())
        self.updateGeometry()
        self.update()

    def _words(self) -> str:
        if self._note:
            return tr("Never leaves the team")
        return tr("as {brand}").format(brand=texts.isolated(self._inbox.brand.name)) if self._inbox else ""

    def sizeHint(self) -> QSize:
        """As wide as mark, words and seal."""
        words = texts.metrics(self.theme.font("meta")).horizontalAdvance(self._words())
        marks = self._mark_width() + (self._mark_width() if self._sealed() else 0)
        return QSize(words + marks + self.theme.space(1), self.theme.size("control"))

    def _mark_width(self) -> int:
        return self.theme.size("icon-small") + _GAP

    def _sealed(self) -> bool:
        return self._inbox is not None and self._inbox.brand.verified and not self._note

    def minimumSizeHint(self) -> QSize:
        """It gives way first."""
        return QSize(0, self.theme.size("chip"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it at the end."""
        if self._inbox is None:
            return
        brush = self.brush(QPainter(self))
        theme = self.theme
        side = theme.size("icon-small")
        role = "note-muted" if self._note else "text-secondary"
        mark = QRect(0, (self.height() - side) // 2, side, side)
        if self._note:
            brush.icon("lock", mark, theme.color(role))
        else:
            brush.mark(self._inbox.channel, mark)
        room = self.rect().adjusted(self._mark_width(), 0, -self._mark_width() if self._sealed() else 0, 0)
        width = brush.text(room, self._words(), theme.font("meta"), theme.color(role))
        if self._sealed():
            seal = QRect(room.left() + width + _GAP, mark.top(), side, side)
            brush.icon("verified", seal, theme.color("accent"))


class ChipLine(Line):
    """One chip, e.g. the reply window's."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._chip: Chip | None = None
        self.setFixedHeight(theme.size("chip"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def tell(self, chip: Chip | None) -> None:
        """Show another chip, None for none."""
        if chip != self._chip:
            self._chip = chip
            self.setVisible(chip is not None)
            self.setAccessibleName(tr("Reply window: {text}").format(text=chip.text) if chip else "")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as the chip."""
        if self._chip is None:
            return QSize(0, self.theme.size("chip"))
        sizing = Brush.__new__(Brush)
        sizing.theme = self.theme
        return QSize(chip_width(sizing, self._chip), self.theme.size("chip"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        if self._chip is not None:
            draw_chip(self.brush(QPainter(self)), self.rect(), self._chip)


class QuoteLine(Line):
    """The message that is answered, in one line.

    Attributes:
        dropped: the quote was taken away.
    """

    dropped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._text = ""
        self.setFixedHeight(theme.size("control"))
        close = IconButton(theme, "close", tr("Do not quote"), parent=self)
        close.clicked.connect(self.dropped)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch()
        row.addWidget(close)
        row.addSpacing(theme.space(1))
        self.hide()

    def tell(self, text: str) -> None:
        """Show another quote, nothing for an empty one."""
        self._text = text
        self.setAccessibleName(tr("Answers: {text}").format(text=text) if text else "")
        self.setVisible(bool(text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and the line."""
        brush = self.brush(QPainter(self))
        theme = self.theme
        left, height = theme.space(3), theme.line("body")
        top = (self.height() - height) // 2
        brush.fill(QRect(left, top, theme.size("tick"), height), theme.color("accent"))
        room = QRect(left + theme.space(2) + 2, top, self.width() - theme.space(12) - left, height)
        font = theme.font("body", script=texts.script_of(self._text))
        brush.text(room, self._text, font, theme.color("text-secondary"))


class FileChip(Line):
    """One attached file with its picture and a way to take it off.

    Attributes:
        dropped: the file is taken off (its id).
    """

    dropped = Signal(str)

    def __init__(self, theme: Theme, file: LocalFile, thumbnail: QImage, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.file = file
        self._picture = QPixmap.fromImage(thumbnail) if not thumbnail.isNull() else None
        self.setAccessibleName(tr("File {name}").format(name=file_name(file.name)))
        close = IconButton(theme, "close", tr("Take off {name}").format(name=file_name(file.name)), parent=self)
        close.clicked.connect(lambda: self.dropped.emit(file.id))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch()
        row.addWidget(close)
        row.addSpacing(theme.space(1))
        self.setFixedSize(theme.space(16) * 3 + theme.space(2), theme.size("row-popup"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw tile, name and size."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        brush.fill(self.rect(), theme.color("surface-sunken"), theme.radius("control"))
        side = self.height() - theme.space(2)
        tile = QRect(theme.space(1), theme.space(1), side, side)
        self._tile(painter, brush, tile)
        words = QRect(
            tile.right() + theme.space(2), theme.space(1), self.width() - side - theme.space(12), theme.line("body")
        )
        brush.text(words, texts.left_to_right(file_name(self.file.name)), theme.font("body"), theme.color("text"))
        words.translate(0, theme.line("body"))
        brush.text(words, texts.file_size(self.file.size), theme.font("meta"), theme.color("text-muted"))

    def _tile(self, painter: QPainter, brush: Brush, tile: QRect) -> None:
        theme = self.theme
        brush.fill(tile, theme.color("surface"), theme.radius("chip"))
        if self._picture is not None:
            shown = self._picture.scaled(
                tile.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
            )
            source = QRect(0, 0, tile.width(), tile.height())
            source.moveCenter(shown.rect().center())
            painter.drawPixmap(brush.seen(tile), shown, source)
            return
        icon = theme.size("icon")
        glyph = QRect(0, 0, icon, icon)
        glyph.moveCenter(tile.center())
        brush.icon("file", glyph, theme.color("accent-text"))


class FileStrip(QWidget):
    """The attached files in a row.

    Attributes:
        dropped: a file is taken off (its id).
    """

    dropped = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chips: dict[str, FileChip] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.space(3), 0, theme.space(3), theme.space(1))
        self._row.setSpacing(theme.space(2))
        self._row.addStretch()
        self.hide()

    def show_files(self, files: Sequence[LocalFile], thumbnails: Mapping[str, QImage]) -> None:
        """Other files."""
        for file_id in list(self._chips):
            self.drop(file_id)
        for file in files:
            self.add(file, thumbnails.get(file.id, QImage()))

    def add(self, file: LocalFile, thumbnail: QImage) -> None:
        """One more file."""
        chip = self._chips[file.id] = FileChip(self._theme, file, thumbnail, self)
        chip.dropped.connect(self.dropped)
        self._row.insertWidget(len(self._chips) - 1, chip)
        self.show()

    def drop(self, file_id: str) -> None:
        """One file less."""
        chip = self._chips.pop(file_id, None)
        if chip is not None:
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.setVisible(bool(self._chips))
