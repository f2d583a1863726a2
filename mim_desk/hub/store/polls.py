"""Polls: how far an inbox's provider was asked or listened to, and which hub does so now.

One hub at a time holds an inbox. Who holds it keeps it by renewing; a hold that is not renewed runs out and
another hub may take it. The token of a hold fences: what an overtaken hub stores of the cursor is not listened to.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from mim_desk.hub.store import driver, inboxes
from mim_desk.hub.store.times import ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to ask the provider of one inbox, or to be connected to it.

    Attributes:
        token: fences; of two hubs only the holder of the newest token is listened to.
        cursor: where to ask on, empty at the start.
    """

    inbox_id: str
    token: int
    cursor: str


@dataclass(frozen=True, slots=True)
class Advance:
    """Everything up to ``cursor`` is stored, says who has the hold."""

    held: Hold
    cursor: str


class Overtaken(Exception):
    """Another hub holds the inbox by now: what this one says of the cursor is not stored."""


@dataclass(frozen=True, slots=True)
class Askable:
    """An inbox that is at work, with what tells whether it has to be asked in another way than before."""

    inbox: rows.Inbox
    sealed: bytes | None


def askable(conn: Connection) -> list[Askable]:
    """All inboxes that are not paused."""
    found = [inbox for inbox in inboxes.everything(conn) if inbox.health.state != "paused"]
    return [Askable(inbox, inboxes.secrets(conn, inbox.id)) for inbox in found]


def begin(unit: Unit, inbox_id: str, cursor: str) -> None:
    """A new inbox is read from ``cursor`` on, whoever takes hold of it first."""
    text = "INSERT INTO polls (inbox_id, cursor, holder, token, until) VALUES (?, ?, '', 0, 0)"
    driver.execute(unit.conn, text, (inbox_id, cursor))


def hold(unit: Unit, inbox_id: str, holder: str, span: timedelta, *, at_once: bool = False) -> Hold | None:
    """Begin to ask; None while another hub does, or when the inbox is gone.

    Attributes:
        at_once: do not wait until another's hold runs out: nobody else can be at work on this store.
    """
    won = driver.execute(
        unit.conn,
        "INSERT INTO polls (inbox_id, cursor, holder, token, until)"
        " SELECT id, '', ?, 1, ? FROM inboxes WHERE id = ? AND removed_at IS NULL"
        " ON CONFLICT (inbox_id) DO UPDATE SET holder = excluded.holder, token = polls.token + 1, until = excluded.until"
        " WHERE polls.until <= ? OR polls.holder = excluded.holder",
        (holder, ms(unit.now + span), inbox_id, ms(unit.now + (timedelta(days=1000) if at_once else timedelta(0)))),
    )
    if won != 1:
        return None
    found = driver.row(unit.conn, "SELECT token, cursor FROM polls WHERE inbox_id = ?", (inbox_id,))
    return None if found is None else Hold(inbox_id, found[0], found[1])


def renew(unit: Unit, held: Hold, span: timedelta) -> bool:
    """Go on asking; whether that is still allowed."""
    return _change(unit, held, "until = ?", ms(unit.now + span))


def advance(unit: Unit, held: Hold, cursor: str) -> bool:
    """Everything up to ``cursor`` is stored; whether this hub was still the one to say so."""
    return _change(unit, held, "cursor = ?", cursor)


def release(unit: Unit, held: Hold) -> None:
    """Let another hub ask at once."""
    _change(unit, held, "until = ?", 0)


def _change(unit: Unit, held: Hold, what: str, value: object) -> bool:
    text = f"UPDATE polls SET {what} WHERE inbox_id = ? AND token = ?"  # noqa: S608  # our own words
    return driver.execute(unit.conn, text, (value, held.inbox_id, held.token)) == 1
