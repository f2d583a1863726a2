"""Copies to others in the composer: written by keyboard, checked before sending, kept with the draft, sent with the reply."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.channels.registry import manifest
from mim_desk.hub.channel_setup import sheet
from mim_desk.protocol import rows
from mim_desk.ui.composer.copies import refusal_of
from mim_desk.ui.composer.panel import ComposerPanel
from mim_desk.ui.timeline.facts import captions
from tests.desk.workspace import conversation_id
from tests.ui.composer.test_native import item
from tests.ui.composer.writing import WHATSAPP, kept, type_in, write_in
from tests.ui.stage import Stage

EMAIL = sheet(manifest("email").capabilities)
ANNA, BOSS = "anna@partner.example", "boss@shop.example"


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer open in Marta's conversation, whose inbox carries what email carries."""
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=500)
    write_in(stage, made, WHATSAPP)
    made.going.inbox = msgspec.structs.replace(made.inbox, capabilities=EMAIL)
    made.tell()
    made.editor.setFocus()
    return made


def plain(told: str) -> str:
    """Without the marks that keep an address from left to right."""
    return told.replace("\u2066", "").replace("\u2069", "")


def name(composer: ComposerPanel, cc: str = "", bcc: str = "") -> None:
    """By keyboard alone: the tool's key, then both lines."""
    QTest.keyClick(composer, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.frame.copies.cc, cc)
    QTest.keyClicks(composer.frame.copies.bcc, bcc)


def test_nobody_is_named_by_itself_and_the_lines_are_closed(composer: ComposerPanel) -> None:
    composer.copying._others, composer.copying._of = [ANNA], composer.row.conversation.id
    composer.tell()

    assert composer.frame.copy.isVisible()
    assert not composer.frame.copies.isVisible()
    assert composer.copying.written == rows.Copies()


def test_copies_are_written_by_keyboard_and_sent_with_the_reply(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "See below.")
    name(composer, f"Anna <{ANNA}>", BOSS)
    QTest.keyClick(composer.frame.copies.bcc, Qt.Key.Key_Return)
    assert composer.editor.hasFocus()

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: stage.session.outbox.pending.items)

    assert item(stage).body.copies == rows.Copies([ANNA], [BOSS])
    (line,) = captions(item(stage).as_item("Me", "email"))
    assert plain(line) == f"Also to {ANNA}  ·  hidden copy to {BOSS}"
    assert not composer.frame.copies.isVisible()
    assert composer.copying.written == rows.Copies()


def test_what_is_no_address_is_said_before_sending(composer: ComposerPanel) -> None:
    type_in(composer, "Hi")
    name(composer, "anna@partner")

    assert plain(composer.why_not()) == "anna@partner is no address that mail can be sent to."
    assert not composer.frame.send.isEnabled()


def test_all_who_got_the_customers_mail_are_named_at_a_press(composer: ComposerPanel) -> None:
    composer.copying._others, composer.copying._of = [ANNA, BOSS], composer.row.conversation.id
    name(composer, BOSS)
    composer.tell()
    QTest.mouseClick(composer.frame.copies.everybody, Qt.MouseButton.LeftButton)

    assert composer.copying.written == rows.Copies([BOSS, ANNA])
    assert not composer.frame.copies.everybody.isVisible()


def test_copies_are_kept_with_the_draft(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "Later")
    name(composer, ANNA)

    composer.close_conversation()
    stage.until(lambda: kept(stage, WHATSAPP) == "Later")
    draft = stage.run(stage.session.draft(conversation_id(WHATSAPP), "reply"))

    assert draft is not None
    assert draft.copies == rows.Copies([ANNA])


def test_escape_on_empty_lines_closes_them(composer: ComposerPanel) -> None:
    name(composer)
    assert composer.frame.copies.isVisible()
    QTest.keyClick(composer.frame.copies.cc, Qt.Key.Key_Escape)

    assert not composer.frame.copies.isVisible()
    assert composer.editor.hasFocus()


def test_another_inbox_sends_none(composer: ComposerPanel) -> None:
    composer.going.inbox = msgspec.structs.replace(
        composer.inbox, capabilities=sheet(manifest("whatsapp").capabilities)
    )
    composer.tell()
    name(composer)

    assert not composer.frame.copy.isVisible()
    assert not composer.frame.copies.isVisible()


@pytest.mark.parametrize(
    ("copies", "said"),
    [
        (rows.Copies(), ""),
        (rows.Copies([ANNA], [BOSS]), ""),
        (rows.Copies([ANNA], [ANNA.upper()]), f"{ANNA.upper()} is named twice."),
        (rows.Copies([f"p{n}@x.example" for n in range(21)]), "A reply goes to 20 others at most."),
    ],
    ids=["none", "two", "twice", "too many"],
)
def test_what_speaks_against_copies_is_one_sentence(copies: rows.Copies, said: str) -> None:
    assert plain(refusal_of(copies, EMAIL)) == said
