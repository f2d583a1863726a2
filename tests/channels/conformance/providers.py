"""The customer's side of each channel, as the conformance tests drive it."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from time import time
from typing import Any, Protocol, runtime_checkable

import httpx

from tests.channels.conformance.canary import CANARY
from tests.channels.email.provider import EmailProvider
from tests.channels.line.provider import LineProvider
from tests.channels.matrix.provider import MatrixProvider
from tests.channels.messenger.provider import FacebookCommentsProvider, InstagramProvider, MessengerProvider
from tests.channels.rcs.provider import RcsProvider
from tests.channels.sms_smpp.provider import SmsSmppProvider
from tests.channels.viber.provider import ViberProvider
from tests.channels.wechat import provider as wechat
from tests.channels.wecom_kf.provider import WecomKfProvider
from tests.channels.whatsapp.provider import WhatsappProvider
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, incoming


@runtime_checkable
class Closes(Protocol):
    """A provider that serves something."""

    async def close(self) -> None: ...


class Provider(Protocol):
    """How a channel's customer reaches us, and how its provider answers us.

    Attributes:
        channel: its name.
        refused: the status of a delivery that is not truly the provider's.
        unknown: the status of a delivery of a kind we do not know.
    """

    channel: str
    refused: int
    unknown: int

    async def connect(self, live: Live, gateway: Gateway) -> str:
        """Connect an inbox; its id."""
        ...

    async def write(self, live: Live, external_id: str, text: str) -> int:
        """The customer writes; the same external id is the same message. Answers the status."""
        ...

    async def forge(self, live: Live) -> int:
        """Somebody else says so, without the proof."""
        ...

    async def surprise(self, live: Live) -> int:
        """A kind of event that we do not know."""
        ...


@runtime_checkable
class HasServer(Protocol):
    """A provider that speaks no HTTP, so that it has a server of its own beside the gateway."""

    def at_work(self) -> AbstractAsyncContextManager[None]:
        """Serve as long as this is open."""
        ...


@dataclass
class CustomProvider:
    """A gateway that signs."""

    channel: str = "custom"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        return await live.connect(gateway.url)

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return (await live.deliver(incoming("ana", text, external_id=external_id))).status_code

    async def forge(self, live: Live) -> int:
        return (await live.deliver(incoming("eve", "forged"), header="t=1,v1=00")).status_code

    async def surprise(self, live: Live) -> int:
        return (await live.deliver({"type": "dance"}, incoming("ana", "beside it"))).status_code


@dataclass
class WebChatProvider:
    """A visitor's page."""

    channel: str = "web_chat"
    refused: int = 401
    unknown: int = 400
    headers: dict[str, str] = field(default_factory=dict)

    async def connect(self, live: Live, gateway: Gateway) -> str:
        body = {"name": "Chat", "channel": "web_chat", "secrets": {"identity_secret": CANARY + CANARY}}
        made = (await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
        self.headers = {"origin": live.url, "authorization": ""}
        began = await self._post(live, "session", {"widget": made["widget"], "locale": "en"})
        self.headers["authorization"] = f"Bearer {began.raise_for_status().json()['session_token']}"
        return str(made["id"])

    async def _post(self, live: Live, path: str, body: dict[str, Any]) -> httpx.Response:
        return await live.client.post(f"/api/web-chat/v1/{path}", json=body, headers=self.headers)

    async def write(self, live: Live, external_id: str, text: str) -> int:
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, external_id))
        answer = await self._post(live, "messages", {"client_msg_id": key, "kind": "text", "text": text})
        return 200 if answer.status_code == 201 else answer.status_code

    async def forge(self, live: Live) -> int:
        proven = self.headers
        self.headers = {**proven, "authorization": "Bearer not-the-visitor"}
        answer = await self._post(
            live, "messages", {"client_msg_id": str(uuid.uuid4()), "kind": "text", "text": "forged"}
        )
        self.headers = proven
        return answer.status_code

    async def surprise(self, live: Live) -> int:
        key = str(uuid.uuid4())
        status = (await self._post(live, "messages", {"client_msg_id": key, "kind": "dance"})).status_code
        await self.write(live, "beside", "beside it")
        return status


