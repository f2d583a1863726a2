"""Wake-ups over PostgreSQL's LISTEN/NOTIFY, on connections of their own.

NOTIFY is never part of a writing transaction: there it takes a lock of the whole server at commit
(performance.md, section 6). One is sent for all that was committed since the last one.
"""

from collections.abc import Callable
from typing import Final

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import Engine

_CHANNEL: Final = "mim_desk"
_LONGEST: Final = 7_900
"""PostgreSQL takes less than 8,000 bytes."""

_LOOK_S: Final = 5.0
"""How often the listening side looks whether the sending one still stands."""


class PostgresLink:
    """A channel of the database server that all hubs of a workspace share."""

    def __init__(self, engine: Engine) -> None:
        self._address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._sender: AsyncConnection[tuple[object, ...]] | None = None

    async def run(self, on_message: Callable[[bytes], None], on_ready: Callable[[], None]) -> None:
        """Be connected until one of the two connections is lost."""
        async with (
            await psycopg.AsyncConnection.connect(self._address, autocommit=True) as listening,
            await psycopg.AsyncConnection.connect(self._address, autocommit=True) as sending,
        ):
            await listening.execute(f"LISTEN {_CHANNEL}")
            self._sender = sending
            on_ready()
            try:
                while not sending.closed:
                    async for told in listening.notifies(timeout=_LOOK_S):
                        on_message(told.payload.encode())
            finally:
                self._sender = None

    async def send(self, message: bytes) -> None:
        """Notify; without a connection the others find out by asking the database."""
        if self._sender is not None and len(message) < _LONGEST:
            await self._sender.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, message.decode()))
