"""Customers' public comments hidden from others, shown again or deleted: at the provider first, then here with a line."""

from typing import Final

from mim_desk.channels.gestures import Moderates
from mim_desk.channels.offering import offers
from mim_desk.domain.message import Activity, MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import after_sending
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import conversation_rows, messages
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_LONGEST_SAID: Final = 80


async def hide(hub: Hub, message: rows.Message, *, hidden: bool, by: rows.Author) -> rows.Message:
    """Hide a comment from everybody but its author and their friends, or show it again."""
    _check(message)
    adapter, account, target, inbox = await after_sending.parts_of(hub, message)
    rules = inbox.capabilities.comments
    if rules is None or not rules.hiding or not offers(adapter, Moderates):
        raise Refusal("not-carried", f"{inbox.name} cannot hide comments.")
    await after_sending.done(hub, adapter, account, [adapter.hide(account, target, hidden=hidden)])

    def work(unit: Unit) -> rows.Message:
        _tell(unit, message, Activity.COMMENT_HIDDEN if hidden else Activity.COMMENT_SHOWN, by)
        return messages.hide(unit, message.id, hidden=hidden)

    return await hub.store.writer.run(work)


async def remove(hub: Hub, message: rows.Message, by: rows.Author) -> rows.Message:
    """Delete a comment for good; nothing brings it back."""
    _check(message)
    adapter, account, target, inbox = await after_sending.parts_of(hub, message)
    rules = inbox.capabilities.comments
    if rules is None or not rules.deleting or not offers(adapter, Moderates):
        raise Refusal("not-carried", f"{inbox.name} cannot delete comments.")
    await after_sending.done(hub, adapter, account, [adapter.remove(account, target)])

    def work(unit: Unit) -> rows.Message:
        _tell(unit, message, Activity.COMMENT_DELETED, by)
        return messages.delete(unit, message.id, unit.now)

    return await hub.store.writer.run(work)


def _check(message: rows.Message) -> None:
    is_there = message.kind is MessageKind.INCOMING and message.deleted_at is None
    if not is_there or message.details.get("public") != "yes":
        raise Refusal("invalid", "Only a customer's public comment can be hidden or deleted.")


def _tell(unit: Unit, message: rows.Message, said: Activity, by: rows.Author) -> None:
    conversation = conversation_rows.locked(unit, message.conversation_id)
    text = " ".join(message.text.split())[:_LONGEST_SAID]
    messages.add_line(unit, conversation, said, by, {"text": text, "message_id": message.id})
