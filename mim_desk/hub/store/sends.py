"""Sends: replies on their way to a provider, leased by one sender at a time.

``sending`` is committed before the first byte leaves. A lease that runs out in it means nobody
knows: the reply becomes *unknown* and is never sent again by itself, unless the provider takes our
key. The token of a lease fences: what an overtaken sender tells later is not listened to.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from mim_desk.domain.message import DeliveryStatus
from mim_desk.hub.begun import NOTHING_BEFORE, Before
from mim_desk.hub.store import driver, messages_told, part_receipts
from mim_desk.hub.store.times import moment, ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_NOTHING: Mapping[str, str] = {}
_UNFINISHED = "state IN ('queued', 'sending')"
"""Said of whatever is looked for among them: word for word the condition of their index, or SQLite reads all there are."""
QUEUED, DONE = "queued", "done"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send one reply now.

    Attributes:
        token: fences; of two senders only the holder of the newest token is listened to.
        attempt: 1 for the first try.
        before: what of it was taken in earlier tries; only the rest is to leave.
        doubt_at: since when the provider may have it, under our key.
    """

    message: rows.Message
    token: int
    attempt: int
    until: datetime
    before: Before = NOTHING_BEFORE
    doubt_at: datetime | None = None


def queue(unit: Unit, message: rows.Message, *, keyed: bool = False) -> None:
    """Let a stored reply be sent."""
    found = driver.row(unit.conn, "SELECT n FROM messages WHERE id = ?", (message.id,))
    assert found is not None
    driver.execute(
        unit.conn,
        "INSERT INTO sends (message_id, conversation_id, inbox_id, place, state, keyed, attempt, token, next_try_at,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?)",
        (message.id, message.conversation_id, message.inbox_id, found[0], QUEUED, keyed, ms(unit.now), ms(unit.now)),
    )


_FIRST_OF_ITS_CONVERSATION = (
    " AND NOT EXISTS (SELECT 1 FROM sends o WHERE o.conversation_id = s.conversation_id"
    " AND o.place < s.place AND o.state IN ('queued', 'sending'))"
)


def next_due(conn: Connection, paused: Collection[str] = ()) -> datetime | None:
    """When the next queued reply may be tried or the next lease runs out.

    What waits for its ``paused`` inbox or for an earlier reply of its conversation is not due.
    """
    text = (
        "SELECT min(CASE WHEN s.state = 'sending' THEN s.lease_until ELSE s.next_try_at END) FROM sends s"  # noqa: S608
        " WHERE s.state IN ('queued', 'sending')"
        f" AND (s.state = 'sending' OR (s.state = 'queued'{_of_others(paused)}{_FIRST_OF_ITS_CONVERSATION}))"
    )
    found = driver.row(conn, text, tuple(paused))
    return moment(found[0]) if found and found[0] is not None else None


def lease(unit: Unit, span: timedelta, limit: int = 50, *, paused: Collection[str] = ()) -> list[Lease]:
    """Take due replies for sending; of a conversation only the oldest, so that order is kept.

    Attributes:
        paused: inboxes that wait for somebody to mend them.
    """
    skip = "" if driver.is_sqlite(unit.conn) else " FOR UPDATE OF s SKIP LOCKED"
    found = driver.rows(
        unit.conn,
        "SELECT s.message_id, s.token, s.attempt, s.begun, s.doubt_at FROM sends s"  # noqa: S608
        f" WHERE s.{_UNFINISHED} AND s.state = 'queued' AND s.next_try_at <= ?"
        f"{_of_others(paused)}{_FIRST_OF_ITS_CONVERSATION} ORDER BY s.place LIMIT ?{skip}",
        (ms(unit.now), *paused, limit),
    )
    until = unit.now + span
    return [_leased(unit, row[0], row[1] + 1, row[2] + 1, until, *_known(row[3], row[4])) for row in found]


def _known(begun: bytes | None, doubt_at: int | None) -> tuple[Before, datetime | None]:
    before = NOTHING_BEFORE if begun is None else msgspec.json.decode(begun, type=Before)
    return before, None if doubt_at is None else moment(doubt_at)


