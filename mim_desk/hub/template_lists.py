"""Keeps every inbox's templates as its provider has them: asked for on a schedule, after news of one, and on demand."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final, Protocol, cast

import structlog

from mim_desk.channels.base import Account, Action, Adapter, HasTemplates, Refused, Response, TemplatePage
from mim_desk.channels.offering import offers
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Template
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.parts import Hub
from mim_desk.hub.provider_http import Patience, call
from mim_desk.hub.store import inboxes, templates
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.store.unit import Unit

EVERY: Final = timedelta(hours=6)
AGAIN: Final = timedelta(minutes=1)
"""After the first failure; each further one waits twice as long."""
LOOK_S: Final = 15.0
TAKEN_FOR: Final = timedelta(minutes=10)
MOST_PAGES: Final = 100
PATIENCE: Final = Patience(most_bytes=8 << 20)
_UNREACHABLE: Final = "The channel could not be reached. The templates are those of the last time."
_UNREADABLE: Final = "The channel's answer could not be read. The templates are those of the last time."
_log = structlog.get_logger("mim_desk.hub.template_lists")


class ListingAdapter(Adapter, HasTemplates, Protocol):
    """An adapter whose provider has templates."""


class TemplateLists:
    """Asks for the lists that are due; several hubs may run one each."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._wake = hub.template_news
        hub.store.on_commit(self._look_at)

    def _look_at(self, events: list[LoggedEvent]) -> None:
        if any(event.type == "inbox" for event in events):
            self._wake.set()

    async def run(self) -> None:
        """Look for due lists as long as the hub runs."""
        while True:
            self._wake.clear()
            try:
                for inbox_id in await self._hub.store.read(_due):
                    await self._ask(inbox_id)
            except StoreUnavailable as problem:
                _log.warning("store_unavailable", problem=str(problem))
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _ask(self, inbox_id: str) -> None:
        """One list; what goes wrong with it is tried again later and harms no other."""
        run = self._hub.store.writer.run
        attempt = await run(lambda unit: templates.take(unit, inbox_id, unit.now + TAKEN_FOR))
        if attempt is None:
            return
        try:
            await refresh(self._hub, inbox_id, attempt)
        except Refusal:
            _log.info("inbox_gone", inbox_id=inbox_id)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # one inbox must not end the others; it is due again later
            _log.error("listing_failed", inbox_id=inbox_id, exc_info=error)


def _due(conn: Connection) -> list[str]:
    """Inboxes whose list is to be asked for now; a paused one waits until it is mended."""
    due, now = templates.due_at(conn), utc_now()
    working = [one for one in inboxes.everything(conn) if one.health.state != "paused"]
    with_templates = [one for one in working if isinstance(ADAPTERS.get(one.channel), HasTemplates)]
    return [one.id for one in with_templates if one.id not in due or due[one.id] <= now]


async def refresh(hub: Hub, inbox_id: str, attempt: int = 1) -> tuple[int, str]:
    """Ask for an inbox's templates and store them; how many there are, and why they could not be asked for."""
    account, adapter = await hub.accounts.as_stored(inbox_id), await _adapter(hub, inbox_id)
    told: tuple[Template, ...] | str = ()
    if adapter is not None:
        told = await _listed(hub, account, adapter)
    if isinstance(told, str):
        wait = min(EVERY, AGAIN * 2 ** min(attempt - 1, 20))
        await hub.store.writer.run(lambda unit: templates.asked(unit, inbox_id, unit.now + wait, told))
        _log.info("templates_not_listed", inbox_id=inbox_id, problem=told)
        return len(await hub.store.read(partial(templates.of_inbox, inbox_id=inbox_id))), told

    def work(unit: Unit) -> int:
        templates.asked(unit, inbox_id, unit.now + EVERY)
        return templates.replace_all(unit, inbox_id, told)

    return await hub.store.writer.run(work), ""


async def _adapter(hub: Hub, inbox_id: str) -> ListingAdapter | None:
    row = await hub.store.read(partial(inboxes.by_id, inbox_id=inbox_id))
    adapter: object = ADAPTERS.get(row.channel) if row else None
    return cast(ListingAdapter, adapter) if offers(adapter, HasTemplates) else None


async def _listed(hub: Hub, account: Account, adapter: ListingAdapter) -> tuple[Template, ...] | str:
    """All templates of an account, or one sentence why not."""
    found = list(adapter.written_templates(account))
    cursor = ""
    for _ in range(MOST_PAGES):
        request = adapter.list_templates(account, cursor)
        if request is None:
            break
        make = partial(call, hub.client, patience=PATIENCE)
        answer = await hub.account_tokens.call(adapter, account, request, make)
        page = answer if isinstance(answer, Refused) else _page(adapter, account, cursor, answer)
        if isinstance(page, Refused):
            return page.reason
        found += page.templates
        cursor = page.cursor
        if not cursor:
            break
    return tuple(found)


def _page(adapter: HasTemplates, account: Account, cursor: str, answer: object) -> TemplatePage | Refused:
    if not isinstance(answer, Response):
        return Refused(Action.RETRY, _UNREACHABLE)
    try:
        return adapter.read_templates(account, cursor, answer)
    except Exception as error:  # noqa: BLE001  # foreign bytes must never end the asking
        _log.error("adapter_failed", inbox_id=account.inbox_id, exc_info=error)
        return Refused(Action.RETRY, _UNREADABLE)