@dataclass
class SmsTwilioProvider:
    """Twilio calling one number's webhook, at an address of its own."""

    channel: str = "sms_twilio"
    refused: int = 401
    unknown: int = 200
    called: str = "https://desk.example.test"

    async def connect(self, live: Live, gateway: Gateway) -> str:
        body = {
            "name": "SMS",
            "channel": "sms_twilio",
            "settings": {
                "account_sid": "AC" + "0" * 31 + "1",
                "from": "+15550002222",
                "api_base_url": gateway.url,
                "public_url": self.called,
            },
            "secrets": {"auth_token": CANARY},
        }
        return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])

    async def post(self, live: Live, fields: dict[str, str], query: str = "", key: str = CANARY) -> httpx.Response:
        path = f"/webhooks/sms_twilio/{live.inbox_id}" + (f"?{query}" if query else "")
        signed = self.called + path + "".join(name + fields[name] for name in sorted(fields))
        signature = base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        headers = {"x-twilio-signature": signature, "authorization": ""}
        return await live.client.post(path, data=fields, headers=headers)

    async def write(self, live: Live, external_id: str, text: str, key: str = CANARY) -> int:
        fields = {
            "MessageSid": "SM" + hashlib.md5(external_id.encode()).hexdigest(),
            "AccountSid": "AC" + "0" * 31 + "1",
            "From": "+15550001111",
            "To": "+15550002222",
            "Body": text,
            "NumMedia": "0",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        return (await self.post(live, fields, key=key)).status_code

    async def forge(self, live: Live) -> int:
        return await self.write(live, "forged", "forged", key="guessed")

    async def surprise(self, live: Live) -> int:
        status = (await self.post(live, {"EventType": "onDance", "AccountSid": "AC" + "0" * 31 + "1"})).status_code
        await self.write(live, "beside", "beside it")
        return status


@dataclass
class WeChatProvider:
    """The platform in its secure mode: every message is sealed."""

    channel: str = "wechat"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        token = f'{{"access_token": "{CANARY}-token", "expires_in": 7200}}'
        gateway.asides["/cgi-bin/stable_token"] = Answer(body=token.encode())
        body = {
            "name": "Shop",
            "channel": "wechat",
            "settings": {
                "app_id": wechat.APP_ID,
                "mode": "aes",
                "account_type": "service",
                "api_base_url": gateway.url,
            },
            "secrets": {"app_secret": CANARY, "token": wechat.TOKEN, "encoding_aes_key": wechat.AES_KEY},
        }
        return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])

    async def _post(self, live: Live, signed: wechat.Signed) -> int:
        address = f"/webhooks/wechat/{live.inbox_id}?{signed.query}"
        return (await live.client.post(address, content=signed.body, headers={"authorization": ""})).status_code

    async def write(self, live: Live, external_id: str, text: str) -> int:
        told = wechat.text(text, external_id, wechat.now())
        return await self._post(live, wechat.sealed_push(told, wechat.now()))

    async def forge(self, live: Live) -> int:
        told = wechat.text("forged", "1", wechat.now())
        return await self._post(live, wechat.sealed_push(told, wechat.now(), token="nottheirtoken"))

    async def surprise(self, live: Live) -> int:
        dance = wechat.xml(FromUserName=wechat.OPENID, CreateTime="1763790000", MsgType="event", Event="dance")
        status = await self._post(live, wechat.sealed_push(dance, wechat.now()))
        await self.write(live, "2", "beside it")
        return status