def _of_others(paused: Collection[str]) -> str:
    return f" AND s.inbox_id NOT IN ({', '.join('?' * len(paused))})" if paused else ""


def _leased(
    unit: Unit, message_id: str, token: int, attempt: int, until: datetime, before: Before, doubt_at: datetime | None
) -> Lease:
    driver.execute(
        unit.conn,
        "UPDATE sends SET state = 'sending', token = ?, attempt = ?, leased_at = ?, lease_until = ? WHERE message_id = ?",
        (token, attempt, ms(unit.now), ms(until), message_id),
    )
    told = rows.Delivery(DeliveryStatus.SENDING, attempts=attempt)
    return Lease(messages_told.merge_delivery(unit, message_id, told), token, attempt, until, before, doubt_at)


def unkey(unit: Unit, message_id: str, token: int) -> None:
    """The send goes a way on which the provider does not know our key: a lease that runs out is *unknown*."""
    driver.execute(
        unit.conn,
        "UPDATE sends SET keyed = ? WHERE message_id = ? AND token = ? AND state = 'sending'",
        (False, message_id, token),
    )


def settle(
    unit: Unit,
    message_id: str,
    token: int,
    told: rows.Delivery,
    external_ids: Sequence[str] = (),
    details: Mapping[str, str] = _NOTHING,
    *,
    was_begun: bool = False,
) -> rows.Message | None:
    """The provider answered: *sent* or further, *failed* or *unknown*; None when the lease was overtaken.

    Of a reply that ``was_begun``, in an earlier try or as one of several parts, all has left only now.
    """
    if not _close(unit.conn, message_id, token, DONE, None):
        return None
    ended_badly = told.status in (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN)
    if ended_badly and external_ids:
        part_receipts.one_never_left(unit, message_id)
    message = messages_told.merge_delivery(unit, message_id, told, external_ids=external_ids, details=details)
    if was_begun and not ended_badly:
        reached = rows.Delivery(part_receipts.once_left(unit, message))
        message = messages_told.merge_delivery(unit, message_id, reached)
    return message


def begin(unit: Unit, message_id: str, token: int, parts: int) -> None:
    """Say before the first byte of a reply in several parts how many they are."""
    text = "SELECT 1 FROM sends WHERE message_id = ? AND token = ? AND state = 'sending'"
    if driver.row(unit.conn, text, (message_id, token)):
        part_receipts.begun(unit, message_id, parts)


def retry(
    unit: Unit,
    message_id: str,
    token: int,
    at: datetime,
    reason: str = "",
    code: str = "",
    *,
    counts: bool = True,
    before: Before = NOTHING_BEFORE,
    in_doubt: bool = False,
) -> rows.Message | None:
    """Try it, or what is left of it, again at ``at``; None when the lease was overtaken.

    What was not even tried, as it only waited its turn, ``counts`` as no try. The provider certainly does not have what
    is tried again, or it is ``in_doubt`` and known to it by our key.
    """
    if not _close(unit.conn, message_id, token, QUEUED, at):
        return None
    if not counts:
        driver.execute(unit.conn, "UPDATE sends SET attempt = attempt - 1 WHERE message_id = ?", (message_id,))
    if in_doubt:
        since = "UPDATE sends SET doubt_at = COALESCE(doubt_at, leased_at, created_at) WHERE message_id = ?"
        driver.execute(unit.conn, since, (message_id,))
    if before.goes_on:
        begun = msgspec.json.encode(before)
        driver.execute(unit.conn, "UPDATE sends SET begun = ? WHERE message_id = ?", (begun, message_id))
        part_receipts.one_never_left(unit, message_id)
    return messages_told.requeued(unit, message_id, reason, code, before)


