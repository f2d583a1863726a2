"""The wizard's steps: the guide, each check, what to paste, the sender, the first message live through the log."""

from dataclasses import asdict
from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.desk.changes import Change
from mim_desk.domain.message import MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.channel_setup import sheet
from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest, Check, CreatedInbox, TriedOut
from mim_desk.ui.channel_setup.fields import AccountFields
from mim_desk.ui.channel_setup.first_message import FirstMessage
from mim_desk.ui.channel_setup.guide import guide_lines
from mim_desk.ui.channel_setup.view import ACCESS, ADDRESS, BRAND, NEED, ChannelSetup, ready_to_paste
from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme
from tests.desk import workspace
from tests.ui.samples import NOW
from tests.ui.stage import Stage

SHEET = rows.CapabilitySheet(text_length=1000)
MANIFEST = ChannelManifest(
    "telegram",
    "Telegram",
    [{"name": "mode", "label": "Mode", "type": "choice", "choices": ["polling", "webhook"]}],
    [{"name": "bot_token", "label": "Bot token", "required": True}],
    SHEET,
    "# Telegram\n\nMake a bot.\n\n1. Open **BotFather**\n   and type `/newbot`.\n",
)
ROW = rows.Inbox(
    "i1", "Bot", "telegram", workspace.BRAND, SHEET, webhook_url="https://desk.example/webhooks/telegram/i1"
)
FAILED = TriedOut(
    [Check("What is needed is filled in"), Check("The account", "danger", "Copy the token.", "secrets.bot_token")], 0.4
)


def whole(channel: str) -> ChannelManifest:
    """A channel's manifest as the hub tells it."""
    told = manifest(channel)
    return ChannelManifest(
        told.channel, told.name, [asdict(one) for one in told.settings], [asdict(one) for one in told.secrets],
        sheet(told.capabilities), told.guide,
    )  # fmt: skip


def created(**more: str) -> CreatedInbox:
    return CreatedInbox("i1", ROW.webhook_url, ROW, **more)


@pytest.fixture
def page(qtbot) -> ChannelSetup:
    made = ChannelSetup(Theme("light"), MANIFEST)
    qtbot.addWidget(made)
    made.show()
    return made


def words(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(PlainLabel) if label.isVisibleTo(widget))


def test_it_begins_with_what_to_do_at_the_provider_from_the_channels_guide(page) -> None:
    assert page.pages.currentIndex() == NEED
    assert "1. Open BotFather and type /newbot." in words(page.pages.currentWidget())


@pytest.mark.parametrize("channel", list(ADAPTERS))
def test_every_guide_reads_as_plain_lines(channel: str) -> None:
    told = guide_lines(manifest(channel).guide)

    assert len(told) > 3
    assert not [line for _, line in told if "**" in line or "](" in line or line.startswith(("#", "|"))]


def test_what_is_copied_letter_by_letter_keeps_its_signs_and_its_lines() -> None:
    told = guide_lines(
        "# Channel\n\n1. Add `https://*.example.com`, *not* more:\n\n       users:\n         - all\n\n   Then **save**.\n"
    )

    assert told == [
        ("body", "1. Add https://*.example.com, not more:"),
        ("mono", "users:\n  - all"),
        ("body", "Then save."),
    ]


def test_each_check_is_told_and_the_failing_field_named(page) -> None:
    page.show_access()
    page.show_tried(FAILED)

    assert [line.accessibleName() for line in page.tried.lines] == [
        "What is needed is filled in: good. ",
        "The account: wrong. Copy the token.",
    ]
    assert page.secrets["bot_token"].below.text() == "Copy the token."
    assert page.go.text() == "Try again"
    assert page.go.isEnabled()


