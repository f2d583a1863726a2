"""The files of what is being written: chosen, dropped or pasted, checked against the inbox, taken away again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from mim_desk.desk.shapes import LocalFile
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.attach import FileReader, thumbnail_of
from mim_desk.ui.composer.elsewhere import Elsewhere
from mim_desk.ui.composer.wording import tr

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel


class Attaching(QObject):
    """Holds the files beside the text; what is read for a place that was left goes into its draft.

    Attributes:
        files: what stands beside the text now.
        elsewhere: what came for places that were left.
    """

    def __init__(self, panel: "ComposerPanel") -> None:
        super().__init__(panel)
        self._panel = panel
        self.files: list[LocalFile] = []
        self.reader = FileReader(self)
        self.elsewhere = Elsewhere(panel.drafts)
        panel.frame.attach.clicked.connect(self.choose)
        panel.frame.files.dropped.connect(self.drop)
        panel.editor.files_given.connect(self.read)
        panel.editor.image_given.connect(self._read_image)
        self.reader.taken.connect(self.take)
        self.reader.refused.connect(self._refuse)

    def show_files(self, files: Sequence[LocalFile]) -> None:
        """These, in place of what stood here."""
        self.files = list(files)
        self._panel.frame.files.show_files(self.files, {file.id: thumbnail_of(file) for file in self.files})

    def choose(self) -> None:
        """Ask which files to attach."""
        dialog = QFileDialog(self._panel, tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.read)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def read(self, paths: list[str]) -> None:
        """Bring files from disk."""
        for path in paths:
            self.reader.read(self._panel.place, path, self._panel.sheet())

    def _read_image(self, image: QImage) -> None:
        self.reader.encode(self._panel.place, image, self._panel.sheet())

    def take(self, place: object, file: LocalFile, thumbnail: QImage) -> None:
        """A file was read."""
        panel = self._panel
        if place != panel.place:
            self.elsewhere.take(place, file)
            return
        why = self._too_much(file) if panel.mode == "reply" else ""
        if why:
            panel.frame.refusal.tell(why)
            return
        self.files.append(file)
        panel.frame.files.add(file, thumbnail)
        panel.files_changed()

    def _too_much(self, file: LocalFile) -> str:
        sheet = self._panel.sheet()
        most = max(sheet.attachments_per_message, 1)
        if len(self.files) >= most:
            if most == 1:
                return tr("Only one file goes with a message here.")
            return tr("%n files are the most in one message.", most).replace("%n", str(most))
        return checks.too_large([*self.files, file], sheet)

    def _refuse(self, place: object, why: str) -> None:
        if place == self._panel.place:
            self._panel.frame.refusal.tell(why)
        else:
            self.elsewhere.refuse(place, why)

    def drop(self, file_id: str) -> None:
        """Take a file away again."""
        self.files = [file for file in self.files if file.id != file_id]
        self._panel.frame.files.drop(file_id)
        self._panel.files_changed()
