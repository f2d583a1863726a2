"""The card over the composer when a change of the conversation waits for the agent's word, or was refused."""

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.desk.pending import OutboxItem, OutboxState
from mim_desk.domain.conversation import Status
from mim_desk.protocol import api
from mim_desk.ui import texts
from mim_desk.ui.composer.strip import Line
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.paragraph import Paragraph


class ChangeCard(Line):
    """One change that was not made, why, and what the agent may do about it.

    Attributes:
        insisted, left: the agent wants it all the same, or not any more (outbox item's id).
    """

    insisted = Signal(str)
    left = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("held_change")
        self.item_id = ""
        self.what = Paragraph(theme, "", "body-strong", self)
        self.why = Paragraph(theme, "", "body", self)
        self.leave = Button(theme, tr("Leave it as it is"), kind="plain", size="control-small", parent=self)
        self.insist = Button(theme, tr("Do it anyway"), kind="text", size="control-small", parent=self)
        self.leave.clicked.connect(lambda: self.left.emit(self.item_id))
        self.insist.clicked.connect(lambda: self.insisted.emit(self.item_id))
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.space(2))
        buttons.addWidget(self.leave)
        buttons.addWidget(self.insist)
        buttons.addStretch()
        column = QVBoxLayout(self)
        side = theme.space(3)
        column.setContentsMargins(side, side, side, side)
        column.setSpacing(theme.space(1))
        for words in (self.what, self.why):
            column.addWidget(words)
        column.addSpacing(theme.space(1))
        column.addLayout(buttons)
        self.hide()

    def tell(self, item: OutboxItem | None, names: dict[str, str]) -> None:
        """Speak about this change, None about none."""
        self.item_id = item.id if item is not None else ""
        self.setVisible(item is not None)
        if item is None or not isinstance(item.body, api.ConversationPatch):
            return
        is_held = item.state is OutboxState.HELD
        named = change_words(item.body, names)
        self.what.setText((tr("Waits for you: {change}") if is_held else tr("Not done: {change}")).format(change=named))
        self.why.setText(item.reason)
        self.insist.setVisible(is_held)
        self.leave.setText(tr("Leave it as it is") if is_held else tr("Dismiss"))
        self.setAccessibleName(f"{self.what.text()}. {item.reason}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground under the words."""
        brush, theme = self.brush(QPainter(self)), self.theme
        brush.fill(self.rect(), theme.color("surface"), theme.radius("card"))
        brush.frame(self.rect(), theme.color("warning-graphic"), theme.radius("card"))


def first_undone(items: "list[OutboxItem]", conversation_id: str) -> OutboxItem | None:
    """The first change of a conversation that the agent has to hear of."""
    undone = (OutboxState.HELD, OutboxState.FAILED)
    return next(
        (
            item
            for item in items
            if item.conversation_id == conversation_id
            and isinstance(item.body, api.ConversationPatch)
            and item.state in undone
        ),
        None,
    )


def change_words(patch: api.ConversationPatch, names: dict[str, str]) -> str:
    """A change in a few words, such as *Resolve*."""
    if patch.status is not msgspec.UNSET:
        told = {Status.RESOLVED: tr("Resolve"), Status.SNOOZED: tr("Snooze"), Status.OPEN: tr("Open again")}
        return told.get(patch.status, tr("Another status"))
    if patch.assignee_id is not msgspec.UNSET:
        name = names.get(patch.assignee_id or "", "")
        if patch.assignee_id is None:
            return tr("Assign to nobody")
        return tr("Assign to {name}").format(name=texts.isolated(name)) if name else tr("Another assignee")
    if patch.team_id is not msgspec.UNSET:
        return tr("Another team")
    if patch.priority is not msgspec.UNSET:
        return tr("Another priority")
    return tr("Other labels") if patch.labels is not msgspec.UNSET else tr("A change")
