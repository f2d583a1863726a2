"""The form of one template: its language, a field for each blank, and what the customer will see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from mim_desk.desk.shapes import LocalFile
from mim_desk.domain.template import MEDIA, Filling, Parameter, ParameterKind, Part, TemplateStatus, as_text, parameters
from mim_desk.domain.template_checks import Fault, Wrong, faults
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.templates import wording
from mim_desk.ui.templates.bubble import Bubble
from mim_desk.ui.templates.fields import BlankField, FileField, TextField
from mim_desk.ui.templates.model import Entry
from mim_desk.ui.templates.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.chip import Chip, chip_width, draw_chip
from mim_desk.ui.widgets.form import label
from mim_desk.ui.widgets.paint import Brush

_QUIET: Final = (Wrong.MISSING, Wrong.NO_FILE)
"""Not yet wrong: nobody came so far."""


class StateChip(QWidget):
    """Whether the provider approved it, as a chip."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chip = Chip("")
        theme.changed.connect(self.update)

    def tell(self, words: str, *, good: bool) -> None:
        """Another state."""
        self._chip = Chip(words, "ok" if good else "risk", "check" if good else "warning")
        self.setAccessibleName(words)
        sizing = Brush.__new__(Brush)
        sizing.theme = self._theme
        self.setFixedSize(chip_width(sizing, self._chip) + 1, self._theme.size("chip"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        draw_chip(Brush(QPainter(self), self._theme, self.rect(), rtl=self.isRightToLeft()), self.rect(), self._chip)


class TemplateForm(QScrollArea):
    """Fills in one template.

    Attributes:
        changed: other values stand in it.
        language_chosen: another language of the same template is wanted (rows.Template).
        file_wanted: a file was chosen on disk for a blank (its key, the path).
        done: Enter was pressed in the last field.
    """

    changed = Signal()
    language_chosen = Signal(object)
    file_wanted = Signal(str, str)
    done = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.row: rows.Template | None = None
        self._entry: Entry | None = None
        self._fields: list[BlankField] = []
        self._files: dict[str, LocalFile] = {}
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self._stack()

    def _stack(self) -> None:
        theme, page = self._theme, QWidget(self)
        page.setObjectName("template_form")
        self._column = QVBoxLayout(page)
        pad = theme.space(3)
        self._column.setContentsMargins(pad, pad - 2, pad, pad)
        self._column.setSpacing(theme.space(2))
        self._column.addLayout(self._head())
        self.why = label(theme, "", "meta", "warning", wrap=True)
        self._column.addWidget(self.why)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.space(2))
        self._grid.setVerticalSpacing(theme.space(2))
        self._column.addLayout(self._grid)
        self.told = label(theme, "", "label", "secondary")
        self._column.addWidget(self.told)
        self.bubble = Bubble(theme, page)
        self._column.addWidget(self.bubble)
        self._column.addStretch()
        self.setWidget(page)
        page.setAutoFillBackground(False)

    def _head(self) -> QHBoxLayout:
        theme = self._theme
        self.name = label(theme, "", "body-strong")
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.one_language = label(theme, "", "label", "secondary")
        self.language = Button(theme, "", size="control-small")
        self.language.clicked.connect(self._offer_languages)
        self.state = StateChip(theme)
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        row.addWidget(self.name, 1)
        row.addWidget(self.language)
        row.addWidget(self.one_language)
        row.addWidget(self.state)
        return row

    # -- what is filled in ------------------------------------------------------------------------

    def show_template(
        self,
        entry: Entry,
        row: rows.Template,
        chosen: rows.ChosenTemplate | None,
        files: Sequence[LocalFile],
        who: str,
    ) -> None:
        """Another template, with values where some are known; ``who`` reads it."""
        self._entry, self.row = entry, row
        self._files = {file.id: file for file in files}
        self._name_it()
        several = len(entry.variants) > 1
        self.one_language.setText(wording.language(row.language))
        self.one_language.setVisible(not several)
        self.language.reword(wording.language(row.language))
        self.language.setVisible(several)
        self.language.setAccessibleName(tr("Language: {name}").format(name=wording.language(row.language)))
        self.state.tell(wording.status(row), good=self._can)
        self.why.setText(wording.why_not(row))
        self.why.setVisible(not self._can)
        self.told.setText(
            tr("What {name} will see").format(name=texts.isolated(who)) if who else tr("How it will read")
        )
        self._make_fields(chosen)
        self._tell()
        self.verticalScrollBar().setValue(0)

    @property
    def _can(self) -> bool:
        return self.row is not None and self.row.status is TemplateStatus.APPROVED

    def _make_fields(self, chosen: rows.ChosenTemplate | None) -> None:
        for field in self._fields:
            self._grid.removeWidget(field)
            field.hide()
            field.deleteLater()
        values = chosen.parameters if chosen is not None else {}
        kinds = chosen.kinds if chosen is not None else {}
        self._fields = []
        asked = (
            [(part, one) for part, one in parameters(self.row.parts) if _is_asked(one.kind, required=one.required)]
            if self.row
            else []
        )
        for part, one in asked:
            value = values.get(one.key, "")
            self._fields.append(self._field(part, one, value, kinds.get(one.key, "")))
        self._place_fields()

    def _field(self, part: Part, blank: Parameter, value: str, kind: str) -> BlankField:
        made: BlankField
        if blank.kind in MEDIA:
            file_field = FileField(self._theme, part, blank, self._files.get(value))
            file_field.wanted.connect(self.file_wanted)
            made = file_field
        else:
            made = TextField(self._theme, part, blank, value, kind)
        made.setEnabled(self._can)
        made.changed.connect(self._edited)
        made.entered.connect(self._go_on)
        return made

    def _place_fields(self) -> None:
        """Two beside each other where there is room."""
        theme = self._theme
        columns = 2 if self.viewport().width() >= 2 * theme.size("pane-views") // 3 * 2 else 1
        for place, field in enumerate(self._fields):
            self._grid.addWidget(field, place // columns, place % columns, Qt.AlignmentFlag.AlignTop)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow form has one column."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place_fields()
            self._name_it()

    def _name_it(self) -> None:
        """The title in the room that language and state leave."""
        if self.row is not None:
            room = self.viewport().width() - self._theme.size("pane-list-min") // 2 - 2 * self._theme.space(4)
            name = wording.title(self.row)
            self.name.setText(texts.elided(name, self.name.font(), max(room, self._theme.space(10))))
            self.name.setToolTip(texts.tooltip(name))

    def take_file(self, key: str, file: LocalFile) -> None:
        """A chosen file is read: it stands in its field."""
        self._files[file.id] = file
        for field in self._fields:
            if field.blank.key == key and isinstance(field, FileField):
                field.tell(file)
        self._edited()

    def refuse_file(self, key: str, why: str) -> None:
        """A chosen file is not carried."""
        for field in self._fields:
            if field.blank.key == key:
                field.refuse(why)

    # -- what stands in it ------------------------------------------------------------------------

    @property
    def files(self) -> list[LocalFile]:
        """The files that stand in fields."""
        named = [field.file for field in self._fields if isinstance(field, FileField)]
        return [file for file in named if file is not None]

    def chosen(self) -> rows.ChosenTemplate | None:
        """The template with its values as it is sent."""
        if self.row is None:
            return None
        values = {field.blank.key: field.value for field in self._fields if field.value}
        kinds = {field.blank.key: field.kind for field in self._fields if field.kind and field.value}
        return rows.ChosenTemplate(self.row.name, self.row.language, values, kinds)

    def filling(self) -> Filling:
        """Its values as they are judged."""
        chosen = self.chosen()
        types = {file.id: file.mime_type for file in self.files}
        return Filling(chosen.parameters, chosen.kinds, types) if chosen is not None else Filling({}, {}, types)

    def faults(self, now: datetime) -> tuple[Fault, ...]:
        """What is wrong, in the order of the fields."""
        return faults(self.row.parts, self.filling(), now) if self.row is not None else ()

    def text(self) -> str:
        """How it reads."""
        return as_text(self.row.parts, self.filling()) if self.row is not None else ""

    def label_of(self, key: str) -> str:
        """What stands above a field."""
        found = (
            [wording.label(part, one) for part, one in parameters(self.row.parts) if one.key == key] if self.row else []
        )
        return found[0] if found else key

    def is_touched(self) -> bool:
        """Whether anything was filled in."""
        return any(field.value for field in self._fields)

    def _edited(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        self.bubble.tell(
            self.row.parts if self.row else (), self.filling(), {file.id: file.name for file in self.files}
        )

    def tell_faults(self, found: Sequence[Fault], *, all_of_them: bool = False) -> None:
        """Say below each field what is wrong with its value; what is missing only once sending was tried."""
        told: Mapping[str, Fault] = {fault.key: fault for fault in found}
        for field in self._fields:
            fault = told.get(field.blank.key)
            says = fault is not None and (all_of_them or fault.wrong not in _QUIET)
            field.refuse(wording.fault(fault) if fault is not None and says else "")

    # -- the keyboard -----------------------------------------------------------------------------

    def focus_first(self) -> bool:
        """The keyboard goes to the first empty field, else to the first; False where there is none."""
        field = next((field for field in self._fields if not field.value), next(iter(self._fields), None))
        if field is not None and self._can:
            field.focus()
            self.ensureWidgetVisible(field)
            return True
        return False

    def focus_fault(self, key: str) -> None:
        """The keyboard goes to a field that is wrong."""
        for field in self._fields:
            if field.blank.key == key:
                field.focus()
                self.ensureWidgetVisible(field)

    def _go_on(self) -> None:
        sender = self.sender()
        places = [place for place, field in enumerate(self._fields) if field is sender]
        following = self._fields[places[0] + 1 :] if places else []
        if following:
            following[0].focus()
            self.ensureWidgetVisible(following[0])
        else:
            self.done.emit()

    def _offer_languages(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for row in self._entry.variants if self._entry is not None else ():
            why = "" if row.status is TemplateStatus.APPROVED else f" ({wording.status(row)})"
            action = menu.addAction(wording.language(row.language) + why)
            action.setCheckable(True)
            action.setChecked(row is self.row)
            action.setData(row.language)
        menu.triggered.connect(lambda action: self.use_language(str(action.data())))
        menu.popup(self.language.mapToGlobal(QPoint(0, self.language.height())))

    def use_language(self, code: str) -> None:
        """The same template in another language."""
        rows_of = self._entry.variants if self._entry is not None else ()
        for row in rows_of:
            if row.language == code and row is not self.row:
                self.language_chosen.emit(row)


def _is_asked(kind: ParameterKind, *, required: bool) -> bool:
    """What people fill in; what a machine hears of a tap is for the interface alone."""
    return required or kind is not ParameterKind.PAYLOAD
