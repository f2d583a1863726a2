"""The message that has the keyboard or the pointer: real widgets over its bubble, for keys and screen readers."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPalette, QPen, QTextBlockFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTextEdit, QWidget

from mim_desk.ui import texts
from mim_desk.ui.timeline import wording
from mim_desk.ui.timeline.bubble import Bubble
from mim_desk.ui.timeline.describe import described
from mim_desk.ui.timeline.entries import Shape
from mim_desk.ui.timeline.shown_text import LINE_BREAK
from mim_desk.ui.timeline.stack import Placed
from mim_desk.ui.widgets.buttons import IconButton

if TYPE_CHECKING:
    from mim_desk.ui.timeline.view import TimelineView

_RING_GAP: Final = 2.0


class Current:
    """Moves from message to message and shows the actions of the one pointed at.

    Attributes:
        message_id: the message that has the keyboard, empty without one.
        words: its text as a widget.
        actions: quote, copy and more, beside the bubble.
    """

    def __init__(self, view: "TimelineView") -> None:
        self._view = view
        self.message_id = ""
        self._hovered = ""
        self.words = MessageText(view)
        self.actions = Actions(view)
        self.actions.quote.clicked.connect(lambda: self._with_bubble(view.acts.quote))
        self.actions.copy.clicked.connect(lambda: self._with_bubble(view.acts.copy))
        self.actions.more.clicked.connect(self.menu)

    def text(self) -> str:
        """The shown words of the current message."""
        bubble = self._bubble(self.message_id)
        return bubble.text.part(0, bubble.text.length()) if bubble is not None and bubble.text is not None else ""

    def leave(self) -> None:
        """No message has the keyboard."""
        self.message_id = ""
        self._hovered = ""
        self.words.hide()
        self._view.scene.covered = ""
        self.actions.hide()
        self._view.viewport().update()

    def hover(self, placed: Placed | None) -> None:
        """The pointer is over this entry."""
        wanted = placed.bubble.entry.id if placed is not None else ""
        if wanted != self._hovered and not (not wanted and self.actions.underMouse()):
            self._hovered = wanted
            self.follow()

    def pressed(self, event: QKeyEvent) -> bool:
        """A key for the timeline; whether it was one."""
        if event.matches(QKeySequence.StandardKey.Copy):
            return bool(self._view.copy())
        if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
            return False
        deed = {
            Qt.Key.Key_Up: lambda: self.move(-1),
            Qt.Key.Key_Down: lambda: self.move(1),
            Qt.Key.Key_Home: self._to_oldest,
            Qt.Key.Key_End: self._view.to_newest,
            Qt.Key.Key_Return: self._enter,
            Qt.Key.Key_Enter: self._enter,
            Qt.Key.Key_Q: lambda: self._with_bubble(self._view.acts.quote),
            Qt.Key.Key_Period: lambda: self._with_bubble(self._view.acts.fold),
            Qt.Key.Key_Menu: self.menu,
            Qt.Key.Key_Escape: self.escape,
        }.get(Qt.Key(event.key()))
        return deed is not None and deed() is not False

    def move(self, step: int) -> None:
        """The keyboard goes to the next message in that direction."""
        entries = self._view.model.entries
        if not entries:
            return
        place = self._view.model.place(self.message_id)
        if place is None:
            place = self._view.placed[-1].index if self._view.placed else len(entries) - 1
        else:
            place = min(max(place + step, 0), len(entries) - 1)
        self.message_id = entries[place].id
        self._show(self.message_id)

    def _show(self, message_id: str) -> None:
        """Scroll just far enough."""
        view, height = self._view, self._view.viewport().height()
        placed = view.stack.bounds(message_id, view.placed)
        if placed is None or placed.y < 0:
            view.stack.to_entry(message_id, 8.0)
        elif placed.y + placed.bubble.height > height:
            view.stack.to_entry(message_id, max(height - placed.bubble.height - 8.0, 0.0))
        view.refresh()
        view.tell_current(message_id)

    def _to_oldest(self) -> None:
        if self._view.model.entries:
            self._view.stack.to_entry(self._view.model.entries[0].id, 8.0)
            self._view.refresh()

    def _enter(self) -> bool:
        """Into the words, so that the keyboard can select; into the action when there are none."""
        if not self.message_id:
            return False
        bubble = self._bubble(self.message_id)
        if bubble is None:
            return False
        acting = next((spot for spot in bubble.spots if spot.kind not in ("reaction", "fact", "fold")), None)
        if bubble.text is None or (acting is not None and acting.kind in ("retry", "send_again", "review")):
            if acting is not None:
                self._view.acts.click(bubble, acting)
        else:
            self.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def escape(self) -> bool:
        """Let go of what is selected or pointed at; whether there was anything."""
        had = self._view.pointer.selection.clear() or bool(self.message_id)
        self.leave()
        return had

    def menu(self) -> None:
        """The context menu of the current or hovered message."""
        bubble = self._bubble(self.message_id or self._hovered)
        placed = self._placed()
        if bubble is None or placed is None:
            return
        area = self._view.on_screen(placed, bubble.outline)
        at = self._view.viewport().mapToGlobal(area.center().toPoint())
        if self.actions.isVisible():
            at = self.actions.mapToGlobal(QPoint(0, self.actions.height()))
        self._view.acts.menu(bubble, at)

    def _with_bubble(self, deed: object) -> bool:
        bubble = self._bubble(self.message_id if self._view.hasFocus() and self.message_id else self._hovered)
        if bubble is None:
            bubble = self._bubble(self.message_id)
        if bubble is None or bubble.entry.shape is Shape.LINE or not callable(deed):
            return False
        return deed(bubble) is not False

    def _bubble(self, message_id: str) -> Bubble | None:
        place = self._view.model.place(message_id)
        return self._view.bubble_of(place) if place is not None else None

    def _placed(self) -> Placed | None:
        return self._view.stack.bounds(self._hovered or self.message_id, self._view.placed)

    def follow(self) -> None:
        """Put the widgets where their message is now."""
        current = self._view.stack.bounds(self.message_id, self._view.placed) if self.message_id else None
        self.words.cover(current)
        placed = self._placed()
        if placed is None or placed.bubble.entry.shape is Shape.LINE:
            self.actions.hide()
            return
        self.actions.stand_beside(self._view.on_screen(placed, placed.bubble.outline), mine=placed.bubble.entry.mine)

    def paint_ring(self, painter: QPainter) -> None:
        """The focus ring around the current message."""
        shown = self._view.hasFocus() or self.words.hasFocus()
        placed = self._view.stack.bounds(self.message_id, self._view.placed) if self.message_id and shown else None
        if placed is None:
            return
        bubble = placed.bubble
        area = bubble.outline
        if area.isEmpty() and bubble.text is not None:
            area = QRectF(bubble.text_at.x() - 22, bubble.text_at.y(), bubble.text.width + 26, bubble.text.height)
        theme = self._view.theme
        painter.setPen(QPen(theme.color("focus-ring"), theme.size("focus-ring")))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        gap = _RING_GAP
        radius = theme.radius("bubble")
        painter.drawRoundedRect(self._view.on_screen(placed, area).adjusted(-gap, -gap, gap, gap), radius, radius)


class MessageText(QTextEdit):
    """The words of the current message over their bubble: caret, selection and screen reader come from Qt."""

    def __init__(self, view: "TimelineView") -> None:
        super().__init__(view.viewport())
        self._view = view
        self._shown: tuple[str, float] = ("", 0.0)
        self.setObjectName("message_text")
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.document().setDocumentMargin(0)
        self.installEventFilter(self)
        self.hide()

    def cover(self, placed: Placed | None) -> None:
        """Stand over the words of an entry, or go away."""
        if placed is None or placed.bubble.text is None or placed.bubble.entry.shape is Shape.LINE:
            self.hide()
            return
        bubble = placed.bubble
        block = bubble.text
        assert block is not None
        if self._shown != (bubble.entry.id, bubble.width):
            self._fill(bubble)
        area = QRectF(bubble.text_at.x(), bubble.text_at.y(), block.width + 2, block.height)
        self.setGeometry(self._view.on_screen(placed, area).toRect())
        self.viewport().setAutoFillBackground(False)
        self.setVisible(True)

    def forget(self) -> None:
        """The words are others now."""
        self._shown = ("", 0.0)

    @property
    def covers(self) -> str:
        """Id of the message whose words this draws now."""
        return self._shown[0] if not self.isHidden() else ""

    def _fill(self, bubble: Bubble) -> None:
        block = bubble.text
        assert block is not None
        self._shown = (bubble.entry.id, bubble.width)
        ink = self._view.ink
        self.document().setDefaultFont(ink.message_font(texts.script_of(block.text)))
        self.setPlainText(block.text.replace(LINE_BREAK, "\n"))
        fixed = QTextBlockFormat()
        fixed.setLineHeight(block.line_height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        fixed.setLayoutDirection(Qt.LayoutDirection.RightToLeft if block.rtl else Qt.LayoutDirection.LeftToRight)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.setBlockFormat(fixed)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, ink.color(ink.text_role(bubble.entry.shape)))
        self.setPalette(palette)
        self.setAccessibleName(described(bubble.entry, self._view.feed.names))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc goes back to the timeline; up and down leave at the ends."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() is QEvent.Type.ShortcutOverride:
                event.accept()  # else it would be the window's
            elif event.type() is QEvent.Type.KeyPress:
                self._view.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return True
        return super().eventFilter(watched, event)


class Actions(QWidget):
    """Three buttons beside a bubble."""

    def __init__(self, view: "TimelineView") -> None:
        super().__init__(view.viewport())
        theme = view.theme
        self.quote = IconButton(theme, "reply", wording.tr("Quote"), key="Q", parent=self)
        self.copy = IconButton(theme, "copy", wording.tr("Copy text"), key="Ctrl+C", parent=self)
        self.more = IconButton(theme, "more", wording.tr("More"), parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for button in (self.quote, self.copy, self.more):
            row.addWidget(button)
        self.hide()

    def stand_beside(self, area: QRectF, *, mine: bool) -> None:
        """Stand beside a bubble, towards the middle of the column."""
        at_right = mine == self.isRightToLeft()
        size = self.sizeHint()
        x = area.right() + 4 if at_right else area.left() - 4 - size.width()
        y = area.top() + min((area.height() - size.height()) / 2, 40.0)
        self.setGeometry(round(x), round(y), size.width(), size.height())
        self.setVisible(True)
        self.raise_()
