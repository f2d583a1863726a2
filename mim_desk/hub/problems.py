"""Every "no" of the hub as an RFC 9457 problem: from refusals, the web toolkit's errors and the unforeseen."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.asgi_types import Send
from mim_desk.hub.store.problems import LogReset, StoreUnavailable, unkeepable
from mim_desk.protocol.api import Problem

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_S: Final = 5

STATUS_OF: Final[Mapping[str, int]] = {
    "answered-privately": 409,
    "bad-signature": 401,
    "blocked": 403,
    "claimed": 409,
    "conversation-moved": 409,
    "conflict": 409,
    "consent-withdrawn": 409,
    "forbidden": 403,
    "id-conflict": 409,
    "log-reset": 410,
    "no-handshake": 405,
    "no-private-inbox": 409,
    "not-found": 404,
    "not-merged": 409,
    "open-elsewhere": 409,
    "taken": 409,
    "their-own-word": 409,
    "too-large": 413,
    "too-many": 429,
    "unauthorized": 401,
    "unsupported-media": 415,
    "version-conflict": 412,
    "window-closed": 409,
    "other-tool": 409,
    "replies-used-up": 409,
    "wrong-key": 503,
}
"""Status of a refusal's code; what is not named is 400."""

_TITLES: Final[Mapping[str, str]] = {
    "conversation-moved": "The conversation has moved on",
    "log-reset": "The event log starts anew",
    "unavailable": "The hub cannot store anything now",
}
_log = structlog.get_logger("mim_desk.hub.problems")


def problem(status: int, code: str, detail: str = "", **more: Any) -> Problem:
    """The problem with its type and title filled in."""
    title = _TITLES.get(code) or HTTPStatus(status).phrase
    return Problem(f"urn:mim-desk:problem:{code}", title, status, detail, code, **more)


def problem_of(error: BaseException) -> tuple[Problem, dict[str, str]]:
    """The problem an error becomes, and its headers."""
    match error:
        case Refusal():
            return _of_refusal(error)
        case LogReset():
            return problem(410, "log-reset", "The log was reset. Start again from a snapshot."), {}
        case StoreUnavailable():
            return problem(503, "unavailable", "The hub cannot write now. Try again."), {"retry-after": str(_RETRY_S)}
        case ValidationException():
            return _of_validation(error), {}
        case HTTPException():
            return _of_http(error), dict(error.headers or {})
        case _ if why := unkeepable(error):
            return problem(400, "invalid", why), {}
        case RecursionError():
            return problem(400, "invalid", "The body is nested too deeply."), {}
        case _:
            return problem(500, "internal", "The hub failed at this request. The log says why."), {}


def _of_refusal(refusal: Refusal) -> tuple[Problem, dict[str, str]]:
    status = STATUS_OF.get(refusal.code, 400)
    named = ("messages", "reasons")
    more: dict[str, Any] = {name: list(getattr(refusal, name)) for name in named if getattr(refusal, name, None)}
    more["seq"] = getattr(refusal, "seq", 0)
    headers = {"www-authenticate": "Bearer"} if refusal.code == "unauthorized" else {}
    wait_s = getattr(refusal, "wait_s", None) or (_RETRY_S if status == 503 else None)
    if wait_s:
        headers["retry-after"] = str(max(1, round(wait_s)))
    return problem(status, refusal.code, refusal.reason, field=refusal.field, **more), headers


_MISSING: Final = re.compile(r"missing required field `([^`]+)`(?: - at `\$\.(?:data\.)?([^`]+)`)?")

_NO_PARAMETER: Final = re.compile(r"[Mm]issing required \w+(?: parameter)? '?(\w+)'?")


def _of_validation(error: ValidationException) -> Problem:
    extra = error.extra if isinstance(error.extra, list) else []
    first: dict[str, Any] = extra[0] if extra and isinstance(extra[0], dict) else {}
    message, field = str(first.get("message", "The request is not valid.")), str(first.get("key", ""))
    missing = _MISSING.search(message)
    if missing:
        inside = missing.group(2)
        field = ".".join(part for part in (inside, missing.group(1)) if part)
        message = f"{field} is missing."
    absent = None if extra else _NO_PARAMETER.search(error.detail)
    if absent:
        field, message = absent.group(1), f"{absent.group(1)} is missing."
    if message.strip("'\"") == "data" or field == "data":
        return problem(400, "invalid", "The body is missing or not of the expected form.")
    return problem(400, "invalid", message, field=field)


_HTTP_CODES: Final[Mapping[int, str]] = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media",
    429: "too-many",
}


def _of_http(error: HTTPException) -> Problem:
    code = _HTTP_CODES.get(error.status_code, "invalid" if error.status_code < 500 else "internal")
    detail = error.detail if error.status_code < 500 else "The hub failed at this request. The log says why."
    return problem(error.status_code, code, detail)


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler: every error of the API leaves as a problem."""
    told, headers = problem_of(error)
    _note(error, told.status, request.url.path)
    return Response(msgspec.json.encode(told), status_code=told.status, headers=headers, media_type=MEDIA_TYPE)


async def send_problem(send: Send, error: Exception, where: str = "") -> None:
    """The same for the plain ASGI parts."""
    told, headers = problem_of(error)
    _note(error, told.status, where)
    await send_answer(send, told.status, msgspec.json.encode(told), MEDIA_TYPE, headers)


def _note(error: Exception, status: int, path: str) -> None:
    """What failed here is worth its traceback; a disk that is full is not made fuller by one for each request."""
    if isinstance(error, StoreUnavailable):
        _log.warning("store_unavailable", path=path, problem=str(error).partition("\n")[0])
    elif status >= 500:
        _log.error("request_failed", path=path, status=status, exc_info=error)


async def send_answer(
    send: Send, status: int, body: bytes, media_type: str = "text/plain", headers: Mapping[str, str] | None = None
) -> None:
    """One whole answer on a plain ASGI connection."""
    raw = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    raw += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
