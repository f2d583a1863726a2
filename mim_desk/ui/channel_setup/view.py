"""The wizard: what is needed, access, the addresses to paste, the sender customers see, the first message."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol.api import ChannelManifest, CreatedInbox, NewInbox, TriedOut
from mim_desk.ui.channel_setup.fields import AccountFields
from mim_desk.ui.channel_setup.guide import guide_page
from mim_desk.ui.channel_setup.health import HealthPane
from mim_desk.ui.channel_setup.more import More
from mim_desk.ui.channel_setup.page import bring_into_sight, page_of
from mim_desk.ui.channel_setup.steps import Side
from mim_desk.ui.channel_setup.tried import TriedCard, show_checks
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button, handed_on
from mim_desk.ui.widgets.form import CopyCard, Field, label

NEED, ACCESS, ADDRESS, BRAND, FIRST = range(5)
_HERE: Final = ("127.0.0.1", "::1", "localhost")
_SCRIPT = '<script async src="{origin}/chat/loader.js" data-inbox="{widget}"></script>'


class ChannelSetup(QWidget):
    """Connects one channel.

    Attributes:
        create_wanted: a NewInbox that was filled in; it is tried before it is saved.
        brand_wanted: the name that customers see.
        first_wanted: the last step is reached.
        closed: the agent is done here.
        health: how the other inboxes do, where the window is wide enough.
    """

    create_wanted = Signal(object)
    brand_wanted = Signal(str)
    first_wanted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, manifest: ChannelManifest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme, self.manifest = theme, manifest
        self._reason = Qt.FocusReason.OtherFocusReason
        self.setObjectName("channel_setup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("channel_setup", "Connect {channel}").format(channel=manifest.name))
        steps = [
            self.tr("What you need"),
            self.tr("Access"),
            self.tr("Webhook"),
            self.tr("Brand"),
            self.tr("First message"),
        ]
        self.side = Side(theme, steps, self)
        self.side.show_channel(manifest)
        self.pages = QStackedWidget(self)
        self.fields = AccountFields(theme, manifest)
        self.name, self.settings, self.secrets = self.fields.name, self.fields.settings, self.fields.secrets
        self.refusal = label(theme, "", "body", "danger", wrap=True)
        self.refusal.hide()
        self.tried = TriedCard(theme)
        self.go = Button(theme, self.tr("Connect"), kind="primary")
        self.brand = Field(theme, self.tr("Sender that customers see"))
        self.ahead = {step: Button(theme, self.tr("Next"), kind="primary") for step in (NEED, ADDRESS, BRAND)}
        self.ahead[FIRST] = Button(theme, self.tr("Done"), kind="primary")
        self.pages.addWidget(self._need_page())
        self.pages.addWidget(self._access_page())
        self._lay_out()
        self._at(NEED if manifest.guide else ACCESS)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.side)
        row.addWidget(self.pages, 1)
        self.health = HealthPane(self.theme, self, to_look_at=True)
        row.addWidget(self.health)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The form comes first; health stands beside it where there is room."""
        super().resizeEvent(event)
        theme = self.theme
        form = theme.size("form") + 2 * theme.space(10)
        beside = theme.size("setup-steps") + theme.size("setup-health")
        self.health.setVisible(self.width() >= form + beside)

    def _at(self, step: int) -> None:
        reason = handed_on()
        self.side.be_at(step)
        self.pages.setCurrentIndex(step)
        self._first = {ACCESS: self.name.input, BRAND: self.brand.input}.get(step) or self.ahead[step]
        self._first.setFocus(reason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """One begins where the step begins. A focus proxy would take its neighbours out of the order of Tab."""
        self._first.setFocus(event.reason())

    def _need_page(self) -> QWidget:
        title = tr("channel_setup", "Connect {channel}").format(channel=self.manifest.name)
        back = Button(self.theme, self.tr("Back"))
        back.clicked.connect(self.closed)
        self.ahead[NEED].clicked.connect(self.show_access)
        return page_of(self.theme, title, "", [guide_page(self.theme, self.manifest.guide)], (back, self.ahead[NEED]))

    def show_access(self) -> None:
        """The form."""
        self._at(ACCESS)

    def _access_page(self) -> QWidget:
        why = self.tr(
            "It is tried out before anything is saved. What is secret is kept encrypted and never shown again."
        )
        back = Button(self.theme, self.tr("Back"))
        back.clicked.connect(lambda: self._at(NEED) if self.manifest.guide else self.closed.emit())
        self.go.clicked.connect(self._submit)
        self.fields.on_enter(self.go.click)
        title = tr("channel_setup", "Access to {channel}").format(channel=self.manifest.name)
        return page_of(self.theme, title, why, [*self.fields.parts(), self.refusal, self.tried], (back, self.go))

    def _submit(self) -> None:
        if not self.fields.complete():
            return
        self._reason = handed_on()
        self.go.setEnabled(False)
        self.go.reword(self.tr("Trying"))
        self.refusal.hide()
        settings = {name: value for name, value in self.fields.filled_settings().items() if value not in ("", [])}
        self.create_wanted.emit(NewInbox(self.name.text, self.manifest.channel, settings, self.fields.filled_secrets()))

    def show_tried(self, tried: TriedOut) -> None:
        """Tell each check; where one failed the field says why and it can be tried again."""
        if tried.is_good:
            self.fields.praise()
        else:
            self._again()
        show_checks(self.fields, self.tried, tried)

    def _again(self) -> None:
        self.go.setEnabled(True)
        self.go.reword(self.tr("Try again"))
        self.go.setFocus(self._reason)

    def refuse(self, refusal: Refusal) -> None:
        """The hub said no: blame the field it names."""
        self._again()
        if not self.fields.blame(refusal):
            self.refusal.setText(refusal.reason)
            self.refusal.show()
            bring_into_sight(self.refusal)

    def show_ready(self, created: CreatedInbox) -> None:
        """It is saved: show what to paste where, then who the sender is."""
        self.brand.input.setText(created.row.brand.name)
        self.pages.addWidget(self._address_page(created))
        self.pages.addWidget(self._brand_page())
        self._at(ADDRESS)

    def _address_page(self, created: CreatedInbox) -> QWidget:
        parts: list[QWidget] = [CopyCard(self.theme, title, value) for title, value in ready_to_paste(created)]
        if created.row.health.reason:
            parts.insert(0, label(self.theme, created.row.health.reason, "body", "danger", wrap=True))
        if created.webhook_url and created.comes_by == "webhook":
            parts += self._to_the_webhook(created.webhook_url)
        buttons = [self.ahead[ADDRESS]]
        self.ahead[ADDRESS].clicked.connect(lambda: self._at(BRAND))
        if created.row.page_url:
            page = Button(self.theme, self.tr("Open the chat page"), icon="globe")
            page.clicked.connect(opener(created.row.page_url))
            buttons.insert(0, page)
        title = tr("channel_setup", "{name} is connected").format(name=created.row.name)
        return page_of(self.theme, title, self._how(created.comes_by), parts, buttons)

    def _to_the_webhook(self, url: str) -> list[QWidget]:
        """What helps to enter the address: whether it can be reached at all, and the guide."""
        told = self.tr(
            "This address leads to this computer only. Providers need a hub with a public address; the help says how."
        )
        is_here = QUrl(url).host() in _HERE
        found: list[QWidget] = [label(self.theme, told, "body", "warning", wrap=True)] if is_here else []
        if self.manifest.guide:
            found.append(More(self.theme, [guide_page(self.theme, self.manifest.guide)], self.tr("Show the guide")))
        return found

    def _how(self, comes_by: str) -> str:
        told = {
            "webhook": self.tr("Enter this address at the provider, so that messages come here. The guide says where."),
            "told": self.tr("The provider was told where its deliveries go. There is nothing to paste."),
            "asked": self.tr("The hub asks the provider by itself. There is nothing to paste."),
            "page": self.tr("Messages arrive in your inbox within a second."),
        }
        return told.get(comes_by, told["webhook"])

    def _brand_page(self) -> QWidget:
        why = self.tr("Customers see one sender, whoever answers: no agent's name ever leaves.")
        back = Button(self.theme, self.tr("Back"))
        back.clicked.connect(lambda: self._at(ADDRESS))
        self.ahead[BRAND].clicked.connect(self._brand_set)
        self.brand.input.returnPressed.connect(self._brand_set)
        return page_of(self.theme, self.tr("Who customers talk to"), why, [self.brand], (back, self.ahead[BRAND]))

    def _brand_set(self) -> None:
        if not self.brand.text:
            self.brand.refuse(self.tr("Give the sender a name."))
            return
        self.brand_wanted.emit(self.brand.text)
        self.first_wanted.emit()

    def show_first(self, waiting: QWidget) -> None:
        """Wait for the first message."""
        if self.pages.count() == FIRST:
            self.ahead[FIRST].clicked.connect(self.closed)
            back = Button(self.theme, self.tr("Back"))
            back.clicked.connect(lambda: self._at(ADDRESS))
            title = self.tr("The first message")
            self.pages.addWidget(page_of(self.theme, title, "", [waiting], (back, self.ahead[FIRST])))
        self._at(FIRST)


def ready_to_paste(created: CreatedInbox) -> list[tuple[str, str]]:
    """Titles and values, the most useful first."""
    shown = []
    if created.widget and created.row.page_url:
        page = QUrl(created.row.page_url)
        script = _SCRIPT.format(origin=f"{page.scheme()}://{page.authority()}", widget=created.widget)
        shown.append((tr("channel_setup", "For your website, before </body>"), script))
    if created.row.page_url:
        shown.append((tr("channel_setup", "Chat page, to try it yourself"), created.row.page_url))
    if created.webhook_url and created.comes_by == "webhook":
        shown.append((tr("channel_setup", "Webhook address, ready to paste"), created.webhook_url))
    if created.verify_token:
        shown.append((tr("channel_setup", "Verify token, shown this once"), created.verify_token))
    return shown


def opener(address: str) -> Callable[[], None]:
    """Opens a web page of our own hub in the browser."""

    def open_it() -> None:
        QDesktopServices.openUrl(QUrl(address))

    return open_it
