"""A homeserver at the edge, as the conformance tests drive it: it answers ``/sync`` from a list of batches."""

import asyncio
import json
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Answer, Call, Gateway
from tests.hub.live import Live

ROOM = "!room-without-a-server"
MIA = "@mia:example.test"
BRAND = "@shop:example.test"


@dataclass
class MatrixProvider:
    """Mia in a room with the brand's user; the hub asks, so a forged call is one to an address nobody calls."""

    channel: str = "matrix"
    refused: int = 401
    unknown: int = 200
    inbox_id: str = ""
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)

    async def connect(self, live: Live, gateway: Gateway) -> str:
        gateway.asides["/account/whoami"] = Answer(body=json.dumps({"user_id": BRAND}).encode())
        gateway.asides["/sync"] = self.sync
        body = {
            "name": "Matrix",
            "channel": "matrix",
            "settings": {"homeserver": gateway.url, "user_id": BRAND},
            "secrets": {"access_token": CANARY},
        }
        self.inbox_id = str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])
        await self._until_asked(0)
        return self.inbox_id

    def sync(self, call: Call) -> Answer:
        """What is new since the batch that is asked from."""
        if call.headers.get("authorization") != f"Bearer {CANARY}":
            return Answer(401, b'{"errcode": "M_UNKNOWN_TOKEN", "error": "No."}')
        since = parse_qs(urlsplit(call.path).query).get("since", [""])[0]
        if not since:
            return Answer(body=json.dumps({"next_batch": "s0"}).encode())
        at = int(since.removeprefix("s"))
        self.asked.add(at)
        if at >= len(self.batches):
            return Answer(body=json.dumps({"next_batch": since}).encode(), wait_s=0.02)
        room = {"timeline": {"events": self.batches[at], "limited": False, "prev_batch": "p"}}
        told = {"next_batch": f"s{at + 1}", "rooms": {"join": {ROOM: room}}}
        return Answer(body=json.dumps(told).encode())

    async def _until_asked(self, number: int) -> None:
        """Returns once the hub has stored everything before this batch."""
        async with asyncio.timeout(30):
            while number not in self.asked:
                await asyncio.sleep(0.01)

    async def _tell(self, *events: dict[str, Any]) -> int:
        self.batches.append(list(events))
        await self._until_asked(len(self.batches))
        return 200

    def _event(self, external_id: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        at = int(time() * 1000)
        return {
            "type": kind,
            "event_id": f"${external_id}",
            "sender": MIA,
            "origin_server_ts": at,
            "content": content,
            "unsigned": {"age": 1},
        }

    def _text(self, external_id: str, text: str) -> dict[str, Any]:
        return self._event(external_id, "m.room.message", {"msgtype": "m.text", "body": text})

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self._tell(self._text(external_id, text))

    async def forge(self, live: Live) -> int:
        item = {"room_id": ROOM, "event": self._text("forged", "forged")}
        path = f"/webhooks/matrix/{self.inbox_id}"
        return (await live.client.post(path, json=item, headers={"authorization": ""})).status_code

    async def surprise(self, live: Live) -> int:
        broken = {"type": "m.room.message", "content": 17}
        return await self._tell(self._event("dance", "org.example.dance", {}), broken, self._text("b", "beside it"))
