"""Answers on a plain ASGI connection, with the headers every answer of the web chat carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import msgspec

from mim_desk.hub.asgi_types import Send
from mim_desk.hub.web_chat.problems import ChatProblem

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin",
    "cache-control": "no-store",
    "vary": "Origin",
}


@dataclass(frozen=True)
class Answer:
    """One whole answer."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """``value`` as JSON."""
    return Answer(status, msgspec.json.encode(value), headers=headers or {})


def problem_answer(problem: ChatProblem) -> Answer:
    """A refusal as RFC 9457 problem details with its ``code``."""
    body = {
        "type": f"urn:mim-desk:web-chat:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        **({"field": problem.field} if problem.field else {}),
        **({"bits": problem.bits} if problem.bits else {}),
    }
    headers = {"retry-after": str(ceil(problem.retry_after_s))} if problem.retry_after_s else {}
    if problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Answer(problem.status, msgspec.json.encode(body), "application/problem+json", headers)


async def send_answer(send: Send, answer: Answer) -> None:
    """Put ``answer`` on the wire."""
    headers = {**_ALWAYS, **answer.headers, "content-length": str(len(answer.body))}
    if answer.status != 204:
        headers["content-type"] = answer.media_type
    await send({"type": "http.response.start", "status": answer.status, "headers": raw_headers(headers)})
    await send({"type": "http.response.body", "body": answer.body})


def raw_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def stream_headers() -> list[tuple[bytes, bytes]]:
    """Headers of the visitor's stream; proxies must not hold it back."""
    return raw_headers({**_ALWAYS, "content-type": "text/event-stream", "x-accel-buffering": "no"})
