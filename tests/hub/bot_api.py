"""A Bot API server at the edge: hands out updates by long polling and remembers who asked and what was called."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any

from tests.hub.edge import Call, listening, next_request, write

TOKEN = "4711:made-up-token-of-the-tests_0123456"


@dataclass
class BotApi:
    """Updates from ``offset`` on are answered at once, else when one comes or the question is two seconds old.

    Attributes:
        calls: (method, parameters) in the order they came, ``getUpdates`` left out.
        offsets: of the questions for updates, None where none was given.
        asking: questions that wait right now; ``most_asking`` is the most there ever were at once.
        refuse: error code and description that questions get instead.
        refused_methods: what other methods are refused with.
        files: by their path.
        results: what other methods than these answer, by name; true where nothing is named.
    """

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    offsets: list[int | None] = field(default_factory=list)
    asking: int = 0
    most_asking: int = 0
    refuse: tuple[int, str] | None = None
    refused_methods: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def tell(self, *kinds: dict[str, Any]) -> None:
        """Have updates ready."""
        async with self.changed:
            first = 900001 + len(self.updates)
            self.updates += [{"update_id": first + place, **kind} for place, kind in enumerate(kinds)]
            self.changed.notify_all()

    async def write(self, *texts: str, number: int = 11) -> None:
        """Mia writes to the bot."""
        start = number + len(self.updates)
        await self.tell(*({"message": message(start + place, text)} for place, text in enumerate(texts)))

    async def until(self, method: str, within: float = 30) -> dict[str, Any]:
        """The parameters of the newest call of a method, once there is one."""
        async with asyncio.timeout(within):
            while True:
                found = [parameters for name, parameters in self.calls if name == method]
                if found:
                    return found[-1]
                await asyncio.sleep(0.01)

    async def until_asked(self, offset: int | None, within: float = 30) -> None:
        """Returns once somebody asked from this place."""
        async with asyncio.timeout(within):
            while offset not in self.offsets:
                await asyncio.sleep(0.01)

    async def until_nobody_asks(self, within: float = 30) -> None:
        """Returns once no question waits."""
        async with asyncio.timeout(within):
            while self.asking:
                await asyncio.sleep(0.02)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        while True:
            call = await next_request(reader)
            status, told = await self._answer(reader, call)
            await write(writer, status, told if isinstance(told, bytes) else json.dumps(told).encode(), {})

    async def _answer(self, reader: asyncio.StreamReader, call: Call) -> tuple[int, dict[str, Any] | bytes]:
        path, parameters = call.path, call.json
        if path.startswith(f"/file/bot{TOKEN}/"):
            data = self.files.get(path.removeprefix(f"/file/bot{TOKEN}/"))
            return (404, b"") if data is None else (200, data)
        _, bot, method = path.rsplit("/", 2)
        if bot != f"bot{TOKEN}":
            return _error(401, "Unauthorized")
        if method == "getUpdates":
            return await self._new(reader, parameters.get("offset"))
        self.calls.append((method, parameters))
        if method == "getMe":
            return 200, {"ok": True, "result": {"id": 4711, "is_bot": True, "first_name": "B"}}
        if method == "getFile":
            found = self.files.get(f"files/{parameters['file_id']}")
            if found is None:
                return _error(400, "Bad Request: file is too big")
            return 200, {"ok": True, "result": {"file_id": "x", "file_path": f"files/{parameters['file_id']}"}}
        if method in self.refused_methods:
            return _error(400, self.refused_methods[method])
        if method == "sendMessage":
            chat = {"id": parameters["chat_id"], "type": "private"}
            return 200, {"ok": True, "result": {"message_id": 500 + len(self.calls), "date": 1, "chat": chat}}
        return 200, {"ok": True, "result": self.results.get(method, True)}

    async def _new(self, reader: asyncio.StreamReader, offset: int | None) -> tuple[int, dict[str, Any]]:
        self.offsets.append(offset)
        if self.refuse is not None:
            return _error(*self.refuse)
        self.asking += 1
        self.most_asking = max(self.most_asking, self.asking)
        try:
            return 200, {"ok": True, "result": await self._waited(reader, offset)}
        finally:
            self.asking -= 1

    async def _waited(self, reader: asyncio.StreamReader, offset: int | None) -> list[dict[str, Any]]:
        for _ in range(40):
            found = [one for one in self.updates if one["update_id"] >= (offset or 0)]
            if found or reader.at_eof() or self.refuse is not None:
                return found[:100]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05), self.changed:
                    await self.changed.wait()
        return []


def message(number: int, text: str) -> dict[str, Any]:
    """What Mia wrote."""
    person = {"id": 7001, "is_bot": False, "first_name": "Mia"}
    chat = {"id": 7001, "type": "private", "first_name": "Mia"}
    return {"message_id": number, "date": int(time()), "chat": chat, "from": person, "text": text}


def _error(code: int, description: str) -> tuple[int, dict[str, Any]]:
    return code, {"ok": False, "error_code": code, "description": description}


@asynccontextmanager
async def serving_bot_api() -> AsyncIterator[BotApi]:
    """A Bot API on a free loopback port."""
    api = BotApi()
    async with listening(api.serve) as api.url:
        yield api
