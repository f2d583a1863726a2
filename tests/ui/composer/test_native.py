"""Buttons, splits, counters and the choice of inbox in the composer."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.channels.registry import manifest
from mim_desk.domain.buttons import Frame
from mim_desk.hub.channel_setup import sheet
from mim_desk.protocol import rows
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.offer import refusal_of, shown_as
from mim_desk.ui.composer.panel import ComposerPanel
from mim_desk.ui.composer.split import said, sms_said, split_of
from mim_desk.ui.composer.ways import state_of, ways_of
from tests.desk.workspace import conversation_id, inbox
from tests.ui.composer.writing import WHATSAPP, kept, type_in, write_in
from tests.ui.stage import Stage

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SHEETS = {name: sheet(manifest(name).capabilities) for name in ("whatsapp", "sms_twilio", "messenger", "web_chat")}
YES, NO = rows.Button("Yes"), rows.Button("No")


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer open in Marta's WhatsApp conversation, whose inbox carries what WhatsApp carries."""
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=500)
    write_in(stage, made, WHATSAPP)
    made.going.inbox = msgspec.structs.replace(made.inbox, capabilities=SHEETS["whatsapp"])
    made.editor.setFocus()
    return made


def item(stage: Stage):
    """The reply in the outbox."""
    return next(one for one in stage.session.outbox.pending.items.values() if one.is_message)


def write_button(composer: ComposerPanel, words: str, more: str = "") -> None:
    """By keyboard alone: the tool's key, the words, the second field."""
    QTest.keyClick(composer, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    line = composer.frame.offer.lines[-1]
    QTest.keyClicks(line.words, words)
    QTest.keyClicks(line.more, more)


def test_buttons_are_written_by_keyboard_and_sent_with_the_reply(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "Sure?")
    write_button(composer, "Yes")
    QTest.keyClick(composer.frame.offer.lines[-1].words, Qt.Key.Key_Return)
    QTest.keyClicks(composer.frame.offer.lines[-1].words, "No")
    QTest.keyClick(composer.frame.offer.lines[-1].words, Qt.Key.Key_Escape)
    assert composer.editor.hasFocus()

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: stage.session.outbox.pending.items)

    assert item(stage).body.buttons == [YES, NO]
    assert item(stage).as_message().buttons == [YES, NO]
    assert composer.frame.offer.lines == []
    assert not composer.frame.offer.isVisible()


def test_a_button_with_an_address_opens_it(composer: ComposerPanel) -> None:
    write_button(composer, "Shop", "https://shop.example")

    assert composer.frame.offer.buttons == (rows.Button("Shop", url="https://shop.example"),)


def test_backspace_on_an_empty_line_takes_the_button_away(composer: ComposerPanel) -> None:
    write_button(composer, "Yes")
    write_button(composer, "")

    QTest.keyClick(composer.frame.offer.lines[-1].words, Qt.Key.Key_Backspace)

    assert len(composer.frame.offer.lines) == 1
    assert composer.frame.offer.lines[0].words.hasFocus()


def test_what_cannot_go_is_said_before_sending(stage: Stage, composer: ComposerPanel) -> None:
    write_button(composer, "Yes")
    assert composer.why_not() == "Write the text that the buttons stand under."
    type_in(composer, "Sure?")
    assert composer.why_not() == ""
    write_button(composer, "Shop", "https://shop.example")

    assert composer.why_not() == "Here a button that opens an address stands alone."
    assert not composer.frame.send.isEnabled()
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.pause()
    assert not stage.session.outbox.pending.items


def test_buttons_stay_in_the_draft_of_their_conversation(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "Sure?")
    write_button(composer, "Yes")

    composer.open(stage.row(2))
    stage.until(lambda: not composer.loading and kept(stage, WHATSAPP) == "Sure?")
    assert composer.frame.offer.buttons == ()
    composer.open(stage.row(WHATSAPP))
    stage.until(lambda: not composer.loading)

    assert composer.frame.offer.buttons == (YES,)
    assert stage.run(stage.session.draft(conversation_id(WHATSAPP), "reply")).buttons == (YES,)


def test_a_note_has_no_buttons(stage: Stage, composer: ComposerPanel) -> None:
    write_button(composer, "Yes")
    composer.use("note")
    stage.until(lambda: not composer.loading)

    assert not composer.frame.buttons.isEnabled()
    assert composer.written().buttons == ()


