"""Set-up without a pointer: Enter goes on, a refusal takes one to its field, everything is on the way of Tab."""

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QVBoxLayout, QWidget

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol.api import Check, CreatedInbox, TriedOut
from mim_desk.ui.channel_setup.fields import Choice
from mim_desk.ui.channel_setup.more import More
from mim_desk.ui.channel_setup.view import ACCESS, ADDRESS, ChannelSetup
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import CopyCard
from tests.ui.channel_setup.test_steps import ROW, whole, words

TAB, ENTER = Qt.Key.Key_Tab, Qt.Key.Key_Return
PUBLIC = "https://hub.shop.example/webhooks/viber/i1"


@pytest.fixture
def page(qtbot) -> Iterator[ChannelSetup]:
    window = QWidget()
    made = ChannelSetup(Theme("light"), whole("viber"))
    column = QVBoxLayout(window)
    column.addWidget(QPushButton("Elsewhere"))
    column.addWidget(made)
    qtbot.addWidget(window)
    window.resize(1000, 500)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    made.setFocus()
    yield made
    window.close()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key)


def tab_to(widget: QWidget) -> None:
    """By Tab alone."""
    for _ in range(60):
        if focused() is widget:
            return
        press(TAB)
    pytest.fail(f"Tab never comes to {widget.accessibleName()}")


def made_at(url: str) -> CreatedInbox:
    return CreatedInbox("i1", url, msgspec.structs.replace(ROW, webhook_url=url), comes_by="webhook")


def test_enter_presses_the_button_one_is_at_once_for_a_held_key(qtbot) -> None:
    button = Button(Theme("light"), "Next")
    qtbot.addWidget(button)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))

    QTest.keyClick(button, ENTER)
    QTest.keyClick(button, Qt.Key.Key_Enter)
    QTest.keyClick(button, Qt.Key.Key_Space)

    assert len(pressed) == 3


def test_the_wizard_is_walked_by_enter_alone(page, qtbot) -> None:
    assert focused().accessibleName() == "Next"
    press(ENTER)
    assert page.pages.currentIndex() == ACCESS
    assert focused() is page.name.input
    tab_to(page.secrets["auth_token"].input)
    QTest.keyClicks(focused(), "4453b6ac1s345678-e02c5f12174805f9")

    with qtbot.waitSignal(page.create_wanted) as told:
        press(ENTER)

    assert told.args[0].secrets == {"auth_token": "4453b6ac1s345678-e02c5f12174805f9"}
    page.show_ready(made_at(PUBLIC))
    press(ENTER)
    assert focused() is page.brand.input
    with qtbot.waitSignal(page.brand_wanted):
        press(ENTER)


def test_what_is_missing_is_where_one_goes_on(page) -> None:
    page.show_access()
    tab_to(page.go)

    press(ENTER)

    assert focused() is page.secrets["auth_token"].input


def test_of_several_failed_checks_one_goes_on_at_the_first_in_sight(page, qtbot) -> None:
    page.show_access()
    failed = [Check("Sender", "danger", "Too long.", "settings.sender_name")]
    failed += [Check("The account", "danger", "Copy the token.", "secrets.auth_token")]

    page.show_tried(TriedOut(failed, 0.2))

    first = page.settings["sender_name"]
    assert focused() is first.input
    scroll = page.pages.currentWidget().findChild(QScrollArea)
    qtbot.waitUntil(lambda: not first.visibleRegion().isEmpty())
    seen = scroll.viewport().rect()
    assert seen.contains(first.mapTo(scroll.viewport(), first.rect().center()))


def test_a_refused_choice_is_where_one_goes_on_and_arrows_change_it(qtbot) -> None:
    made = ChannelSetup(Theme("light"), whole("email"))
    qtbot.addWidget(made)
    made.resize(1000, 500)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_access()

    made.show_tried(TriedOut([Check("Security", "danger", "No encryption.", "settings.security")], 0.2))

    choice = made.settings["security"]
    assert isinstance(choice, Choice)
    assert focused() is choice.segments["tls"]
    press(Qt.Key.Key_Right)
    assert choice.text == "starttls"


def test_a_refusal_of_the_whole_leaves_one_at_the_button_that_tries_again(page) -> None:
    page.show_access()
    QTest.keyClicks(page.secrets["auth_token"].input, "x")
    tab_to(page.go)
    press(ENTER)

    page.refuse(Refusal("provider-down", "Viber does not answer."))

    assert focused() is page.go
    assert page.go.ringed


def test_the_address_to_copy_and_the_guide_are_on_the_way_of_tab(page) -> None:
    page.show_ready(made_at(PUBLIC))
    assert page.pages.currentIndex() == ADDRESS
    here = page.pages.currentWidget()

    tab_to(here.findChild(CopyCard).copy)
    press(ENTER)
    assert QApplication.clipboard().text() == PUBLIC
    tab_to(here.findChild(More).toggle)
    assert "What you need" not in words(here)
    press(ENTER)

    assert "What you need" in words(here)


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        pytest.param("http://127.0.0.1:8642/webhooks/viber/i1", True, id="this computer"),
        pytest.param("http://localhost:8642/webhooks/viber/i1", True, id="this computer by name"),
        pytest.param(PUBLIC, False, id="public"),
    ],
)
def test_an_address_that_no_provider_can_reach_says_so(page, url: str, warned: bool) -> None:
    page.show_ready(made_at(url))

    assert ("leads to this computer only" in words(page.pages.currentWidget())) is warned


def test_a_long_guide_scrolls_by_keys_while_the_button_has_the_focus(page) -> None:
    scroll = page.pages.currentWidget().findChild(QScrollArea)
    bar = scroll.verticalScrollBar()
    assert bar.value() == 0 < bar.maximum()

    press(Qt.Key.Key_PageDown)
    assert bar.value() > 0
    press(Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    press(Qt.Key.Key_Home)

    assert bar.value() == 0
    assert scroll.focusPolicy() == Qt.FocusPolicy.NoFocus
