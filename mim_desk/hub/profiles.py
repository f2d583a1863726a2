"""Who wrote, where the network tells it only when asked: asked after their message is stored, then not again for a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import structlog

from mim_desk.channels.base import Account, Adapter, Event, IncomingMessage, Response, Sender
from mim_desk.channels.profiles import TellsProfiles
from mim_desk.domain.message import clean_text
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import contacts
from mim_desk.hub.store.store import Store

ASKED_EVERY_S: Final = 86_400.0
LONGEST_NAME: Final = 120
_log = structlog.get_logger("mim_desk.hub.profiles")


def ask(hub: Hub, adapter: Adapter, account: Account, events: Iterable[Event]) -> None:
    """Have the names asked for of who wrote and was not named; neither waits nor raises."""
    if not isinstance(adapter, TellsProfiles):
        return
    for person in dict.fromkeys(_unnamed(events)):
        if not hub.profiles_asked.is_due(person, account.inbox_id, ASKED_EVERY_S):
            continue
        try:
            request = adapter.profile_request(account, person)
        except Exception as error:  # noqa: BLE001  # a delivery must never fail for a courtesy
            _log.error("adapter_failed", channel=adapter.channel, inbox_id=account.inbox_id, exc_info=error)
            continue
        if request is not None:
            naming = _Naming(hub.store, adapter, adapter.channel, account.inbox_id, person)
            hub.errands.take(adapter, account, request, naming)


def _unnamed(events: Iterable[Event]) -> Iterable[str]:
    for event in events:
        if isinstance(event, IncomingMessage) and not (event.sender.name or event.sender.display):
            yield event.sender.external_id


@dataclass(frozen=True, slots=True)
class _Naming:
    """Why a person's profile is asked for."""

    store: Store
    adapter: TellsProfiles
    channel: str
    inbox_id: str
    external_id: str

    async def is_open(self) -> bool:
        """Whether nothing but the id is known."""
        return await self.store.read(lambda conn: contacts.is_nameless(conn, self.inbox_id, self.external_id))

    async def answered(self, response: Response) -> None:
        """Let the contact have the name, where they have none."""
        name = " ".join(clean_text(self.adapter.read_profile(response) or "").split())[:LONGEST_NAME]
        if name:
            sender = Sender(self.external_id, name=name)
            await self.store.writer.run(lambda unit: contacts.tell_name(unit, self.inbox_id, self.channel, sender))
