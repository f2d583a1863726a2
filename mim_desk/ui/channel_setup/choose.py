"""Which channel to connect: one card per channel the hub knows, and what is connected already."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest
from mim_desk.ui.channel_setup.steps import ChannelMark, StateMark
from mim_desk.ui.channel_setup.view import opener
from mim_desk.ui.first_run.view import Tiles
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Card, CopyCard, label

_HEALTH = {"ok": ("Working", "positive"), "paused": ("Paused", "warning"), "failing": ("Needs care", "danger")}


class ChannelChoice(QWidget):
    """Channels and the health of inboxes.

    Attributes:
        chosen: a channel's name.
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
        self.health = QScrollArea(self)
        self.health.setObjectName("setup_health")
        self.health.setWidgetResizable(True)
        self.health.setFixedWidth(theme.size("setup-health"))
        row.addWidget(self.main, 1)
        row.addWidget(self.health)

    def show_channels(self, channels: Sequence[ChannelManifest], inboxes: Sequence[rows.Inbox]) -> None:
        """Offer these; show how the inboxes do."""
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
        self.health.setWidget(self._health(inboxes))

    def _health(self, inboxes: Sequence[rows.Inbox]) -> QWidget:
        theme = self.theme
        page = QWidget()
        page.setObjectName("setup_side")
        column = QVBoxLayout(page)
        column.setContentsMargins(theme.space(5), theme.space(5), theme.space(5), theme.space(5))
        column.setSpacing(theme.space(3))
        column.addWidget(label(theme, self.tr("Health of inboxes"), "heading"))
        for inbox in inboxes:
            column.addWidget(self._health_card(inbox))
        if not inboxes:
            column.addWidget(label(theme, self.tr("No inbox yet."), "body", "muted"))
        column.addStretch(1)
        return page

    def _health_card(self, inbox: rows.Inbox) -> Card:
        theme = self.theme
        words, tone = _HEALTH.get(inbox.health.state, _HEALTH["ok"])
        head = QWidget()
        line = QHBoxLayout(head)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(ChannelMark(theme, inbox.channel))
        line.addWidget(label(theme, inbox.name, "body-strong"), 1)
        line.addWidget(StateMark(theme, tone))
        line.addWidget(label(theme, tr("channel_setup", words), "label", tone))
        parts: list[QWidget] = [head]
        reason = inbox.health.reason or self.tr("No delivery failed.")
        parts.append(label(theme, reason, "meta", "secondary", wrap=True))
        if inbox.page_url:
            parts.append(CopyCard(theme, self.tr("Chat page"), inbox.page_url))
            button = Button(theme, self.tr("Open the chat page"), icon="globe", size="control-small")
            button.clicked.connect(opener(inbox.page_url))
            parts.append(button)
        return Card(theme, *parts, gap=1)
