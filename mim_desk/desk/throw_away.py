"""A home folder for one run that leaves nothing behind."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from mim_desk.desk.running import is_running

_PREFIX: Final = "mim-desk-demo-"


@contextmanager
def throw_away_home() -> Iterator[Path]:
    """A new folder, removed at the end; what killed runs left is removed at the start."""
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for ends in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ends, _end)
        _remove_left_behind(folder)
        yield folder


def _end(number: int, _: FrameType | None) -> NoReturn:
    """Ends in order while there is no loop yet to do it."""
    raise SystemExit(128 + number)


def _remove_left_behind(own: Path) -> None:
    owner = own.lstat().st_uid
    for folder in own.parent.glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and folder.lstat().st_uid == owner and not is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
