"""Between the first paint and the session: keys and the first rows, read in a thread of their own.

Then, there too, what the session is made of: the embedded hub is started first, as nothing takes longer.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from subprocess import Popen
from typing import TYPE_CHECKING

import msgspec

from mim_desk.desk.paths import Paths
from mim_desk.desk.shapes import ListQuery

if TYPE_CHECKING:
    from mim_desk.desk.first_read import FirstRead
    from mim_desk.desk.keys import Keys
    from mim_desk.desk.secrets import Opening, SecretStore
    from mim_desk.desk.session import Session
    from mim_desk.desk.settings import Settings, SettingsFile


class Opened(msgspec.Struct, frozen=True):
    """What the thread found.

    Attributes:
        first: rows for the list, None without a readable cache.
    """

    store: "SecretStore"
    opening: "Opening"
    first: "FirstRead | None"


class Prepared(msgspec.Struct, frozen=True):
    """What a session is made of.

    Attributes:
        session: its class, imported with all it needs.
        keys: None when the person must be asked for them.
        hub: the embedded hub on its way, None where there is none or no key for it yet.
    """

    session: "type[Session]"
    settings: "SettingsFile"
    keys: "Keys | None"
    hub: "Popen[bytes] | None"


class Beginning:
    """What the thread does; started by ``begin``.

    Attributes:
        opened: keys and first rows.
    """

    def __init__(self, paths: Paths, me_id: str, query: ListQuery) -> None:
        self._paths = paths
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="opening")
        self.opened: Future[Opened] = self._thread.submit(_opened, paths, me_id, query)

    def prepare(self, *, unasked: bool) -> Future[Prepared]:
        """What the session is made of; asked for once, after the first rows. ``unasked``: nobody is there to answer."""
        found = self._thread.submit(_prepared, self.opened, self._paths, unasked)
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


def _prepared(opened: Future[Opened], paths: Paths, unasked: bool) -> Prepared:
    from mim_desk.desk.settings import SettingsFile

    settings = SettingsFile(paths.settings)
    store, opening = opened.result().store, opened.result().opening
    keys = opening.keys
    if keys is None and unasked and not opening.needs_passphrase:
        keys = store.for_this_session()
    hub = _early_hub(store.paths, settings.current) if keys is not None else None
    from mim_desk.desk.session import Session

    return Prepared(Session, settings, keys, hub)


def _early_hub(paths: Paths, settings: "Settings") -> "Popen[bytes] | None":
    from mim_desk.desk import embedded_hub
    from mim_desk.desk.settings import Network

    return None if settings.hub_url or settings.network is Network.OFFLINE else embedded_hub.spawn(paths)
