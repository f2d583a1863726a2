"""How many messages an account may send in a minute and in a day, as its settings say: the rest waits, and says why."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from mim_desk.channels.base import Account
from mim_desk.hub.sending_rules import Next, Verdict
from mim_desk.hub.store import sends
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import utc_now

_SPANS: Final = (
    ("per_minute", timedelta(minutes=1), "This account sends at most {most} messages a minute; this one waits."),
    ("per_day", timedelta(days=1), "This account sends at most {most} messages a day; this one waits."),
)
CODE: Final = "quota"


class Quotas:
    """Counts what each account sends; what other hubs send is counted from the store once, when it is first asked."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._clock = clock
        self._begun: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._known: set[str] = set()

    async def held(self, account: Account) -> Verdict | None:
        """Why a message has to wait and how long; else it is counted as sent, and None."""
        limits = list(_limits(account.settings))
        if not limits:
            return None
        now = self._clock()
        if account.inbox_id not in self._known:
            since = now - timedelta(days=1)
            before = await self._store.read(lambda conn: sends.sent_since(conn, account.inbox_id, since))
            if account.inbox_id not in self._known:
                self._known.add(account.inbox_id)
                self._begun[account.inbox_id].extendleft(reversed(before))
        begun = self._begun[account.inbox_id]
        while begun and begun[0] <= now - timedelta(days=1):
            begun.popleft()
        for span, most, words in limits:
            recent = [at for at in begun if at > now - span]
            if len(recent) >= most:
                return Verdict(Next.AGAIN, words.format(most=most), CODE, wait=recent[-most] + span - now)
        begun.append(now)
        return None


def _limits(settings: Mapping[str, Any]) -> Iterator[tuple[timedelta, int, str]]:
    for name, span, words in _SPANS:
        told = str(settings.get(name) or "")
        if told.isascii() and told.isdigit() and int(told[:9]) > 0:
            yield span, int(told[:9]), words
