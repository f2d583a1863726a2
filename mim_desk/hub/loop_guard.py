"""Of what nobody wrote only so much leaves to one address in an hour: else two machines could answer each other for ever."""

from datetime import datetime, timedelta
from typing import Final

from mim_desk.channels.base import Account, Adapter
from mim_desk.channels.loops import GuardsLoops
from mim_desk.channels.offering import offers
from mim_desk.domain.message import AuthorType, DeliveryStatus
from mim_desk.hub.quotas import CODE
from mim_desk.hub.sending_rules import Next, Verdict
from mim_desk.hub.store import driver, sla
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import moment, ms, utc_now
from mim_desk.protocol import rows

HOUR: Final = timedelta(hours=1)


async def held(store: Store, adapter: Adapter, account: Account, message: rows.Message) -> Verdict | None:
    """Why an automatic message waits, and how long; None for what a person wrote, and while there is room."""
    if message.author.type is AuthorType.AGENT or not offers(adapter, GuardsLoops):
        return None
    most, now = adapter.automatic_per_hour(account), utc_now()
    left = await store.read(lambda conn: _left(conn, message, now - HOUR))
    if len(left) < most:
        return None
    told = f"At most {most} automatic messages an hour go to one address, so that machines do not answer each other."
    return Verdict(Next.AGAIN, told, CODE, wait=left[-most] + HOUR - now)


def _left(conn: Connection, message: rows.Message, since: datetime) -> list[datetime]:
    """When automatic messages to the same contact left there, or may have, the oldest first."""
    found = driver.rows(
        conn,
        "SELECT min(d.at) FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " JOIN delivery_times d ON d.message_id = m.id AND d.status IN (?, ?)"
        " WHERE c.contact_id = ? AND m.inbox_id = ? AND m.fact = ? AND m.id <> ? AND m.occurred_at > ? AND d.at > ?"
        " GROUP BY m.id ORDER BY 1",
        (
            DeliveryStatus.SENT.value,
            DeliveryStatus.UNKNOWN.value,
            message.contact_id,
            message.inbox_id,
            sla.AUTO,
            message.id,
            ms(since - timedelta(days=1)),
            ms(since),
        ),
    )
    return [moment(at) for (at,) in found]
