"""A reply sent again: the copy's id follows from the first one's, so that it exists once however often it is asked for."""

import uuid
from collections.abc import Iterable
from typing import Final

from mim_desk.domain.message import DeliveryStatus, MessageKind
from mim_desk.protocol import rows

_COPIES: Final = uuid.UUID("5b0e4d3c-9a51-4f7e-8c55-2f2d6f0c1b7a")
"""Stays for ever: every desk must come to the same id."""


def copy_id(message_id: str) -> str:
    """The id of the copy of a reply, the same after a restart and on another desk."""
    return str(uuid.uuid5(_COPIES, message_id))


def copies(messages: Iterable[rows.Message]) -> dict[str, str]:
    """The ids of the copies that replies the agent may send again would have, by the replies' own."""
    return {each.id: copy_id(each.id) for each in messages if _may_go_again(each)}


def _may_go_again(message: rows.Message) -> bool:
    delivery = message.delivery
    failed = delivery is not None and delivery.status in (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN)
    return failed and message.kind is MessageKind.REPLY
