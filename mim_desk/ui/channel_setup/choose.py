"""Which channel to connect: one card per channel the hub knows, and how the inboxes do that are connected already."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mim_desk.protocol.api import ChannelManifest
from mim_desk.ui.channel_setup.health import HealthPane
from mim_desk.ui.first_run.view import Tiles
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import label


class ChannelChoice(QWidget):
    """Channels, and the health of inboxes.

    Attributes:
        chosen: a channel's name.
        health: the cards at the end.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("channel_setup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Connect a channel"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.main = QScrollArea(self)
        self.main.setWidgetResizable(True)
        self.health = HealthPane(theme, self)
        row.addWidget(self.main, 1)
        row.addWidget(self.health)

    def show_channels(self, channels: Sequence[ChannelManifest]) -> None:
        """Offer these."""
        theme = self.theme
        page = QWidget()
        page.setObjectName("channel_setup")
        column = QVBoxLayout(page)
        column.setContentsMargins(theme.space(10), theme.space(6), theme.space(10), theme.space(6))
        column.setSpacing(theme.space(4))
        column.addWidget(label(theme, self.tr("Connect a channel"), "title"))
        why = self.tr(
            "Start with the one your customers use most. Nothing leaves this computer before you connect one."
        )
        column.addWidget(label(theme, why, "body", "secondary", wrap=True))
        tiles = Tiles(theme)
        tiles.offer(channels, self.chosen.emit)
        column.addWidget(tiles)
        column.addStretch(1)
        self.main.setWidget(page)
