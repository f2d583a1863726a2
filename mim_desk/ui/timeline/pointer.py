"""The pointer in the timeline: hovering, clicking and selecting text."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent

from mim_desk.ui.timeline.bubble import Bubble
from mim_desk.ui.timeline.entries import Shape
from mim_desk.ui.timeline.selection import Selection, Spot
from mim_desk.ui.timeline.stack import Placed
from mim_desk.ui.widgets.links import open_link

if TYPE_CHECKING:
    from mim_desk.ui.timeline.view import TimelineView

_AUTO_SCROLL = 24.0
_QUIET_SPOTS = ("reaction", "fact")


class Pointer:
    """Turns mouse events of the view into selection and deeds.

    Attributes:
        selection: what is selected.
    """

    def __init__(self, view: "TimelineView") -> None:
        self._view = view
        self.selection = Selection(view.model)
        self._pressed: tuple[str, int] | None = None
        self._selecting = False

    def pressed(self, event: QMouseEvent) -> None:
        """A button went down."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._view.current.leave()
        point = event.position().toPoint()
        self._pressed = self._spot_at(point)
        if self._pressed is not None:
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        place = self._text_place(point, near=shift)
        if place is None:
            self.selection.clear()
        elif shift and self.selection.start is not None:
            self.selection.extend(place)
        else:
            self.selection.begin(place)
            self._selecting = True
        self._view.viewport().update()

    def moved(self, event: QMouseEvent) -> None:
        """The pointer moved, perhaps with the button down."""
        point = event.position().toPoint()
        if self._selecting and event.buttons() & Qt.MouseButton.LeftButton:
            self._scroll_along(point)
            place = self._text_place(point, near=True)
            if place is not None and self.selection.extend(place):
                self._view.viewport().update()
            return
        self._hover(point)

    def released(self, event: QMouseEvent) -> None:
        """A button went up: a click, if it went down on the same part."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        pressed, self._pressed = self._pressed, None
        dragged, self._selecting = self._selecting and not self.selection.empty, False
        if pressed is not None and pressed == self._spot_at(point):
            self._click(pressed)
        elif not dragged:
            address = self.link_at(point)
            if address:
                open_link(address, self._view)

    def double_clicked(self, event: QMouseEvent) -> None:
        """Select the word."""
        found = self._view.entry_at(event.position().toPoint())
        if found is None or found[0].bubble.text is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        bubble, local = found[0].bubble, found[1]
        block = bubble.text
        if block is not None and bubble.outline.contains(local):
            start, end = block.word_at(block.position_at(local - bubble.text_at))
            self.selection.choose(bubble.entry.id, start, end)
            self._view.viewport().update()

    def menu(self, event: QContextMenuEvent) -> None:
        """The context menu of what is under the pointer, or of the current message."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self._view.current.menu()
            return
        found = self._view.entry_at(event.pos())
        if found is not None and found[0].bubble.entry.shape is not Shape.LINE:
            self._view.acts.menu(found[0].bubble, event.globalPos(), link=self.link_at(event.pos()))

    def left(self) -> None:
        """The pointer went away."""
        if self._view.scene.hot is not None:
            self._view.scene.hot = None
            self._view.viewport().update()
        self._view.current.hover(None)

    def _scroll_along(self, point: QPoint) -> None:
        if point.y() < 0:
            self._view.stack.scroll_by(-_AUTO_SCROLL)
            self._view.refresh()
        elif point.y() > self._view.viewport().height():
            self._view.stack.scroll_by(_AUTO_SCROLL)
            self._view.refresh()

    def _hover(self, point: QPoint) -> None:
        hot = self._spot_at(point)
        if hot != self._view.scene.hot:
            self._view.scene.hot = hot
            self._view.viewport().update()
        self._view.viewport().setCursor(self._cursor(point, hot))
        found = self._view.entry_at(point)
        self._view.current.hover(found[0] if found is not None and self._near(found) else None)

    @staticmethod
    def _near(found: tuple[Placed, QPointF]) -> bool:
        return found[0].bubble.entry.shape is not Shape.LINE and found[1].y() >= found[0].bubble.body_top

    def _cursor(self, point: QPoint, hot: tuple[str, int] | None) -> Qt.CursorShape:
        if hot is not None or self.link_at(point):
            return Qt.CursorShape.PointingHandCursor
        on_text = self._text_place(point, near=False) is not None
        return Qt.CursorShape.IBeamCursor if on_text else Qt.CursorShape.ArrowCursor

    def _spot_at(self, point: QPoint) -> tuple[str, int] | None:
        found = self._view.entry_at(point)
        if found is None:
            return None
        bubble, local = found[0].bubble, found[1]
        for number, spot in enumerate(bubble.spots):
            if spot.kind not in _QUIET_SPOTS and spot.rect.contains(local):
                return bubble.entry.id, number
        return None

    def link_at(self, point: QPoint) -> str:
        """The address under a point of the viewport."""
        found = self._view.entry_at(point)
        if found is None or found[0].bubble.text is None:
            return ""
        return found[0].bubble.text.link_at(found[1] - found[0].bubble.text_at)

    def _text_place(self, point: QPoint, *, near: bool) -> Spot | None:
        found = self._view.entry_at(point)
        if found is None and near:
            found = self._nearest(point)
        if found is None or found[0].bubble.text is None:
            return None
        bubble, local = found
        text = bubble.bubble.text
        if text is None or not (near or _text_area(bubble.bubble).contains(local)):
            return None
        return Spot(bubble.bubble.entry.id, text.position_at(local - bubble.bubble.text_at))

    def _nearest(self, point: QPoint) -> tuple[Placed, QPointF] | None:
        if not self._view.placed:
            return None
        placed = self._view.placed[0 if point.y() < self._view.placed[0].y else -1]
        return placed, QPointF(point.x() - self._view.column()[0], point.y() - placed.y)

    def _click(self, pressed: tuple[str, int]) -> None:
        place = self._view.model.place(pressed[0])
        if place is not None:
            bubble = self._view.bubble_of(place)
            if pressed[1] < len(bubble.spots):
                self._view.acts.click(bubble, bubble.spots[pressed[1]])


def _text_area(bubble: Bubble) -> QRectF:
    if bubble.text is None:
        return QRectF()
    area = QRectF(bubble.text_at.x(), bubble.text_at.y(), bubble.text.width, bubble.text.height)
    return area.adjusted(-4, -2, 4, 2)
