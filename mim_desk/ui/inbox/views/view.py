"""The views pane on screen: workspace, search, views, inboxes, the agent and how fresh all is."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QVBoxLayout, QWidget

from mim_desk.ui import texts
from mim_desk.ui.inbox.views.delegate import ViewDelegate
from mim_desk.ui.inbox.views.model import LINE_ROLE, ViewLine, ViewsModel
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import BY_KEYBOARD, PaintedButton
from mim_desk.ui.widgets.overlay_scroll import OverlayScroll
from mim_desk.ui.widgets.paint import Brush


class ViewsList(QListView):
    """Lines to choose from.

    Attributes:
        chosen: key of the line that was clicked or entered.
        resized: there is more or less room for lines.
    """

    chosen = Signal(str)
    resized = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewport(QWidget(self))  # asked for its own one, PySide first makes every class of widget: 15 ms
        self.theme = theme
        self.lines = ViewsModel(self)
        self.look = ViewDelegate(theme, self)
        self.setObjectName("views")
        self.setAccessibleName(name)
        self.setModel(self.lines)
        self.setItemDelegate(self.look)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.overlay = OverlayScroll(self, theme)
        theme.changed.connect(self.viewport().update)

    def choose(self, key: str) -> None:
        """Show which view is listed, without telling."""
        self.look.chosen = key
        index = self.lines.index_of(key)
        if index.isValid():
            self.setCurrentIndex(index)
        self.viewport().update()

    def be_rail(self, rail: bool) -> None:
        """Wide or narrow."""
        self.look.rail = rail
        self.lines.rail = rail
        self.scheduleDelayedItemsLayout()

    def show_lines(self, lines: Sequence[ViewLine]) -> None:
        """Take new lines; the keyboard stays at its place."""
        row = self.currentIndex().row()
        self.lines.show(lines)
        if row >= 0 and not self.currentIndex().isValid():
            self.setCurrentIndex(self.lines.index(min(row, len(lines) - 1)))

    def has_room(self, lines: Sequence[ViewLine]) -> bool:
        """Whether all of ``lines`` would be in sight, with a gap to what follows."""
        needed = sum(self.look.height_of(line) for line in lines) + self.theme.space(4)
        return needed <= self.viewport().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More room may unfold sections."""
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.resized.emit()

    def content_height(self) -> int:
        """Height of all lines."""
        return sum(self.sizeHintForRow(at) for at in range(self.lines.rowCount()))

    def _tell(self, index: QModelIndex) -> None:
        line = index.data(LINE_ROLE)
        if line is not None and line.key:
            self.chosen.emit(line.key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses at once."""
        self.look.keyboard = False
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._tell(self.indexAt(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space choose; letters are the window's."""
        self.look.keyboard = True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._tell(self.currentIndex())
        elif event.text() and event.text().isprintable() and not event.modifiers():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring shows for the keyboard only."""
        self.look.keyboard = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)


class WorkspaceHead(PaintedButton):
    """The workspace's name; opens the window's menu."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.rail = False
        self.setAccessibleName(self.tr("Workspace menu"))
        self.setToolTip(texts.tooltip(self.tr("Workspace menu")))
        self.setFixedHeight(theme.size("bar-top"))

    def tell(self, name: str) -> None:
        """Show another name."""
        self.setText(name)
        self.setAccessibleName(self.tr("Workspace {name}, menu").format(name=name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw tile, name and chevron."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        side = theme.size("workspace-tile")
        tile = QRect(theme.space(3) + 2, (self.height() - side) // 2, side, side)
        if self.rail:
            tile.moveLeft((self.width() - side) // 2)
        brush.fill(tile, theme.color("accent"), theme.size("workspace-tile-radius"))
        glyph = theme.size("icon-text")
        at = QRect(0, 0, glyph, glyph)
        at.moveCenter(tile.center())
        brush.icon("suitcase", at.translated(1, 1), theme.color("on-accent"))
        if not self.rail:
            chevron = QRect(self.width() - theme.space(3) - glyph, (self.height() - glyph) // 2, glyph, glyph)
            brush.icon("chevron_down", chevron, theme.color("text-muted"))
            room = QRect(tile.right() + theme.space(2) + 3, 0, 0, self.height())
            room.setRight(chevron.left() - theme.space(2))
            font = theme.font("body-strong", script=texts.script_of(self.text()))
            brush.text(room, self.text(), font, theme.color("text"))
        self.draw_ring(brush)


class SearchField(PaintedButton):
    """Looks like a field and opens the palette, which is where one types."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.rail = False
        self.setText(self.tr("Search"))
        self.setAccessibleName(self.tr("Search contacts, messages and actions"))
        self.setToolTip(texts.tooltip(self.tr("Search contacts, messages and actions"), "Ctrl K"))
        self.setFixedHeight(theme.size("field-search"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        side = theme.size("icon" if self.rail else "icon-field")
        at = QRect(theme.space(2) + 1, (self.height() - side) // 2, side, side)
        if self.rail:
            at.moveLeft((self.width() - side) // 2)
            if self.underMouse():
                brush.fill(self.rect(), theme.color("hover"), theme.radius("control"))
            brush.icon("search", at, theme.color("text-secondary"))
        else:
            brush.fill(self.rect(), theme.color("surface"), theme.radius("control"))
            line = "hairline-strong" if self.underMouse() or theme.high_contrast else "hairline"
            brush.frame(self.rect(), theme.color(line), theme.radius("control"))
            brush.icon("search", at, theme.color("text-muted"))
            room = self.rect().adjusted(at.right() + 1 + theme.space(2), 0, -theme.space(2), 0)
            brush.text(room, self.text(), theme.font("body"), theme.color("text-muted"))
            brush.key_caps(room, "Ctrl K")
        self.draw_ring(brush)


_PRESENCE = {"online": ("positive", True), "busy": ("danger", True), "away": ("warning", False)}


class AgentFooter(PaintedButton):
    """Who works here and how fresh the screen is.

    Attributes:
        fresh: the badge's words, ``Live``, ``12 s behind``, ``Offline``.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.rail = False
        self.agent_id = ""
        self.presence = "offline"
        self.detail = ""
        self.fresh = ""
        self.state = "connecting"
        self.setFixedHeight(theme.size("bar-top"))

    def tell_agent(self, agent_id: str, name: str, presence: str) -> None:
        """Show the reader."""
        self.agent_id, self.presence = agent_id, presence
        self.setText(name)
        self._say()

    def tell_fresh(self, state: str, fresh: str, detail: str = "") -> None:
        """Show how near the cache is to the hub; ``detail`` stands where the presence was."""
        self.state, self.fresh, self.detail = state, fresh, detail
        self._say()

    def _say(self) -> None:
        said = ", ".join(part for part in (self.text(), self._presence(), self.fresh) if part)
        self.setAccessibleName(said)
        self.setToolTip(texts.tooltip(said))
        self.update()

    def _presence(self) -> str:
        words = {
            "online": self.tr("Online"),
            "busy": self.tr("Busy"),
            "away": self.tr("Away"),
            "offline": self.tr("Offline"),
        }
        return self.detail or words.get(self.presence, "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw avatar, name, presence and badge."""
        painter = QPainter(self)
        brush, theme = self.brush(painter), self.theme
        brush.hairline(0, 0, self.width())
        side = theme.size("avatar-footer")
        avatar = QRect(theme.space(3) + 2, (self.height() - side) // 2, side, side)
        if self.rail:
            avatar.moveLeft((self.width() - side) // 2)
        brush.avatar(avatar, texts.initials(self.text()), self.agent_id)
        if self.rail:
            dot = theme.size("presence-dot") + 2
            self._draw_dot(brush, QRect(avatar.right() - dot + 3, avatar.bottom() - dot + 3, dot, dot))
        else:
            room = QRect(avatar.right() + 1 + theme.space(2), avatar.top() - 1, 0, theme.line("label"))
            room.setRight(self.width() - theme.space(3) - 2)
            taken = self._draw_fresh(brush, QRect(room.left(), 0, room.width(), self.height()))
            self._draw_words(brush, room.adjusted(0, 0, -taken - theme.space(2), 0))
        self.draw_ring(brush)

    def _draw_words(self, brush: Brush, line: QRect) -> None:
        theme = self.theme
        brush.text(line, self.text(), theme.font("label"), theme.color("text"))
        below = line.translated(0, theme.line("label"))
        dot = theme.size("presence-dot")
        self._draw_dot(brush, QRect(below.left(), below.center().y() - dot // 2 + 1, dot, dot))
        words = below.adjusted(dot + theme.space(1), 0, 0, 0)
        brush.text(words, self._presence(), theme.font("meta", tabular=True), theme.color("text-muted"))

    def _draw_dot(self, brush: Brush, rect: QRect) -> None:
        role, full = _PRESENCE.get("offline" if self.detail else self.presence, ("text-muted", False))
        color = self.theme.color(role)
        if full:
            brush.fill(rect, color, rect.width() // 2 + 1)
        else:
            brush.frame(rect, color, rect.width() // 2, self.theme.size("ring-stroke"))

    def _draw_fresh(self, brush: Brush, room: QRect) -> int:
        theme = self.theme
        if not self.fresh:
            return 0
        roles = {"live": "positive", "behind": "warning", "offline": "warning"}
        color = theme.color(roles.get(self.state, "text-muted"))
        width = brush.text(room, self.fresh, theme.font("meta", tabular=True), color, end=True)
        side = theme.size("icon-field")
        at = QRect(room.right() + 1 - width - theme.space(1) - side, (self.height() - side) // 2, side, side)
        brush.icon("offline" if self.state == "offline" else "online", at, color)
        return width + side + theme.space(1)

    def sizeHint(self) -> QSize:
        """As wide as the pane."""
        return QSize(self.theme.size("pane-views-min"), self.theme.size("bar-top"))


class ViewsPane(QWidget):
    """All of it.

    Attributes:
        head, search, lists, places, footer: its parts; the window wires them.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.rail = False
        self.setObjectName("views_pane")
        self.setAccessibleName(self.tr("Views"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.head = WorkspaceHead(theme, self)
        self.search = SearchField(theme, self)
        self.lists = ViewsList(theme, self.tr("Views"), self)
        self.places = ViewsList(theme, self.tr("Places"), self)
        self.places.look.chosen = ""
        self.footer = AgentFooter(theme, self)
        self._searching = QVBoxLayout()
        self._searching.addWidget(self.search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addLayout(self._searching)
        column.addWidget(self.lists, 1)
        column.addWidget(self.places)
        column.addSpacing(theme.space(2))
        column.addWidget(self.footer)
        self.be_rail(False)

    def be_rail(self, rail: bool) -> None:
        """Wide, or a rail of drawings."""
        self.rail = rail
        for part in (self.head, self.search, self.footer):
            part.rail = rail
            part.update()
        self.lists.be_rail(rail)
        self.places.be_rail(rail)
        side = self.theme.space(2) if rail else self.theme.space(3)
        self._searching.setContentsMargins(side, 0, side, self.theme.space(2))
        self.places.setFixedHeight(self.places.content_height())

    def fit_places(self) -> None:
        """Give the lower list exactly its height."""
        self.places.setFixedHeight(self.places.content_height())
