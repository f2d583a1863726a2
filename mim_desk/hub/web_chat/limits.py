"""Rate limits, kept in this hub's memory; replicas count each for themselves."""

from collections import OrderedDict, deque
from collections.abc import Callable
from hashlib import blake2b
from time import monotonic

from mim_desk.hub.web_chat.problems import too_many

_MOST_KEYS = 50_000


class Limiter:
    """Counts what happened per key within a sliding span."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._spent: OrderedDict[tuple[str, str], deque[tuple[float, float]]] = OrderedDict()

    def take(self, kind: str, key: str, most: float, span_s: float, cost: float = 1.0) -> None:
        """Count ``cost`` for ``key``; too_many when that passes ``most`` within ``span_s``."""
        now = self._clock()
        spent = self._spent.setdefault((kind, key), deque())
        self._spent.move_to_end((kind, key))
        while spent and spent[0][0] <= now - span_s:
            spent.popleft()
        if sum(one for _, one in spent) + cost > most:
            raise too_many(spent[0][0] + span_s - now if spent else span_s)
        spent.append((now, cost))
        while len(self._spent) > _MOST_KEYS:
            self._spent.popitem(last=False)


def address_key(address: str) -> str:
    """A network address as a key that tells nobody the address; IPv6 by its /64."""
    shortened = ":".join(address.split(":")[:4]) if ":" in address else address
    return blake2b(shortened.encode(), digest_size=12).hexdigest()
