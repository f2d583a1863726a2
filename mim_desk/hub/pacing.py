"""Keeps each account's pace: a reply waits here until its network takes one more, and while it asked for quiet."""

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

from mim_desk.channels.base import Account, Action, Adapter, Refused
from mim_desk.channels.offering import offers
from mim_desk.channels.pace import Pace, Paced

MOST_WAIT_S: Final = 15.0
"""What takes longer gives its place in the sender to others and comes again."""
CODE: Final = "paced"
_MOST_KNOWN: Final = 20_000
_WAITS: Final = "The channel takes only so many messages in a moment; this one waits its turn."
_Key = tuple[str, str]


class Pacing:
    """The turns of all paced accounts of one hub; a chat's key is its inbox and its contact, an account's has no contact."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._next: dict[_Key, float] = {}
        self._quiet: dict[_Key, float] = {}

    async def turn(self, adapter: Adapter, account: Account, recipient: str) -> Refused | None:
        """Wait until one more message may leave; a refusal to come again where that takes long."""
        inbox_id = account.inbox_id
        turns: tuple[Callable[[], float], ...] = (partial(self.quiet_s, inbox_id),)
        if offers(adapter, Paced):
            pace = adapter.pace(account, recipient)
            turns = (partial(self.chat_turn, inbox_id, recipient, pace), partial(self.whole_turn, inbox_id, pace))
        for taken in turns:
            seconds = taken()
            if seconds > MOST_WAIT_S:
                return Refused(Action.RETRY, _WAITS, CODE, seconds)
            if seconds > 0:
                await asyncio.sleep(seconds)
        return None

    def quiet_s(self, inbox_id: str) -> float:
        """Seconds for which the account still has to be quiet."""
        return max(self._quiet.get((inbox_id, ""), 0.0) - self._clock(), 0.0)

    def chat_turn(self, inbox_id: str, recipient: str, pace: Pace) -> float:
        """Seconds until this chat takes one more; no turn is taken where it is longer than a reply waits."""
        return self._taken((inbox_id, recipient), pace.chat_every_s, (pace.chat_burst - 1) * pace.chat_every_s)

    def whole_turn(self, inbox_id: str, pace: Pace) -> float:
        """Seconds until the account takes one more, asked when the chat's turn has come."""
        return self._taken((inbox_id, ""), 1.0 / pace.per_second, 0.0)

    def _taken(self, key: _Key, every_s: float, spread_s: float) -> float:
        now, following = self._clock(), self._next.get(key, 0.0)
        at = max(now, following - spread_s, self._quiet.get(key, 0.0))
        if at - now <= MOST_WAIT_S:
            self._next[key] = max(at, following) + every_s
            self._forget(now)
        return at - now

    def told_whole_quiet(self, inbox_id: str, seconds: float) -> None:
        """The network asked all of an account to wait."""
        until = self._clock() + seconds
        self._quiet[inbox_id, ""] = max(until, self._quiet.get((inbox_id, ""), 0.0))

    def told_quiet(self, inbox_id: str, recipient: str, seconds: float) -> None:
        """The network asked to wait: in this chat, and in all of the account as soon as it asks in a second chat."""
        now = self._clock()
        until = now + seconds
        others = [
            end for (inbox, who), end in self._quiet.items() if inbox == inbox_id and who != recipient and end > now
        ]
        if others:
            self._quiet[inbox_id, ""] = max(until, *others)
        self._quiet[inbox_id, recipient] = max(until, self._quiet.get((inbox_id, recipient), 0.0))

    def _forget(self, now: float) -> None:
        """Chats whose turn is long over need no memory."""
        if len(self._next) <= _MOST_KNOWN:
            return
        for known in (self._next, self._quiet):
            for key in [key for key, at in known.items() if at < now - MOST_WAIT_S]:
                del known[key]
