"""A long message in a window of its own: plain text in lines short enough to lay out."""

from typing import Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording
from mim_desk.ui.widgets.buttons import Button

LONGEST_LINE: Final = 800
_SIZE: Final = (680, 520)


def broken(text: str) -> str:
    """``text`` with its endless lines broken, since one line is laid out as a whole."""
    lines = text.replace("\u2028", "\n").replace("\u2029", "\n").split("\n")
    return "\n".join(
        line[start : start + LONGEST_LINE] for line in lines for start in range(0, max(len(line), 1), LONGEST_LINE)
    )


class WholeText(QDialog):
    """Shows all of a text; "Copy all" gives it unbroken."""

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("whole_text")
        self.setWindowTitle(wording.tr("Whole message"))
        self.finished.connect(self.deleteLater)
        self.resize(*_SIZE)
        area = QPlainTextEdit(self)
        area.setReadOnly(True)
        area.setFont(theme.font("message", script=texts.script_of(text)))
        area.setPlainText(broken(text))
        copy = Button(theme, wording.tr("Copy all"), icon="copy", parent=self)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        close = Button(theme, wording.tr("Close"), key="Esc", parent=self)
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(area)
        column.addLayout(row)
