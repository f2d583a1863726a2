"""The fields of a template's blanks: a line for words and figures, a button for a file."""

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from mim_desk.desk.shapes import LocalFile
from mim_desk.domain.template import Parameter as Blank
from mim_desk.domain.template import ParameterKind, Part
from mim_desk.domain.template_checks import moment_of
from mim_desk.ui import icons, texts
from mim_desk.ui.templates import wording
from mim_desk.ui.templates.wording import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.timeline.shown_text import file_name
from mim_desk.ui.widgets.buttons import Button, IconButton
from mim_desk.ui.widgets.form import Field, label

LONGEST_VALUE: Final = 4000
_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LEFT_TO_RIGHT: Final = (
    ParameterKind.LINK_END,
    ParameterKind.CODE,
    ParameterKind.PHONE,
    ParameterKind.LATITUDE,
    ParameterKind.LONGITUDE,
    ParameterKind.MOMENT,
)


class BlankField(QWidget):
    """What every field of a blank has.

    Attributes:
        changed: another value stands in it.
        entered: Enter was pressed: go on.
        value: as it is sent; of a file its id.
        kind: as what it is sent, where that is another kind than the blank's own; else empty.
    """

    changed = Signal()
    entered = Signal()

    def __init__(self, blank: Blank, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.blank = blank
        self.kind = ""

    @property
    def value(self) -> str:
        """What stands in it."""
        raise NotImplementedError

    def refuse(self, reason: str) -> None:
        """Say what is wrong, nothing for empty."""
        raise NotImplementedError

    def focus(self) -> None:
        """Take the keyboard."""
        raise NotImplementedError


class TextField(BlankField):
    """A line for a value in words or figures."""

    def __init__(self, theme: Theme, part: Part, blank: Blank, value: str, kind: str) -> None:
        super().__init__(blank)
        self._theme = theme
        self.kind = kind
        self.field = Field(theme, wording.label(part, blank), value=self._shown(value), parent=self)
        line = self.field.input
        line.setMaxLength(LONGEST_VALUE)
        line.setPlaceholderText(texts.one_line(blank.example, 80))
        if blank.kind in _LEFT_TO_RIGHT:
            line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        line.textEdited.connect(self.changed)
        line.installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        self._choice = QAction(self)
        if blank.also:
            self._offer_kinds()

    def _shown(self, value: str) -> str:
        """A time stands here as the agent's clock shows it."""
        at = moment_of(value) if self.blank.kind is ParameterKind.MOMENT else None
        return at.astimezone().strftime("%Y-%m-%d %H:%M") if at is not None else value

    @property
    def value(self) -> str:
        """What stands in it; a time with its offset."""
        told = self.field.text
        if self.blank.kind is not ParameterKind.MOMENT:
            return told
        try:
            return datetime.strptime(told, "%Y-%m-%d %H:%M").astimezone().astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            return told

    def refuse(self, reason: str) -> None:
        """Say what is wrong below the line."""
        self.field.refuse(reason)

    def focus(self) -> None:
        """Take the keyboard with all that is written chosen."""
        self.field.input.setFocus(Qt.FocusReason.TabFocusReason)
        self.field.input.selectAll()

    def _offer_kinds(self) -> None:
        side = self._theme.size("icon-text")
        drawn = icons.pixmap("more", self._theme.color("text-muted"), side, self.devicePixelRatioF())
        self._choice.setIcon(QIcon(drawn))
        self._choice.triggered.connect(self.choose_kind)
        self.field.input.addAction(self._choice, self.field.input.ActionPosition.TrailingPosition)
        self._tell_kind()

    def _tell_kind(self) -> None:
        chosen = ParameterKind(self.kind) if self.kind else self.blank.kind
        words = tr("Sent as: {kind}").format(kind=wording.kind(chosen))
        self._choice.setText(words)
        self._choice.setToolTip(texts.tooltip(words, "Alt+Down"))
        self.field.input.setAccessibleDescription(words)

    def choose_kind(self) -> None:
        """Offer the other kinds in a menu."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind in (self.blank.kind, *self.blank.also):
            action = menu.addAction(wording.kind(kind))
            action.setCheckable(True)
            action.setChecked(kind == (self.kind or self.blank.kind))
            action.setData(kind.value)
        menu.triggered.connect(lambda action: self.use_kind(str(action.data())))
        menu.popup(self.field.input.mapToGlobal(QPoint(0, self.field.input.height())))

    def use_kind(self, kind: str) -> None:
        """Send it as this kind."""
        self.kind = "" if kind == self.blank.kind else kind
        self._tell_kind()
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on; Alt and Down offer the kinds."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in _ENTER and event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier(
                0
            ):
                self.entered.emit()
                return True
            if (
                self.blank.also
                and event.key() == Qt.Key.Key_Down
                and event.modifiers() & Qt.KeyboardModifier.AltModifier
            ):
                self.choose_kind()
                return True
        return super().eventFilter(watched, event)


class FileField(BlankField):
    """A file for the header: a button that asks for it, then its name.

    Attributes:
        wanted: a file was chosen on disk (the blank's key, its path).
    """

    wanted = Signal(str, str)

    def __init__(self, theme: Theme, part: Part, blank: Blank, file: LocalFile | None) -> None:
        super().__init__(blank)
        self.file: LocalFile | None = None
        self._title = wording.label(part, blank)
        self.title = label(theme, self._title, "label")
        self.button = Button(theme, wording.choose_file(blank.kind), icon="upload")
        self.button.clicked.connect(self._ask)
        self.clear = IconButton(theme, "close", tr("Take the file away"))
        self.clear.clicked.connect(self._cleared)
        self.below = label(theme, "", "meta", "danger", wrap=True)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(1))
        row.addWidget(self.button)
        row.addWidget(self.clear)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        column.addWidget(self.title)
        column.addLayout(row)
        column.addWidget(self.below)
        self.tell(file)

    @property
    def value(self) -> str:
        """The file's id."""
        return self.file.id if self.file is not None else ""

    def tell(self, file: LocalFile | None) -> None:
        """Another file stands here, None for none."""
        self.file = file
        words = wording.choose_file(self.blank.kind)
        name = file_name(file.name) if file is not None else ""
        self.button.reword(
            texts.elided(name, self.button.theme.font("button"), 4 * self.button.theme.space(10)) or words
        )
        self.button.setAccessibleName(f"{self._title}: {name or words}")
        self.clear.setVisible(file is not None)
        self.refuse("")

    def refuse(self, reason: str) -> None:
        """Say what is wrong below the button."""
        self.below.setText(reason)
        self.below.setVisible(bool(reason))
        self.button.setAccessibleDescription(reason)

    def focus(self) -> None:
        """Take the keyboard."""
        self.button.setFocus(Qt.FocusReason.TabFocusReason)

    def _cleared(self) -> None:
        self.tell(None)
        self.changed.emit()

    def _ask(self) -> None:
        dialog = QFileDialog(self, wording.choose_file(self.blank.kind))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.wanted.emit(self.blank.key, path))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
