"""Google's side of RCS, written from its documents alone."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

PHONE = "+15550001111"


@cache
def key_file() -> str:
    """A service account with a key of its own."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return json.dumps({"client_email": "desk@example.test", "private_key": pem, "private_key_id": CANARY})


def pushed(event: object, token: str = CANARY) -> tuple[bytes, str]:
    """The body of a delivery and its signature."""
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    body = json.dumps({"message": {"data": base64.b64encode(data).decode(), "attributes": {}}}).encode()
    return body, base64.b64encode(hmac.new(token.encode(), data, hashlib.sha512).digest()).decode()


def said(**more: Any) -> dict[str, Any]:
    return {"senderPhoneNumber": PHONE, "agentId": "brand", "sendTime": "2025-11-22T05:40:00.123456789Z", **more}


@dataclass
class RcsProvider:
    """A phone with RCS."""

    channel: str = "rcs"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        gateway.asides["/token"] = Answer(body=b'{"access_token": "made-up", "expires_in": 3599}')
        body = {
            "name": "RCS",
            "channel": "rcs",
            "settings": {"agent_id": "brand", "api_base_url": gateway.url},
            "secrets": {"service_account": key_file(), "verify_token": CANARY},
        }
        return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])

    async def _post(self, live: Live, event: object, token: str = CANARY) -> int:
        body, signature = pushed(event, token)
        headers = {"x-goog-signature": signature, "authorization": ""}
        return (await live.client.post(f"/webhooks/rcs/{live.inbox_id}", content=body, headers=headers)).status_code

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self._post(live, said(messageId=external_id, text=text))

    async def forge(self, live: Live) -> int:
        return await self._post(live, said(messageId="forged", text="forged"), token="guessed")

    async def surprise(self, live: Live) -> int:
        status = await self._post(live, said(eventType="DANCE", eventId="e"))
        await self.write(live, "beside", "beside it")
        return status
