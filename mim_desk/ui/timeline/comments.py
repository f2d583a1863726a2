"""What can be done with a public comment: answer it publicly or privately, hide it, delete it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from mim_desk.domain.message import MessageKind
from mim_desk.domain.people import Role
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline import wording
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import label

if TYPE_CHECKING:
    from mim_desk.ui.timeline.view import TimelineView

_SIZE: Final = (440, 170)
_LONGEST: Final = 120


class Adds(Protocol):
    """Puts an entry into a menu."""

    def __call__(self, menu: QMenu, icon: str, text: str, deed: object, key: str = "") -> None:
        """With its drawing, its words and what it does."""


class DeleteComment(QDialog):
    """Asks before a comment is deleted for good.

    Attributes:
        confirmed: the agent wants it.
    """

    confirmed = Signal()

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("delete_comment")
        self.setWindowTitle(wording.tr("Delete this comment?"))
        self.finished.connect(self.deleteLater)
        self.resize(*_SIZE)
        said = texts.isolated(texts.one_line(text, _LONGEST))
        shown = label(theme, f"“{said}”" if text else wording.tr("A comment without words"), "body", wrap=True)
        told = wording.tr("It disappears for everybody, and nothing brings it back. Hiding can be undone.")
        self.delete = Button(theme, wording.tr("Delete for good"), icon="delete", parent=self)
        self.delete.clicked.connect(self._confirm)
        self.keep = Button(theme, wording.tr("Keep it"), kind="primary", key="Esc", parent=self)
        self.keep.clicked.connect(self.reject)
        self.keep.setFocus()
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.delete)
        row.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.addWidget(shown)
        column.addWidget(label(theme, told, "meta", "muted", wrap=True))
        column.addStretch()
        column.addLayout(row)

    def _confirm(self) -> None:
        self.confirmed.emit()
        self.accept()


class CommentActs:
    """The part of a message's menu that is for public comments."""

    def __init__(self, view: "TimelineView", add: Adds, show: Callable[[QWidget], None]) -> None:
        self._view = view
        self._add = add
        self._show = show

    def add_answers(self, menu: QMenu, message: rows.Message) -> bool:
        """Both ways to answer it; False for what is no comment."""
        sheet = self._view.feed.sheets.get(message.inbox_id)
        if message.kind is not MessageKind.INCOMING or message.details.get("public") != "yes":
            return False
        wanted = self._view.answer_wanted
        self._add(menu, "globe", wording.tr("Reply publicly"), lambda: wanted.emit(message, "public"), "Q")
        rules = sheet.comments if sheet is not None else None
        is_free = bool(message.details.get("private_as")) and not message.details.get("private_reply")
        if rules is not None and rules.private_s is not None and is_free:
            self._add(menu, "lock", wording.tr("Reply privately"), lambda: wanted.emit(message, "private"))
        return True

    def add_acts(self, menu: QMenu, message: rows.Message, sheet: rows.CapabilitySheet) -> None:
        """Hiding it, showing it again, deleting it."""
        rules, is_public = sheet.comments, message.details.get("public") == "yes"
        if message.kind is not MessageKind.INCOMING or rules is None or not is_public:
            return
        hidden = message.details.get("hidden") == "yes"
        if rules.hiding:
            words = wording.tr("Show the comment again") if hidden else wording.tr("Hide the comment from others")
            self._add(menu, "hide", words, lambda: self._view.hide_wanted.emit(message.id, not hidden))
        if rules.deleting and self._may_delete():
            self._add(menu, "delete", wording.tr("Delete the comment…"), lambda: self._ask(message))

    def _may_delete(self) -> bool:
        me = self._view.session.me
        return me is not None and me.role in (Role.SUPERVISOR, Role.ADMIN)

    def _ask(self, message: rows.Message) -> None:
        window = DeleteComment(self._view.theme, message.text, self._view.window())
        window.confirmed.connect(lambda: self._view.take_back_wanted.emit(message.id))
        self._show(window)