def test_a_held_reply_brings_its_buttons_back(stage: Stage, composer: ComposerPanel) -> None:
    sent = stage.run(
        stage.session.send(conversation_id(WHATSAPP), kind="reply", text="Sure?", buttons=[YES], inbox_id="elsewhere")
    )

    draft = stage.run(stage.session.take_back(sent))

    assert (draft.text, draft.buttons, draft.inbox_id) == ("Sure?", (YES,), "elsewhere")


SHOWN = {
    "buttons": ([YES, NO], "whatsapp", "The customer sees buttons."),
    "a list": ([rows.Button(str(n)) for n in range(5)], "whatsapp", "The customer sees a list to choose from."),
    "words": ([YES], "sms_twilio", "This inbox has no buttons: the customer sees numbered lines and may answer"),
}


@pytest.mark.parametrize(("buttons", "channel", "words"), SHOWN.values(), ids=SHOWN.keys())
def test_how_the_customer_sees_them_is_said(buttons: list[rows.Button], channel: str, words: str) -> None:
    assert shown_as(buttons, SHEETS[channel]).startswith(words)


@given(st.lists(st.builds(rows.Button, st.text(max_size=30)), max_size=25), st.sampled_from(sorted(SHEETS)))
def test_every_refusal_is_one_sentence(buttons: list[rows.Button], channel: str) -> None:
    told = refusal_of(buttons, SHEETS[channel], "Sure?")

    assert "{" not in told
    assert told == "" or told.endswith(".")


def test_the_parts_of_a_long_text_are_shown_before_sending(composer: ComposerPanel) -> None:
    text = "The first sentence. " * 300

    composer.editor.replace(text)
    composer._edited()

    assert composer.frame.split.words.startswith("Leaves as 2 messages. Cut after")
    assert "The first sentence." in composer.frame.split.words
    assert "2 messages" in composer.frame.counter.accessibleName()
    composer.editor.replace("short")
    composer._edited()
    assert composer.frame.split.words == ""


def test_sms_are_counted_and_what_makes_them_dear_is_named() -> None:
    plain, dear = split_of("a" * 161, SHEETS["sms_twilio"]), split_of("Привет" * 20, SHEETS["sms_twilio"])

    assert (plain.sms, sms_said(plain)) == (2, "2 SMS")
    assert dear.sms == 2
    assert "of 70 characters because of П р и" in sms_said(dear)
    assert said(plain) == ""


@given(st.text(max_size=200), st.integers(1, 60), st.sampled_from(sorted(SHEETS)))
def test_no_part_is_longer_than_the_channel_takes_and_nothing_is_lost(words: str, times: int, channel: str) -> None:
    can = SHEETS[channel]
    text = (words * times)[: can.text_length].strip()

    parts = split_of(text, can).parts

    assert all(can.counted.size(part) <= (can.part_length or can.text_length) for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_buttons_in_words_count_as_text() -> None:
    can = msgspec.structs.replace(SHEETS["sms_twilio"], text_length=20)
    written = checks.Written("reply", "a" * 18, (), (YES,))

    assert checks.why_not(written, can) == "6 characters more than one message carries."


# -- by which inbox ------------------------------------------------------------------------------


def known(channel: str, window_s: int | None = 86_400) -> rows.Inbox:
    made = inbox(channel)
    return msgspec.structs.replace(
        made, capabilities=msgspec.structs.replace(made.capabilities, reply_window_s=window_s)
    )


def contact(*inboxes: rows.Inbox, blocked: str = "") -> rows.Contact:
    found = [
        rows.Identity(one.channel, one.id, f"+{n}", blocked_at=NOW if one.channel == blocked else None)
        for n, one in enumerate(inboxes)
    ]
    return rows.Contact("c", "Marta", NOW, identities=found)


def test_each_way_says_whether_a_reply_can_leave_there() -> None:
    whatsapp, sms, line = known("whatsapp"), known("sms", None), known("line")
    wrote = {whatsapp.id: NOW - timedelta(hours=23)}
    inboxes = {one.id: one for one in (whatsapp, sms, line)}

    ways = ways_of(contact(whatsapp, sms, line, blocked="sms"), inboxes, wrote, NOW)

    assert [(way.inbox.channel, way.open, state_of(way, NOW)) for way in ways] == [
        ("whatsapp", True, "closes in 1 h 00 min"),
        ("sms", False, "left, blocked us or said stop"),
        ("line", False, "reply window closed"),
    ]


def two_ways(stage: Stage, composer: ComposerPanel) -> rows.Inbox:
    """The contact also has an address in the SMS inbox, which has no reply window."""
    other = known("sms", None)
    here = composer.inbox
    composer.going.learn(contact(here, other), {here.id: here, other.id: other}, {here.id: stage.session.hub_now()})
    composer.tell()
    return other


@pytest.mark.qt_log_ignore("grabbing the keyboard", "propagateSizeHints")
def test_the_reply_goes_by_the_inbox_the_agent_picks(stage: Stage, composer: ComposerPanel) -> None:
    other = two_ways(stage, composer)
    assert composer.frame.ways.isVisible()
    composer.frame.ways.offer()
    menu = composer.frame.ways.menu
    assert [action.isEnabled() for action in menu.actions()] == [True, True]
    menu.actions()[1].trigger()
    menu.close()

    assert composer.inbox.id == other.id
    type_in(composer, "By SMS then")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: stage.session.outbox.pending.items)

    assert item(stage).body.inbox_id == other.id
    assert item(stage).inbox_id == other.id
    assert composer.going.chosen == ""


