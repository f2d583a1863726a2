"""Calls that cross: one is held at a step of its way while another one passes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest


@asynccontextmanager
async def crossing(
    monkeypatch: pytest.MonkeyPatch, place: object, step: str, request: Coroutine[Any, Any, httpx.Response]
) -> AsyncIterator[list[httpx.Response]]:
    """Hold ``request`` once ``place.step`` is done for as long as the block lasts; its answer is in the list then."""
    real, reached, go_on = getattr(place, step), asyncio.Event(), asyncio.Event()

    async def waits(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(place, step, real)
        found = await real(*args, **more)
        reached.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(place, step, waits)
    task, answers = asyncio.get_running_loop().create_task(request), []
    await reached.wait()
    yield answers
    go_on.set()
    answers.append(await task)
