"""Reactions, and changes of our own sent messages: done at the provider first, then stored, so that a "no" is told at once."""

from collections.abc import Sequence
from functools import partial

from mim_desk.channels.base import Account, Adapter, Refused, Request, Response, Taken
from mim_desk.channels.gestures import ChangesText, Reacts, TakesBack, Target
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.inbox import ANY_EMOJI
from mim_desk.domain.message import MessageKind, clean_text
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import enclosing
from mim_desk.hub.gestures import target_of
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import call
from mim_desk.hub.store import inboxes, messages
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.messages_told import BRAND
from mim_desk.hub.store.plain_rows import missing
from mim_desk.protocol import rows

LONGEST_EMOJI = 40
_LOST = "The channel did not answer. Look there before you try again."


async def react(hub: Hub, message: rows.Message, emoji: str) -> rows.Message:
    """Put the brand's emoji on a contact's message; an empty one takes it back."""
    if message.kind is not MessageKind.INCOMING:
        raise Refusal("invalid", "Only a customer's message takes a reaction.")
    adapter, account, target, inbox = await parts_of(hub, message)
    taken = inbox.capabilities.reactions
    if not offers(adapter, Reacts) or not taken:
        raise Refusal("not-carried", f"{inbox.name} has no reactions.", "emoji")
    if len(emoji) > LONGEST_EMOJI or (emoji and ANY_EMOJI not in taken and emoji not in taken):
        raise Refusal("not-carried", f"{inbox.name} takes only {' '.join(taken)} as a reaction.", "emoji")
    ids = await done(hub, adapter, account, [adapter.react(account, target, emoji)])
    told = partial(messages.react, message_id=message.id, by=BRAND, emoji=emoji, external_id=ids[0] if ids else "")
    return await hub.store.writer.run(told)


async def change_text(hub: Hub, message: rows.Message, text: str) -> rows.Message:
    """Change the text of a sent reply."""
    said = clean_text(text)
    if not said:
        raise Refusal("invalid", "The message is empty. Take it back instead.", "text")
    adapter, account, target, inbox = await _of_own(hub, message)
    if not inbox.capabilities.editing or not (adapter.local or offers(adapter, ChangesText)):
        raise Refusal("not-carried", f"{inbox.name} cannot change what was sent.")
    if message.attachments or message.buttons or enclosing.of(message) or len(target.external_ids) > 1:
        raise Refusal("not-carried", "Only a text that left in one piece can be changed. Take it back and write anew.")
    if len(said) > inbox.capabilities.text_length:
        told = f"{inbox.name} carries at most {inbox.capabilities.text_length} characters."
        raise Refusal("not-carried", told, "text")
    if offers(adapter, ChangesText):
        await done(hub, adapter, account, [adapter.change_text(account, target, said)])
    return await hub.store.writer.run(lambda unit: messages.edit(unit, message.id, said, unit.now))


async def take_back(hub: Hub, message: rows.Message) -> rows.Message:
    """Take a sent reply back."""
    adapter, account, target, inbox = await _of_own(hub, message)
    if not inbox.capabilities.deleting or not (adapter.local or offers(adapter, TakesBack)):
        raise Refusal("not-carried", f"{inbox.name} cannot take back what was sent.")
    if offers(adapter, TakesBack):
        await done(hub, adapter, account, adapter.take_back(account, target))
    return await hub.store.writer.run(lambda unit: messages.delete(unit, message.id, unit.now))


async def _of_own(hub: Hub, message: rows.Message) -> tuple[Adapter, Account, Target, rows.Inbox]:
    if message.kind is not MessageKind.REPLY or message.deleted_at is not None:
        raise Refusal("invalid", "Only a reply that is there can be changed.")
    found = await parts_of(hub, message)
    if not found[0].local and not found[2].external_ids:
        raise Refusal("not-sent", "The channel does not have this reply.")
    return found


async def parts_of(hub: Hub, message: rows.Message) -> tuple[Adapter, Account, Target, rows.Inbox]:
    """Everything that an act on a message needs; a Refusal where the contact cannot be reached there."""

    def read(conn: Connection) -> tuple[rows.Inbox | None, Target | None]:
        target = target_of(conn, message.contact_id, message.conversation_id, message.inbox_id, message)
        return inboxes.by_id(conn, message.inbox_id), target

    inbox, target = await hub.store.read(read)
    if inbox is None:
        raise missing("inbox")
    if target is None:
        raise Refusal("no-address", f"The contact can no longer be reached through {inbox.name}.")
    return ADAPTERS[inbox.channel], await hub.accounts.account(inbox.id), target, inbox


async def done(hub: Hub, adapter: Adapter, account: Account, requests: Sequence[Request]) -> tuple[str, ...]:
    """Make the calls; the provider's ids of what they made, a Refusal for the first that is not taken."""
    found: tuple[str, ...] = ()
    for request in requests:
        answer = await hub.account_tokens.call(adapter, account, request, partial(call, hub.client))
        outcome = adapter.classify(account, answer) if isinstance(answer, Response) else answer
        if isinstance(outcome, Refused):
            raise Refusal("not-taken", outcome.reason)
        if not isinstance(outcome, Taken):
            raise Refusal("not-taken", _LOST)
        found += outcome.external_ids
    return found
