"""A person at the web chat's page, whom the shop may know."""

import asyncio
import base64
import hashlib
import hmac
import json
import mimetypes
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.scripts import Act, Script, file_of
from mim_desk.rehearsal.web_chat import WebChat
from mim_desk.rehearsal.workspace import OpenedChat


class ChatPage(Phone):
    """A browser with the chat open, for one visit."""

    can = frozenset({"file"})

    def __init__(self, chat: WebChat, script: Script, opened: OpenedChat) -> None:
        super().__init__()
        self._chat = chat
        self._script = script
        self._proof = identity_proof(script, opened.widget, opened.identity_secret)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        await self._chat.open(self._script.locale, self._script.page_url, self._script.page_title)
        if self._proof is not None:
            await self._chat.identify(self._proof)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen(), name=f"{self._script.name} listens")
            try:
                yield
            finally:
                listening.cancel()

    async def _listen(self) -> None:
        async for event in self._chat.events():
            if event.kind == "message" and event.data.get("role") == "brand":
                self.hear(Heard(str(event.data["id"]), str(event.data.get("text", ""))))

    async def do(self, act: Act) -> None:
        await self._chat.write(act.text, await self._files(act))

    async def _files(self, act: Act) -> list[str]:
        if not act.file:
            return []
        file = file_of(act)
        content = await asyncio.to_thread(file.read_bytes)
        mime_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return [await self._chat.upload(file.name, content, mime_type)]

    async def typing(self) -> None:
        await self._chat.typing()

    async def read(self, heard: Heard) -> None:
        await self._chat.read(heard.id)


def identity_proof(script: Script, widget: str, secret: str) -> dict[str, Any] | None:
    """What the shop's site signs for a customer it knows; None for others (webchat.md, section 3)."""
    if not script.email:
        return None
    now = int(time.time())
    claims = {
        "aud": widget,
        "sub": script.email,
        "name": script.name,
        "email": script.email,
        "iat": now,
        "exp": now + 900,
    }
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return {"jwt": f"{signed}.{_base64(signature)}"}


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
