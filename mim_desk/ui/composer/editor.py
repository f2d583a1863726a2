"""The field where replies and notes are written: plain text that grows from two to ten lines."""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from mim_desk.ui import texts
from mim_desk.ui.composer.blanks import BlankMarker
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme

FEWEST_LINES: Final = 2
MOST_LINES: Final = 10
LONGEST_TEXT: Final = 20_000
_MARGIN_Y: Final = 10
_MARGIN_X: Final = 12
_RETURN: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_POPUP_KEYS: Final = (*_RETURN, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down)


class Editor(QTextEdit):
    """Plain text only.

    Attributes:
        send_wanted: the send key was pressed, never during composition.
        files_given: files were pasted or dropped (list of paths).
        image_given: an image was pasted (QImage).
        refused: why something was not taken.
        popup_key: a key that an open popup takes first (int).
        popup_open: whether keys go to the popup.
        send_key: ``enter`` or ``ctrl_enter``.
    """

    send_wanted = Signal()
    files_given = Signal(list)
    image_given = Signal(QImage)
    refused = Signal(str)
    popup_key = Signal(int)
    focus_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._hint = ("", "")
        self.popup_open = False
        self.send_key = "enter"
        self.composing = False
        self.setObjectName("composer_text")
        self.setAccessibleName(self.tr("Your text"))
        self.setProperty("writes", True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.setViewportMargins(_MARGIN_X, _MARGIN_Y, _MARGIN_X, 0)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self.blanks = BlankMarker(theme, self.document())
        self._dress()
        theme.changed.connect(self._dress)
        self.textChanged.connect(self._turn)
        self.replace("")
        self._turn()

    def _dress(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, self._theme.color("text"))
        palette.setColor(QPalette.ColorRole.PlaceholderText, self._theme.color("text-muted"))
        self.setPalette(palette)
        self.document().setDefaultFont(self._theme.font("message"))
        self.blanks.rehighlight()

    def hint(self, words: str, name: str = "") -> None:
        """Say what may be written here; a long name at ``{name}`` gives way before the words around it."""
        self._hint = (words, name)
        self._show_hint()

    def _show_hint(self) -> None:
        words, name = self._hint
        font = self._theme.font("message")
        room = self.viewport().width() - texts.metrics(font).horizontalAdvance(words.format(name=""))
        self.setPlaceholderText(texts.isolated(words.format(name=texts.isolated(texts.elided(name, font, room)))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width holds more or less of a name."""
        super().resizeEvent(event)
        self._show_hint()

    def changeEvent(self, event: QEvent) -> None:
        """The window may turn its sides round."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._turn()

    def _turn(self) -> None:
        """An empty field begins at the window's start, as its hint does; what is written runs as its letters do."""
        option = self.document().defaultTextOption()
        begins_at_right = self.isRightToLeft() and self.document().isEmpty()
        way = Qt.LayoutDirection.RightToLeft if begins_at_right else Qt.LayoutDirection.LayoutDirectionAuto
        if option.textDirection() != way:
            option.setTextDirection(way)
            self.document().setDefaultTextOption(option)

    def text(self) -> str:
        """What is written."""
        return self.toPlainText()

    def replace(self, text: str) -> None:
        """Another text, with nothing to undo."""
        self.setPlainText(text)
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        lines = QTextBlockFormat()
        lines.setLineHeight(self._theme.line("message"), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(lines)
        self.document().clearUndoRedoStacks()
        self.moveCursor(QTextCursor.MoveOperation.End)
        self._grow()

    def put_before(self, text: str) -> None:
        """Put ``text`` before what is written; the cursor stays where one writes, and nothing is to undo."""
        QTextCursor(self.document()).insertText(text)
        self.document().clearUndoRedoStacks()

    def swap(self, start: int, end: int, text: str) -> None:
        """Put ``text`` in the place of a stretch, in one step that can be undone."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def choose(self, start: int, end: int) -> None:
        """Select a stretch."""
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _grow(self) -> None:
        line = self._theme.line("message")
        wanted = round(self.document().size().height() / line)
        lines = min(max(wanted, FEWEST_LINES), MOST_LINES)
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if wanted > MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(bar)
        self.setFixedHeight(lines * line + _MARGIN_Y + self._theme.space(2))

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        return QSize(self._theme.size("pane-timeline-min"), self.height())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Text that is still composed is never sent."""
        self.composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keys of an open popup are not the window's shortcuts."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._for_popup(event):
            event.accept()
            return True
        return super().event(event)

    def _for_popup(self, event: QKeyEvent) -> bool:
        return self.popup_open and Qt.Key(event.key()) in _POPUP_KEYS and not _shifted(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The popup first, then sending, then writing."""
        if self.composing:
            super().keyPressEvent(event)
        elif self._for_popup(event):
            self.popup_key.emit(event.key())
        elif Qt.Key(event.key()) in _RETURN:
            self._entered(event)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """An open popup takes Tab."""
        return not self.popup_open and super().focusNextPrevChild(forward)

    def _entered(self, event: QKeyEvent) -> None:
        held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if _shifted(event):
            self.textCursor().insertBlock()
            self.ensureCursorVisible()
        elif held or self.send_key == "enter":
            if not event.isAutoRepeat():
                self.send_wanted.emit()
        else:
            self.textCursor().insertBlock()
            self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        """Text, files and images."""
        return source.hasText() or source.hasUrls() or source.hasImage()

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802 - Qt's name
        """Files and images become attachments, everything else plain text."""
        paths = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if paths:
            self.files_given.emit(paths)
        elif source.hasImage() and not source.hasText():
            image = source.imageData()
            if isinstance(image, QImage):
                self.image_given.emit(image)
        elif self._kept() + len(source.text()) > LONGEST_TEXT:
            self.refused.emit(tr("This text is too long for a message. Attach it as a file."))
        else:
            self.insertPlainText(source.text().replace("\0", ""))

    def _kept(self) -> int:
        """How much of what stands here stays when something is pasted over the selection."""
        cursor = self.textCursor()
        return self.document().characterCount() - 1 - (cursor.selectionEnd() - cursor.selectionStart())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame shows the focus."""
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The frame shows the focus."""
        super().focusOutEvent(event)
        self.focus_changed.emit()


def _shifted(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
