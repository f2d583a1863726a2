"""Answers of providers and bodies of calls, as the tests of several channels write and read them."""

import json
from typing import Any

from mim_desk.channels.base import Request, Response, Step


def answer(body: object = None, status: int = 200, **headers: str) -> Response:
    """An answer in JSON, or of these bytes; ``retry_after="7"`` becomes the header retry-after."""
    data = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def body(step: Step) -> dict[str, Any]:
    """What a call says in JSON."""
    assert isinstance(step, Request)
    return dict(json.loads(step.body))
