"""Controls of set-up for opening hours and for the web chat's form: what they ask becomes what the hub takes."""

from dataclasses import asdict

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.channels.manifest import Field
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.channels.web_chat.form import questions_of
from mim_desk.domain.business_hours import calendar_of
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest
from mim_desk.ui.channel_setup.fields import AccountFields, Choice, choice_names
from mim_desk.ui.channel_setup.hours import Hours
from mim_desk.ui.channel_setup.questions import Questions
from mim_desk.ui.theme import Theme
from tests.desk import workspace

HOURS = {
    "time_zone": "Europe/Madrid",
    "weekly": {"mon": [["09:00", "13:00"], ["15:00", "19:00"]], "sat": [["10:00", "14:00"]]},
    "holidays": ["2026-12-25"],
    "special": {"2026-12-24": [["09:00", "12:00"]]},
}
FORM = {
    "fields": [
        {"kind": "name", "required": True},
        {"kind": "topic", "required": False, "choices": ["Orders", "Returns"], "asked": "closed"},
        {"kind": "text", "name": "order", "label": "Order number"},
        {"kind": "consent", "label": "I agree.", "version": "3", "url": "https://shop.example/p", "required": True},
    ]
}


def as_told(one: Field) -> dict[str, object]:
    """A setting as the hub tells the desk of it."""
    return {**asdict(one), "choices": list(one.choices)}


SHEET = rows.CapabilitySheet(text_length=1000)


@pytest.fixture
def hours(qtbot):
    made = Hours(Theme("light"), "Opening hours", value=HOURS)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_hours_that_are_set_come_back_as_they_are(hours) -> None:
    assert hours.value == HOURS
    assert hours.days["mon"].text() == "09:00-13:00, 15:00-19:00"


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ("9-17", [["09:00", "17:00"]]),
        ("09:30 \u2013 13, 15-19:15", [["09:30", "13:00"], ["15:00", "19:15"]]),
        ("0-24", [["00:00", "24:00"]]),
    ],
)
def test_times_are_read_as_people_write_them(hours, typed: str, spans: list[list[str]]) -> None:
    hours.days["tue"].setText(typed)

    assert hours.value["weekly"]["tue"] == spans
    assert calendar_of(hours.value).zone == "Europe/Madrid"


def test_what_is_no_time_is_refused_by_the_hubs_own_check(hours) -> None:
    hours.days["tue"].setText("morning")

    with pytest.raises(Refusal) as refused:
        calendar_of(hours.value)
    hours.refuse(refused.value.reason)
    assert "weekly.tue" in hours.below.text()


def test_always_open_has_no_hours_and_hides_the_times(hours) -> None:
    hours.always.click()

    assert (hours.text, hours.value) == ("", "")
    assert not hours.times.isVisible()


def test_new_hours_begin_with_a_working_week(qtbot) -> None:
    made = Hours(Theme("light"), "Opening hours")
    qtbot.addWidget(made)
    assert made.value == ""

    made.some.click()

    assert sorted(made.value["weekly"]) == ["fri", "mon", "thu", "tue", "wed"]
    calendar_of(made.value)


@pytest.fixture
def questions(qtbot):
    made = Questions(Theme("light"), "Form", value=FORM)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_form_that_is_set_comes_back_with_what_has_no_control(questions) -> None:
    assert questions.value == FORM
    assert questions.topics.text == "Orders, Returns"


def test_what_is_asked_is_chosen_by_a_press(questions) -> None:
    questions.asks["email"].segments["required"].click()
    questions.asks["topic"].segments[""].click()
    questions.asks["consent"].segments["optional"].click()

    told = {one.name: one.required for one in questions_of(questions.value)}
    assert told == {"name": True, "email": True, "order": False, "consent": False}
    assert not questions.topics.isVisible()


def test_a_form_that_asks_nothing_is_none(qtbot) -> None:
    made = Questions(Theme("light"), "Form")
    qtbot.addWidget(made)

    assert (made.text, made.value) == ("", "")


def test_set_up_uses_these_controls_for_the_web_chat(qtbot) -> None:
    told = manifest("web_chat")
    asked = [
        {"name": one.name, "label": one.label, "type": one.type, "choices": list(one.choices)} for one in told.settings
    ]
    inbox = rows.Inbox(
        "i1", "Shop", "web_chat", workspace.BRAND, SHEET, {"hours": HOURS, "form": FORM, "limits": {"streams": 5}}
    )
    fields = AccountFields(Theme("light"), ChannelManifest("web_chat", "Web chat", asked, [], SHEET), inbox)
    for part in fields.parts():
        qtbot.addWidget(part)

    filled = fields.filled_settings()
    assert (filled["hours"], filled["form"], filled["limits"]) == (HOURS, FORM, {"streams": 5})
    assert fields.blame(Refusal("invalid", "The calendar never opens.", "settings.hours"))
    assert fields.settings["hours"].below.text() == "The calendar never opens."


def test_a_form_shows_only_what_the_chosen_dealer_needs(qtbot) -> None:
    dealer = {"name": "dealer", "label": "Dealer", "type": "choice", "choices": ["infobip", "happytalk"]}
    client = {"name": "client_id", "label": "Client ID", "required": True, "only_for": {"dealer": ["happytalk"]}}
    fields = AccountFields(Theme("light"), ChannelManifest("kakaotalk", "KakaoTalk", [dealer, client], [], SHEET))
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    for part in fields.parts():
        column.addWidget(part)
    fields.name.input.setText("Shop")
    shown = [(fields.settings["client_id"].isHidden(), fields.complete())]

    fields.settings["dealer"].segments["infobip"].setChecked(False)
    fields.settings["dealer"].segments["happytalk"].click()
    shown.append((fields.settings["client_id"].isHidden(), fields.complete()))

    assert shown == [(True, True), (False, False)]


@pytest.mark.parametrize("channel", sorted(ADAPTERS))
def test_what_can_be_chosen_is_written_for_people_and_is_never_optional(channel: str, qtbot) -> None:
    asked = [as_told(one) for one in manifest(channel).settings if one.choices]

    for each in asked:
        names = choice_names(each)
        made = AccountFields(Theme("light"), ChannelManifest(channel, channel, [each], [], SHEET))
        part = made.settings[each["name"]]
        qtbot.addWidget(part)

        assert all(name[0].isupper() and "_" not in name for name in names.values())
        if isinstance(part, Choice):
            assert [one.text() for one in part.segments.values()] == list(names.values())
        assert "optional" not in part.accessibleName()


def test_a_national_alphabet_is_nobodys_until_it_is_chosen(qtbot) -> None:
    each = next(as_told(one) for one in manifest("sms_smpp").settings if one.name == "national_alphabet")
    fields = AccountFields(Theme("light"), ChannelManifest("sms_smpp", "SMS", [each], [], SHEET))
    part = fields.settings["national_alphabet"]
    assert isinstance(part, Choice)
    qtbot.addWidget(part)

    before = fields.filled_settings()
    part.segments["turkish"].click()

    assert (before, part.segments[""].text()) == ({}, "None")
    assert fields.filled_settings() == {"national_alphabet": "turkish"}