def test_an_object_is_written_as_json_in_several_lines(qtbot) -> None:
    asked = {"name": "templates", "label": "Templates", "type": "object"}
    told = {"ready": {"text": "{{name}}님\n준비"}}
    inbox = msgspec.structs.replace(ROW, settings={"templates": told})
    fields = AccountFields(Theme("light"), msgspec.structs.replace(MANIFEST, settings=[asked], secrets=[]), inbox)
    field = fields.settings["templates"]

    assert "준비" in field.text
    assert fields.filled_settings() == {"templates": told}
    field.input.setPlainText("not an object")
    assert fields.filled_settings() == {"templates": "not an object"}
    assert fields.blame(Refusal("invalid-settings", "Write an object.", "settings.templates"))
    assert field.below.text() == "Write an object."


def test_a_choice_is_made_by_marks_and_the_first_one_stands(page, qtbot) -> None:
    page.show_access()
    assert page.settings["mode"].text == "polling"
    page.settings["mode"].segments["webhook"].click()
    page.secrets["bot_token"].input.setText("4711:x")

    with qtbot.waitSignal(page.create_wanted) as told:
        page.go.click()

    assert told.args[0].settings == {"mode": "webhook"}


@pytest.mark.parametrize(
    ("way", "pasted"),
    [("webhook", [ROW.webhook_url, "tok"]), ("told", ["tok"]), ("asked", ["tok"])],
)
def test_the_webhook_address_is_shown_where_it_is_to_be_entered(way: str, pasted: list[str]) -> None:
    assert [value for _, value in ready_to_paste(created(comes_by=way, verify_token="tok"))] == pasted


def test_the_steps_follow_each_other_by_keyboard_alone(page, qtbot) -> None:
    qtbot.keyClick(page.ahead[NEED], Qt.Key.Key_Space)
    assert page.pages.currentIndex() == ACCESS
    page.show_ready(created())
    assert page.pages.currentIndex() == ADDRESS
    qtbot.keyClick(page.ahead[ADDRESS], Qt.Key.Key_Space)
    assert page.pages.currentIndex() == BRAND

    with qtbot.waitSignal(page.brand_wanted) as named, qtbot.waitSignal(page.first_wanted):
        qtbot.keyClick(page.ahead[BRAND], Qt.Key.Key_Space)

    assert named.args == [workspace.BRAND.name]


def test_without_a_name_there_is_no_sender(page, qtbot) -> None:
    page.show_ready(created())
    page.brand.input.setText(" ")

    with qtbot.assertNotEmitted(page.first_wanted):
        page.ahead[BRAND].click()

    assert page.brand.below.text() == "Give the sender a name."


def an_incoming(stage: Stage) -> rows.Message:
    """A message of a contact that the cache holds."""
    for number in range(1, 24):
        last = stage.row(number).conversation.last_message
        message = stage.run(stage.session.cache.message(last.id)) if last else None
        if message is not None and message.kind is MessageKind.INCOMING and message.text:
            return message
    raise AssertionError("the workspace has none")


def waiting_for(stage: Stage, inbox: rows.Inbox) -> FirstMessage:
    return stage.keep(FirstMessage(stage.theme, stage.session, inbox, stage.session.owner), 500, 120)


def test_waiting_turns_to_what_came_live_through_the_log(stage: Stage) -> None:
    message = an_incoming(stage)
    inbox = next(one for one in stage.run(stage.session.cache.inboxes()) if one.id == message.inbox_id)
    waiting, other = waiting_for(stage, inbox), waiting_for(stage, ROW)
    assert waiting.state.text() == "Waiting for the first message"

    stage.publish(Change(messages={message.contact_id: frozenset({message.id})}))
    stage.until(lambda: waiting.came)

    assert "It works" in waiting.accessibleName()
    assert waiting.told.text().split()[0] == message.text.split()[0]
    assert not other.came, "another inbox's message is none of it"


def test_it_says_how_long_the_message_was_on_its_way_in_plain_text(stage: Stage) -> None:
    message = an_incoming(stage)
    waiting = waiting_for(stage, ROW)
    at = message.received_at

    waiting.tell(msgspec.structs.replace(message, occurred_at=at - timedelta(seconds=1.2), text="<b>Hello</b>"), "Mia")

    assert "Mia" in waiting.state.text()
    assert "1.2 s later" in waiting.state.text()
    assert waiting.told.text() == "<b>Hello</b>"


