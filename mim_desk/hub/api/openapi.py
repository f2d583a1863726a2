"""The OpenAPI document: what Litestar derives, completed by problems, sign-in and the plain ASGI calls."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

import msgspec
from litestar import MediaType, get
from litestar.handlers import HTTPRouteHandler

from mim_desk.hub.api.access import ANYONE
from mim_desk.hub.problems import MEDIA_TYPE

_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_PROBLEM_ANSWER: Final = {"description": "Why not (RFC 9457)", "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})
_OPEN_CALLS: Final = frozenset(
    {("/api/v1/sessions", "post"), ("/healthz", "get"), ("/readyz", "get"), ("/metrics", "get")}
)

_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": "string"},
        "messages": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
}

_INBOX_PATH: Final = [
    {"name": "channel", "in": "path", "required": True, "schema": {"type": "string"}},
    {"name": "inbox_id", "in": "path", "required": True, "schema": {"type": "string"}},
]

_WEBHOOKS: Final = {
    "post": {
        "operationId": "TakeDelivery",
        "summary": "A provider's delivery; 200 once it is stored",
        "parameters": _INBOX_PATH,
        "requestBody": {"content": {"*/*": {"schema": {}}}},
        "responses": {"200": {"description": "Stored", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        "security": [],
    },
    "get": {
        "operationId": "ShakeHands",
        "summary": "A provider's check of the address",
        "parameters": _INBOX_PATH,
        "responses": {
            "200": {
                "description": "What the provider expects",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
        },
        "security": [],
    },
}

_EVENTS: Final = {
    "get": {
        "operationId": "FollowEvents",
        "summary": "The event log as server-sent events",
        "description": "`id:` is the seq, `event:` the type. Opens with `hello`, beats with `heartbeat`; `skipped` "
        "tells runs that you may not see, `forgotten` a row to delete; `typing` and `presence` come without an id.",
        "parameters": [
            {
                "name": "after",
                "in": "query",
                "schema": {"type": "integer", "minimum": 0},
                "description": "Go on after this seq; without it the stream begins at the end of the log.",
            },
            {
                "name": "epoch",
                "in": "query",
                "schema": {"type": "string"},
                "description": "The log that seq belongs to; 410 `log-reset` when it is another one.",
            },
            {
                "name": "Last-Event-ID",
                "in": "header",
                "schema": {"type": "string"},
                "description": "As `after`, and before it.",
            },
        ],
        "responses": {
            "200": {"description": "The stream", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
        },
    }
}

_FILE_PATH: Final = [
    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("file_id", "mark", "name")
]
_FILES: Final = {
    "get": {
        "operationId": "FetchFile",
        "summary": "A file of a reply, for the channel that carries it",
        "description": "The hub signs the address, and it ends. HEAD is answered as well.",
        "parameters": _FILE_PATH,
        "responses": {"200": {"description": "The bytes", "content": {"*/*": {"schema": {"type": "string"}}}}},
        "security": [],
    }
}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """``document`` with everything that Litestar cannot know."""
    document["paths"]["/webhooks/{channel}/{inbox_id}"] = _WEBHOOKS
    document["paths"]["/api/v1/events"] = _EVENTS
    document["paths"]["/files/{file_id}/{mark}/{name}"] = _FILES
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"bearer": []}]
    for path, method, operation in _operations(document):
        responses = {code: told for code, told in operation["responses"].items() if not code.startswith("4")}
        operation["responses"] = {**responses, "4XX": _PROBLEM_ANSWER, "5XX": _PROBLEM_ANSWER}
        if (path, method) in _OPEN_CALLS:
            operation["security"] = []
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def document_route(document: Callable[[], dict[str, Any]]) -> HTTPRouteHandler:
    """The route that serves the document; it is written at the first call."""

    @cache
    def written() -> bytes:
        return msgspec.json.encode(completed(document()))

    @get("/api/openapi.json", opt=ANYONE, media_type=MediaType.JSON, include_in_schema=False, sync_to_thread=False)
    def openapi_document() -> bytes:
        return written()

    return openapi_document
