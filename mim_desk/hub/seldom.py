"""What is done to a person or a chat no oftener than now and then, such as telling that we type."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final

_REMEMBERED: Final = 10_000


class Seldom:
    """When it was last done to each, so that it is done no oftener than it may be."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_due(self, whom: str, inbox_id: str, every_s: float) -> bool:
        """Whether to do it now; then not again for ``every_s``."""
        now, key = self._clock(), (whom, inbox_id)
        if every_s <= 0 or self._until.get(key, now) > now:
            return False
        self._until[key] = now + every_s
        self._until.move_to_end(key)
        while len(self._until) > _REMEMBERED:
            self._until.popitem(last=False)
        return True
