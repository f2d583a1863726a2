"""WeCom's side, written from its documents alone: it seals callbacks, and answers ``sync_msg`` from a list of batches."""

import asyncio
import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.channels.conformance.canary import CANARY
from tests.hub.gateway import Answer, Call, Gateway
from tests.hub.live import Live

TOKEN = "mimdesktoken8"
AES_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
CORP_ID = "ww11bb22cc33dd44ee"
OPEN_KFID = "wkMIM1"
MIA = "wmMIMmia0000000000000000A1B2"
NUDGE = (
    "<xml><ToUserName>ww11bb22cc33dd44ee</ToUserName><CreateTime>1763790000</CreateTime><MsgType>event</MsgType>"
    "<Event>kf_msg_or_event</Event><Token>ENC8</Token><OpenKfId>wkMIM1</OpenKfId></xml>"
)


def sha1(*words: str) -> str:
    return hashlib.sha1("".join(sorted(words)).encode()).hexdigest()


def seal(message: bytes, receiver: str = CORP_ID, key: str = AES_KEY) -> str:
    secret = base64.b64decode(key + "=")
    plain = os.urandom(16) + len(message).to_bytes(4, "big") + message + receiver.encode()
    missing = 32 - len(plain) % 32
    plain += bytes([missing]) * missing
    sealing = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(sealing.update(plain) + sealing.finalize()).decode()


def signed(sealed: str, token: str = TOKEN, **more: str) -> str:
    """The query of a call about ``sealed``."""
    told = {"timestamp": "1763790000", "nonce": "882014"}
    return urlencode({"msg_signature": sha1(token, *told.values(), sealed), **told, **more})


def body_of(sealed: str) -> bytes:
    return f"<xml><ToUserName>{CORP_ID}</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


def said(external_id: str, content: str) -> dict[str, Any]:
    return {
        "msgid": external_id,
        "open_kfid": OPEN_KFID,
        "external_userid": MIA,
        "send_time": int(time()),
        "origin": 3,
        "msgtype": "text",
        "text": {"content": content},
    }


@dataclass
class WecomKfProvider:
    """Mia writes to a customer service account; a forged callback is one that is signed with a guessed token."""

    channel: str = "wecom_kf"
    refused: int = 401
    unknown: int = 200
    inbox_id: str = ""
    batches: list[list[Any]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)

    async def connect(self, live: Live, gateway: Gateway) -> str:
        token = f'{{"errcode": 0, "errmsg": "ok", "access_token": "{CANARY}-token", "expires_in": 7200}}'
        gateway.asides["/cgi-bin/gettoken"] = Answer(body=token.encode())
        gateway.asides["/cgi-bin/kf/sync_msg"] = self.sync
        gateway.asides["/cgi-bin/kf/customer/batchget"] = Answer(body=b'{"errcode": 48002, "errmsg": "api forbidden"}')
        body = {
            "name": "Shop",
            "channel": "wecom_kf",
            "settings": {"corp_id": CORP_ID, "open_kfid": OPEN_KFID, "api_base_url": gateway.url},
            "secrets": {"secret": CANARY, "token": TOKEN, "encoding_aes_key": AES_KEY},
        }
        self.inbox_id = str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])
        await self._until_asked(0)
        return self.inbox_id

    def sync(self, call: Call) -> Answer:
        """What came after the place that is asked from; there is always more, so that it is asked for soon."""
        if parse_qs(urlsplit(call.path).query).get("access_token") != [f"{CANARY}-token"]:
            return Answer(body=b'{"errcode": 40014, "errmsg": "invalid access_token"}')
        if call.json.get("open_kfid") != OPEN_KFID:
            return Answer(body=b'{"errcode": 95000, "errmsg": "invalid open_kfid"}')
        at = int(str(call.json.get("cursor", "c0")).removeprefix("c"))
        self.asked.add(at)
        told = {"errcode": 0, "errmsg": "ok", "next_cursor": f"c{at}", "has_more": 1, "msg_list": list[Any]()}
        if at < len(self.batches):
            told |= {"next_cursor": f"c{at + 1}", "msg_list": self.batches[at]}
        return Answer(body=json.dumps(told).encode(), wait_s=0.02)

    async def _until_asked(self, number: int) -> None:
        """Returns once the hub has stored everything before this batch."""
        async with asyncio.timeout(30):
            while number not in self.asked:
                await asyncio.sleep(0.01)

    async def tell(self, *items: Any) -> int:
        self.batches.append(list(items))
        await self._until_asked(len(self.batches))
        return 200

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self.tell(said(external_id, text))

    async def callback(self, live: Live, token: str = TOKEN) -> int:
        sealed = seal(NUDGE.encode())
        path = f"/webhooks/wecom_kf/{self.inbox_id}?{signed(sealed, token)}"
        return (await live.client.post(path, content=body_of(sealed), headers={"authorization": ""})).status_code

    async def forge(self, live: Live) -> int:
        return await self.callback(live, token="guessed")

    async def surprise(self, live: Live) -> int:
        dance = {**said("dance", ""), "origin": 4, "msgtype": "event", "event": {"event_type": "dance"}}
        return await self.tell(dance, {"msgtype": 17}, 3, said("beside", "beside it"))
