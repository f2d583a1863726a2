"""Moves what was committed from SQLite's write-ahead log into the file, beside the writer instead of in its commits.

https://www.sqlite.org/wal.html#performance_considerations: an automatic checkpoint lengthens one commit
in many; a passive one on another connection waits for nobody and nobody waits for it.
"""

import threading
from typing import Final

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

_EVERY: Final = 1_000
"""Items between two checkpoints: about eight megabytes of log under load."""
_log = structlog.get_logger("mim_desk.hub.store.checkpoints")


class Checkpoints:
    """A thread that follows the writer of one SQLite file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._written = 0
        self._due = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="store-checkpoints", daemon=True)
        self._thread.start()

    def wrote(self, items: int) -> None:
        """The writer committed so many items."""
        self._written += items
        if self._written >= _EVERY:
            self._written = 0
            self._due.set()

    def close(self) -> None:
        """End the thread; the last connection to close moves the rest."""
        self._closing = True
        self._due.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._closing:
                return
            try:
                self._move()
            except (DBAPIError, OSError) as problem:
                _log.warning("checkpoint_failed", problem=str(problem))

    def _move(self) -> None:
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            cursor.fetchall()
            cursor.close()
        finally:
            connection.close()