@dataclass
class TelegramProvider:
    """A person in a private chat with a bot; Telegram calls with the secret token in a header."""

    channel: str = "telegram"
    refused: int = 401
    unknown: int = 200
    path: str = ""
    numbers: dict[str, int] = field(default_factory=dict)

    async def connect(self, live: Live, gateway: Gateway) -> str:
        gateway.answers += [Answer(body=b'{"ok": true, "result": {"id": 1, "is_bot": true, "first_name": "B"}}')]
        gateway.answers += [Answer(body=b'{"ok": true, "result": true}')]
        gateway.asides["/getUserProfilePhotos"] = Answer(
            body=b'{"ok": true, "result": {"total_count": 0, "photos": []}}'
        )
        body = {
            "name": "Bot",
            "channel": "telegram",
            "settings": {"mode": "webhook", "api_base_url": gateway.url},
            "secrets": {"bot_token": f"1:{CANARY}", "secret_token": CANARY},
        }
        made = (await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
        gateway.calls.clear()
        self.path = f"/webhooks/telegram/{made['id']}"
        return str(made["id"])

    async def _post(self, live: Live, update: dict[str, Any], secret: str = CANARY) -> int:
        headers = {"x-telegram-bot-api-secret-token": secret, "authorization": ""}
        answer = await live.client.post(self.path, json={"update_id": 900001, **update}, headers=headers)
        return answer.status_code

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        number = self.numbers.setdefault(external_id, len(self.numbers) + 11)
        chat = {"id": 7001, "type": "private", "first_name": "Mia"}
        person = {"id": 7001, "is_bot": False, "first_name": "Mia"}
        return {"message_id": number, "date": int(time()), "chat": chat, "from": person, "text": text}

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self._post(live, {"message": self._message(external_id, text)})

    async def forge(self, live: Live) -> int:
        return await self._post(live, {"message": self._message("forged", "forged")}, secret=f"{CANARY[:-1]}x")

    async def surprise(self, live: Live) -> int:
        return await self._post(live, {"dance": {}, "message": self._message("beside", "beside it")})


@dataclass
class KakaotalkProvider:
    """Infobip for one KakaoTalk channel."""

    channel: str = "kakaotalk"
    refused: int = 401
    unknown: int = 200

    async def connect(self, live: Live, gateway: Gateway) -> str:
        body = {
            "name": "KakaoTalk",
            "channel": "kakaotalk",
            "settings": {"dealer": "infobip", "sender_key": "@brand", "api_base_url": gateway.url},
            "secrets": {"api_key": CANARY + "k", "verify_token": CANARY},
        }
        return str((await live.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"])

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        return {
            "sender": "user-key-1",
            "to": "@brand",
            "integrationType": "KAKAO_SANGDAM",
            "receivedAt": "2026-11-22T05:00:00.000+0000",
            "messageId": external_id,
            "pairedMessageId": None,
            "callbackData": None,
            "message": {"type": "TEXT", "text": text, "sentAt": "2026-11-22T05:00:00.000+0000"},
        }

    async def post(self, live: Live, *results: object, token: str = CANARY) -> int:
        path = f"/webhooks/kakaotalk/{live.inbox_id}?token={token}"
        body = {"results": results, "messageCount": len(results), "pendingMessageCount": 0}
        return (await live.client.post(path, json=body, headers={"authorization": ""})).status_code

    async def write(self, live: Live, external_id: str, text: str) -> int:
        return await self.post(live, self._message(external_id, text))

    async def forge(self, live: Live) -> int:
        return await self.post(live, self._message("forged", "forged"), token="guessed")

    async def surprise(self, live: Live) -> int:
        return await self.post(live, {"dance": 3}, 17, self._message("beside", "beside it"))


PROVIDERS: dict[str, Callable[[], Provider]] = {
    "custom": CustomProvider,
    "email": EmailProvider,
    "facebook_comments": FacebookCommentsProvider,
    "instagram": InstagramProvider,
    "kakaotalk": KakaotalkProvider,
    "line": LineProvider,
    "messenger": MessengerProvider,
    "matrix": MatrixProvider,
    "rcs": RcsProvider,
    "sms_smpp": SmsSmppProvider,
    "sms_twilio": SmsTwilioProvider,
    "telegram": TelegramProvider,
    "viber": ViberProvider,
    "web_chat": WebChatProvider,
    "wechat": WeChatProvider,
    "wecom_kf": WecomKfProvider,
    "whatsapp": WhatsappProvider,
}

BUSY, DOWN = Answer(429, headers={"retry-after": "0"}), Answer(503, b"<html>down</html>")
