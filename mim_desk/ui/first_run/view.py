"""The first screen (looks/first_run.png): three ways to begin, and the chat page that is ready already."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from mim_desk.protocol.api import ChannelManifest
from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, PaintedButton
from mim_desk.ui.widgets.empty_state import KeyCaps
from mim_desk.ui.widgets.form import Card, CopyCard, Pick, label
from mim_desk.ui.widgets.glyph import Glyph
from mim_desk.ui.widgets.paint import Brush

_COLUMNS = 3


def first_line(name: str, font: QFont, width: int) -> tuple[str, str]:
    """As many whole words as fit, at least one, and the rest."""
    words, measure = name.split(), texts.metrics(font)
    count = 1
    while count < len(words) and measure.horizontalAdvance(" ".join(words[: count + 1])) <= width:
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


class Logo(QWidget):
    """The program's mark and name."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setFixedHeight(theme.size("avatar-row"))
        self.setAccessibleName("MIM Desk")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        theme = self.theme
        brush = Brush(painter, theme, self.rect(), rtl=self.isRightToLeft())
        side = theme.size("avatar-row")
        tile = QRect(0, 0, side, side)
        brush.fill(tile, theme.color("accent"), theme.radius("popup"))
        glyph = theme.size("chip")
        at = QRect(0, 0, glyph, glyph)
        at.moveCenter(tile.center())
        brush.icon("comment", at.translated(1, 1), theme.color("on-accent"))
        room = self.rect().adjusted(side + theme.space(3), 0, 0, 0)
        brush.text(room, "MIM Desk", theme.font("heading"), theme.color("text"))


