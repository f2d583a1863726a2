"""The same reading, one at a time: no older answer of the cache covers a newer one."""

from collections.abc import Callable, Coroutine
from typing import Any

from mim_desk.desk.tasks import TaskOwner


class OneAtATime:
    """Does ``work`` when it is asked for, and once more when it was asked for meanwhile."""

    def __init__(self, owner: TaskOwner, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._owner = owner
        self._work = work
        self._name = name
        self._wanted = False
        self._busy = False

    def ask(self) -> None:
        """Do it now, or again behind what is under way."""
        self._wanted = True
        if not self._busy:
            self._busy = True
            self._owner.spawn(self._run(), name=self._name)

    async def _run(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                await self._work()
        finally:
            self._busy = False
