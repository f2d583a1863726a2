"""Connecting a channel: the form is the manifest's, refusals stand at their field."""

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest, CreatedInbox, NewInbox
from mim_desk.ui.channel_setup.steps import carried
from mim_desk.ui.channel_setup.view import ADDRESS, ChannelSetup, ready_to_paste
from mim_desk.ui.theme import Theme
from tests.desk import workspace

SHEET = rows.CapabilitySheet(text_length=1000, media=[rows.MediaLimit(["image/*"], 1)], receipts=True)
MANIFEST = ChannelManifest(
    "custom",
    "Custom channel",
    [
        {"name": "callback_url", "label": "Callback address", "required": True},
        {"name": "allowed_origins", "label": "Sites", "type": "list"},
    ],
    [{"name": "signing_secret", "label": "Signing secret", "required": True}],
    SHEET,
)
INBOX = rows.Inbox("i1", "Shop", "web_chat", workspace.BRAND, SHEET, page_url="http://127.0.0.1:8642/chat/wpub_x")


@pytest.fixture
def page(qtbot) -> ChannelSetup:
    made = ChannelSetup(Theme("light"), MANIFEST)
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_is_needed_is_asked_for_at_its_field(page, qtbot) -> None:
    with qtbot.assertNotEmitted(page.create_wanted):
        page.go.click()

    assert page.settings["callback_url"].below.text() == "Callback address is needed."
    assert not page.settings["allowed_origins"].below.text()


def test_the_filled_form_becomes_a_new_inbox_with_secrets_apart(page, qtbot) -> None:
    page.settings["callback_url"].input.setText("https://shop.example/hook")
    page.settings["allowed_origins"].input.setText("https://a.example, https://b.example")
    page.secrets["signing_secret"].input.setText("0123456789abcdef")

    with qtbot.waitSignal(page.create_wanted) as told:
        page.go.click()

    settings = {
        "callback_url": "https://shop.example/hook",
        "allowed_origins": ["https://a.example", "https://b.example"],
    }
    secrets = {"signing_secret": "0123456789abcdef"}
    assert told.args == [NewInbox("Custom channel", "custom", settings, secrets)]
    assert page.secrets["signing_secret"].input.echoMode() == QLineEdit.EchoMode.Password


@pytest.mark.parametrize("name", ["signing_secret", "secrets.signing_secret"])
def test_a_refusal_blames_the_field(page, name: str) -> None:
    page.refuse(Refusal("invalid", "The secret needs 16 characters.", name))

    assert page.secrets["signing_secret"].below.text() == "The secret needs 16 characters."
    assert page.go.isEnabled()


def test_a_refusal_of_the_whole_stands_below_the_form(page) -> None:
    page.refuse(Refusal("offline", "The hub cannot be reached. Try again when it runs."))

    assert page.refusal.isVisible()


def test_the_script_for_the_site_and_the_chat_page_are_ready_to_paste(page, qtbot) -> None:
    created = CreatedInbox("i1", "", INBOX, None, "wpub_x", "page")

    page.show_ready(created)

    script = '<script async src="http://127.0.0.1:8642/chat/loader.js" data-inbox="wpub_x"></script>'
    assert [value for _, value in ready_to_paste(created)] == [script, INBOX.page_url]
    assert page.pages.currentIndex() == ADDRESS


def test_a_copy_button_copies(qtbot) -> None:
    from mim_desk.ui.widgets.form import CopyCard

    card = CopyCard(Theme("light"), "Chat page", "http://127.0.0.1/chat/x")
    qtbot.addWidget(card)

    card.copy.click()

    assert QGuiApplication.clipboard().text() == "http://127.0.0.1/chat/x"
    assert card.copy.text() == "Copied"


def test_what_a_channel_carries_is_said_in_words() -> None:
    told = dict(carried(SHEET))

    assert told["Images"]
    assert not told["Files"]
    assert told["Read receipts"]
    assert not told["Buttons"]
