"""Receipts of replies that left in several parts: the reply is delivered when all of them are."""

from collections.abc import Collection, Mapping
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


def begun(unit: Unit, message_id: str, parts: int) -> None:
    """So many parts are to leave: what is told of some of them says nothing of the others, whatever becomes of the hub."""
    driver.execute(
        unit.conn,
        "INSERT INTO part_receipts (message_id, external_id, status) VALUES (?, '', ?)"
        " ON CONFLICT (message_id, external_id) DO NOTHING",
        (message_id, str(parts)),
    )


def of_all(unit: Unit, message: rows.Message, external_id: str, status: DeliveryStatus) -> DeliveryStatus:
    """How far the whole reply got with what is told of one part."""
    if status is DeliveryStatus.FAILED:
        return status
    told, parts = _told(unit, message.id), _parts(unit, message)
    is_open = "" in told and told[""] != str(len(parts | {external_id}))
    if status not in _FAR:
        return message.delivery.status if is_open and message.delivery else status
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
    if is_open:
        return message.delivery.status if message.delivery else status
    return _of(told, parts | {external_id} if "" in told else parts)


def once_left(unit: Unit, message: rows.Message) -> DeliveryStatus:
    """How far a reply is whose parts have all left now: receipts of them may have come before."""
    all_left(unit, message.id)
    return _of(_told(unit, message.id), _parts(unit, message))


def _told(unit: Unit, message_id: str) -> dict[str, str]:
    text = "SELECT external_id, status FROM part_receipts WHERE message_id = ?"
    return dict(driver.rows(unit.conn, text, (message_id,)))


def _parts(unit: Unit, message: rows.Message) -> set[str]:
    named = driver.rows(unit.conn, "SELECT external_id FROM message_parts WHERE message_id = ?", (message.id,))
    return {part for part in (message.external_id, *(part for (part,) in named)) if part is not None}


def _of(told: Mapping[str, str], parts: Collection[str]) -> DeliveryStatus:
    reached = [told.get(part, "") for part in parts]
    if not reached or not all(reached):
        return DeliveryStatus.SENT
    is_read = all(one == DeliveryStatus.READ for one in reached)
    return DeliveryStatus.READ if is_read else DeliveryStatus.DELIVERED
