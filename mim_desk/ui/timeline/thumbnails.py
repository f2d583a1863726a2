"""Small pictures of images, decoded off the GUI thread within limits; customers' SVG is never drawn."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows

MOST_PIXELS: Final = 40_000_000
MOST_KEPT_BYTES: Final = 64 * 1024 * 1024
FORMATS: Final = (b"png", b"jpeg", b"gif", b"webp", b"bmp")
_LONGEST_SIDE: Final = 640


class AttachmentSource(Protocol):
    """Where the bytes of a file come from: the session."""

    owner: TaskOwner

    def attachment(self, attachment: rows.Attachment) -> Coroutine[Any, Any, bytes]:
        """The file's bytes, from the cache or the hub."""


def decoded(data: bytes, longest_side: int) -> QImage:
    """The image, scaled while it is read; a null image for what is no image or too large."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if reader.format().data() not in FORMATS or not size.isValid() or size.width() * size.height() > MOST_PIXELS:
        return QImage()
    if max(size.width(), size.height()) > longest_side:
        reader.setScaledSize(size.scaled(QSize(longest_side, longest_side), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


class _Decoding(QRunnable):
    def __init__(self, attachment_id: str, data: bytes, longest_side: int, done: Callable[[str, QImage], None]) -> None:
        super().__init__()
        self._told = (attachment_id, data, longest_side, done)

    def run(self) -> None:
        attachment_id, data, longest_side, done = self._told
        done(attachment_id, decoded(data, longest_side))


class Thumbnails(QObject):
    """Pictures by attachment id, the last 64 MiB of them.

    Attributes:
        ready: a picture came, or is worth asking for again; its attachment's id.
    """

    ready = Signal(str)
    _decoded = Signal(str, QImage)

    def __init__(
        self, source: AttachmentSource, parent: QObject | None = None, *, longest_side: int = _LONGEST_SIDE
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._longest_side = longest_side
        self._pictures: OrderedDict[str, QPixmap] = OrderedDict()
        self._asked: set[str] = set()
        self._failed: set[str] = set()
        self._away: set[str] = set()
        self._bytes = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._decoded.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def picture(self, attachment: rows.Attachment) -> QPixmap | None:
        """The picture if it is here; else it is asked for and ``ready`` tells when it came."""
        found = self._pictures.get(attachment.id)
        if found is not None:
            self._pictures.move_to_end(attachment.id)
        elif not any(attachment.id in known for known in (self._asked, self._failed, self._away)):
            self._asked.add(attachment.id)
            self._source.owner.spawn(self._load(attachment), name="thumbnail")
        return found

    async def _load(self, attachment: rows.Attachment) -> None:
        from mim_desk.desk.hub_client import Unreachable  # late: brings the HTTP client, after the first paint

        try:
            data = await self._source.attachment(attachment)
        except (OSError, Refusal, Unreachable):
            self._asked.discard(attachment.id)
            self._away.add(attachment.id)
            return
        self._pool.start(_Decoding(attachment.id, data, self._longest_side, self._decoded.emit))

    def retry(self) -> None:
        """What could not be had may be asked for again: the hub is back."""
        away, self._away = self._away, set()
        for attachment_id in away:
            self.ready.emit(attachment_id)

    def close(self) -> None:
        """Wait for the decoder."""
        self._pool.clear()
        self._pool.waitForDone()

    def _take(self, attachment_id: str, image: QImage) -> None:
        self._asked.discard(attachment_id)
        if image.isNull():
            self._failed.add(attachment_id)
            return
        self._pictures[attachment_id] = QPixmap.fromImage(image)
        self._bytes += image.sizeInBytes()
        while self._bytes > MOST_KEPT_BYTES and len(self._pictures) > 1:
            _, dropped = self._pictures.popitem(last=False)
            self._bytes -= dropped.width() * dropped.height() * 4
        self.ready.emit(attachment_id)
