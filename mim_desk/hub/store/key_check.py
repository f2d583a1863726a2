"""A number made from the hub's key, kept at the first start: a hub with another key is told apart before it serves."""

from sqlalchemy import Connection, select

from mim_desk.hub.store import driver
from mim_desk.hub.store.schema import inboxes


def known(conn: Connection) -> int | None:
    """The number of the key that this store was first opened with."""
    found = driver.row(conn, "SELECT value FROM counters WHERE name = 'key'")
    return None if found is None else int(found[0])


def keep(conn: Connection, number: int) -> None:
    """Remember the number of the key, unless another hub that starts at the same moment was faster."""
    driver.execute(
        conn, "INSERT INTO counters (name, value) VALUES ('key', ?) ON CONFLICT (name) DO NOTHING", (number,)
    )


def sealed(conn: Connection) -> list[tuple[str, bytes]]:
    """What was sealed with the key already: (inbox id, sealed secrets)."""
    found = conn.execute(select(inboxes.c.id, inboxes.c.secrets).where(inboxes.c.secrets.is_not(None)))
    return [(inbox_id, secrets) for inbox_id, secrets in found]
