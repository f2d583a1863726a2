"""Who left or blocked us can be sent nothing, and the composer says so before anybody writes."""

import msgspec
import pytest

from mim_desk.protocol import rows
from mim_desk.ui.composer import checks
from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WHATSAPP, type_in, write_in
from tests.ui.stage import Stage


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer open in Marta's conversation."""
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=400)
    write_in(stage, made, WHATSAPP)
    return made


def test_a_contact_who_blocked_us_takes_no_reply_but_a_note(stage: Stage, composer: ComposerPanel) -> None:
    assert composer.contact is not None
    gone = [msgspec.structs.replace(one, blocked_at=composer.contact.created_at) for one in composer.contact.identities]
    composer.going.contact = msgspec.structs.replace(composer.contact, identities=gone)

    composer.open(composer.row)

    assert composer.editor.isReadOnly()
    assert composer.frame.closed_line.accessibleName() == (
        "Nothing can be sent to this contact on WhatsApp."
        " They left, blocked us or said stop. Answer through another inbox."
    )
    composer.use("note")
    stage.until(lambda: not composer.loading)
    type_in(composer, "call her")
    assert composer.frame.send.isEnabled()


def test_a_chat_that_another_tool_has_takes_no_reply_but_a_note(stage: Stage, composer: ComposerPanel) -> None:
    assert composer.contact is not None
    taken = [msgspec.structs.replace(one, other_tool=True) for one in composer.contact.identities]
    composer.going.contact = msgspec.structs.replace(composer.contact, identities=taken)

    composer.open(composer.row)

    assert composer.editor.isReadOnly()
    assert composer.frame.closed_line.accessibleName() == (
        "Another tool of yours has this chat on WhatsApp."
        " Answer once it hands the chat back, or through another inbox. A note still goes to the team."
    )
    assert composer.why_not() == "Another tool has this chat. A note still goes to the team."


def test_a_contact_who_said_stop_takes_no_reply_until_they_give_it_back(composer: ComposerPanel) -> None:
    contact, inbox_id = composer.contact, composer.row.conversation.inbox_id
    there = next(one for one in contact.identities if one.inbox_id == inbox_id)
    stop = rows.Consent(
        "whatsapp", "messages", False, contact.created_at, "keyword", inbox_id, there.external_id, blocks=True
    )

    assert checks.unreachable(msgspec.structs.replace(contact, consents=[stop]), inbox_id)
    elsewhere = msgspec.structs.replace(stop, inbox_id="elsewhere")
    assert not checks.unreachable(msgspec.structs.replace(contact, consents=[elsewhere]), inbox_id)
    mere = msgspec.structs.replace(stop, blocks=False)
    assert not checks.unreachable(msgspec.structs.replace(contact, consents=[mere]), inbox_id)


def test_one_address_that_still_works_is_enough(composer: ComposerPanel) -> None:
    contact, inbox_id = composer.contact, composer.row.conversation.inbox_id
    here = next(one for one in contact.identities if one.inbox_id == inbox_id)
    gone = msgspec.structs.replace(here, external_id="before", blocked_at=contact.created_at)

    assert checks.unreachable(msgspec.structs.replace(contact, identities=[gone]), inbox_id)
    assert not checks.unreachable(msgspec.structs.replace(contact, identities=[gone, here]), inbox_id)
    assert not checks.unreachable(contact, "elsewhere")
