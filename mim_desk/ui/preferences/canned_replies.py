"""The page of canned replies: the list, a form for one, and how it will read."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from mim_desk.desk.changes import Change
from mim_desk.desk.session import Session
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain import canned_reply
from mim_desk.domain.canned_reply import CannedReplies
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows
from mim_desk.ui import texts
from mim_desk.ui.composer.checks import first_name
from mim_desk.ui.composer.delegate import CannedDelegate
from mim_desk.ui.composer.model import CannedModel
from mim_desk.ui.composer.popup import Preview, RowList
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Card, Field, TextField, label, lead

_MOST_LISTED = 500


class Form(Card):
    """One canned reply being written.

    Attributes:
        reply_id: which one it is, empty for a new one.
        save, remove: the buttons.
    """

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.reply_id = ""
        self.values: dict[str, str] = {}
        self.shortcut = Field(theme, texts.tr("preferences", "Shortcut"), help_text=texts.tr("preferences", "The letters after the slash, without spaces."))  # fmt: skip
        self.title = Field(theme, texts.tr("preferences", "Title"))
        why = texts.tr("preferences", "{{contact.first_name|there}} becomes the name, or “there” when it is not known.")
        self.text = TextField(theme, texts.tr("preferences", "Text"), why)
        self.problem = label(theme, "", "meta", "danger", wrap=True)
        self.save = Button(theme, texts.tr("preferences", "Save"), kind="primary")
        self.remove = Button(theme, texts.tr("preferences", "Delete"), icon="delete")
        holder = QWidget()
        self.preview = Preview(theme, holder, is_card=True)
        self._hold(holder)
        super().__init__(theme, self.shortcut, self.title, self.text, holder, self.problem, self._buttons(), gap=3)
        self.text.input.textChanged.connect(self._written)
        self.problem.hide()

    def _hold(self, holder: QWidget) -> None:
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.preview)

    def _buttons(self) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.save)
        row.addWidget(self.remove)
        row.addStretch(1)
        return line

    def show_reply(self, reply: rows.CannedReply | None) -> None:
        """Fill the form; None begins a new one."""
        self.reply_id = reply.id if reply else ""
        self.shortcut.input.setText(reply.shortcut if reply else "")
        self.title.input.setText(reply.title if reply else "")
        self.text.input.setPlainText(reply.text if reply else "")
        self.remove.setVisible(reply is not None)
        self.refuse(None)

    def written(self) -> api.NewCannedReply:
        """What stands in the form."""
        shortcut = self.shortcut.text.removeprefix("/")
        return api.NewCannedReply(shortcut, self.title.text or shortcut, self.text.input.toPlainText().strip())

    def refuse(self, refusal: Refusal | None) -> None:
        """Say a no beside its field, or below the form; None takes it back."""
        fields: dict[str, Field | TextField] = {"shortcut": self.shortcut, "title": self.title, "text": self.text}
        for name, field in fields.items():
            field.refuse(refusal.reason if refusal and refusal.field == name else "")
        other = refusal is not None and refusal.field not in fields
        self.problem.setText(refusal.reason if refusal is not None and other else "")
        self.problem.setVisible(other)

    def _written(self) -> None:
        self.text.refuse("")
        self.show_preview()

    def show_preview(self) -> None:
        """How a customer would read it; variables nobody knows are marked as blanks."""
        filled = canned_reply.fill(self.text.input.toPlainText(), self.values)
        width = max(self.preview.width(), self.theme.size("pane-list-min"))
        self.preview.tell(texts.tr("preferences", "Preview"), filled, width)


class CannedRepliesPage(QWidget):
    """Makes, changes and deletes the workspace's canned replies.

    Attributes:
        form: the reply being written; ``model``: those listed; ``search``: narrows the list.
    """

    def __init__(self, theme: Theme, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.session = theme, session
        self.setObjectName("preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(texts.tr("preferences", "Canned replies"))
        self.model = CannedModel(self)
        self._delegate = CannedDelegate(theme)
        self.rows = RowList(theme, self.model, self._delegate, self)
        self.form = Form(theme)
        self.search = QLineEdit()
        self.new = Button(theme, texts.tr("preferences", "New canned reply"), icon="plus")
        self._replies: list[rows.CannedReply] = []
        self._lay_out()
        self._end = session.changes.subscribe(self._changed)
        self.destroyed.connect(self._end)
        self._connect()

    def _lay_out(self) -> None:
        theme = self.theme
        self.search.setPlaceholderText(texts.tr("preferences", "Find a canned reply"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setFont(theme.font("body"))
        lead(theme, self.search)
        self.rows.setObjectName("canned_list")
        self.rows.setAccessibleName(self.accessibleName())
        self.rows.setFocusPolicy(self.search.focusPolicy())
        left, right = QVBoxLayout(), QVBoxLayout()
        for part in (label(theme, self.accessibleName(), "title"), self.search, self.rows, self.new):
            left.addWidget(part)
        left.setSpacing(theme.space(3))
        right.addWidget(self.form)
        right.addStretch(1)
        outer = QHBoxLayout(self)
        edge = theme.space(6)
        outer.setContentsMargins(theme.space(10), edge, theme.space(10), edge)
        outer.setSpacing(theme.space(6))
        outer.addLayout(left, 2)
        outer.addLayout(right, 3)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._show_found)
        self.new.clicked.connect(self.start_new)
        self.rows.selectionModel().currentChanged.connect(lambda index: self._choose(index.row()))
        self.form.save.clicked.connect(lambda: self._owner.spawn(self._save(), name="save a canned reply"))
        self.form.remove.clicked.connect(lambda: self._owner.spawn(self._remove(), name="delete a canned reply"))

    @property
    def _owner(self) -> TaskOwner:
        return self.session.owner

    def begin(self) -> None:
        """Read what there is, ready for a new one."""
        self.form.values = self._sample()
        self.start_new()
        self._owner.spawn(self._read(), name="read canned replies")

    def _sample(self) -> dict[str, str]:
        """Values for the preview: the agent's own, and a made-up customer."""
        name = texts.tr("preferences", "Maria Silva")
        values = {"contact.name": name, "contact.first_name": first_name(name), "conversation.number": "4821"}
        me, workspace = self.session.me, self.session.workspace
        if me is not None:
            values |= {"agent.name": me.name, "agent.first_name": first_name(me.name)}
        brand = workspace.name if workspace is not None else ""
        return values | {"brand.name": brand, "inbox.name": brand}

    def start_new(self) -> None:
        """An empty form."""
        self.rows.clearSelection()
        self.rows.selectionModel().clearCurrentIndex()
        self.form.show_reply(None)
        self.form.show_preview()
        self.form.shortcut.input.setFocus()

    async def _read(self) -> None:
        self._replies = sorted(await self.session.cache.canned_replies(), key=lambda reply: reply.shortcut)
        self._show_found()

    def _show_found(self) -> None:
        typed = self.search.text().strip()
        found: Sequence[rows.CannedReply] = self._replies
        if typed:
            found = CannedReplies(self._replies).match(typed, _MOST_LISTED)
        chosen = self.form.reply_id
        self.rows.selectionModel().blockSignals(True)
        self.model.show(found, typed)
        for place, reply in enumerate(found):
            if reply.id == chosen:
                self.rows.choose(place)
        self.rows.selectionModel().blockSignals(False)

    def _choose(self, place: int) -> None:
        reply = self.model.reply(place)
        if reply is not None and reply.id != self.form.reply_id:
            self.form.show_reply(reply)

    async def _save(self) -> None:
        written = self.form.written()
        try:
            saved = await self.session.save_canned_reply(self.form.reply_id, written)
        except Refusal as refusal:
            self.form.refuse(refusal)
            return
        self._replies = sorted(
            [saved, *(each for each in self._replies if each.id != saved.id)], key=lambda reply: reply.shortcut
        )
        self.form.show_reply(saved)
        self._show_found()

    async def _remove(self) -> None:
        gone = self.form.reply_id
        try:
            await self.session.remove_canned_reply(gone)
        except Refusal as refusal:
            self.form.refuse(refusal)
            return
        self._replies = [each for each in self._replies if each.id != gone]
        self.start_new()
        self._show_found()

    def _changed(self, change: Change) -> None:
        if change.reset or "canned_reply" in change.nouns:
            QTimer.singleShot(0, self, lambda: self._owner.spawn(self._read(), name="read canned replies"))
