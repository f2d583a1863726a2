"""Meta's side of the conformance tests."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from time import time
from typing import Any

from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Gateway
from tests.hub.live import Live


@dataclass
class WhatsappProvider:
    """Meta's Cloud API for one number."""

    channel: str = "whatsapp"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        body = {
            "name": "WhatsApp",
            "channel": "whatsapp",
            "settings": {"phone_number_id": "310555000111222", "api_base_url": gateway.url},
            "secrets": {"access_token": CANARY + "t", "app_secret": CANARY},
        }
        return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])

    def _change(self, field_name: str = "messages", **value: Any) -> dict[str, Any]:
        metadata = {"display_phone_number": "15555550100", "phone_number_id": "310555000111222"}
        return {"field": field_name, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        return {
            "from": "14155550123",
            "from_user_id": "US.40917723865102",
            "id": f"wamid.{external_id}",
            "timestamp": str(int(time())),
            "type": "text",
            "text": {"body": text},
        }

    async def _post(self, live: Live, *changes: dict[str, Any], key: str = CANARY) -> int:
        batch = {"object": "whatsapp_business_account", "entry": [{"id": "210987654321098", "changes": changes}]}
        body = json.dumps(batch).encode()
        signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"x-hub-signature-256": signature, "authorization": "", "content-type": "application/json"}
        path = f"/webhooks/whatsapp/{live.inbox_id}"
        return (await live.client.post(path, content=body, headers=headers)).status_code

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self._post(live, self._change(messages=[self._message(external_id, text)]))

    async def forge(self, live: Live) -> int:
        return await self._post(live, self._change(messages=[self._message("forged", "forged")]), key="guessed")

    async def surprise(self, live: Live) -> int:
        dance = self._change("dance", dance={"steps": 3})
        return await self._post(live, dance, self._change(messages=[17, self._message("beside", "beside it")]))
