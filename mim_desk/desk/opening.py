"""Between the first paint and the session: keys and the first rows, read in a thread of their own."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mim_desk.desk.paths import Paths
from mim_desk.desk.shapes import ListQuery

if TYPE_CHECKING:
    from mim_desk.desk.first_read import FirstRead
    from mim_desk.desk.secrets import Opening, SecretStore
    from mim_desk.desk.session import Session


@dataclass(frozen=True)
class Opened:
    """What the thread found.

    Attributes:
        first: rows for the list, None without a readable cache.
    """

    store: "SecretStore"
    opening: "Opening"
    first: "FirstRead | None"


@dataclass(frozen=True)
class Beginning:
    """What the thread will have done.

    Attributes:
        opened: keys and first rows.
        session: the session's class, once SQLAlchemy and httpx are imported.
    """

    opened: "Future[Opened]"
    session: "Future[type[Session]]"


def begin(paths: Paths, me_id: str, query: ListQuery) -> Beginning:
    """Start reading; the imports of keyring, cache and session happen in that thread too."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="opening")
    beginning = Beginning(thread.submit(_opened, paths, me_id, query), thread.submit(_session_class))
    thread.shutdown(wait=False)
    return beginning


def _opened(paths: Paths, me_id: str, query: ListQuery) -> Opened:
    import asyncio

    from mim_desk.desk.first_read import first_read
    from mim_desk.desk.secrets import SecretStore

    store = SecretStore(paths)
    opening = asyncio.run(store.open())
    first = first_read(store.paths, opening.keys, query, me_id) if opening.keys is not None else None
    return Opened(store, opening, first)


def _session_class() -> "type[Session]":
    from mim_desk.desk.session import Session

    return Session
