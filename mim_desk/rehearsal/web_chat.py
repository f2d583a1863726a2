"""The web chat as a browser speaks it: sessions, posts, uploads and the event stream, over plain HTTP."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

SILENCE_S: Final = 40.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
PATH: Final = "/api/web-chat/v1"

OnProblem = Callable[[str, Exception], None]
"""Told what failed, in a few words, and how; called once per outage."""


class Refused(Exception):
    """The hub's answer was a problem.

    Attributes:
        retry_after_s: when the hub wants to be asked again, 0 where it does not say.
    """

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.code, detail = _problem(answer)
        self.retry_after_s = float(answer.headers.get("retry-after") or 0)
        super().__init__(
            f"{answer.request.method} {answer.request.url.path}: {self.status} {self.code} {detail}".strip()
        )

    @property
    def is_passing(self) -> bool:
        """Whether the same call may be taken later."""
        return self.status == 429 or self.status >= 500


def _problem(answer: httpx.Response) -> tuple[str, str]:
    try:
        body = answer.json()
    except ValueError:
        return "", answer.text[:200]
    return (str(body.get("code", "")), str(body.get("detail", ""))) if isinstance(body, dict) else ("", "")


@dataclass(frozen=True)
class StreamEvent:
    """One event of the visitor's stream."""

    kind: str
    data: Mapping[str, Any]
    id: str | None = None


class WebChat:
    """One visitor's chat page."""

    def __init__(self, http: httpx.AsyncClient, widget: str, on_problem: OnProblem) -> None:
        self._http = http
        self._widget = widget
        self._on_problem = on_problem
        self._token = ""
        self._cursor: str | None = None

    async def open(self, locale: str, url: str, title: str) -> None:
        """Begin a session; nothing is stored by the hub before the first message."""
        page = {"url": url, "title": title, "referrer": ""}
        body = {"widget": self._widget, "locale": locale, "page": page, "client_id": str(uuid.uuid4())}
        self._token = (await self._surely("open the chat", "POST", "/session", json=body))["session_token"]

    async def identify(self, proof: Mapping[str, Any]) -> None:
        """Prove who the visitor is; the token changes."""
        answer = await self._surely("identify", "POST", "/identify", json=dict(proof))
        self._token = answer["session_token"]

    async def write(self, text: str, file_ids: list[str] | None = None) -> str:
        """Post a message; repeated under the same id until the hub has answered. Answers the message's id."""
        body: dict[str, Any] = {"client_msg_id": str(uuid.uuid4()), "kind": "text", "text": text}
        if file_ids:
            body |= {"kind": "file", "file_ids": file_ids}
        return str((await self._surely("write a message", "POST", "/messages", json=body))["message_id"])

    async def upload(self, name: str, content: bytes, mime_type: str) -> str:
        """Give the hub a file; answers its id for ``write``."""
        answer = await self._surely("upload a file", "POST", "/uploads", files={"file": (name, content, mime_type)})
        return str(answer["file_id"])

    async def typing(self) -> None:
        """Say that the visitor types; a hub out of reach misses nothing by it."""
        await self._once("say that it types", "/typing", {})

    async def read(self, message_id: str) -> None:
        """Say how far the visitor has read; the next one tells again."""
        await self._once("say what was read", "/read", {"up_to": message_id})

    async def _once(self, doing: str, path: str, body: Mapping[str, Any]) -> None:
        try:
            await self._call("POST", path, json=dict(body))
        except (httpx.TransportError, Refused) as problem:
            self._on_problem(doing, problem)

    async def _surely(self, doing: str, method: str, path: str, **rest: Any) -> Any:
        """Call until it is taken or refused for good; tell of an outage once."""
        attempt = 0
        while True:
            try:
                return await self._call(method, path, **rest)
            except (httpx.TransportError, Refused) as problem:
                pause = _pause_after(problem, attempt)
                if attempt == 0:
                    self._on_problem(doing, problem)
            await asyncio.sleep(pause)
            attempt += 1

    async def _call(self, method: str, path: str, **rest: Any) -> Any:
        answer = await self._http.request(method, PATH + path, headers=self._headers(), **rest)
        if answer.is_error:
            raise Refused(answer)
        return answer.json() if answer.content else None

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    async def events(self) -> AsyncIterator[StreamEvent]:
        """The visitor's events, resumed where they broke off; ends when another page took the stream over."""
        attempt = 0
        while True:
            pause = FIRST_PAUSE_S
            try:
                async for event in self._stream():
                    attempt = 0
                    yield event
                    if event.kind == "superseded":
                        return
            except (httpx.TransportError, Refused) as problem:
                pause = _pause_after(problem, attempt)
                if attempt == 0:
                    self._on_problem("follow the stream", problem)
            await asyncio.sleep(pause)
            attempt += 1

    async def _stream(self) -> AsyncIterator[StreamEvent]:
        headers = {**self._headers(), "Accept": "text/event-stream"}
        if self._cursor is not None:
            headers["Last-Event-ID"] = self._cursor
        waits = httpx.Timeout(10, read=SILENCE_S)
        async with self._http.stream("GET", PATH + "/stream", headers=headers, timeout=waits) as answer:
            if answer.is_error:
                await answer.aread()
                raise Refused(answer)
            async for event in read_events(answer.aiter_lines()):
                self._cursor = event.id or self._cursor
                yield event


async def read_events(lines: AsyncIterator[str]) -> AsyncIterator[StreamEvent]:
    """Server-sent events out of lines; comments only prove life."""
    kind, number, data = "message", None, list[str]()
    async for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            if data:
                yield StreamEvent(kind, json.loads("\n".join(data)), number)
            kind, number, data = "message", None, []
        elif name == "event":
            kind = value
        elif name == "id":
            number = value
        elif name == "data":
            data.append(value)


def _pause_after(problem: Exception, attempt: int) -> float:
    """How long to wait before the next try; what would be refused again is raised."""
    if isinstance(problem, Refused):
        if not problem.is_passing:
            raise problem
        if problem.retry_after_s:
            return problem.retry_after_s
    return min(FIRST_PAUSE_S * (1 << min(attempt, 10)), LONGEST_PAUSE_S)
