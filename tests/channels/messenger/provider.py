"""Meta's side of the conformance tests, for one Page."""

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
class MessengerProvider:
    """The Messenger Platform of one Page."""

    channel: str = "messenger"
    object: str = "page"
    setting: str = "page_id"
    account: str = "701000000000001"
    place: str = "messaging"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        body = {
            "name": "Inbox",
            "channel": self.channel,
            "settings": {self.setting: self.account, "api_base_url": gateway.url},
            "secrets": {"access_token": CANARY + "t", "app_secret": CANARY},
        }
        return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])

    def event(self, **told: Any) -> dict[str, Any]:
        sides = {"sender": {"id": "9100000000000077"}, "recipient": {"id": self.account}}
        return {**sides, "timestamp": int(time() * 1000), **told}

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        return self.event(message={"mid": f"m_{external_id}", "text": text})

    async def post(self, live: Live, *events: object, key: str = CANARY) -> int:
        entry = {"id": self.account, "time": int(time() * 1000), self.place: events}
        body = json.dumps({"object": self.object, "entry": [entry]}).encode()
        signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"x-hub-signature-256": signature, "authorization": "", "content-type": "application/json"}
        path = f"/webhooks/{self.channel}/{live.inbox_id}"
        return (await live.client.post(path, content=body, headers=headers)).status_code

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self.post(live, self._message(external_id, text))

    async def forge(self, live: Live) -> int:
        return await self.post(live, self._message("forged", "forged"), key="guessed")

    async def surprise(self, live: Live) -> int:
        return await self.post(live, self.event(dance={"steps": 3}), 17, self._message("beside", "beside it"))


@dataclass
class InstagramProvider(MessengerProvider):
    """Instagram messaging of one professional account."""

    channel: str = "instagram"
    object: str = "instagram"
    setting: str = "account_id"
    account: str = "17841400000000009"


@dataclass
class FacebookCommentsProvider(MessengerProvider):
    """The feed of one Page."""

    channel: str = "facebook_comments"
    place: str = "changes"

    def event(self, **told: Any) -> dict[str, Any]:
        author = {"id": "9100000000000077", "name": "Leo Ruiz"}
        ids = {"post_id": f"{self.account}_880001", "parent_id": f"{self.account}_880001"}
        value = {"item": "comment", "verb": "add", "from": author, "created_time": int(time()), **ids, **told}
        return {"field": "feed", "value": value}

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        return self.event(comment_id=f"880001_{external_id}", message=text)