def _close(conn: Connection, message_id: str, token: int, state: str, next_try_at: datetime | None) -> bool:
    done = driver.execute(
        conn,
        "UPDATE sends SET state = ?, lease_until = NULL, next_try_at = COALESCE(?, next_try_at)"
        " WHERE message_id = ? AND token = ? AND state = 'sending'",
        (state, None if next_try_at is None else ms(next_try_at), message_id, token),
    )
    return done == 1


def expire(unit: Unit, limit: int = 50) -> list[rows.Message]:
    """Leases that ran out: nobody knows whether the provider has the reply, unless our key tells it."""
    skip = "" if driver.is_sqlite(unit.conn) else " FOR UPDATE SKIP LOCKED"
    found = driver.rows(
        unit.conn,
        f"SELECT message_id, token, keyed FROM sends WHERE {_UNFINISHED} AND state = 'sending' AND lease_until < ? LIMIT ?{skip}",  # noqa: S608
        (ms(unit.now), limit),
    )
    told = [_expired(unit, message_id, token, keyed=bool(keyed)) for message_id, token, keyed in found]
    return [message for message in told if message is not None]


def release(unit: Unit, message_id: str, token: int) -> None:
    """End one lease: whoever held it hears no answer any more."""
    ended = "UPDATE sends SET lease_until = 0 WHERE message_id = ? AND token = ? AND state = 'sending'"
    driver.execute(unit.conn, ended, (message_id, token))


def release_all(unit: Unit) -> None:
    """End all leases: whoever held them is gone, as at the start of the only hub of a file."""
    driver.execute(unit.conn, f"UPDATE sends SET lease_until = 0 WHERE {_UNFINISHED} AND state = 'sending'")  # noqa: S608


def _expired(unit: Unit, message_id: str, token: int, *, keyed: bool) -> rows.Message | None:
    if keyed:
        return retry(unit, message_id, token, unit.now, in_doubt=True)
    reason = "The hub stopped while sending. It may have arrived: check before sending it again."
    return settle(unit, message_id, token, rows.Delivery(DeliveryStatus.UNKNOWN, reason))


def cancel(unit: Unit, message_id: str) -> bool:
    """Take a reply out of the queue before anybody leased it; whether that was still possible."""
    done = driver.execute(
        unit.conn, "UPDATE sends SET state = 'done' WHERE message_id = ? AND state = 'queued'", (message_id,)
    )
    return done == 1


def any_under_way(conn: Connection, conversation_id: str) -> bool:
    """Whether replies of a conversation wait or are being sent."""
    text = f"SELECT 1 FROM sends WHERE conversation_id = ? AND {_UNFINISHED} LIMIT 1"  # noqa: S608
    return driver.row(conn, text, (conversation_id,)) is not None


def oldest_queued(conn: Connection) -> datetime | None:
    """Since when the oldest unfinished reply waits."""
    found = driver.row(conn, "SELECT min(created_at) FROM sends WHERE state IN ('queued', 'sending')")
    return moment(found[0]) if found and found[0] is not None else None


def unfinished(conn: Connection) -> int:
    """How many replies are not yet sent."""
    found = driver.row(conn, "SELECT count(*) FROM sends WHERE state IN ('queued', 'sending')")
    return int(found[0]) if found else 0


def sent_since(conn: Connection, inbox_id: str, since: datetime) -> list[datetime]:
    """When replies of an inbox were taken by its channel, oldest first."""
    found = driver.rows(
        conn,
        "SELECT d.at FROM sends s JOIN delivery_times d ON d.message_id = s.message_id AND d.status = 'sent'"
        " WHERE s.inbox_id = ? AND s.created_at > ? AND d.at > ? ORDER BY d.at",
        (inbox_id, ms(since - timedelta(days=7)), ms(since)),
    )
    return [moment(at) for (at,) in found]


def held(conn: Connection) -> dict[str, int]:
    """How many replies of each inbox are not yet sent."""
    found = driver.rows(
        conn, "SELECT inbox_id, count(*) FROM sends WHERE state IN ('queued', 'sending') GROUP BY inbox_id"
    )
    return {inbox_id: int(count) for inbox_id, count in found}