class ChannelTile(PaintedButton):
    """A channel to begin with."""

    def __init__(self, theme: Theme, channel: str, name: str) -> None:
        super().__init__(theme)
        self.channel = channel
        self.setText(name)
        self.setAccessibleName(name)
        self.setToolTip(texts.tooltip(name))
        self.setFixedHeight(theme.size("row-setting"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Any width that it is given."""
        return QSize(self.theme.size("pane-views") - self.theme.space(16), self.theme.size("row-setting"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw mark and name, on two lines where one is too short."""
        painter = QPainter(self)
        theme, brush = self.theme, self.brush(painter)
        ground = "hover" if self.underMouse() else "surface"
        brush.fill(self.rect(), theme.color(ground), theme.radius("card"))
        brush.frame(self.rect(), theme.color("hairline"), theme.radius("card"))
        side = theme.size("chip")
        brush.mark(self.channel, QRect(theme.space(3), (self.height() - side) // 2, side, side))
        room = self.room()
        if texts.metrics(theme.font("body")).horizontalAdvance(self.text()) <= room.width():
            brush.text(room, self.text(), theme.font("body"), theme.color("text"))
        else:
            self._draw_two_lines(brush, room)
        self.draw_ring(brush, "card")

    def room(self) -> QRect:
        """Where the name stands."""
        theme = self.theme
        start = theme.space(3) + theme.size("chip") + theme.space(2)
        return self.rect().adjusted(start, 0, -theme.space(2), 0)

    def _draw_two_lines(self, brush: Brush, room: QRect) -> None:
        font, color, high = self.theme.font("body"), self.theme.color("text"), self.theme.line("label")
        first, rest = first_line(self.text(), font, room.width())
        top = (self.height() - 2 * high) // 2
        brush.text(QRect(room.left(), top, room.width(), high), first, font, color)
        brush.text(QRect(room.left(), top + high, room.width(), high), rest, font, color)


class Tiles(QWidget):
    """Channels to choose from, in as many columns as have room for a name."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.tiles: list[ChannelTile] = []
        self._theme = theme
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.space(2))

    def offer(self, channels: Sequence[ChannelManifest], chosen: Callable[[str], object]) -> None:
        """Show these in the place of the ones before."""
        for tile in self.tiles:
            tile.deleteLater()
        self.tiles = [ChannelTile(self._theme, manifest.channel, manifest.name) for manifest in channels]
        for tile in self.tiles:
            tile.clicked.connect(lambda _=False, channel=tile.channel: chosen(channel))
        self._columns = 0
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may hold more or fewer columns."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        gap = self._theme.space(2)
        narrowest = self._theme.size("pane-views") - self._theme.space(16) - gap
        columns = max(1, min(_COLUMNS, (self.width() + gap) // (narrowest + gap)))
        if columns == self._columns:
            return
        self._columns = columns
        for at, tile in enumerate(self.tiles):
            self._grid.addWidget(tile, at // columns, at % columns)
        for at in range(_COLUMNS):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        rows = -(-len(self.tiles) // columns)
        self.setMinimumHeight(rows * self._theme.size("row-setting") + max(0, rows - 1) * gap)


class FirstRun(QWidget):
    """Asks how one works.

    Attributes:
        begun: ``own``, ``team``, ``rehearsal`` or ``training``.
        channel_chosen: a channel to connect at once.
    """

    begun = Signal(str)
    channel_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("first_run")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.page_card = CopyCard(theme, self.tr("Your chat page is ready to try"), "")
        self.page_card.hide()
        self.channels: list[ChannelManifest] = []
        self.tiles = Tiles(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._question())
        self._side = self._next()
        row.addWidget(self._side, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window shows the question alone."""
        super().resizeEvent(event)
        question = self.theme.size("first-run-pane")
        alone = self.width() < question + self.theme.size("pane-list")
        self._side.setVisible(not alone)
        self._pane.setFixedWidth(self.width() if alone else question)

    def _question(self) -> QWidget:
        theme = self.theme
        side = theme.space(12) + theme.space(2)
        asked = QWidget()
        asked.setObjectName("first_run_asked")
        column = QVBoxLayout(asked)
        column.setContentsMargins(side, side, side, theme.space(2))
        column.setSpacing(theme.space(2))
        column.addWidget(Logo(theme))
        column.addSpacing(theme.space(8))
        column.addWidget(label(theme, self.tr("Every message,\none inbox."), "display"))
        lead = self.tr(
            "Set it up in two minutes. You can change everything later, "
            "and nothing leaves this computer until you connect a channel."
        )
        column.addSpacing(theme.space(1))
        column.addWidget(label(theme, lead, "lead", "secondary", wrap=True))
        column.addSpacing(theme.space(4))
        column.addWidget(label(theme, self.tr("How do you work?"), "section", "muted"))
        for pick in self._picks():
            column.addWidget(pick)
        column.addStretch(1)
        return self._question_pane(asked, side)

    def _question_pane(self, asked: QWidget, side: int) -> QWidget:
        """The question scrolls in a low window; the way on stays in sight."""
        self._pane = QWidget()
        self._pane.setObjectName("first_run_question")
        self._pane.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        scroll.setWidget(asked)
        asked.setAutoFillBackground(False)
        foot = self._foot()
        foot.setContentsMargins(side, self.theme.space(2), side, self.theme.space(8))
        column = QVBoxLayout(self._pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addLayout(foot)
        return self._pane

    def _picks(self) -> list[Pick]:
        theme = self.theme
        own = Pick(theme, "person", self.tr("On my own"), self.tr("Kept encrypted on this computer. No server needed."))
        team = Pick(theme, "people", self.tr("With a team"), self.tr("Sign in to the hub your team already runs."))
        look = Pick(theme, "play", self.tr("Try the rehearsal"), self.tr("A sample brand whose customers write back."))
        train = Pick(
            theme, "clock", self.tr("Practise"), self.tr("The same brand, with a score of how fast you answer.")
        )
        own.setChecked(True)
        self.picks = {"own": own, "team": team, "rehearsal": look, "training": train}
        return list(self.picks.values())

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(self.theme.space(2))
        self.keeping = label(
            self.theme, self.tr("The key is kept by your system’s key store"), "meta", "muted", wrap=True
        )
        self.go = Button(self.theme, self.tr("Continue"), kind="primary", size="control-large")
        self.go.clicked.connect(lambda: self.begun.emit(self.choice))
        foot.addWidget(Glyph(self.theme, "lock", "icon-small"))
        foot.addWidget(self.keeping, 1)
        foot.addWidget(self.go)
        return foot

    @property
    def choice(self) -> str:
        """The way that is marked."""
        return next(key for key, pick in self.picks.items() if pick.isChecked())

    def _next(self) -> QWidget:
        theme = self.theme
        place = QWidget()
        column = QVBoxLayout(place)
        column.setContentsMargins(theme.space(6), theme.space(6), theme.space(6), theme.space(6))
        column.setSpacing(theme.space(5))
        column.addStretch(1)
        for card in (self._channels_card(), self.page_card, self._one_key()):
            card.setMaximumWidth(theme.size("first-run-card"))
            card.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            inner = QHBoxLayout()
            inner.addStretch(1)
            inner.addWidget(card, 100)
            inner.addStretch(1)
            column.addLayout(inner)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        scroll.setWidget(place)
        place.setAutoFillBackground(False)
        return scroll

    def _channels_card(self) -> Card:
        theme = self.theme
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label(theme, self.tr("Next: your first channel"), "heading"), 1)
        line.addWidget(label(theme, self.tr("Step 2 of 2"), "meta", "muted"))
        why = label(theme, self.tr("Start with the one your customers use most."), "body", "secondary", wrap=True)
        card = Card(theme, head, why, self.tiles, gap=1)
        edge = theme.space(5)
        card.column.setContentsMargins(edge, edge, edge, edge)
        card.column.insertSpacing(2, theme.space(2))
        return card

    def _one_key(self) -> Card:
        theme = self.theme
        words = QWidget()
        row = QHBoxLayout(words)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(4))
        row.addWidget(Glyph(theme, "keyboard", "icon-large", "accent-text"))
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(label(theme, self.tr("One key to remember"), "body-strong"))
        column.addWidget(
            label(theme, self.tr("It finds contacts, messages and every action."), "body", "secondary", wrap=True)
        )
        row.addLayout(column, 1)
        row.addWidget(KeyCaps(theme, "Ctrl+K"))
        return Card(theme, words)

    def show_channels(self, channels: Sequence[ChannelManifest]) -> None:
        """Offer the channels this hub knows."""
        if list(channels) == self.channels:
            return
        self.channels = list(channels)
        self.tiles.offer(channels, self.channel_chosen.emit)

    def show_chat_page(self, address: str) -> None:
        """Show the page that the embedded hub's own web chat serves."""
        self.page_card.tell(address)
        self.page_card.setVisible(bool(address))

    def tell_keeping(self, words: str) -> None:
        """Say where the key is kept when it is not the key store."""
        if words:
            self.keeping.setText(words)
            self.picks["own"].tell_detail(self.tr("All on this computer. No server needed."))
