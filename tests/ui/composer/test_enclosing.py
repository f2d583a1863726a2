"""Places, contact cards and stickers out of the composer: by keyboard, offline, with the limits said before."""

import asyncio

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.channels.registry import manifest
from mim_desk.domain.enclosed import ContactCard, Place, Sticker
from mim_desk.domain.message import MessageType
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.channel_setup import sheet
from mim_desk.ui.composer.enclose import CARD, LOCATION, STICKER, degrees_in, refusal_of, shown_as
from mim_desk.ui.composer.panel import ComposerPanel
from mim_desk.ui.timeline import wording
from tests.ui.composer.writing import WEB_CHAT, WHATSAPP, type_in, write_in
from tests.ui.stage import Stage

SHEETS = {name: sheet(manifest(name).capabilities) for name in ("whatsapp", "line", "viber", "sms_twilio", "telegram")}


def opened(stage: Stage, channel: str) -> ComposerPanel:
    """A composer whose inbox carries what this channel carries."""
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=500)
    write_in(stage, made, WHATSAPP)
    made.going.inbox = msgspec.structs.replace(made.inbox, capabilities=SHEETS[channel])
    made.tell()
    made.editor.setFocus()
    return made


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    return opened(stage, "whatsapp")


def write(composer: ComposerPanel, kind: str, *values: str) -> None:
    composer.enclosing.open(kind)
    for one, value in zip(composer.frame.enclose.inputs, values, strict=False):
        QTest.keyClicks(one, value)


def sent(stage: Stage):
    stage.until(lambda: stage.session.outbox.pending.items)
    return next(one for one in stage.session.outbox.pending.items.values() if one.is_message)


def test_a_place_is_sent_by_keyboard_and_the_text_stays(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "One moment")
    write(composer, LOCATION, "42.6977, 23.3219", "Shop", "1 Main Street")
    QTest.keyClick(composer.frame.enclose.inputs[2], Qt.Key.Key_Return)
    item = sent(stage)

    assert item.body.location.plain == Place(42.6977, 23.3219, "Shop", "1 Main Street")
    assert (item.body.text, item.as_message().type) == ("", MessageType.LOCATION)
    assert item.as_message().location == item.body.location
    assert composer.editor.text() == "One moment"
    assert composer.editor.hasFocus()


def test_a_card_is_sent_and_reads_in_the_timeline_as_theirs_do(stage: Stage, composer: ComposerPanel) -> None:
    write(composer, CARD, "Ana Silva", "+359 2 123, +359 2 456", "ana@shop.example")
    composer.frame.enclose.submit()
    item = sent(stage)

    assert item.body.contact_card == ContactCard("Ana Silva", ("+359 2 123", "+359 2 456"), ("ana@shop.example",))
    assert wording.body(item.as_message()) == "Ana Silva\n+359 2 123\n+359 2 456\nana@shop.example"


def test_a_sticker_is_sent_by_pack_and_number(stage: Stage, qtbot) -> None:
    composer = opened(stage, "line")

    write(composer, STICKER, "446", "1988")
    composer.frame.enclose.submit()
    item = sent(stage)

    assert item.body.sticker == Sticker("1988", "446")
    assert "1988" in wording.body(item.as_message())


def test_taken_back_a_place_is_words_in_the_draft(stage: Stage, composer: ComposerPanel) -> None:
    """Nothing that was written is lost."""
    write(composer, LOCATION, "1, 2", "Shop")
    composer.frame.enclose.submit()

    draft = stage.run(stage.session.take_back(sent(stage).id))

    assert draft.text == f"Shop\n{Place(1, 2).map_url}"


def test_what_cannot_go_is_said_and_does_not_leave(stage: Stage, composer: ComposerPanel) -> None:
    write(composer, LOCATION, "at the corner")
    QTest.keyClick(composer.frame.enclose.inputs[0], Qt.Key.Key_Return)

    assert "latitude" in composer.frame.enclose.told.text()
    assert not stage.session.outbox.pending.items
    assert composer.frame.enclose.isVisible()


