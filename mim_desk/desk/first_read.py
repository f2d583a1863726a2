"""The first rows on screen, read before anything heavy is imported (no SQLAlchemy, httpx, keyring)."""

import msgspec

from mim_desk.desk import encrypted_file
from mim_desk.desk.cache import lists
from mim_desk.desk.cache.names import Names
from mim_desk.desk.keys import Keys
from mim_desk.desk.paths import Paths
from mim_desk.desk.shapes import ListQuery, ListRow
from mim_desk.protocol import rows


class FirstRead(msgspec.Struct, frozen=True):
    """What the first paint shows; the session replaces it as soon as it is open."""

    me_id: str
    page: list[ListRow]
    inboxes: list[rows.Inbox]
    view: str = "mine"


def first_read(paths: Paths, keys: Keys, query: ListQuery, me_id: str, limit: int = 50) -> FirstRead | None:
    """The first page of a view; None when there is no cache that can be read, which the session will mend."""
    if not paths.cache.exists():
        return None
    try:
        connection = encrypted_file.connect(paths.cache, keys.cache, synchronous="NORMAL")
    except encrypted_file.DatabaseError:
        return None
    try:
        names = Names.of(connection)
        found = [names.list_row(*each) for each in lists.page(connection, query, me_id, None, limit)]
        return FirstRead(me_id, found, list(names.inboxes.values()), query.view)
    except encrypted_file.DatabaseError:
        return None
    finally:
        connection.close()
