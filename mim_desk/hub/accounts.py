"""The connected accounts with their secrets opened, remembered for a moment so that a delivery needs no read."""

import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from time import monotonic
from typing import Final

from mim_desk.channels.base import Account
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.secrets import ColumnCipher
from mim_desk.hub.store import inboxes
from mim_desk.hub.store.store import Store
from mim_desk.protocol import rows

REMEMBERED_S: Final = 5.0
"""How long another hub's change of an account may go unnoticed; this hub's own are seen at once."""


def secrets_place(inbox_id: str) -> str:
    """What the sealed secrets of an inbox are bound to."""
    return f"inbox:{inbox_id}"


def renewed_place(inbox_id: str) -> str:
    """What the sealed secrets that a provider renewed are bound to."""
    return f"inbox:{inbox_id}:renewed"


class Accounts:
    """Looks accounts up by inbox."""

    def __init__(self, store: Store, cipher: ColumnCipher, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._cipher = cipher
        self._clock = clock
        self._known: dict[str, tuple[float, str, Account]] = {}
        self._listed: tuple[float, list[tuple[str, str]]] | None = None
        store.on_commit(self._forget_changed)

    async def account(self, inbox_id: str, channel: str | None = None) -> Account:
        """The account of an inbox; a Refusal when there is none of this channel."""
        known = self._known.get(inbox_id)
        if known is None or self._clock() - known[0] > REMEMBERED_S:
            known = (self._clock(), *await self._opened(inbox_id))
            self._known[inbox_id] = known
        if channel is not None and known[1] != channel:
            raise Refusal("not-found", "There is no inbox at this address.")
        return known[2]

    async def of_channels(self, channels: Collection[str]) -> list[tuple[str, Account]]:
        """The accounts of all inboxes of these channels, each with its channel."""
        if self._listed is None or self._clock() - self._listed[0] > REMEMBERED_S:
            rows_ = await self._store.read(inboxes.everything)
            self._listed = (self._clock(), [(row.channel, row.id) for row in rows_])
        found = []
        for channel, inbox_id in self._listed[1]:
            if channel in channels:
                with contextlib.suppress(Refusal):  # removed by another hub a moment ago
                    found.append((channel, await self.account(inbox_id)))
        return found

    async def channel(self, inbox_id: str) -> str:
        """The channel of an inbox; a Refusal when there is none."""
        await self.account(inbox_id)
        return self._known[inbox_id][1]

    async def as_stored(self, inbox_id: str) -> Account:
        """The same as another hub may have changed it just now."""
        self._known.pop(inbox_id, None)
        return await self.account(inbox_id)

    async def newest(self, account: Account) -> Account:
        """The account with what was renewed last, by any hub; one that is not saved, or is being changed, as it is."""
        try:
            stored = await self.as_stored(account.inbox_id)
        except Refusal:
            return account
        return replace(account, renewed=stored.renewed) if stored.secrets == account.secrets else account

    async def keep_renewed(self, account: Account, renewed: Mapping[str, str]) -> None:
        """Keep what a provider gave in place of secrets, so that the next hub to ask finds it; a Refusal for other secrets."""
        stored = await self.as_stored(account.inbox_id)
        if stored.secrets != account.secrets:
            raise Refusal("moved-on", "The inbox has other secrets by now.")
        sealed = self._cipher.seal({**stored.renewed, **renewed}, renewed_place(account.inbox_id))
        await self._store.writer.run(lambda unit: inboxes.set_renewed(unit, account.inbox_id, sealed))
        self._known.pop(account.inbox_id, None)

    async def _opened(self, inbox_id: str) -> tuple[str, Account]:
        row, sealed, renewed = await self._store.read(
            lambda conn: (
                inboxes.by_id(conn, inbox_id),
                inboxes.secrets(conn, inbox_id),
                inboxes.renewed(conn, inbox_id),
            )
        )
        if row is None:
            raise Refusal("not-found", "There is no inbox at this address.")
        secrets = self._cipher.open(sealed, secrets_place(inbox_id)) if sealed else {}
        newer = self._cipher.open(renewed, renewed_place(inbox_id)) if renewed else {}
        return row.channel, Account(inbox_id, row.settings, secrets, row.brand.name, _called(row), newer)

    def _forget_changed(self, events: list[LoggedEvent]) -> None:
        for event in events:
            if event.type in ("inbox", "forgotten"):
                self._known.pop(event.row_id.removeprefix("inbox:"), None)
                self._listed = None


def _called(row: rows.Inbox) -> str:
    """The address that the provider calls: as the settings say, of this hub's webhooks where they name only a host."""
    told = str(row.settings.get("public_url") or row.webhook_url)
    scheme, _, rest = told.partition("://")
    host = rest.removesuffix("/")
    is_host_alone = bool(host) and not set("/?#") & set(host)
    return f"{scheme}://{host}/webhooks/{row.channel}/{row.id}" if is_host_alone else told
