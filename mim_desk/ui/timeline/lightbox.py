"""An image over the whole window: zoom, the one before and after, save."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QDialog, QWidget

from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.shown_text import file_name
from mim_desk.ui.timeline.thumbnails import AttachmentSource, Thumbnails
from mim_desk.ui.widgets.buttons import IconButton
from mim_desk.ui.widgets.paint import Brush

MOST_ZOOM: Final = 5.0
_LONGEST_SIDE: Final = 4096
_MARGIN: Final = 64
_STEP: Final = 1.25


class Lightbox(QDialog):
    """One image of a timeline, large.

    Attributes:
        save_requested: the agent wants the file (rows.Attachment).
    """

    save_requested = Signal(object)

    def __init__(
        self,
        theme: Theme,
        source: AttachmentSource,
        images: Sequence[rows.Attachment],
        first: rows.Attachment,
        parent: QWidget,
    ) -> None:
        super().__init__(parent, Qt.WindowType.FramelessWindowHint)
        self.setObjectName("lightbox")
        self.setModal(True)
        self._theme = theme
        self._images = list(images) or [first]
        self._at = next((n for n, image in enumerate(self._images) if image.id == first.id), 0)
        self._zoom = 1.0
        self._offset = QPointF()
        self._grip: QPointF | None = None
        self._pictures = Thumbnails(source, self, longest_side=_LONGEST_SIDE)
        self._pictures.ready.connect(self.update)
        self.finished.connect(self._end)
        self.setGeometry(parent.window().geometry())
        self._make_buttons()
        self._tell()

    def _end(self) -> None:
        self._pictures.close()
        self.deleteLater()

    def _make_buttons(self) -> None:
        told = (
            ("zoom_out", wording.tr("Smaller"), "-", lambda: self.zoom(1 / _STEP)),
            ("zoom_in", wording.tr("Larger"), "+", lambda: self.zoom(_STEP)),
            ("download", wording.tr("Save as…"), "Ctrl+S", lambda: self.save_requested.emit(self._image)),
            ("close", wording.tr("Close"), "Esc", self.reject),
        )
        x = self.width() - self._theme.space(4)
        for icon, name, key, deed in reversed(told):
            button = IconButton(self._theme, icon, name, key=key, parent=self)
            button.clicked.connect(deed)
            x -= button.width()
            button.move(x, self._theme.space(3))

    @property
    def _image(self) -> rows.Attachment:
        return self._images[self._at]

    def _tell(self) -> None:
        self.setWindowTitle(file_name(self._image.name))
        self.setAccessibleName(wording.tr("Image {name}").format(name=file_name(self._image.name)))
        self.update()

    def turn(self, step: int) -> None:
        """Show the image before or after."""
        wanted = self._at + step
        if 0 <= wanted < len(self._images):
            self._at, self._zoom, self._offset = wanted, 1.0, QPointF()
            self._tell()

    def zoom(self, factor: float) -> None:
        """Larger or smaller, from what fits to five times that."""
        self._zoom = min(max(self._zoom * factor, 1.0), MOST_ZOOM)
        if self._zoom == 1.0:
            self._offset = QPointF()
        self.update()

    def _target(self, picture: QPixmap) -> QRectF:
        room = QSizeF(self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN)
        size = QSizeF(picture.size())
        if size.width() > room.width() or size.height() > room.height():
            size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
        size *= self._zoom
        center = QRectF(self.rect()).center() + self._offset
        return QRectF(center.x() - size.width() / 2, center.y() - size.height() / 2, size.width(), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image on the theme's ground, its name at the top."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("window"))
        picture = self._pictures.picture(self._image)
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(self._target(picture), picture, QRectF(picture.rect()))
        brush = Brush(painter, self._theme, self.rect(), rtl=self.isRightToLeft())
        bar = self.rect().adjusted(self._theme.space(4), self._theme.space(3), -_MARGIN * 3, 0)
        bar.setHeight(self._theme.size("control"))
        name = texts.left_to_right(file_name(self._image.name))
        brush.text(bar, name, self._theme.font("heading"), self._theme.color("text"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn, plus and minus zoom."""
        forward = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
        back = Qt.Key.Key_Right if self.isRightToLeft() else Qt.Key.Key_Left
        if event.key() in (forward, back):
            self.turn(1 if event.key() == forward else -1)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_STEP)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(1 / _STEP)
        elif event.key() == Qt.Key.Key_S and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.save_requested.emit(self._image)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self.zoom(_STEP if event.angleDelta().y() > 0 else 1 / _STEP)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a zoomed image; beside it closes."""
        picture = self._pictures.picture(self._image)
        if picture is not None and self._target(picture).contains(event.position()):
            self._grip = event.position() - self._offset
        else:
            self.reject()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move a zoomed image."""
        if self._grip is not None and self._zoom > 1.0:
            self._offset = event.position() - self._grip
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None
