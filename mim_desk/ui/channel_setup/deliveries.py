"""What an inbox could not read: when it came, why, how it begins; read again one by one or all."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.protocol.api import KeptDelivery, Replayed
from mim_desk.ui import texts
from mim_desk.ui.channel_setup.page import line_of, page_of
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Card, label

_MOST_LINES = 8
_LINE = 68
"""Characters that a line holds at least."""


class Deliveries(QWidget):
    """The page.

    Attributes:
        replay_wanted: a delivery's number, None for all.
        more_wanted: what comes after ``next``.
        closed: the way back.
    """

    more_wanted = Signal(object)

    replay_wanted = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, inbox: rows.Inbox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("channel_setup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        title = tr("channel_setup", "Deliveries of {name} that could not be read").format(name=inbox.name)
        self.setAccessibleName(title)
        self.result = label(theme, "", "body-strong", wrap=True)
        self.result.hide()
        self.empty = label(theme, tr("channel_setup", "Everything was read."), "body", "secondary")
        self.empty.hide()
        self.cards: dict[int, DeliveryCard] = {}
        self.more = Button(theme, tr("channel_setup", "Show more"))
        self.next: str | None = None
        self.more.clicked.connect(lambda: self.more_wanted.emit(self.next))
        self.more.hide()
        back = Button(theme, tr("channel_setup", "Back"))
        back.clicked.connect(self.closed)
        self.all = Button(theme, tr("channel_setup", "Read all again"), icon="retry", kind="primary")
        self.all.clicked.connect(lambda: self.replay_wanted.emit(None))
        holder = QWidget()
        self._list = QVBoxLayout(holder)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.space(3))
        why = tr("channel_setup", "They are kept as they came. After a mend or an update they can be read again; nothing comes twice.")  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page_of(theme, title, why, [self.result, self.empty, holder, self.more], (back, self.all)))

    def show_kept(self, items: Sequence[KeptDelivery], more: str | None, *, anew: bool = True) -> None:
        """Show these, in the place of those before or below them."""
        if anew:
            for card in self.cards.values():
                self._list.removeWidget(card)
                card.deleteLater()
            self.cards = {}
        for kept in items:
            card = self.cards[kept.n] = DeliveryCard(self.theme, kept)
            card.again.clicked.connect(lambda _=False, n=kept.n: self.replay_wanted.emit(n))
            self._list.addWidget(card)
        self.next = more
        self.more.setVisible(more is not None)
        self.empty.setVisible(not self.cards)
        self.all.setEnabled(bool(self.cards))

    def tell(self, done: Replayed) -> None:
        """Say what reading again brought."""
        new = tr("channel_setup", "New messages: {count}.").format(count=texts.count(done.messages))
        left = tr("channel_setup", "Still not read: {count}.").format(count=texts.count(done.unsettled))
        self.result.setText(f"{new} {left}" if done.unsettled else new)
        self.result.show()

    def refuse(self, reason: str) -> None:
        """Say why it could not be done."""
        self.result.setText(reason)
        self.result.show()


class DeliveryCard(Card):
    """One delivery.

    Attributes:
        again: reads it once more.
    """

    def __init__(self, theme: Theme, kept: KeptDelivery) -> None:
        self.again = Button(theme, tr("channel_setup", "Read again"), icon="retry", size="control-small")
        at = texts.full_time(kept.received_at)
        self.again.setAccessibleName(tr("channel_setup", "Read again what came {at}").format(at=at))
        size = texts.file_size(kept.size)
        head = line_of(theme, label(theme, at, "body-strong"), label(theme, size, "meta", "muted"), self.again)
        self.body = QPlainTextEdit(kept.preview)
        self.body.setObjectName("delivery_body")
        self.body.setReadOnly(True)
        self.body.setFont(theme.mono())
        self.body.setTabChangesFocus(True)
        self.body.document().setDocumentMargin(theme.space(2))
        lines = min(_MOST_LINES, max(1, len(kept.preview) // _LINE + kept.preview.count("\n") + 1))
        line = texts.metrics(theme.mono()).lineSpacing()
        self.body.setFixedHeight(lines * line + 2 * theme.space(2) + 2)
        self.body.setAccessibleName(tr("channel_setup", "How it begins"))
        self.body.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        super().__init__(theme, head, label(theme, kept.reason, "body", "secondary", wrap=True), self.body)
        self.setAccessibleName(f"{at}. {kept.reason}")
