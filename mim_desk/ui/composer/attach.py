"""Files on their way into a message: read off the GUI thread, checked against the inbox, shown as chips."""

import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMimeDatabase,
    QObject,
    QRunnable,
    Qt,
    QThreadPool,
    Signal,
)
from PySide6.QtGui import QImage, QImageWriter

from mim_desk.desk.shapes import LocalFile
from mim_desk.protocol import rows
from mim_desk.ui.composer.checks import refused_file
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.timeline.bubble import IMAGE_TYPES
from mim_desk.ui.timeline.shown_text import file_name
from mim_desk.ui.timeline.thumbnails import decoded

LARGEST_READ: Final = 100 * 1024 * 1024
_THUMBNAIL: Final = 96


class _Reading(QRunnable):
    def __init__(self, read: Callable[[], None]) -> None:
        super().__init__()
        self._read = read

    def run(self) -> None:
        self._read()


class FileReader(QObject):
    """Reads files and clipboard images in the background.

    Attributes:
        taken: a file the inbox carries (conversation place, LocalFile, thumbnail QImage).
        refused: why a file is not taken (place, sentence).
    """

    taken = Signal(object, object, QImage)
    refused = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._under_way: Counter[object] = Counter()
        self.taken.connect(self._ended)
        self.refused.connect(self._ended)

    def is_reading(self, place: object) -> bool:
        """Whether something for this place is still being read."""
        return self._under_way[place] > 0

    def read(self, place: object, path: str, sheet: rows.CapabilitySheet) -> None:
        """A file from disk."""
        self._begin(place, lambda: self._read(place, Path(path), sheet))

    def encode(self, place: object, image: QImage, sheet: rows.CapabilitySheet) -> None:
        """An image from the clipboard."""
        self._begin(place, lambda: self._encode(place, image, sheet))

    def _begin(self, place: object, read: Callable[[], None]) -> None:
        self._under_way[place] += 1
        self._pool.start(_Reading(read))

    def _ended(self, place: object) -> None:
        self._under_way[place] -= 1

    def close(self) -> None:
        """Wait for what is read."""
        self._pool.clear()
        self._pool.waitForDone()

    def _read(self, place: object, path: Path, sheet: rows.CapabilitySheet) -> None:
        if path.is_dir():
            told = tr("{name} is a folder. Attach the files in it one by one.")
            self.refused.emit(place, told.format(name=file_name(path.name)))
            return
        try:
            size = path.stat().st_size
            data = path.read_bytes() if path.is_file() and size <= LARGEST_READ else b""
        except OSError:
            self.refused.emit(place, tr("{name} cannot be read.").format(name=file_name(path.name)))
            return
        mime_type = QMimeDatabase().mimeTypeForFileNameAndData(path.name, QByteArray(data[:65_536])).name()
        self._offer(place, path.name, mime_type, data, size, sheet)

    def _encode(self, place: object, image: QImage, sheet: rows.CapabilitySheet) -> None:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
        data = bytes(buffer.data().data())
        self._offer(place, tr("Picture") + ".png", "image/png", data, len(data), sheet)

    def _offer(
        self, place: object, name: str, mime_type: str, data: bytes, size: int, sheet: rows.CapabilitySheet
    ) -> None:
        why = refused_file(name, mime_type, size, sheet)
        if why or not data:
            self.refused.emit(place, why or tr("{name} cannot be read.").format(name=file_name(name)))
            return
        thumbnail = decoded(data, _THUMBNAIL) if mime_type in IMAGE_TYPES else QImage()
        self.taken.emit(place, LocalFile(str(uuid.uuid4()), name, mime_type, data), thumbnail)


def thumbnail_of(file: LocalFile) -> QImage:
    """A small picture of a draft's image; null for other files."""
    image = decoded(file.data, _THUMBNAIL) if file.mime_type in IMAGE_TYPES else QImage()
    return image.scaled(_THUMBNAIL, _THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio) if not image.isNull() else image