def test_esc_closes_the_form_and_goes_back_to_the_text(composer: ComposerPanel) -> None:
    write(composer, CARD, "Ana")
    QTest.keyClick(composer.frame.enclose.inputs[0], Qt.Key.Key_Escape)

    assert not composer.frame.enclose.isVisible()
    assert composer.editor.hasFocus()


def test_a_note_encloses_nothing(composer: ComposerPanel) -> None:
    composer.enclosing.open(LOCATION)
    composer.use("note")

    assert not composer.frame.enclosing.isEnabled()
    assert not composer.frame.enclose.isVisible()


@pytest.mark.qt_log_ignore("grabbing the keyboard", "propagateSizeHints", "raise")
def test_a_channel_without_stickers_greys_them_out_with_the_reason(stage: Stage, qtbot) -> None:
    composer = opened(stage, "sms_twilio")

    QTest.keyClick(composer, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    menu = composer.enclosing.menu
    assert menu is not None
    place, card, sticker, request = menu.actions()

    assert (place.isEnabled(), card.isEnabled(), sticker.isEnabled()) == (True, True, False)
    assert not request.isEnabled()
    assert "no stickers" in sticker.toolTip()
    assert "no such button" in request.toolTip()
    assert "text with a link" in place.toolTip()
    menu.close()


@pytest.mark.parametrize(
    ("channel", "enclosed", "words"),
    [
        ("line", Place(1, 2, "x" * 101), "100 characters"),
        ("viber", ContactCard("Leo", ("+1 23", "+1 24")), "at most 1"),
        ("viber", Sticker("smile"), "number"),
        ("line", Sticker("1988"), "pack"),
        ("telegram", ContactCard("Leo", (), ("leo@x.example",)), "phone number"),
    ],
)
def test_each_channels_limits_are_said_in_words(channel: str, enclosed, words: str) -> None:
    assert words in refusal_of(enclosed, SHEETS[channel])


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("42.6977, 23.3219", (42.6977, 23.3219)),
        ("-33.9 18.4", (-33.9, 18.4)),
        ("https://www.openstreetmap.org/?mlat=42.69770&mlon=23.32190#map=16/42.69770/23.32190", (42.6977, 23.3219)),
        ("https://maps.example/@42.6977,23.3219,17z", (42.6977, 23.3219)),
        ("geo:42.6977,23.3219", (42.6977, 23.3219)),
    ],
)
def test_degrees_are_read_out_of_a_maps_address(written: str, found: tuple[float, float]) -> None:
    assert degrees_in(written) == found


def test_what_the_customer_will_see_is_said_before() -> None:
    told = [shown_as(kind, SHEETS["sms_twilio"]) for kind in (LOCATION, CARD, STICKER)]

    assert told == [
        "This inbox has no maps: it goes as text with a link.",
        "This inbox has no cards: it goes as lines of text.",
        "This inbox has no stickers.",
    ]


def test_what_the_full_disk_refused_stands_again_in_its_own_conversation(
    stage: Stage, composer: ComposerPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one was opened meanwhile: it shows nothing of it, and a note takes no place."""
    asked, answer = asyncio.Event(), asyncio.Event()

    async def refuses(*_: object, **__: object) -> str:
        asked.set()
        await answer.wait()
        raise Refusal("disk-full", "The disk of this computer is full.")

    monkeypatch.setattr(stage.session, "send", refuses)
    write(composer, LOCATION, "1, 2", "Shop")
    composer.frame.enclose.submit()
    stage.until(asked.is_set)
    write_in(stage, composer, WEB_CHAT)
    answer.set()
    stage.pause()

    elsewhere = composer.frame.enclose.isVisible()
    write_in(stage, composer, WHATSAPP)
    stage.until(composer.frame.enclose.isVisible)

    assert not elsewhere
    assert [one.text() for one in composer.frame.enclose.inputs] == ["1.0, 2.0", "Shop", ""]
    assert "disk" in composer.frame.refusal.text
