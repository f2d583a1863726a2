"""Between the first paint and the session: keys and the first rows, read in a thread of their own."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from mim_desk.desk.paths import Paths
from mim_desk.desk.shapes import ListQuery

if TYPE_CHECKING:
    from mim_desk.desk.first_read import FirstRead
    from mim_desk.desk.secrets import Opening, SecretStore
    from mim_desk.desk.session import Session


class Opened(msgspec.Struct, frozen=True):
    """What the thread found.

    Attributes:
        first: rows for the list, None without a readable cache.
    """

    store: "SecretStore"
    opening: "Opening"
    first: "FirstRead | None"


class Beginning:
    """What the thread does; started by ``begin``.

    Attributes:
        opened: keys and first rows.
    """

    def __init__(self, paths: Paths, me_id: str, query: ListQuery) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="opening")
        self.opened: Future[Opened] = self._thread.submit(_opened, paths, me_id, query)

    def session(self) -> "Future[type[Session]]":
        """The session's class, once httpx is imported; asked for once, after the first rows."""
        found = self._thread.submit(_session_class)
        self._thread.shutdown(wait=False)
        return found


def begin(paths: Paths, me_id: str, query: ListQuery) -> Beginning:
    """Start reading; the imports of keyring and cache happen in that thread too."""
    return Beginning(paths, me_id, query)


def _opened(paths: Paths, me_id: str, query: ListQuery) -> Opened:
    from mim_desk.desk.first_read import first_read
    from mim_desk.desk.secrets import SecretStore

    store = SecretStore(paths)
    opening = store.open_here()
    first = first_read(store.paths, opening.keys, query, me_id) if opening.keys is not None else None
    return Opened(store, opening, first)


def _session_class() -> "type[Session]":
    from mim_desk.desk.session import Session

    return Session
