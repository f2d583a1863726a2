"""Marks variables that nobody filled, so that no customer ever reads one."""

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from mim_desk.domain import canned_reply
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import utf16_length


class BlankMarker(QSyntaxHighlighter):
    """Draws blanks in the danger colours while ``active``."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme
        self.active = True

    def use(self, active: bool) -> None:
        """Mark in replies, not in notes."""
        if active != self.active:
            self.active = active
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:  # noqa: N802 - Qt's name
        """One line of the text."""
        if not self.active or "{{" not in text:
            return
        marked = QTextCharFormat()
        marked.setBackground(self._theme.color("danger-soft"))
        marked.setForeground(self._theme.color("danger"))
        marked.setFontWeight(QFont.Weight.DemiBold)
        place = start = 0
        for variable in canned_reply.undefined(text):
            start += utf16_length(text[place : variable.start])
            length = utf16_length(text[variable.start : variable.end])
            self.setFormat(start, length, marked)
            place, start = variable.end, start + length
