"""Another text for a reply that was sent, where its channel lets it be changed."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import label

_SIZE: Final = (520, 260)


class ChangeText(QDialog):
    """Asks for the new text.

    Attributes:
        changed: the agent saved another text.
    """

    changed = Signal(str)

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._before = text
        self.setObjectName("change_text")
        self.setWindowTitle(wording.tr("Change the text"))
        self.finished.connect(self.deleteLater)
        self.resize(*_SIZE)
        self.area = QPlainTextEdit(text, self)
        self.area.setFont(theme.font("message", script=texts.script_of(text)))
        self.area.setTabChangesFocus(True)
        self.area.setAccessibleName(wording.tr("The new text"))
        told = label(theme, wording.tr("The customer sees that it was changed."), "meta", "muted", wrap=True)
        self.save = Button(theme, wording.tr("Save"), kind="primary", key="Ctrl+Enter", parent=self)
        self.save.clicked.connect(self._save)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._save)
        cancel = Button(theme, wording.tr("Cancel"), key="Esc", parent=self)
        cancel.clicked.connect(self.reject)
        self.area.textChanged.connect(self._tell)
        row = QHBoxLayout()
        row.addWidget(told, 1)
        row.addWidget(cancel)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.addWidget(self.area)
        column.addLayout(row)
        self._tell()

    def _text(self) -> str:
        return self.area.toPlainText().strip()

    def _tell(self) -> None:
        self.save.setEnabled(self._text() not in ("", self._before))

    def _save(self) -> None:
        if self.save.isEnabled():
            self.changed.emit(self._text())
            self.accept()
