"""Forms in the middle of the window: sign in, unlock, choose where keys are kept."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.desk.shapes import UnsentOf
from mim_desk.domain.refusal import Refusal
from mim_desk.ui import texts
from mim_desk.ui.first_run.view import Logo
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Field, label


class CentredForm(QWidget):
    """Title, a sentence, fields and buttons.

    Attributes:
        submitted: the main button or Enter.
    """

    submitted = Signal()

    def __init__(self, theme: Theme, title: str, why: str, act: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.fields: dict[str, Field] = {}
        self.setObjectName("centred_form")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.go = Button(theme, act, kind="primary", size="control-large")
        self.go.clicked.connect(self.submitted)
        self.refusal = label(theme, "", "body", "danger", wrap=True)
        self.refusal.hide()
        self.form = QVBoxLayout()
        self.form.setSpacing(theme.space(4))
        self.foot = QHBoxLayout()
        self.foot.addStretch(1)
        self.foot.addWidget(self.go)
        self._lay_out(title, why)

    def _lay_out(self, title: str, why: str) -> None:
        theme = self.theme
        inner = QWidget()
        inner.setMaximumWidth(theme.size("pane-timeline-min"))
        inner.setMinimumWidth(theme.size("pane-list"))
        column = QVBoxLayout(inner)
        column.setSpacing(theme.space(4))
        column.addStretch(1)
        column.addWidget(Logo(theme))
        column.addWidget(label(theme, title, "title"))
        column.addWidget(label(theme, why, "body", "secondary", wrap=True))
        column.addLayout(self.form)
        column.addWidget(self.refusal)
        column.addLayout(self.foot)
        column.addStretch(1)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(inner, 10)
        outer.addStretch(1)

    def add_field(self, name: str, field: Field) -> None:
        """One more field; Enter in it submits."""
        self.fields[name] = field
        self.form.addWidget(field)
        field.input.returnPressed.connect(self.submitted)

    def refuse(self, refusal: Refusal) -> None:
        """Say no at the field it is about."""
        field = self.fields.get(refusal.field)
        if field is not None:
            field.refuse(refusal.reason)
            field.input.setFocus()
        else:
            self.refusal.setText(refusal.reason)
            self.refusal.show()
        self.busy(False)

    def busy(self, busy: bool) -> None:
        """While the answer is awaited the button rests."""
        self.go.setEnabled(not busy)
        if busy:
            self.refusal.hide()


class SignIn(CentredForm):
    """The team's hub, login and password.

    Attributes:
        went_back: the agent wants to work without a team.
    """

    went_back = Signal()

    def __init__(self, theme: Theme, hub_url: str = "", parent: QWidget | None = None) -> None:
        super().__init__(
            theme,
            tr("sign_in", "Sign in"),
            tr(
                "sign_in", "Your team’s hub keeps the conversations. This desk keeps an encrypted copy to work offline."
            ),
            tr("sign_in", "Sign in"),
            parent,
        )
        self.add_field(
            "url", Field(theme, self.tr("Address of the hub"), value=hub_url, help_text="https://hub.example")
        )
        self.add_field("login", Field(theme, self.tr("Login")))
        self.add_field("password", Field(theme, self.tr("Password"), secret=True))
        self.unsent = label(theme, "", "body", "secondary", wrap=True)
        self.unsent.hide()
        self.form.addWidget(self.unsent)
        back = Button(theme, self.tr("Back"), size="control-large")
        back.clicked.connect(self.went_back)
        self.foot.insertWidget(0, back)

    def tell_unsent(self, found: Sequence[UnsentOf]) -> None:
        """Whose work waits here; it leaves only under its author's name."""
        self.unsent.setText("\n".join(_waiting(each) for each in found))
        self.unsent.setVisible(bool(found))


def _waiting(of: UnsentOf) -> str:
    name = texts.isolated(texts.one_line(of.name, 60)) or tr("sign_in", "somebody")
    if of.count == 1:
        words = tr("sign_in", "One unsent message of {name} waits here, encrypted, until {name} signs in again.")
    else:
        words = tr(
            "sign_in", "%n unsent messages of {name} wait here, encrypted, until {name} signs in again.", of.count
        )
    return words.replace("%n", texts.count(of.count)).format(name=name)


class Unlock(CentredForm):
    """The passphrase of the keys' file."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(
            theme,
            tr("sign_in", "Unlock this desk"),
            tr("sign_in", "Its keys are kept in a file under your passphrase."),
            tr("sign_in", "Unlock"),
            parent,
        )
        self.add_field("passphrase", Field(theme, self.tr("Passphrase"), secret=True))


class ChooseKeeping(CentredForm):
    """Where keys are kept when there is no key store.

    Attributes:
        session_only: nothing shall stay on this computer.
    """

    session_only = Signal()

    def __init__(self, theme: Theme, problem: str, parent: QWidget | None = None) -> None:
        choice = tr("sign_in", "Choose a passphrase to keep the desk’s keys in a file, or keep nothing after closing.")
        title, act = tr("sign_in", "Where to keep the keys"), tr("sign_in", "Keep under a passphrase")
        super().__init__(theme, title, f"{problem} {choice}", act, parent)
        help_text = self.tr("At least 8 characters. It cannot be recovered.")
        self.add_field("passphrase", Field(theme, self.tr("Passphrase"), secret=True, help_text=help_text))
        once = Button(theme, self.tr("This session only"), size="control-large")
        once.clicked.connect(self.session_only)
        self.foot.insertWidget(0, once)
