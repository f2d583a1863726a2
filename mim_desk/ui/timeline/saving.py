"""Saving a file where the agent says; nothing is opened, and a name cannot disguise its end."""

import re
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDir, QObject, QRunnable, QSaveFile, QThreadPool, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from mim_desk.protocol import rows
from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.shown_text import file_name
from mim_desk.ui.timeline.thumbnails import AttachmentSource

_UNSAFE: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*\ufffd\u2066-\u2069\u202a-\u202e]')
_LONGEST_NAME: Final = 120


def safe_name(name: str) -> str:
    """A file name that means the same on every system."""
    cleaned = _UNSAFE.sub("_", file_name(name)).strip(" .")
    stem, dot, suffix = cleaned.rpartition(".")
    if len(cleaned) > _LONGEST_NAME and dot:
        cleaned = f"{stem[: _LONGEST_NAME - len(suffix) - 1]}.{suffix[:20]}"
    return cleaned[:_LONGEST_NAME] or "file"


class _Writing(QRunnable):
    def __init__(self, saver: "SaveFile", path: str, data: bytes) -> None:
        super().__init__()
        self._saver, self._path, self._data = saver, path, data

    def run(self) -> None:
        file = QSaveFile(self._path)
        good = file.open(QSaveFile.OpenModeFlag.WriteOnly) and file.write(self._data) == len(self._data)
        self._saver.written.emit(bool(good and file.commit()))


class SaveFile(QObject):
    """One file on its way to the agent's disk.

    Attributes:
        written: the end, and whether it worked.
    """

    written = Signal(bool)

    def __init__(self, source: AttachmentSource, attachment: rows.Attachment, parent: QWidget) -> None:
        super().__init__(parent)
        self._source, self._attachment, self._parent = source, attachment, parent

    def ask(self) -> None:
        """Ask where to."""
        dialog = QFileDialog(self._parent, wording.tr("Save file"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDirectory(QDir.homePath())
        dialog.selectFile(safe_name(self._attachment.name))
        dialog.fileSelected.connect(self.save_to)
        dialog.rejected.connect(self.deleteLater)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_to(self, path: str) -> None:
        """Write the file to ``path``."""
        self._source.owner.spawn(self._save(Path(path)), name="attachment.save")

    async def _save(self, path: Path) -> None:
        data = await self._source.attachment(self._attachment)
        self.written.connect(self.deleteLater)
        QThreadPool.globalInstance().start(_Writing(self, str(path), data))
