"""Pictures of contacts: copied by the hub as other media are, within a size, and kept until the network tells another."""

from dataclasses import dataclass
from typing import Final

import structlog

from mim_desk.hub.file_checks import CLEANED, scanner_of
from mim_desk.hub.foreign_http import ForeignHttp
from mim_desk.hub.media_rules import Came, Examined
from mim_desk.hub.media_way import Roads, brought, examined
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import avatars, ids
from mim_desk.hub.store.fetches import Fetch
from mim_desk.hub.store.times import utc_now
from mim_desk.protocol import rows

LARGEST: Final = 1 << 20
WITHIN_S: Final = 30.0
_log = structlog.get_logger("mim_desk.hub.avatars")


@dataclass(frozen=True, slots=True)
class Picture:
    """A contact's picture on its way; ``source`` is as the adapter's ``fetch`` takes it."""

    hub: Hub
    channel: str
    inbox_id: str
    external_id: str
    source: str

    async def bring(self) -> None:
        """Copy it and show it, unless it is here already; a picture that cannot be had is left."""
        hub = self.hub
        if not await hub.store.read(lambda conn: avatars.is_wanted(conn, self.inbox_id, self.external_id, self.source)):
            return
        found = await self._copied()
        if not isinstance(found, Examined) or found.row.mime_type not in CLEANED:
            _log.info("picture_not_fetched", inbox_id=self.inbox_id, channel=self.channel)
            return
        row, data = found.row, found.data
        await hub.store.writer.run(
            lambda unit: avatars.keep(unit, self.inbox_id, self.external_id, row, data, self.source)
        )

    async def _copied(self) -> object:
        hub, http = self.hub, ForeignHttp()
        file = rows.Attachment(ids.new_id(utc_now()), "picture", "image/jpeg", 0)
        taken = Fetch(file, "", self.inbox_id, self.channel, self.source, token=0, attempt=1)
        try:
            roads = Roads(hub.accounts, hub.account_tokens, http)
            told = await brought(roads, taken, WITHIN_S, most_bytes_of_it=LARGEST)
        finally:
            await http.aclose()
        if not isinstance(told, Came):
            return told
        return await examined(told, file, hub.workers, scanner_of(hub.settings.environ))