def test_what_is_optional_is_folded_away_until_somebody_wants_it(qtbot) -> None:
    made = ChannelSetup(Theme("light"), whole("whatsapp"))
    qtbot.addWidget(made)
    made.show()
    made.show_access()
    more = made.fields.more

    assert more is not None
    assert made.secrets["access_token"].isVisible()
    assert made.settings["waba_id"].isVisible(), "without it there are no templates"
    assert not made.settings["graph_version"].isVisible()

    qtbot.keyClick(more.toggle, Qt.Key.Key_Space)

    assert made.settings["graph_version"].isVisible()


def test_a_field_that_is_blamed_is_brought_out_of_the_fold(qtbot) -> None:
    made = ChannelSetup(Theme("light"), whole("whatsapp"))
    qtbot.addWidget(made)
    made.show()
    made.show_access()

    made.refuse(Refusal("invalid-settings", "There is no such version.", "settings.graph_version"))

    assert made.settings["graph_version"].isVisible()
    assert made.settings["graph_version"].below.text() == "There is no such version."


def test_what_is_set_already_is_not_folded_away(qtbot) -> None:
    plain = AccountFields(Theme("light"), whole("whatsapp"), msgspec.structs.replace(ROW, settings={}))
    changed = AccountFields(
        Theme("light"), whole("whatsapp"), msgspec.structs.replace(ROW, settings={"graph_version": "v24.0"})
    )
    for fields in (plain, changed):
        for part in fields.parts():
            qtbot.addWidget(part)

    assert not plain.more.toggle.isChecked()
    assert changed.more.toggle.isChecked()


@pytest.mark.parametrize("channel", ADAPTERS)
@pytest.mark.parametrize("size", [(1224, 900), (904, 640), (664, 520)])
def test_what_was_tried_is_in_sight_at_every_size(qtbot, channel: str, size: tuple[int, int]) -> None:
    theme = Theme("light")
    made = ChannelSetup(theme, whole(channel))
    qtbot.addWidget(made)
    made.resize(*size)
    made.show()
    made.show_access()
    last = list(made.secrets or made.settings)[-1]
    checks = [
        Check("What is needed is filled in"),
        Check("The account", "danger", "It is not taken.", f"secrets.{last}"),
    ]

    made.show_tried(TriedOut(checks, 0.4))
    qtbot.waitUntil(lambda: made.tried.visibleRegion().boundingRect().height() == made.tried.height())


def test_what_the_provider_takes_gets_a_tick_that_goes_with_the_next_letter(page, qtbot) -> None:
    page.secrets["bot_token"].input.setText("4711:x")
    before = len(page.secrets["bot_token"].input.actions())

    page.show_tried(TriedOut([Check("What is needed is filled in")], 0.1))

    assert len(page.secrets["bot_token"].input.actions()) == before + 1
    assert page.secrets["bot_token"].input.accessibleDescription() == "Right"

    qtbot.keyClicks(page.secrets["bot_token"].input, "y")

    assert len(page.secrets["bot_token"].input.actions()) == before


def test_a_secret_is_dots_until_somebody_looks(page) -> None:
    line = page.secrets["bot_token"].input
    (look,) = line.actions()

    look.trigger()
    shown = line.echoMode()
    look.trigger()

    assert (shown, line.echoMode()) == (QLineEdit.EchoMode.Normal, QLineEdit.EchoMode.Password)


def test_a_wide_window_shows_health_beside_the_form_without_ways_that_lead_off_it(qtbot) -> None:
    theme = Theme("light")
    made = ChannelSetup(theme, MANIFEST)
    qtbot.addWidget(made)
    made.health.show_inboxes([ROW], NOW)
    made.resize(1224, 800)
    made.show()

    assert made.health.isVisible()
    assert not made.health.cards[0].change.isVisible()

    made.resize(1000, 800)

    assert not made.health.isVisible()
