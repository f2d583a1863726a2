"""LINE's side, as the conformance tests and those at the hub drive it."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Gateway
from tests.hub.live import Live


@dataclass
class LineProvider:
    """The Messaging API for one LINE account; what its customers write came too long ago for reply tokens."""

    channel: str = "line"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        body = {
            "name": "LINE",
            "channel": "line",
            "settings": {"api_base_url": gateway.url},
            "secrets": {"channel_access_token": CANARY + "t", "channel_secret": CANARY},
        }
        return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])

    def _event(self, kind: str, **more: Any) -> dict[str, Any]:
        return {
            "type": kind,
            "mode": "active",
            "timestamp": 1763790000000,
            "source": {"type": "user", "userId": "Ucust"},
            "webhookEventId": f"01HX{kind}",
            "deliveryContext": {"isRedelivery": False},
            **more,
        }

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        return self._event("message", replyToken="rt", message={"id": external_id, "type": "text", "text": text})

    async def _post(self, live: Live, *events: object, key: str = CANARY) -> int:
        body = json.dumps({"destination": "Ubot", "events": events}).encode()
        signature = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"x-line-signature": signature, "authorization": ""}
        return (await live.client.post(f"/webhooks/line/{live.inbox_id}", content=body, headers=headers)).status_code

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self._post(live, self._message(external_id, text))

    async def forge(self, live: Live) -> int:
        return await self._post(live, self._message("forged", "forged"), key="guessed")

    async def surprise(self, live: Live) -> int:
        return await self._post(live, self._event("dance"), 17, self._message("beside", "beside it"))
