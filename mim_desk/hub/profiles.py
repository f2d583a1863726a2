"""Who wrote, where the network tells it only when asked: asked after their message is stored, then not again for a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import structlog

from mim_desk.channels.base import Account, Adapter, Event, IncomingMessage, Response, Sender
from mim_desk.channels.offering import offers
from mim_desk.channels.profiles import TellsPictures, TellsProfiles, TellsUnionIds
from mim_desk.domain.message import clean_text
from mim_desk.hub.avatars import Picture
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import avatars, contacts, union_ids

ASKED_EVERY_S: Final = 86_400.0
LONGEST_NAME: Final = 120
_log = structlog.get_logger("mim_desk.hub.profiles")


def ask(hub: Hub, adapter: Adapter, account: Account, events: Iterable[Event]) -> None:
    """Have the names and pictures asked for of who wrote and was not told of; neither waits nor raises."""
    told = list(events)
    for person, source in dict(_pictured(told)).items():
        hub.errands.later(Picture(hub, adapter.channel, account.inbox_id, person, source).bring)
    if not (offers(adapter, TellsProfiles) or offers(adapter, TellsPictures) or offers(adapter, TellsUnionIds)):
        return
    asks_named = offers(adapter, TellsUnionIds) or (offers(adapter, TellsPictures) and adapter.asks_named)
    for person, stand_in in dict(_unnamed(told, asks_named=asks_named)).items():
        if not hub.profiles_asked.is_due(person, account.inbox_id, ASKED_EVERY_S):
            continue
        try:
            request = adapter.profile_request(account, person)
        except Exception as error:  # noqa: BLE001  # a delivery must never fail for a courtesy
            _log.error("adapter_failed", channel=adapter.channel, inbox_id=account.inbox_id, exc_info=error)
            continue
        if request is not None:
            naming = _Naming(hub, adapter, adapter.channel, account.inbox_id, person, stand_in)
            hub.errands.take(adapter, account, request, naming)


def _unnamed(events: Iterable[Event], *, asks_named: bool) -> Iterable[tuple[str, str]]:
    for event in events:
        if isinstance(event, IncomingMessage) and (asks_named or not (event.sender.name or event.sender.display)):
            yield event.sender.external_id, event.sender.stand_in


def _pictured(events: Iterable[Event]) -> Iterable[tuple[str, str]]:
    for event in events:
        if isinstance(event, IncomingMessage) and event.sender.picture:
            yield event.sender.external_id, event.sender.picture


@dataclass(frozen=True, slots=True)
class _Naming:
    """Why a person's profile is asked for."""

    hub: Hub
    adapter: TellsProfiles | TellsPictures | TellsUnionIds
    channel: str
    inbox_id: str
    external_id: str
    stand_in: str

    async def is_open(self) -> bool:
        """Whether nothing but the id is known, or no picture or no union id where there may be one."""
        who = (self.inbox_id, self.external_id)
        has_pictures, has_union_ids = offers(self.adapter, TellsPictures), offers(self.adapter, TellsUnionIds)
        return await self.hub.store.read(
            lambda conn: (
                contacts.is_nameless(conn, *who, self.stand_in)
                or (has_pictures and not avatars.has_picture(conn, *who))
                or (has_union_ids and not union_ids.is_known(conn, *who))
            )
        )

    async def answered(self, response: Response) -> None:
        """Let the contact have the name, where they have none, and the picture."""
        store = self.hub.store
        told = self.adapter.read_profile(response) if offers(self.adapter, TellsProfiles) else None
        name = " ".join(clean_text(told or "").split())[:LONGEST_NAME]
        who = (self.inbox_id, self.external_id, self.stand_in)
        nameless = await store.read(lambda conn: contacts.is_nameless(conn, *who))
        if name and nameless:
            sender = Sender(self.external_id, name=name, stand_in=self.stand_in)
            await store.writer.run(lambda unit: contacts.tell_name(unit, self.inbox_id, self.channel, sender))
        await self._union_id(response)
        source = self.adapter.read_picture(response) if offers(self.adapter, TellsPictures) else ""
        if source:
            await Picture(self.hub, self.channel, self.inbox_id, self.external_id, source).bring()

    async def _union_id(self, response: Response) -> None:
        union_id = self.adapter.read_union_id(response) if offers(self.adapter, TellsUnionIds) else ""
        if union_id:
            run = self.hub.store.writer.run
            await run(lambda unit: union_ids.tell(unit, self.inbox_id, self.external_id, union_id))