def test_without_a_pick_the_reply_goes_where_the_customer_wrote_last(stage: Stage, composer: ComposerPanel) -> None:
    two_ways(stage, composer)
    type_in(composer, "Here")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: stage.session.outbox.pending.items)

    assert item(stage).body.inbox_id is None


def test_one_way_alone_is_nothing_to_choose(composer: ComposerPanel) -> None:
    here = composer.inbox
    composer.going.learn(contact(here), {here.id: here}, {})
    composer.tell()

    assert not composer.frame.ways.isVisible()


def test_a_closed_window_of_one_inbox_leaves_the_other_open(stage: Stage, composer: ComposerPanel) -> None:
    other = two_ways(stage, composer)
    closed = msgspec.structs.replace(
        composer.row.conversation, reply_window_until=stage.session.hub_now() - timedelta(minutes=1)
    )
    composer.open(stage.row(WHATSAPP).__class__(closed, "Marta", "whatsapp"))
    assert composer.editor.isReadOnly()
    assert composer.frame.closed_line.ways.isVisible()

    composer.frame.closed_line.ways.chosen.emit(other.id)

    assert not composer.editor.isReadOnly()
    assert composer.frame.closed_line.accessibleName().strip() == ""


def test_lines_above_and_below_leave_with_the_buttons_and_stay_in_the_draft(
    stage: Stage, composer: ComposerPanel
) -> None:
    type_in(composer, "Sure?")
    write_button(composer, "Yes")
    QTest.keyClicks(composer.frame.offer.header, "Tuesday")
    QTest.keyClicks(composer.frame.offer.footer, "Acme")
    stage.run(composer.session.save_draft(conversation_id(WHATSAPP), "reply", composer._draft()))
    kept_draft = stage.run(composer.session.draft(conversation_id(WHATSAPP), "reply"))

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: stage.session.outbox.pending.items)

    assert kept_draft.frame == Frame("Tuesday", "Acme")
    assert item(stage).body.frame == Frame("Tuesday", "Acme")
    assert item(stage).as_message().frame == Frame("Tuesday", "Acme")
    assert composer.frame.offer.around == Frame()


def test_a_line_above_that_is_too_long_is_said_before_sending(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "Sure?")
    write_button(composer, "Yes")
    QTest.keyClicks(composer.frame.offer.header, "x" * 61)

    assert composer.why_not() == "What stands above the text may have 60 characters."
    assert not refusal_of((YES,), SHEETS["whatsapp"], "Sure?", Frame("x" * 60, "y" * 60))
    assert refusal_of((YES,), SHEETS["messenger"], "Sure?", Frame("x"))


def test_a_place_is_asked_for_by_a_button_that_stands_alone(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "Where shall we come?")
    composer.frame.offer.ask_place()
    composer.frame.offer.ask_place()
    assert composer.frame.offer.header.isHidden()
    assert composer.why_not() == ""

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: stage.session.outbox.pending.items)

    assert item(stage).body.buttons == [rows.Button("Send location", asks_place=True)]


def test_the_words_on_such_a_button_are_ours_where_the_network_has_none(composer: ComposerPanel) -> None:
    composer.frame.offer.ask_place()
    (line,) = composer.frame.offer.lines

    composer.frame.offer.tell(sheet(manifest("whatsapp").capabilities))
    by_network = line.words.isReadOnly()
    composer.frame.offer.tell(sheet(manifest("telegram").capabilities))

    assert (by_network, line.words.isReadOnly()) == (True, False)
