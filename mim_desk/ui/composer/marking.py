"""Bold and the like in a reply: the keys that set the marks, and the preview of what they will mean."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from mim_desk.domain.formatting import Formatted, Formatting, Span, Style, mark_of, read
from mim_desk.protocol import rows
from mim_desk.ui.composer.editor import Editor
from mim_desk.ui.composer.split import Split
from mim_desk.ui.timeline import wording as timeline_wording
from mim_desk.ui.timeline.shown_text import utf16_length

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel

KEYS: Final = {"Ctrl+B": Style.BOLD, "Ctrl+I": Style.ITALIC}


def joined(parts: Sequence[str], formatting: Formatting) -> Formatted:
    """The parts as they will be shown, one after the other; each is read for itself, as the channel does."""
    text, spans = "", []
    for part in parts:
        one = read(part, formatting)
        spans += [Span(len(text) + span.start, len(text) + span.end, span.style) for span in one.spans]
        text += one.text
    return Formatted(text, tuple(spans))


def toggle(editor: Editor, style: Style) -> None:
    """Set the marks around what is selected, or take them away; with nothing selected they wait for the words."""
    mark = mark_of(style)
    cursor = editor.textCursor()
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    chosen = cursor.selectedText()
    if not chosen.strip():
        editor.swap(start, end, mark + chosen + mark)
        editor.choose(start + len(mark), start + len(mark) + len(chosen))
        return
    head = utf16_length(chosen[: len(chosen) - len(chosen.lstrip())])
    tail = utf16_length(chosen[len(chosen.rstrip()) :])
    start, end = start + head, end - tail
    lines = chosen.strip().split("\u2029")
    marked = [line for line in lines if line.strip()]
    if all(len(line) > 2 * len(mark) and line.startswith(mark) and line.endswith(mark) for line in marked):
        told = [line[len(mark) : -len(mark)] if line.strip() else line for line in lines]
    else:
        told = [f"{mark}{line}{mark}" if line.strip() else line for line in lines]
    text = "\n".join(told)
    editor.swap(start, end, text)
    editor.choose(start, start + utf16_length(text))


class Marking(QObject):
    """Marks in one composer.

    Attributes:
        preview: the reply as the channel will show it.
    """

    def __init__(self, panel: "ComposerPanel") -> None:
        super().__init__(panel)
        self._panel, self.preview = panel, panel.frame.preview
        self._formatting = Formatting.PLAIN
        for key, style in KEYS.items():
            within = Qt.ShortcutContext.WidgetShortcut
            QShortcut(QKeySequence(key), panel.editor, lambda style=style: self._toggle(style), context=within)

    def tell(self, split: Split, sheet: rows.CapabilitySheet, channel: str) -> None:
        """Another text, or another way for it; notes are plain."""
        self._formatting = sheet.formatting
        self.preview.tell(joined(split.parts, sheet.formatting), timeline_wording.channel_name(channel))

    def _toggle(self, style: Style) -> None:
        if self._formatting is not Formatting.PLAIN and not self._panel.editor.isReadOnly():
            toggle(self._panel.editor, style)
