"""The row of a reply that left our account by another tool."""

from datetime import datetime
from typing import Final

from mim_desk.channels.events import Echo
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind, clean_text
from mim_desk.hub.deliveries import Delivery
from mim_desk.hub.store import attachments, ids
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

STATUS: Final = "status"
"""Among the details of an echo: how far it got, where that is known already."""


def row_of(unit: Unit, delivery: Delivery, event: Echo, conversation: rows.Conversation, at: datetime) -> rows.Message:
    """What is stored of it."""
    message_id, place = ids.new_id(unit.now), event.location
    files = attachments.of_incoming(unit, event.files, message_id, "")
    details = {name: value for name, value in event.details.items() if name != STATUS}
    return rows.Message(
        id=message_id,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        inbox_id=delivery.inbox_id,
        kind=MessageKind.REPLY,
        author=rows.Author(AuthorType.AGENT),
        occurred_at=at,
        received_at=whole_ms(delivery.received_at),
        type=attachments.carried(event.type, files),
        text=clean_text(event.text),
        attachments=files,
        location=rows.Location(place.latitude, place.longitude, place.name) if place else None,
        reply_to=rows.ReplyTo(None, event.reply_to) if event.reply_to else None,
        external_id=event.external_id,
        details=details,
        delivery=rows.Delivery(DeliveryStatus(event.details.get(STATUS, DeliveryStatus.SENT))),
    )
