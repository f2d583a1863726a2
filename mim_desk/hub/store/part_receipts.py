"""Receipts of replies that left in several parts: the reply is delivered when all of them are."""

from typing import Final

from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.store import driver
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_FAR: Final = (DeliveryStatus.DELIVERED, DeliveryStatus.READ)


def one_never_left(unit: Unit, message_id: str) -> None:
    """Not all of a reply was taken: whatever is told of the other parts, it never counts as delivered."""
    driver.execute(
        unit.conn,
        "INSERT INTO part_receipts (message_id, external_id, status) VALUES (?, '', ?)"
        " ON CONFLICT (message_id, external_id) DO NOTHING",
        (message_id, DeliveryStatus.FAILED.value),
    )


def all_left(unit: Unit, message_id: str) -> None:
    """The rest of a reply was taken too."""
    driver.execute(unit.conn, "DELETE FROM part_receipts WHERE message_id = ? AND external_id = ''", (message_id,))


def of_all(unit: Unit, message: rows.Message, external_id: str, status: DeliveryStatus) -> DeliveryStatus:
    """How far the whole reply got with what is told of one part."""
    named = driver.rows(unit.conn, "SELECT external_id FROM message_parts WHERE message_id = ?", (message.id,))
    parts = {message.external_id, *(part for (part,) in named)} - {None}
    if status not in _FAR:
        return status
    told = dict(
        driver.rows(unit.conn, "SELECT external_id, status FROM part_receipts WHERE message_id = ?", (message.id,))
    )
    if len(parts) < 2 and not told:
        return status
    if told.get(external_id) != DeliveryStatus.READ:
        told[external_id] = status.value
        driver.execute(
            unit.conn,
            "INSERT INTO part_receipts (message_id, external_id, status) VALUES (?, ?, ?)"
            " ON CONFLICT (message_id, external_id) DO UPDATE SET status = excluded.status",
            (message.id, external_id, status.value),
        )
    reached = [told.get(str(part), "") for part in parts]
    if "" in told:
        return message.delivery.status if message.delivery else status
    if not all(reached):
        return DeliveryStatus.SENT
    is_read = all(one == DeliveryStatus.READ for one in reached)
    return DeliveryStatus.READ if is_read else DeliveryStatus.DELIVERED
