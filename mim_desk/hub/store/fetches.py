"""Fetches: files whose bytes are still at their provider, leased by one hub at a time.

Fetching the same file twice does no harm but cost, so a lease that ran out is simply taken by the next.
Its token fences: what an overtaken hub brings later is not listened to.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mim_desk.domain.message import AttachmentState
from mim_desk.hub.store import attachments, driver, message_rows, messages_told
from mim_desk.hub.store.times import moment, ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Fetch:
    """The right to fetch one file now.

    Attributes:
        source: where the file is, as its channel named it; it may hold a secret.
        token: fences; only the holder of the newest is listened to.
        attempt: 1 for the first try.
    """

    file: rows.Attachment
    message_id: str
    inbox_id: str
    channel: str
    source: str = field(repr=False)
    token: int
    attempt: int


def next_due(conn: Connection) -> datetime | None:
    """When the next file may be fetched or the next lease runs out."""
    text = (
        "SELECT min(CASE WHEN lease_until IS NULL THEN next_try_at ELSE lease_until END)"
        " FROM attachments WHERE state = 'pending'"
    )
    found = driver.row(conn, text)
    return moment(found[0]) if found and found[0] is not None else None


def lease(
    unit: Unit, span: timedelta, limit: int, *, most_of_inbox: int, under_way: Collection[str] = ()
) -> list[Fetch]:
    """Take files that are due, new ones first; one slow inbox never takes all places.

    Attributes:
        under_way: the inbox of each file that this hub fetches now.
    """
    found = driver.rows(
        unit.conn,
        "SELECT a.id, a.message_id, m.inbox_id, i.channel, a.source, a.token, a.attempt FROM attachments a"
        " LEFT JOIN messages m ON m.id = a.message_id LEFT JOIN inboxes i ON i.id = m.inbox_id WHERE a.state = 'pending' AND a.next_try_at <= ?"
        " AND (a.lease_until IS NULL OR a.lease_until <= ?) ORDER BY a.next_try_at, a.created_at LIMIT ?",
        (ms(unit.now), ms(unit.now), _LOOKED_AT),
    )
    busy, taken = list(under_way), list[Fetch]()
    for attachment_id, message_id, inbox_id, channel, source, token, attempt in found:
        if len(taken) == limit:
            break
        if busy.count(inbox_id) < most_of_inbox and _won(unit, attachment_id, token, span):
            busy.append(inbox_id)
            file = attachments.by_id(unit.conn, attachment_id)
            assert file is not None
            taken.append(Fetch(file, message_id, inbox_id or "", channel or "", source, token + 1, attempt + 1))
    return taken


def _won(unit: Unit, attachment_id: str, token: int, span: timedelta) -> bool:
    """Whether the lease is ours; of two hubs the second finds the token moved on."""
    done = driver.execute(
        unit.conn,
        "UPDATE attachments SET token = token + 1, attempt = attempt + 1, lease_until = ?"
        " WHERE id = ? AND token = ? AND state = 'pending'",
        (ms(unit.now + span), attachment_id, token),
    )
    return done == 1


def hold(unit: Unit, taken: Fetch, span: timedelta) -> bool:
    """Keep a lease a while longer; whether it is still ours."""
    return _set(unit, taken, "lease_until = ?", ms(unit.now + span))


def name_bytes(unit: Unit, taken: Fetch, digest: str) -> bool:
    """Say which bytes are coming, so that no sweep takes those that are here; whether the lease is ours."""
    return _set(unit, taken, "sha256 = ?", digest)


def finish(unit: Unit, taken: Fetch, file: rows.Attachment, data: bytes, digest: str) -> rows.Message | None:
    """The file is here, as ``file`` says; None when the lease was overtaken or the message was taken back."""
    if not _set(unit, taken, "lease_until = ?", None):
        return None
    message = message_rows.by_id(unit.conn, taken.message_id)
    if message is None or all(one.id != file.id for one in message.attachments):
        attachments.not_fetched(unit, file.id, AttachmentState.FAILED)
        return None
    return messages_told.refile(unit, taken.message_id, attachments.fetched(unit, file, data, digest))


def give_up(unit: Unit, taken: Fetch, state: AttachmentState) -> rows.Message | None:
    """The file will not come: *failed* or *expired*; None when the lease was overtaken."""
    if not _set(unit, taken, "lease_until = ?", None):
        return None
    return messages_told.refile(unit, taken.message_id, attachments.not_fetched(unit, taken.file.id, state))


def again(unit: Unit, taken: Fetch, at: datetime) -> bool:
    """Try again at ``at``; False when the lease was overtaken."""
    return _set(unit, taken, "lease_until = NULL, next_try_at = ?", ms(at))


def release(unit: Unit, taken: Iterable[Fetch]) -> None:
    """Let go of what was not finished, as if it had not been begun."""
    for one in taken:
        _set(unit, one, "lease_until = NULL, attempt = attempt - ?", 1)


def release_all(unit: Unit) -> None:
    """Let go of every lease: of a store that this hub has for itself, at its start."""
    driver.execute(unit.conn, "UPDATE attachments SET lease_until = NULL WHERE state = 'pending'")


def _set(unit: Unit, taken: Fetch, change: str, value: object) -> bool:
    """Change the row of a leased file, unless the lease was overtaken."""
    done = driver.execute(
        unit.conn,
        f"UPDATE attachments SET {change} WHERE id = ? AND token = ? AND state = 'pending'",  # noqa: S608  # constants
        (value, taken.file.id, taken.token),
    )
    return done == 1
