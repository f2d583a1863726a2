"""Inboxes: the connected accounts, their secrets (sealed by the caller) and their health."""

from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from mim_desk.hub.store import driver, plain_rows, templates
from mim_desk.hub.store.schema import inboxes
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_decoder = msgspec.json.Decoder(rows.Inbox)


def everything(conn: Connection) -> list[rows.Inbox]:
    """All inboxes that were not removed, oldest first."""
    found = driver.rows(conn, "SELECT row FROM inboxes WHERE removed_at IS NULL ORDER BY id")
    return [_decoder.decode(row) for (row,) in found]


def by_id(conn: Connection, inbox_id: str) -> rows.Inbox | None:
    """One inbox; a removed one is not there."""
    return _one(conn, "id", inbox_id)


def by_public_name(conn: Connection, public_name: str) -> rows.Inbox | None:
    """The inbox that the outside knows by this name (a web chat's ``wpub_...``)."""
    return _one(conn, "public_name", public_name)


def public_name(conn: Connection, inbox_id: str) -> str | None:
    """The name by which the outside knows an inbox."""
    name: str | None = conn.execute(select(inboxes.c.public_name).where(inboxes.c.id == inbox_id)).scalar()
    return name


def for_change(unit: Unit, inbox_id: str) -> rows.Inbox | None:
    """A connected account, unchanged by others until the unit is committed."""
    unit.conn.execute(select(inboxes.c.id).where(inboxes.c.id == inbox_id).with_for_update())
    return by_id(unit.conn, inbox_id)


def secrets(conn: Connection, inbox_id: str) -> bytes | None:
    """The sealed secrets, as they were given to ``add`` or ``set_secrets``."""
    sealed: bytes | None = conn.execute(select(inboxes.c.secrets).where(inboxes.c.id == inbox_id)).scalar()
    return sealed


def renewed(conn: Connection, inbox_id: str) -> bytes | None:
    """The sealed secrets that the provider gave in place of those, if it did."""
    sealed: bytes | None = conn.execute(select(inboxes.c.renewed).where(inboxes.c.id == inbox_id)).scalar()
    return sealed


def add(unit: Unit, inbox: rows.Inbox, *, secrets: bytes | None = None, public_name: str | None = None) -> None:
    """Connect an account."""
    columns = {"channel": inbox.channel, "brand_id": inbox.brand.id, "secrets": secrets, "public_name": public_name}
    plain_rows.add(unit, inboxes, "inbox", inbox, **columns)


def change(unit: Unit, inbox: rows.Inbox) -> rows.Inbox:
    """Change name, settings, brand, capabilities or health."""
    return plain_rows.change(unit, inboxes, "inbox", inbox, brand_id=inbox.brand.id)


def set_secrets(unit: Unit, inbox_id: str, sealed: bytes) -> None:
    """Replace the sealed secrets."""
    unit.conn.execute(update(inboxes).where(inboxes.c.id == inbox_id).values(secrets=sealed))


def set_renewed(unit: Unit, inbox_id: str, sealed: bytes | None) -> None:
    """Keep what the provider gave in place of secrets; nobody is told, as nothing that is seen changes."""
    unit.conn.execute(update(inboxes).where(inboxes.c.id == inbox_id).values(renewed=sealed))


def set_health(unit: Unit, inbox_id: str, **changed: Any) -> rows.Inbox:
    """Change parts of the health (state, reason ...); logs only a real change."""
    inbox = by_id(unit.conn, inbox_id)
    if inbox is None:
        raise plain_rows.missing("inbox")
    health = msgspec.structs.replace(inbox.health, **changed)
    if health == inbox.health:
        return inbox
    return change(unit, msgspec.structs.replace(inbox, health=health))


def remove(unit: Unit, inbox_id: str) -> None:
    """Disconnect an account; its conversations stay, its secrets go."""
    gone = update(inboxes).where(inboxes.c.id == inbox_id, inboxes.c.removed_at.is_(None))
    if (
        unit.conn.execute(gone.values(removed_at=ms(unit.now), secrets=None, renewed=None, public_name=None)).rowcount
        != 1
    ):
        raise plain_rows.missing("inbox")
    driver.execute(unit.conn, "DELETE FROM polls WHERE inbox_id = ?", (inbox_id,))
    templates.forget_inbox(unit, inbox_id)
    unit.forget("inbox", inbox_id)


def _one(conn: Connection, column: str, value: str) -> rows.Inbox | None:
    text = f"SELECT row FROM inboxes WHERE {column} = ? AND removed_at IS NULL"  # noqa: S608  # our own names
    found = driver.row(conn, text, (value,))
    return None if found is None else _decoder.decode(found[0])
