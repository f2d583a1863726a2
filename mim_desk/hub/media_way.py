"""The way of one file: the calls that bring it, then a look at what it really is."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import msgspec
import structlog

from mim_desk.channels.base import Account, FetchesMedia, NeverLeft, Refused, Request, Response
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.account_tokens import AccountTokens
from mim_desk.hub.accounts import Accounts
from mim_desk.hub.file_checks import CLEANED, clean_picture, passes_scanner
from mim_desk.hub.file_types import UNNAMED, sniffed
from mim_desk.hub.foreign_http import Answered, ForeignHttp, Grow
from mim_desk.hub.media_rules import Again, Came, Examined, Gone, as_file, came, claimed, judged, refused
from mim_desk.hub.store.fetches import Fetch
from mim_desk.protocol import rows

MOST_BYTES: Final = 100 << 20
LONGEST_S: Final = 300.0
MOST_STEPS: Final = 6
_log = structlog.get_logger("mim_desk.hub.media_way")


@dataclass(frozen=True, slots=True)
class Roads:
    """What leads to files: accounts with their short-lived tokens, and the calls."""

    accounts: Accounts
    tokens: AccountTokens
    http: ForeignHttp


async def brought(
    roads: Roads,
    taken: Fetch,
    within_s: float = LONGEST_S,
    *,
    most_bytes_of_it: int = MOST_BYTES,
    grow: Grow | None = None,
) -> Came | Again | Gone:
    """The bytes of a file, or why there are none."""
    until = monotonic() + within_s
    try:
        account = await roads.accounts.account(taken.inbox_id)
        answered: list[Response] = []
        while len(answered) < MOST_STEPS:
            request = _next(taken, account, answered)
            if request is None:
                return came(answered[-1]) if answered else Gone("no address")
            told = judged(await _called(roads, taken, account, request, _Limits(until, most_bytes_of_it, grow)))
            if not isinstance(told, Response):
                return told
            answered.append(told)
    except Refusal as refusal:
        return refused(refusal)
    return Gone("too many steps")


def _next(taken: Fetch, account: Account, answered: Sequence[Response]) -> Request | None:
    """The next call: as the channel says, else a plain GET of the source."""
    adapter: object = ADAPTERS.get(taken.channel)
    if not offers(adapter, FetchesMedia):
        return None if answered else Request("GET", taken.source)
    try:
        return adapter.fetch(account, taken.source, answered)
    except Refusal:
        raise
    except Exception as error:
        _log.error("adapter_failed", channel=taken.channel, attachment_id=taken.file.id, exc_info=error)
        raise Refusal("not-fetched", "The channel's answer could not be read.") from error


@dataclass(frozen=True, slots=True)
class _Limits:
    until: float
    most_bytes: int
    grow: Grow | None


async def _called(
    roads: Roads, taken: Fetch, account: Account, request: Request, limits: "_Limits"
) -> Answered | NeverLeft | Refused:
    """The answer to one call, made with the account's token where the channel has one."""

    def make(one: Request) -> Awaitable[Answered]:
        left_s = max(limits.until - monotonic(), 0.0)
        most, host = min(most_bytes(taken.channel), limits.most_bytes), own_host(account)
        return roads.http.call(one, own_host=host, most_bytes=most, within_s=left_s, grow=limits.grow)

    adapter = ADAPTERS.get(taken.channel)
    return await make(request) if adapter is None else await roads.tokens.call(adapter, account, request, make)


async def examined(
    brought: Came, file: rows.Attachment, cleaning: asyncio.Semaphore, scanner: Sequence[str]
) -> Examined | Gone:
    """What the bytes really are; a picture without its metadata, and plain bytes when it cannot be read."""
    if not await passes_scanner(cleaning, scanner, brought.data):
        _log.warning("file_refused_by_scanner", attachment_id=file.id, size=len(brought.data))
        return Gone("refused by the scanner")
    kind = sniffed(brought.data, claimed(file, brought))
    if kind not in CLEANED:
        return as_file(file, brought, kind)
    cleaned = await clean_picture(cleaning, brought.data)
    if cleaned is None:
        return as_file(file, brought, UNNAMED)
    picture, data = cleaned
    kept = as_file(file, Came(data, brought.mime_type, brought.name), picture.mime_type)
    return Examined(msgspec.structs.replace(kept.row, width=picture.width, height=picture.height), data)


def most_bytes(channel: str) -> int:
    """Of the largest file that is taken from a channel."""
    rules = manifest(channel).capabilities.media if channel in ADAPTERS else ()
    return min(max((rule.max_bytes for rule in rules), default=MOST_BYTES), MOST_BYTES)


def own_host(account: Account) -> str:
    """The host that the account's settings name as the provider's; it need not be public."""
    settings = account.settings
    return urlsplit(str(settings.get("api_base_url") or settings.get("homeserver") or "")).hostname or ""
