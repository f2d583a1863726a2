"""Health in words, changing an inbox, and reading again what was not understood."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from PySide6.QtWidgets import QLabel, QLineEdit

from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest, Check, InboxPatch, KeptDelivery, Replayed, TriedOut
from mim_desk.ui.channel_setup.change import ChangeInbox
from mim_desk.ui.channel_setup.choose import ChannelChoice
from mim_desk.ui.channel_setup.deliveries import Deliveries
from mim_desk.ui.channel_setup.wording import counts, sentences, state_of
from mim_desk.ui.theme import Theme
from tests.desk import workspace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHEET = rows.CapabilitySheet(text_length=1000)
MANIFEST = ChannelManifest(
    "custom",
    "Custom channel",
    [{"name": "callback_url", "label": "Callback address", "required": True}],
    [{"name": "signing_secret", "label": "Signing secret", "required": True}],
    SHEET,
)
H = rows.Health


WELL = H()


def inbox(health: rows.Health = WELL, **settings: str) -> rows.Inbox:
    given = {"callback_url": "https://shop.example/in", **settings}
    return rows.Inbox(
        "i1", "Shop", "custom", workspace.BRAND, SHEET, given, health, "https://desk.example/webhooks/custom/i1"
    )


@pytest.mark.parametrize(
    ("health", "state"),
    [
        pytest.param(H(), "Working", id="well"),
        pytest.param(H("failing", "403."), "Not working", id="failing"),
        pytest.param(H("paused", "x", paused_by="a1"), "Paused", id="paused"),
        pytest.param(H(token_ends_at=NOW + timedelta(days=6)), "Needs care", id="token-ends-soon"),
        pytest.param(H(token_ends_at=NOW + timedelta(days=60)), "Working", id="token-ends-late"),
        pytest.param(H(sent=9, failed=1), "Needs care", id="one-in-ten-fails"),
        pytest.param(H(sent=0, failed=1), "Working", id="a-single-failure"),
        pytest.param(H(notices=(rows.Notice("Alert", "x", NOW, "warning"),)), "Needs care", id="provider-warns"),
        pytest.param(
            H(notices=(rows.Notice("Alert", "x", NOW - timedelta(days=8), "danger", NOW - timedelta(days=1)),)),
            "Working",
            id="the-warning-is-over",
        ),
        pytest.param(H(figures=(rows.Figure("Quality rating", "red", "danger"),)), "Needs care", id="provider-says-so"),
    ],
)
def test_the_state_is_one_word(health: rows.Health, state: str) -> None:
    assert state_of(health, NOW)[0] == state


def test_what_is_worth_saying_is_said_the_worst_first() -> None:
    health = H("ok", "Something.", NOW - timedelta(seconds=4), lag_p50_s=90.0, lag_p95_s=600.0, sent=12, held=3)

    assert sentences(health, NOW) == [
        "Something.",
        "Last message 4 s ago.",
        "Half of the messages come within 1:30, nearly all within 10:00.",
    ]
    assert counts(health) == ("12 sent in the last hour", "3 held")
    assert "6 days" in " ".join(sentences(H(token_ends_at=NOW + timedelta(days=6, hours=1)), NOW))


def test_a_card_shows_what_the_provider_told_of_the_account_the_newest_first(qtbot) -> None:
    page = ChannelChoice(Theme("light"))
    qtbot.addWidget(page)
    old = rows.Notice("Display name", "“Acme” approved", NOW - timedelta(hours=3))
    new = rows.Notice("Business account", "Meta disabled it", NOW - timedelta(minutes=5), "danger")

    page.health.show_inboxes([inbox(H(notices=(old, new)))], NOW)

    shown = [one.text() for one in page.health.cards[0].findChildren(QLabel)]
    told = [one for one in shown if "Meta disabled it" in one or "“Acme” approved" in one]
    assert told == ["Meta disabled it (5 min ago)", "“Acme” approved (3 h ago)"]


def test_a_card_for_each_inbox_says_its_state_and_leads_to_what_mends_it(qtbot) -> None:
    page = ChannelChoice(Theme("dark"))
    qtbot.addWidget(page)
    broken = inbox(H("failing", "The provider answers 403.", unparsed_deliveries=3))
    page.show_channels([MANIFEST])
    page.health.show_inboxes([broken], NOW)
    (card,) = page.health.cards

    assert "Shop: Not working. The provider answers 403." in card.accessibleName()
    assert not card.show_kept.isHidden()
    with qtbot.waitSignal(page.health.deliveries_wanted) as kept:
        card.show_kept.click()
    with qtbot.waitSignal(page.health.change_wanted) as change:
        card.change.click()
    assert kept.args == change.args == [broken]


def test_the_place_of_the_keyboard_stays_when_figures_change(qtbot) -> None:
    page = ChannelChoice(Theme("light"))
    qtbot.addWidget(page)
    page.health.show_inboxes([inbox()], NOW)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    page.health.cards[0].change.setFocus()
    qtbot.waitUntil(page.health.cards[0].change.hasFocus)

    page.health.show_inboxes([inbox(H(sent=5))], NOW)

    assert page.health.cards[0].change.hasFocus()


@pytest.fixture
def change(qtbot) -> ChangeInbox:
    made = ChangeInbox(Theme("light"), MANIFEST, inbox())
    qtbot.addWidget(made)
    made.show()
    return made


def test_secrets_are_never_shown_and_replaced_one_by_one(change, qtbot) -> None:
    field = change.fields.secrets["signing_secret"]
    assert field.text == ""
    assert "Kept. Type to replace it." in field.input.placeholderText()
    assert field.input.echoMode() == QLineEdit.EchoMode.Password
    field.input.setText("another-secret-of-the-shop")

    with qtbot.waitSignal(change.save_wanted) as told:
        change.save.click()

    assert told.args == [InboxPatch(secrets={"signing_secret": "another-secret-of-the-shop"})]
    assert b"settings" not in msgspec.json.encode(told.args[0])


def test_only_what_is_different_is_saved(change, qtbot) -> None:
    change.fields.name.input.setText("Shop two")
    change.brand.input.setText("Juniper")
    change.fields.settings["callback_url"].input.setText("https://shop.example/two")

    with qtbot.waitSignal(change.save_wanted) as told:
        change.save.click()

    assert told.args == [
        InboxPatch("Shop two", {"callback_url": "https://shop.example/two"}, brand={"name": "Juniper"})
    ]


def test_a_change_that_does_not_work_names_the_field_and_is_not_lost(change) -> None:
    change.show_tried(TriedOut([Check("The account", "danger", "No answer there.", "settings.callback_url")], 0.1))

    assert change.fields.settings["callback_url"].below.text() == "No answer there."
    assert change.save.isEnabled()


def test_disconnecting_says_what_happens_and_is_pressed_twice(change, qtbot) -> None:
    with qtbot.assertNotEmitted(change.remove_wanted):
        change.remove.click()
    assert change.remove.text() == "Disconnect for good"

    with qtbot.waitSignal(change.remove_wanted):
        change.remove.click()


@pytest.mark.parametrize(("health", "wanted"), [(H(), True), (H("paused", "x", paused_by="a"), False)])
def test_an_inbox_is_paused_and_goes_on(qtbot, health: rows.Health, wanted: bool) -> None:
    page = ChangeInbox(Theme("light"), MANIFEST, inbox(health))
    qtbot.addWidget(page)

    with qtbot.waitSignal(page.pause_wanted) as told:
        page.pause.click()

    assert told.args == [wanted]


def kept(n: int, preview: str = '{"type": "hologram"}') -> KeptDelivery:
    return KeptDelivery(n, NOW, "unparsed", "Not understood: hologram", preview, 120)


def test_kept_deliveries_are_shown_as_plain_text_and_read_again_one_by_one_or_all(qtbot) -> None:
    page = Deliveries(Theme("light"), inbox())
    qtbot.addWidget(page)
    page.show()
    page.show_kept([kept(7, "<b>bold?</b>"), kept(8)], "more")

    assert page.cards[7].body.toPlainText() == "<b>bold?</b>"
    assert page.cards[7].body.isReadOnly()
    with qtbot.waitSignal(page.replay_wanted) as one:
        page.cards[8].again.click()
    with qtbot.waitSignal(page.replay_wanted) as every:
        page.all.click()
    with qtbot.waitSignal(page.more_wanted) as more:
        page.more.click()
    assert (one.args, every.args, more.args) == ([8], [None], ["more"])


def test_what_reading_again_brought_is_told(qtbot) -> None:
    page = Deliveries(Theme("light"), inbox())
    qtbot.addWidget(page)
    page.show()
    page.tell(Replayed(3, 1, 2))
    page.show_kept([], None)

    assert page.result.text() == "New messages: 1. Still not read: 2."
    assert page.empty.isVisible()
    assert not page.all.isEnabled()
