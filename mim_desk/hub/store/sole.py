"""One hub for one SQLite file: a second one would take the replies that the first is sending for abandoned.

The lock is the system's, so it ends with its holder however that ends. Hubs of one PostgreSQL need none.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sqlalchemy import make_url

from mim_desk.domain.refusal import Refusal

_LOOK_S: Final = 0.1


@contextmanager
def holding(database: str, patience_s: float) -> Iterator[bool]:
    """Hold ``database`` alone, which answers whether that is certain; a Refusal when another hub still does after ``patience_s``.

    It is not where several hubs share a server, and not on file systems that know no locks.
    """
    if not database.startswith("sqlite:"):
        yield False
        return
    path = Path(make_url(database).database or "")
    with path.with_name(f"{path.name}.lock").open("ab") as lock:
        until = time.monotonic() + patience_s
        while (is_taken := _taken(lock)) is False:
            if time.monotonic() > until:
                told = f"Another hub works with {path}. Stop it first, or name another folder in MIM_DESK_HOME."
                raise Refusal("already-running", told, "MIM_DESK_HOME")
            time.sleep(_LOOK_S)
        yield bool(is_taken)


if sys.platform == "win32":
    import msvcrt

    def _taken(lock: IO[bytes]) -> bool:
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(lock: IO[bytes]) -> bool | None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None  # some network file systems know no locks
        return True
