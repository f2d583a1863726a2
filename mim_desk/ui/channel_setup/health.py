"""Health of inboxes: a card for each with its state in words, figures, and the ways to mend it."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.ui.channel_setup.page import line_of
from mim_desk.ui.channel_setup.steps import ChannelMark, StateMark
from mim_desk.ui.channel_setup.wording import counts, notice_text, notices, sentences, state_of
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Card, label

_TONES = {"paused": "secondary"}


class HealthPane(QScrollArea):
    """The cards.

    Attributes:
        to_look_at: beside a form that is being filled in, nothing leads away from it.
        check_wanted: all inboxes are to be tried.
        change_wanted, deliveries_wanted: an inbox.
    """

    check_wanted = Signal()
    change_wanted = Signal(object)
    deliveries_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, to_look_at: bool = False) -> None:
        super().__init__(parent)
        self.theme, self._to_look_at = theme, to_look_at
        self.setObjectName("setup_health")
        self.setWidgetResizable(True)
        self.setFixedWidth(theme.size("setup-health"))
        self.cards: list[InboxCard] = []
        self.check = Button(theme, tr("channel_setup", "Check all"), icon="health", size="control-small")
        self.check.clicked.connect(self.check_wanted)
        page = QWidget()
        page.setObjectName("setup_side")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(theme.space(5), theme.space(5), theme.space(5), theme.space(5))
        self._column.setSpacing(theme.space(3))
        title = label(theme, tr("channel_setup", "Health of inboxes"), "heading")
        self._column.addWidget(line_of(theme, title, self.check))
        self.none = label(theme, tr("channel_setup", "No inbox yet."), "body", "muted")
        self._column.addWidget(self.none)
        self._column.addStretch(1)
        self.setWidget(page)

    def show_inboxes(self, inboxes: Sequence[rows.Inbox], now: datetime) -> None:
        """Show these; a card whose inbox did not change stays, so that the keyboard's place does too."""
        if [card.inbox for card in self.cards] == list(inboxes):
            return
        focused = next((card.inbox.id for card in self.cards if card.change.hasFocus()), "")
        for card in self.cards:
            self._column.removeWidget(card)
            card.deleteLater()
        self.cards = [InboxCard(self.theme, inbox, now) for inbox in inboxes]
        for place, card in enumerate(self.cards):
            self._column.insertWidget(1 + place, card)
            card.change.clicked.connect(lambda _=False, inbox=card.inbox: self.change_wanted.emit(inbox))
            card.hide_ways(self._to_look_at)
            card.show_kept.clicked.connect(lambda _=False, inbox=card.inbox: self.deliveries_wanted.emit(inbox))
            if card.inbox.id == focused:
                card.change.setFocus()
        self.none.setVisible(not self.cards)
        self.check.setEnabled(bool(self.cards))


class InboxCard(Card):
    """How one inbox does.

    Attributes:
        change, show_kept: the buttons.
    """

    def __init__(self, theme: Theme, inbox: rows.Inbox, now: datetime) -> None:
        self.theme, self.inbox = theme, inbox
        words, tone = state_of(inbox.health, now)
        state = label(theme, words, "label", _TONES.get(tone, tone))
        head = line_of(
            theme,
            ChannelMark(theme, inbox.channel),
            label(theme, inbox.name, "body-strong", wrap=True),
            StateMark(theme, tone),
            state,
            stretch=1,
        )
        told = " ".join(sentences(inbox.health, now))
        parts: list[QWidget] = [head, label(theme, told, "meta", "secondary", wrap=True)]
        parts += [self._figure(one.name, one.value, one.state) for one in inbox.health.figures]
        told_by = notices(inbox.health, now)
        parts += [self._figure(one.name, notice_text(one, now), one.state) for one in told_by]
        sent, failed = counts(inbox.health)
        tone = "danger" if inbox.health.failed or inbox.health.held else "muted"
        parts.append(line_of(theme, label(theme, sent, "meta", "muted"), label(theme, failed, "meta", tone)))
        self.change = Button(theme, tr("channel_setup", "Change"), icon="edit", size="control-small")
        self.change.setAccessibleName(tr("channel_setup", "Change {name}").format(name=inbox.name))
        kept = inbox.health.unparsed_deliveries
        self.show_kept = Button(theme, tr("channel_setup", "Show %n not read", kept), kind="link", size="control-small")
        self.show_kept.setVisible(bool(kept))
        self._ways = line_of(theme, self.show_kept, QWidget(), self.change, stretch=1)
        parts.append(self._ways)
        super().__init__(theme, *parts, gap=1)
        self.setAccessibleName(f"{inbox.name}: {words}. {told}")

    def hide_ways(self, on: bool) -> None:
        """Without the buttons."""
        self._ways.setVisible(not on)

    def _figure(self, name: str, value: str, state: str) -> QWidget:
        tone = {"warning": "warning", "danger": "danger"}.get(state, "secondary")
        shown = label(self.theme, tr("channel_setup", "{name}:").format(name=name), "meta", "muted")
        return line_of(self.theme, shown, label(self.theme, value, "meta", tone, wrap=True), stretch=1)
