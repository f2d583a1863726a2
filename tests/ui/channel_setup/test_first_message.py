"""Waiting for the first message of a new inbox: who wrote it is said as soon as it is known."""

import msgspec

from mim_desk.desk.cache.apply import Batch
from mim_desk.protocol import rows
from mim_desk.ui.channel_setup.first_message import FirstMessage
from tests.ui.stage import Stage


def test_a_name_that_comes_after_the_message_takes_the_place_of_somebody(stage: Stage) -> None:
    contact = stage.run(stage.session.cache.contact(stage.row().conversation.contact_id))
    assert contact is not None
    message = stage.run(stage.session.cache.newest_incoming(contact.id))
    assert message is not None
    inbox = next(one for one in stage.run(stage.session.cache.inboxes()) if one.id == message.inbox_id)
    card = stage.keep(FirstMessage(stage.theme, stage.session, inbox, stage.session.owner))
    nameless = msgspec.structs.replace(contact, name="")

    _apply(stage, 1001, nameless, message)
    stage.until(lambda: card.came)
    assert "Somebody" in card.state.text()

    _apply(stage, 1002, msgspec.structs.replace(contact, name="Mia Wong"))
    stage.until(lambda: "Mia Wong" in card.state.text())
    assert "Mia Wong" in card.accessibleName()


def _apply(stage: Stage, seq: int, contact: rows.Contact, *messages: rows.Message) -> None:
    batch = Batch()
    batch.put("contact", contact, msgspec.json.encode(contact))
    for one in messages:
        batch.put("message", one, msgspec.json.encode(one))
    stage.publish(stage.run(stage.session.cache.apply(lambda: batch, seq)))
