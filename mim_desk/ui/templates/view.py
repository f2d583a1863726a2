"""The template picker: search and list at the start, the form with its preview at the end, sending below."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from mim_desk.desk.changes import Change
from mim_desk.desk.pending import TEMPLATE_DRAFT
from mim_desk.desk.shapes import Draft, ListRow, LocalFile
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import ParameterKind, TemplateStatus, parameters
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer.attach import FileReader
from mim_desk.ui.composer.checks import first_name
from mim_desk.ui.composer.drafts import DraftKeeper, Place
from mim_desk.ui.templates import wording
from mim_desk.ui.templates.frame import PickerFrame
from mim_desk.ui.templates.model import Entry, entries
from mim_desk.ui.templates.wording import tr
from mim_desk.ui.theme import Theme

if TYPE_CHECKING:
    from mim_desk.desk.session import Session

_MOVES: Final = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}
_FIRST_NAMES: Final = ("first_name", "firstname", "given_name")
_NAMES: Final = ("name", "full_name", "customer_name", "contact_name")


@dataclass(frozen=True)
class Filled:
    """A template ready to be sent."""

    place: Place
    chosen: rows.ChosenTemplate
    text: str
    files: tuple[LocalFile, ...]


class TemplatePicker(PickerFrame):
    """Chooses and fills in a template for one conversation at a time; what is begun is kept as a draft.

    Attributes:
        send_wanted: a whole template is to be sent (Filled).
        left: the agent goes back to writing freely.
        note_wanted: a note for the team is to be written.
    """

    send_wanted = Signal(object)
    left = Signal()
    note_wanted = Signal()

    def __init__(self, theme: Theme, session: "Session", parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.session = session
        self.row: ListRow | None = None
        self.inbox: rows.Inbox | None = None
        self.contact: rows.Contact | None = None
        self._turn = 0
        self._entry: Entry | None = None
        self._begun: dict[tuple[str, str], rows.ChosenTemplate] = {}
        self._files: dict[str, LocalFile] = {}
        self._told_all = False
        self._loaded = False
        self.drafts = DraftKeeper(session, self)
        self.reader = FileReader(self)
        self._connect()
        self.hide()

    def _connect(self) -> None:
        self.search.textEdited.connect(self._searched)
        self.search.installEventFilter(self)
        self.list.selectionModel().currentChanged.connect(lambda now, _: self._chosen_row(now.row()))
        self.form.changed.connect(self._edited)
        self.form.language_chosen.connect(self._use_language)
        self.form.file_wanted.connect(self._read_file)
        self.form.done.connect(lambda: self.send.setFocus(Qt.FocusReason.TabFocusReason))
        self.reader.taken.connect(self._take_file)
        self.reader.refused.connect(self._refuse_file)
        self.drafts.loaded.connect(self._fill)
        self.send.clicked.connect(self.submit)
        self.back.clicked.connect(self.left)
        self.note.clicked.connect(self.note_wanted)
        self.refresh.clicked.connect(self.ask_now)
        self.empty.acted.connect(self.ask_now)
        self._shortcut("Ctrl+Return", self.submit)
        self._shortcut("Ctrl+Enter", self.submit)
        self._shortcut("Escape", self._escape)
        self._end = self.session.changes.subscribe(self._changed)

    def _shortcut(self, keys: str, act: Callable[[], None]) -> None:
        made = QShortcut(QKeySequence(keys), self)
        made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        made.activated.connect(act)

    def close_down(self) -> None:
        """Keep what is begun and end what runs; before the picker is deleted."""
        self.drafts.flush()
        self.reader.close()
        self._end()

    # -- where it is ------------------------------------------------------------------------------

    @property
    def place(self) -> Place | None:
        """Where its draft is kept."""
        return (self.row.conversation.id, TEMPLATE_DRAFT) if self.row is not None else None

    def open(
        self, row: ListRow, inbox: rows.Inbox, contact: rows.Contact | None, *, closed: bool, offline: bool
    ) -> None:
        """Choose for this conversation; the same one again changes what is told only."""
        is_other = self.row is None or self.inbox is None
        is_other = is_other or (self.row.conversation.id, self.inbox.id) != (row.conversation.id, inbox.id)  # type: ignore[union-attr]  # neither is None then
        self.row, self.inbox, self.contact = row, inbox, contact
        self.show_sender(inbox)
        self.back.setVisible(not closed)
        self.note.setVisible(closed)
        self.hint.setText(tr("An answer opens the window") if closed else "")
        self.send.reword(tr("Leaves when online") if offline else tr("Send template"))
        if is_other:
            self._begin()
        self._tell()

    def _begin(self) -> None:
        self.drafts.flush()
        self._turn += 1
        self._entry, self._begun, self._files, self._told_all, self._loaded = None, {}, {}, False, False
        self.search.clear()
        self.model.search("")
        self.model.show([])
        self.session.owner.spawn(self._read(self._turn), name="templates.open")

    async def _read(self, turn: int) -> None:
        if self.inbox is None or turn != self._turn:
            return
        found = await self.session.cache.templates(self.inbox.id)
        if turn != self._turn:
            return
        kept = self._entry.name if self._entry is not None else ""
        self.model.show(entries(found, self.contact.language if self.contact is not None else ""))
        self._tell_list()
        if self._loaded:
            self._keep_chosen(kept)
        elif self.place is not None:
            self.drafts.load(self.place)

    def _keep_chosen(self, name: str) -> None:
        """News of templates leave the chosen one and its values where they are."""
        place = max(self.model.place(name), 0)
        self._choose(place)

    def _fill(self, conversation_id: str, mode: str, draft: Draft) -> None:
        if (conversation_id, mode) != self.place:
            return
        self._loaded = True
        begun = _begun_in(draft)
        if begun is not None:
            self._begun[begun.name, begun.language] = begun
            self._files = {file.id: file for file in draft.attachments}
        self._choose(max(self.model.place(begun.name) if begun is not None else 0, 0), begun)

    def _changed(self, change: Change) -> None:
        if not self.isHidden() and (change.reset or "template" in change.nouns):
            self.session.owner.spawn(self._read(self._turn), name="templates.change")

    def take_back(self) -> None:
        """A held or failed template stands here again."""
        if self.place is not None:
            self.drafts.drop()
            self._loaded = False
            self.drafts.load(self.place)

    # -- choosing ---------------------------------------------------------------------------------

    def _searched(self, words: str) -> None:
        self.model.search(words)
        kept = self.model.place(self._entry.name) if self._entry is not None else -1
        self._choose(max(kept, 0))

    def _choose(self, place: int, begun: rows.ChosenTemplate | None = None) -> None:
        entry = self.model.entry(place)
        if entry is None:
            self._tell()
            return
        self.list.selectionModel().blockSignals(True)
        self.list.setCurrentIndex(self.model.index(place, 0))
        self.list.selectionModel().blockSignals(False)
        self.list.viewport().update()
        language = begun.language if begun is not None else self._language_of(entry)
        self._show(entry, next((row for row in entry.variants if row.language == language), entry.shown))

    def _language_of(self, entry: Entry) -> str:
        """The language that was chosen last for a template."""
        if self.form.row is not None and self.form.row.name == entry.name:
            return self.form.row.language
        return next((language for name, language in self._begun if name == entry.name), entry.shown.language)

    def _chosen_row(self, place: int) -> None:
        entry = self.model.entry(place)
        if entry is not None and (self._entry is None or entry.name != self._entry.name):
            self._show(entry, entry.shown)

    def _use_language(self, row: rows.Template) -> None:
        if self._entry is not None:
            self._begun.setdefault((row.name, row.language), self._carried(row))
            self._show(self._entry, row)
            self._keep()

    def _carried(self, row: rows.Template) -> rows.ChosenTemplate:
        """What was filled in for one language holds for the other's blanks of the same name."""
        chosen = self.form.chosen()
        values = chosen.parameters if chosen is not None else {}
        return rows.ChosenTemplate(row.name, row.language, dict(values), dict(chosen.kinds) if chosen else {})

    def _show(self, entry: Entry, row: rows.Template) -> None:
        self._remember()
        self._entry, self._told_all = entry, False
        begun = self._begun.get((row.name, row.language)) or self._suggested(row)
        who = first_name(self.row.contact_name) if self.row is not None else ""
        self.form.show_template(entry, row, begun, list(self._files.values()), texts.one_line(who, 40))
        self._tell()

    def _remember(self) -> None:
        """Values stay while other templates are looked at."""
        chosen = self.form.chosen()
        if chosen is not None and self._loaded and self.form.is_touched() and self._entry is not None:
            self._begun[chosen.name, chosen.language] = chosen

    def _suggested(self, row: rows.Template) -> rows.ChosenTemplate:
        """What is known of the contact stands in the blanks that ask for it by name."""
        values: dict[str, str] = {}
        contact = self.contact
        for _, one in parameters(row.parts):
            name = (one.name or "").lower()
            if contact is not None and contact.name and name in (*_FIRST_NAMES, *_NAMES):
                told = first_name(contact.name) if name in _FIRST_NAMES else contact.name
                values[one.key] = texts.one_line(told, 200)
            elif contact is not None and one.kind is ParameterKind.PHONE:
                values[one.key] = contact.fields.get("phone", "")
        return rows.ChosenTemplate(row.name, row.language, {key: value for key, value in values.items() if value})

    def ask_now(self) -> None:
        """Have the provider asked for its templates."""
        if self.inbox is not None and self.refresh.isEnabled():
            self.refresh.setEnabled(False)
            self.session.owner.spawn(self._ask(self.inbox.id), name="templates.refresh")

    async def _ask(self, inbox_id: str) -> None:
        try:
            told = await self.session.refresh_templates(inbox_id)
        except Refusal as refusal:
            self.hint.setText(refusal.reason)
        else:
            self.hint.setText(told.problem or tr("%n templates", told.count).replace("%n", texts.count(told.count)))
        finally:
            self.refresh.setEnabled(True)

    # -- filling in -------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._tell()
        self._keep()

    def _keep(self) -> None:
        chosen = self.form.chosen()
        if self.place is None or chosen is None or not self._loaded:
            return
        empty = not self.form.is_touched()
        text = "" if empty else msgspec.json.encode(chosen).decode()
        self.drafts.keep(self.place, Draft(text, tuple(self.form.files)))

    def _read_file(self, key: str, path: str) -> None:
        sheet = self.inbox.capabilities if self.inbox is not None else rows.CapabilitySheet(text_length=0)
        self.reader.read((self.place, key), path, sheet)

    def _take_file(self, place: object, file: LocalFile, _: QImage) -> None:
        where, key = place if isinstance(place, tuple) else (None, "")
        if where == self.place:
            self._files[file.id] = file
            self.form.take_file(str(key), file)

    def _refuse_file(self, place: object, why: str) -> None:
        where, key = place if isinstance(place, tuple) else (None, "")
        if where == self.place:
            self.form.refuse_file(str(key), why)

    # -- sending ----------------------------------------------------------------------------------

    def why_not(self) -> str:
        """Why the template cannot be sent as it stands, one sentence; empty when it can."""
        row = self.form.row
        if self._entry is None or row is None or not self.model.total:
            return tr("Choose a template.")
        if row.status is not TemplateStatus.APPROVED:
            return wording.why_not(row)
        found = self.form.faults(self.session.hub_now())
        if not found:
            return ""
        return f"{self.form.label_of(found[0].key)}: {wording.fault(found[0])}"

    def submit(self) -> None:
        """Send it, or show what is still wrong."""
        chosen, place = self.form.chosen(), self.place
        if chosen is None or place is None or self._entry is None or not self._loaded:
            return
        found = self.form.faults(self.session.hub_now())
        if self.why_not():
            self._told_all = True
            self.form.tell_faults(found, all_of_them=True)
            if found:
                self.form.focus_fault(found[0].key)
            return
        self.drafts.drop()
        filled = Filled(place, chosen, self.form.text(), tuple(self.form.files))
        self._begun, self._files = {}, {}
        entry, self._entry = self._entry, None
        self._show(entry, next((row for row in entry.variants if row.language == chosen.language), entry.shown))
        self.search.setFocus()
        self.send_wanted.emit(filled)

    def give_back(self, filled: Filled) -> None:
        """What could not be sent stands here again."""
        if filled.place == self.place:
            self._begun[filled.chosen.name, filled.chosen.language] = filled.chosen
            self._files |= {file.id: file for file in filled.files}
            self._entry = None
            self._choose(max(self.model.place(filled.chosen.name), 0), filled.chosen)
        text = msgspec.json.encode(filled.chosen).decode()
        self.drafts.keep(filled.place, Draft(text, filled.files))

    def tell_problem(self, reason: str) -> None:
        """Say why it was not sent."""
        self.hint.setText(reason)

    # -- what is shown ----------------------------------------------------------------------------

    def _tell_list(self) -> None:
        total = self.model.total
        words = tr("Search %n templates", total).replace("%n", texts.count(total))
        self.search.setPlaceholderText(words)
        self._side.setVisible(bool(total))
        self._pages.setCurrentWidget(self.form if total else self.empty)
        if not total:
            how = tr("The provider lists none. Make one there, or ask again.")
            self.empty.show_kind("template", tr("No templates"), how, (tr("Ask again"), "retry", ""))

    def _tell(self) -> None:
        why = self.why_not()
        self.send.setEnabled(self._loaded and not why)
        self.send.setToolTip(texts.tooltip(why or tr("Send template"), "" if why else "Ctrl+Enter"))
        if self.form.row is not None:
            self.form.tell_faults(self.form.faults(self.session.hub_now()), all_of_them=self._told_all)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows in the search move in the list; Enter goes into the form."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and not event.modifiers():
            key = Qt.Key(event.key())
            if key in _MOVES and self.model.rowCount():
                now = self.list.currentIndex().row() + _MOVES[key]
                self.list.setCurrentIndex(self.model.index(min(max(now, 0), self.model.rowCount() - 1), 0))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if not self.form.focus_first() and self.send.isEnabled():
                    self.send.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return super().eventFilter(watched, event)

    def _escape(self) -> None:
        if self.back.isVisibleTo(self):
            self.left.emit()
        else:
            self.search.setFocus()


def _begun_in(draft: Draft) -> rows.ChosenTemplate | None:
    """What a draft holds; None for none."""
    try:
        return msgspec.json.decode(draft.text, type=rows.ChosenTemplate) if draft.text else None
    except msgspec.DecodeError:
        return None
