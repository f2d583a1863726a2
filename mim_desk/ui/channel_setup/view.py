"""The wizard: name and settings from the manifest, then the addresses and tags that are ready to paste."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol.api import ChannelManifest, CreatedInbox, NewInbox
from mim_desk.ui.channel_setup.steps import Side
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import CopyCard, Field, label

_SCRIPT = '<script async src="{origin}/chat/loader.js" data-inbox="{widget}"></script>'


class ChannelSetup(QWidget):
    """Connects one channel.

    Attributes:
        create_wanted: a NewInbox that was filled in.
        closed: the agent is done here.
    """

    create_wanted = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, manifest: ChannelManifest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.manifest = manifest
        self.setObjectName("channel_setup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("channel_setup", "Connect {channel}").format(channel=manifest.name))
        self.side = Side(theme, (self.tr("Access"), self.tr("Ready to use")), self)
        self.side.show_channel(manifest)
        self.pages = QStackedWidget(self)
        self.settings: dict[str, Field] = {}
        self.secrets: dict[str, Field] = {}
        self.name = Field(theme, self.tr("Name of this inbox"), value=manifest.name)
        self.refusal = label(theme, "", "body", "danger", wrap=True)
        self.refusal.hide()
        self.go = Button(theme, self.tr("Connect"), kind="primary")
        self.pages.addWidget(self._access_page())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.side)
        row.addWidget(self.pages, 1)
        self.side.be_at(0)

    def _access_page(self) -> QWidget:
        for given in self.manifest.settings:
            self.settings[given["name"]] = self._field(given, secret=False)
        for given in self.manifest.secrets:
            self.secrets[given["name"]] = self._field(given, secret=True)
        why = self.tr("What is secret is kept encrypted by the hub and never comes back.")
        parts: list[QWidget] = [self.name, *self.settings.values(), *self.secrets.values(), self.refusal]
        back = Button(self.theme, self.tr("Back"))
        back.clicked.connect(self.closed)
        self.go.clicked.connect(self._submit)
        title = tr("channel_setup", "Access to {channel}").format(channel=self.manifest.name)
        return self._page(title, why, parts, (back, self.go))

    def _field(self, given: dict[str, Any], *, secret: bool) -> Field:
        title = given.get("label", given["name"])
        if given.get("required"):
            return Field(self.theme, title, help_text=given.get("help", ""), secret=secret)
        title = tr("channel_setup", "{label} (optional)").format(label=title)
        return Field(self.theme, title, help_text=given.get("help", ""), secret=secret)

    def _page(self, title: str, why: str, parts: Sequence[QWidget], buttons: Sequence[Button]) -> QWidget:
        theme = self.theme
        inner = QWidget()
        inner.setObjectName("channel_setup")
        inner.setMaximumWidth(theme.size("form") + 2 * theme.space(10))
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.space(10), theme.space(6), theme.space(10), theme.space(6))
        column.setSpacing(theme.space(4))
        column.addWidget(label(theme, title, "title", wrap=True))
        column.addWidget(label(theme, why, "body", "secondary", wrap=True))
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        page = QWidget()
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addWidget(self._foot(buttons))
        return page

    def _foot(self, buttons: Sequence[Button]) -> QFrame:
        theme = self.theme
        foot = QFrame()
        foot.setObjectName("setup_foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(theme.space(10), theme.space(3), theme.space(10), theme.space(3))
        inner = QWidget()
        inner.setMaximumWidth(theme.size("form"))
        line = QHBoxLayout(inner)
        line.setContentsMargins(0, 0, 0, 0)
        for button in buttons[:-1]:
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(buttons[-1])
        row.addWidget(inner, 10)
        row.addStretch(1)
        return foot

    def _submit(self) -> None:
        if not self.name.text:
            self.name.refuse(self.tr("Give the inbox a name, so that agents can tell it from others."))
            return
        if not self._complete():
            return
        self.go.setEnabled(False)
        self.refusal.hide()
        settings = {name: _typed(field.text, given) for name, field, given in self._filled()}
        secrets = {name: field.text for name, field in self.secrets.items() if field.text}
        self.create_wanted.emit(NewInbox(self.name.text, self.manifest.channel, settings, secrets))

    def _filled(self) -> list[tuple[str, Field, dict[str, Any]]]:
        given = {each["name"]: each for each in self.manifest.settings}
        return [(name, field, given[name]) for name, field in self.settings.items() if field.text]

    def _complete(self) -> bool:
        complete = True
        for given in (*self.manifest.settings, *self.manifest.secrets):
            field = self.settings.get(given["name"]) or self.secrets[given["name"]]
            if given.get("required") and not field.text:
                field.refuse(tr("channel_setup", "{label} is needed.").format(label=given.get("label", given["name"])))
                complete = False
        return complete

    def refuse(self, refusal: Refusal) -> None:
        """The hub said no: blame the field it names."""
        self.go.setEnabled(True)
        name = refusal.field.rpartition(".")[2]
        field = {**self.settings, **self.secrets, "name": self.name}.get(name)
        if field is not None:
            field.refuse(refusal.reason)
            return
        self.refusal.setText(refusal.reason)
        self.refusal.show()

    def show_ready(self, created: CreatedInbox) -> None:
        """Show what to paste where."""
        self.side.be_at(1)
        cards = [CopyCard(self.theme, title, value) for title, value in ready_to_paste(created)]
        done = Button(self.theme, self.tr("Done"), kind="primary")
        done.clicked.connect(self.closed)
        buttons = [done]
        if created.row.page_url:
            buttons.insert(0, self._open_button(created.row.page_url))
        why = self.tr("Messages arrive in your inbox within a second.")
        title = tr("channel_setup", "{name} is connected").format(name=created.row.name)
        self.pages.addWidget(self._page(title, why, cards, buttons))
        self.pages.setCurrentIndex(self.pages.count() - 1)

    def _open_button(self, address: str) -> Button:
        button = Button(self.theme, self.tr("Open the chat page"), icon="globe")
        button.clicked.connect(opener(address))
        return button


def ready_to_paste(created: CreatedInbox) -> list[tuple[str, str]]:
    """Titles and values, the most useful first."""
    shown = []
    if created.widget and created.row.page_url:
        page = QUrl(created.row.page_url)
        script = _SCRIPT.format(origin=f"{page.scheme()}://{page.authority()}", widget=created.widget)
        shown.append((tr("channel_setup", "For your website, before </body>"), script))
    if created.row.page_url:
        shown.append((tr("channel_setup", "Chat page, to try it yourself"), created.row.page_url))
    if created.webhook_url:
        shown.append((tr("channel_setup", "Webhook address"), created.webhook_url))
    if created.verify_token:
        shown.append((tr("channel_setup", "Verify token"), created.verify_token))
    return shown


def opener(address: str) -> Callable[[], None]:
    """Opens a web page of our own hub in the browser."""

    def open_it() -> None:
        QDesktopServices.openUrl(QUrl(address))

    return open_it


def _typed(text: str, given: dict[str, Any]) -> Any:
    """The value as the manifest's type wants it."""
    kind = given.get("type", "text")
    if kind == "list":
        return [part for part in text.replace(",", " ").split() if part]
    return int(text) if kind in ("int", "integer", "number") and text.isdigit() else text
