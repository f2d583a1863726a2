"""The short-lived tokens of accounts: asked for once, kept for their life, renewed when the provider no longer takes one."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final, Protocol, TypeVar

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
from mim_desk.channels.offering import offers
from mim_desk.channels.tokens import KeepsTokens
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.provider_http import call
from mim_desk.hub.store.problems import StoreUnavailable
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


class Vault(Protocol):
    """Where accounts are kept with what providers renewed of their secrets."""

    async def newest(self, account: Account) -> Account:
        """The account with what was renewed last, by any hub."""
        ...

    async def keep_renewed(self, account: Account, renewed: Mapping[str, str]) -> None:
        """Keep what a provider gave in place of secrets; StoreUnavailable when that cannot be done now."""
        ...


class AccountTokens:
    """Holds one token per account; whoever needs one while it is asked for waits for the same answer.

    Each hub asks for itself: the providers give all that ask the same token, let several be valid, or it is kept
    among what was renewed, where every hub finds it.
    """

    def __init__(
        self, client: httpx.AsyncClient, clock: Callable[[], float] = monotonic, vault: Vault | None = None
    ) -> None:
        self._client = client
        self._clock = clock
        self._vault = vault
        self._kept: dict[str, _Kept] = {}
        self._unsaved: dict[str, Account] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def call(
        self, adapter: Adapter, account: Account, request: Request, make: Callable[[Request], Awaitable[Answer]]
    ) -> Answer | NeverLeft | Refused:
        """What ``make`` brings for the call with the account's token in it; when that is no longer right, with a new one."""
        if not offers(adapter, UsesAccessToken):
            return await make(request)
        token = await self.token(adapter, account)
        if not isinstance(token, str):
            return token
        if not token:
            return await make(request)
        answer = await make(adapter.authorized(account, request, token))
        refused = isinstance(answer, Response) and adapter.refuses_token(answer)
        if not refused or not account.inbox_id:
            return answer  # what is renewed of an account that is only tried would be lost
        _log.info("token_renewed", inbox_id=account.inbox_id)
        renewed = await self.token(adapter, account, gone=token)
        return await make(adapter.authorized(account, request, renewed)) if isinstance(renewed, str) else renewed

    async def token(self, adapter: Adapter, account: Account, gone: str = "") -> str | NeverLeft | Refused:
        """The account's token, which is not ``gone``; asked for when there is none, empty where none is needed."""
        if not offers(adapter, UsesAccessToken):
            return ""
        async with self._asking[account.inbox_id]:
            kept = self._kept.get(account.inbox_id)
            if kept is not None and kept.serves(account, self._clock()) and kept.value != gone:
                return kept.value
            newest = await self._newest(account)
            found = self._at_hand(adapter, newest, gone)
            if found is not None:
                return found
            told = await self._asked(adapter, newest)
            if isinstance(told, Refused):
                # Another hub may have renewed it meanwhile, so that what we asked with is void.
                return self._at_hand(adapter, await self._newest(account), gone) or told
            return told

    def renewed(self, account: Account) -> Mapping[str, str]:
        """What was renewed of an account that is not saved yet, to be saved with it."""
        kept = self._unsaved.get(account.inbox_id)
        return kept.renewed if kept is not None and kept.secrets == account.secrets else {}

    def saved(self, account: Account) -> None:
        """What was renewed of it is kept."""
        self._unsaved.pop(account.inbox_id, None)

    def _at_hand(self, adapter: UsesAccessToken, account: Account, gone: str) -> str | None:
        if not offers(adapter, KeepsTokens):
            return None
        found = adapter.token_at_hand(account, utc_now())
        if found is None or (found.value and found.value == gone):
            return None
        self._keep(account, found, self._clock())
        return found.value

    def _keep(self, account: Account, token: AccessToken, began: float) -> None:
        early_s = min(RENEWED_BEFORE_S, token.lasts_s / 10)
        self._kept[account.inbox_id] = _Kept(token.value, account, began + token.lasts_s - early_s)

    async def _newest(self, account: Account) -> Account:
        """The account with what was renewed; what could not be stored then is stored now."""
        await self._save(account, self.renewed(account))
        found = await self._vault.newest(account) if self._vault is not None else account
        return replace(found, renewed={**found.renewed, **self.renewed(account)})

    async def _save(self, account: Account, renewed: Mapping[str, str]) -> None:
        if not renewed or not account.inbox_id:
            return
        kept = {**self.renewed(account), **renewed}
        self._unsaved[account.inbox_id] = replace(account, renewed=kept)
        if self._vault is None:
            return
        try:
            await self._vault.keep_renewed(account, kept)
        except StoreUnavailable:
            _log.warning("renewed_secrets_wait", inbox_id=account.inbox_id)
        except Refusal:
            return  # it is being connected or changed, and saved with what was renewed
        else:
            self.saved(account)

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
            await self._save(account, told.renewed)
            self._keep(account, told, began)
            return told.value
        return told
