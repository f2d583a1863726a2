"""The parts of the template picker in their places; what they do is in ``view.py``."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from mim_desk.protocol import rows
from mim_desk.ui.composer.strip import SenderLine
from mim_desk.ui.templates.delegate import TemplateDelegate
from mim_desk.ui.templates.form import TemplateForm
from mim_desk.ui.templates.model import TemplateModel
from mim_desk.ui.templates.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, IconButton
from mim_desk.ui.widgets.empty_state import EmptyState
from mim_desk.ui.widgets.form import label, lead
from mim_desk.ui.widgets.paint import Brush


class PickerFrame(QWidget):
    """Search and list at the start, the form at the end, sending below; it only stacks, paints and measures.

    Attributes:
        model: the templates that are listed.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.model = TemplateModel(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._make_parts()
        self._stack()

    def _make_parts(self) -> None:
        theme = self.theme
        self.search = QLineEdit(self)
        self.search.setFont(theme.font("body"))
        self.search.setAccessibleName(tr("Search templates"))
        lead(theme, self.search)
        self.list = QListView(self)
        self._delegate = TemplateDelegate(theme)
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Templates"))
        self.form = TemplateForm(theme, self)
        self.empty = EmptyState(theme, self)
        self.refresh = IconButton(theme, "retry", tr("Ask for the templates now"), parent=self)
        self.note = IconButton(theme, "note", tr("Write a note"), parent=self)
        self.back = Button(theme, tr("Back to text"), key="Esc", parent=self)
        self.sender_line = SenderLine(theme, self)
        self.hint = label(theme, "", "meta", "muted", wrap=True)
        self.send = Button(theme, tr("Send template"), icon="send", kind="primary", parent=self)

    def _stack(self) -> None:
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.form)
        self._pages.addWidget(self.empty)
        self._side, self._bar = QWidget(self), QWidget(self)
        self._stack_side(QVBoxLayout(self._side))
        self._stack_bar(QHBoxLayout(self._bar))
        middle = QHBoxLayout()
        middle.setSpacing(1)
        middle.addWidget(self._side)
        middle.addWidget(self._pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addLayout(middle, 1)
        column.addWidget(self._bar)

    def _stack_side(self, side: QVBoxLayout) -> None:
        theme = self.theme
        search = QHBoxLayout()
        search.setContentsMargins(theme.space(2), theme.space(2), theme.space(2), theme.space(2))
        search.setSpacing(theme.space(1))
        search.addWidget(self.search, 1)
        side.setContentsMargins(1, 0, 1, 0)
        side.setSpacing(0)
        side.addLayout(search)
        side.addWidget(self.list, 1)

    def _stack_bar(self, bar: QHBoxLayout) -> None:
        theme = self.theme
        bar.setContentsMargins(theme.space(2), theme.space(2), theme.space(2), theme.space(2))
        bar.setSpacing(theme.space(2))
        bar.addSpacing(theme.space(1))
        bar.addWidget(self.sender_line)
        for tool in (self.note, self.refresh):
            bar.addWidget(tool)
        bar.addStretch(1)
        bar.addWidget(self.hint)
        for part in (self.back, self.send):
            bar.addWidget(part)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """The words in the bar wrap, but the list takes the height there is."""
        return False

    def sizeHint(self) -> QSize:
        """As high as the pictures show it, half the window at most."""
        wanted = self.theme.size("pane-list") + self.theme.space(12)
        room = max(self.window().height() // 2, self.theme.size("pane-list-min"))
        return QSize(self.theme.size("form"), min(wanted, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list gives way where there is little room."""
        super().resizeEvent(event)
        share = event.size().width() * 2 // 5
        self._side.setFixedWidth(min(share, self.theme.size("pane-views") - self.theme.space(1)))
        roomy = event.size().width() >= self.theme.size("pane-timeline-min")
        for part in (self.sender_line, self.hint):
            part.setVisible(roomy)
        self._keep_sender()

    def show_sender(self, inbox: rows.Inbox) -> None:
        """Who it leaves as; the words beside it give way first."""
        self.sender_line.tell(inbox, note=False)
        self._keep_sender()

    def _keep_sender(self) -> None:
        self.sender_line.setMinimumWidth(min(self.sender_line.sizeHint().width(), self.width() // 3))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hairlines between list, form and bar."""
        brush = Brush(QPainter(self), self.theme, self.rect(), rtl=self.isRightToLeft())
        top = self._bar.geometry().top() - 1
        brush.hairline(1, top, self.width() - 2)
        if self._side.isVisibleTo(self):
            x = self._side.width()
            brush.painter.fillRect(
                brush.seen(self.rect().adjusted(x, 0, x + 1 - self.width(), top - self.height())),
                self.theme.color("hairline"),
            )
