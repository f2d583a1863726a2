"""Viber's side, as the conformance tests and those at the hub drive it."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live


@dataclass
class ViberProvider:
    """The REST interface for one bot."""

    channel: str = "viber"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        gateway.usual = Answer(body=b'{"status": 0, "status_message": "ok", "message_token": 6000000000000000011}')
        body = {
            "name": "Viber",
            "channel": "viber",
            "settings": {"api_base_url": gateway.url, "sender_name": "Brand"},
            "secrets": {"auth_token": CANARY},
        }
        gateway.answers += [Answer(body=b'{"status": 0, "status_message": "ok"}')] * 2
        made = (await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
        gateway.answers.clear()
        gateway.calls.clear()
        return str(made["id"])

    def _event(self, kind: str, token: int, **more: Any) -> dict[str, Any]:
        stamp = {"timestamp": 1763790001000, "message_token": token, "chat_hostname": "SN-CHAT-00_"}
        return {"event": kind, **stamp, **more}

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        token = 6 * 10**18 + int.from_bytes(hashlib.sha256(external_id.encode()).digest()[:4])
        return self._event(
            "message", token, sender={"id": "AbC==", "name": "Mia"}, message={"type": "text", "text": text}
        )

    async def _post(self, live: Live, event: dict[str, Any], key: str = CANARY) -> int:
        body = json.dumps(event).encode()
        signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"x-viber-content-signature": signature, "authorization": ""}
        return (await live.client.post(f"/webhooks/viber/{live.inbox_id}", content=body, headers=headers)).status_code

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self._post(live, self._message(external_id, text))

    async def forge(self, live: Live) -> int:
        return await self._post(live, self._message("forged", "forged"), key="guessed")

    async def surprise(self, live: Live) -> int:
        status = await self._post(live, self._event("dance", 6 * 10**18))
        await self.write(live, "beside", "beside it")
        return status
