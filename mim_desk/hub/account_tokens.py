"""The short-lived tokens of accounts: asked for once, kept for their life, renewed when the provider no longer takes one."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, TypeVar

import httpx
import structlog

from mim_desk.channels.base import (
    AccessToken,
    Account,
    Action,
    Adapter,
    InDoubt,
    NeverLeft,
    Refused,
    Request,
    Response,
    UsesAccessToken,
)
from mim_desk.hub.provider_http import call
from mim_desk.hub.store.times import utc_now

RENEWED_BEFORE_S: Final = 300.0
"""How long before its end a token is no longer used; of a short-lived one a tenth of its life."""
_log = structlog.get_logger("mim_desk.hub.account_tokens")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A token, the account it was given to, and when it is to be renewed."""

    value: str = field(repr=False)
    account: Account
    until: float

    def serves(self, account: Account, now: float) -> bool:
        """Whether it is still good; with other secrets or another address it is not."""
        same = self.account.secrets == account.secrets and self.account.settings == account.settings
        return same and now < self.until


class AccountTokens:
    """Holds one token per account; whoever needs one while it is asked for waits for the same answer.

    Each hub asks for itself: the providers give all that ask the same token, or let several be valid.
    """

    def __init__(self, client: httpx.AsyncClient, clock: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(
        self, adapter: Adapter, account: Account, request: Request, make: Callable[[Request], Awaitable[Answer]]
    ) -> Answer | NeverLeft | Refused:
        """What ``make`` brings for the call with the account's token in it; when that is no longer right, with a new one."""
        if not isinstance(adapter, UsesAccessToken):
            return await make(request)
        token = await self._token(adapter, account)
        if not isinstance(token, str):
            return token
        answer = await make(adapter.authorized(account, request, token))
        if not (isinstance(answer, Response) and adapter.refuses_token(answer)):
            return answer
        _log.info("token_renewed", inbox_id=account.inbox_id)
        renewed = await self._token(adapter, account, gone=token)
        return await make(adapter.authorized(account, request, renewed)) if isinstance(renewed, str) else renewed

    async def _token(self, adapter: UsesAccessToken, account: Account, gone: str = "") -> str | NeverLeft | Refused:
        """The account's token, which is not ``gone``; asked for when there is none."""
        async with self._asking[account.inbox_id]:
            kept = self._kept.get(account.inbox_id)
            if kept is not None and kept.serves(account, self._clock()) and kept.value != gone:
                return kept.value
            return await self._asked(adapter, account)

    async def _asked(self, adapter: UsesAccessToken, account: Account) -> str | NeverLeft | Refused:
        self._kept.pop(account.inbox_id, None)
        began = self._clock()
        answer = await call(self._client, adapter.token_request(account, utc_now()))
        if isinstance(answer, InDoubt):
            return NeverLeft(answer.problem)
        if isinstance(answer, NeverLeft):
            return answer
        try:
            told = adapter.read_token(account, answer)
        except Exception as error:  # noqa: BLE001  # foreign bytes must never end a worker
            _log.error("adapter_failed", inbox_id=account.inbox_id, exc_info=error)
            return Refused(Action.RETRY, "The channel's answer could not be read; trying again.", "no-token")
        if isinstance(told, AccessToken):
            early_s = min(RENEWED_BEFORE_S, told.lasts_s / 10)
            self._kept[account.inbox_id] = _Kept(told.value, account, began + told.lasts_s - early_s)
            return told.value
        return told
