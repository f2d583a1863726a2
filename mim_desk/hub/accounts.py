"""The connected accounts with their secrets opened, remembered for a moment so that a delivery needs no read."""

import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from time import monotonic
from typing import Final

from mim_desk.channels.base import Account
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.remembered import Remembered
from mim_desk.hub.secrets import ColumnCipher
from mim_desk.hub.store import inboxes
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

REMEMBERED_S: Final = 5.0
"""How long another hub's change of an account may go unnoticed; this hub's own are seen at once."""

_ALL: Final = "all"


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
        self._known: Remembered[str, tuple[str, Account]] = Remembered(REMEMBERED_S, clock)
        self._listed: Remembered[str, list[tuple[str, str]]] = Remembered(REMEMBERED_S, clock)
        store.on_commit(self._forget_changed)

    async def account(self, inbox_id: str, channel: str | None = None) -> Account:
        """The account of an inbox; a Refusal when there is none of this channel."""
        its_channel, account = await self._known.get(inbox_id, self._opened)
        if channel is not None and its_channel != channel:
            raise _no_inbox()
        return account

    async def of_channels(self, channels: Collection[str]) -> list[tuple[str, Account]]:
        """The accounts of all inboxes of these channels, each with its channel."""
        found = []
        for channel, inbox_id in await self._listed.get(_ALL, self._list):
            if channel in channels:
                with contextlib.suppress(Refusal):  # removed by another hub a moment ago
                    found.append((channel, await self.account(inbox_id)))
        return found

    async def channel(self, inbox_id: str) -> str:
        """The channel of an inbox; a Refusal when there is none."""
        return (await self._known.get(inbox_id, self._opened))[0]

    async def as_stored(self, inbox_id: str) -> Account:
        """The same as another hub may have changed it just now."""
        self._known.forget(inbox_id)
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
        inbox_id = account.inbox_id

        def work(unit: Unit) -> None:
            if inboxes.for_change(unit, inbox_id) is None:
                raise _no_inbox()
            if self.opened_secrets(unit.conn, inbox_id) != account.secrets:
                raise Refusal("moved-on", "The inbox has other secrets by now.")
            kept = {**self._opened_renewed(unit.conn, inbox_id), **renewed}
            inboxes.set_renewed(unit, inbox_id, self._cipher.seal(kept, renewed_place(inbox_id)))

        await self._store.writer.run(work)
        self._known.forget(inbox_id)

    def opened_secrets(self, conn: Connection, inbox_id: str) -> dict[str, str]:
        """The secrets of an inbox as they are stored."""
        sealed = inboxes.secrets(conn, inbox_id)
        return self._cipher.open(sealed, secrets_place(inbox_id)) if sealed else {}

    def _opened_renewed(self, conn: Connection, inbox_id: str) -> dict[str, str]:
        sealed = inboxes.renewed(conn, inbox_id)
        return self._cipher.open(sealed, renewed_place(inbox_id)) if sealed else {}

    async def _list(self, _: str) -> list[tuple[str, str]]:
        return [(row.channel, row.id) for row in await self._store.read(inboxes.everything)]

    async def _opened(self, inbox_id: str) -> tuple[str, Account]:
        def read(conn: Connection) -> tuple[str, Account]:
            row = inboxes.by_id(conn, inbox_id)
            if row is None:
                raise _no_inbox()
            secrets, renewed = self.opened_secrets(conn, inbox_id), self._opened_renewed(conn, inbox_id)
            return row.channel, Account(inbox_id, row.settings, secrets, row.brand.name, _called(row), renewed)

        return await self._store.read(read)

    def _forget_changed(self, events: list[LoggedEvent]) -> None:
        for event in events:
            if event.type in ("inbox", "forgotten"):
                self._known.forget(event.row_id.removeprefix("inbox:"))
                self._listed.forget_all()


def _no_inbox() -> Refusal:
    """No inbox, or one of another channel."""
    return Refusal("not-found", "There is no inbox at this address.")


def _called(row: rows.Inbox) -> str:
    """The address that the provider calls: as the settings say, of this hub's webhooks where they name only a host."""
    told = str(row.settings.get("public_url") or row.webhook_url)
    scheme, _, rest = told.partition("://")
    host = rest.removesuffix("/")
    is_host_alone = bool(host) and not set("/?#") & set(host)
    return f"{scheme}://{host}/webhooks/{row.channel}/{row.id}" if is_host_alone else told
