"""Who is meant by an id that a network uses beside a better one: a number of somebody who has a user id.

What names both tells that they are one person. A number goes to somebody else one day, so the last word counts.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mim_desk.channels.events import Event, IdentityChanged, IncomingMessage, Sender
from mim_desk.hub.store import bulk, contact_merge, contacts, driver
from mim_desk.hub.store.unit import Unit


def resolved(unit: Unit, inbox_id: str, events: Sequence[Event]) -> tuple[Event, ...]:
    """The events with everybody under the id by which the inbox knows them; what they tell of aliases is kept."""
    if not any(_speaks(event) for event in events):
        return tuple(events)
    _keep(unit, inbox_id, events)
    asked = [one for event in events if (one := _sender(event)) is not None and one.is_alias]
    text = "SELECT a.alias, a.external_id FROM {keys} JOIN identity_aliases a ON a.inbox_id = k.a AND a.alias = k.b"
    found = dict(bulk.for_keys(unit.conn, text, ((inbox_id, one.external_id) for one in asked)))
    return tuple(_named(event, found) for event in events)


def newly_told(unit: Unit, inbox_id: str, events: Sequence[Event]) -> list[tuple[str, str]]:
    """What messages tell for the first time of their senders: another id, and the better one beside it."""
    told = {
        (alias, one.sender.external_id)
        for one in events
        if isinstance(one, IncomingMessage)
        for alias in one.sender.aliases
    }
    if not told:
        return []
    text = "SELECT a.alias, a.external_id FROM {keys} JOIN identity_aliases a ON a.inbox_id = k.a AND a.alias = k.b"
    known = bulk.for_keys(unit.conn, text, ((inbox_id, alias) for alias, _ in sorted(told)))
    return sorted(told.difference(tuple(one) for one in known))


def join(unit: Unit, inbox_id: str, alias: str, external_id: str) -> None:
    """Make one contact of two that stood apart until a message named both ids.

    The provider itself says so. It is a merge like any other, so that it can be undone, and is not made again then.
    """
    apart = contacts.of_identity(unit.conn, inbox_id, alias)
    own = contacts.of_identity(unit.conn, inbox_id, external_id)
    if apart is not None and own is not None and apart != own:
        contact_merge.merge(unit, apart, own)


def _speaks(event: Event) -> bool:
    sender = _sender(event)
    return sender is not None and (sender.is_alias or bool(sender.aliases))


def _sender(event: Event) -> Sender | None:
    sender: Sender | None = getattr(event, "sender", None)
    return sender


def _keep(unit: Unit, inbox_id: str, events: Sequence[Event]) -> None:
    moved = [
        one
        for event in events
        if isinstance(event, IdentityChanged)
        for one in event.sender.formerly
        if one not in event.sender.aliases
    ]
    driver.execute_many(
        unit.conn,
        "DELETE FROM identity_aliases WHERE inbox_id = ? AND (alias = ? OR external_id = ?)",
        [(inbox_id, one, one) for one in moved],
    )
    told = {alias: sender.external_id for sender in filter(None, map(_sender, events)) for alias in sender.aliases}
    driver.execute_many(
        unit.conn,
        "INSERT INTO identity_aliases (inbox_id, alias, external_id) VALUES (?, ?, ?) ON CONFLICT (inbox_id, alias)"
        " DO UPDATE SET external_id = excluded.external_id WHERE identity_aliases.external_id <> excluded.external_id",
        [(inbox_id, alias, external_id) for alias, external_id in sorted(told.items())],
    )


def _named(event: Any, found: dict[str, str]) -> Event:
    sender = _sender(event)
    better = found.get(sender.external_id) if sender is not None and sender.is_alias else None
    if sender is None or better is None:
        return event  # type: ignore[no-any-return]  # an event as it came
    return replace(event, sender=replace(sender, external_id=better, is_alias=False))  # type: ignore[no-any-return]
