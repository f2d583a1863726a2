"""The only place that spawns asyncio tasks on the desk."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeVar, runtime_checkable

Result = TypeVar("Result")
OnProblem = Callable[[str, BaseException], None]

CANCEL_AGAIN_S = 10.0
"""Longer than any cleaning up takes: by then a library has lost the cancellation."""


async def whole(work: Coroutine[Any, Any, Result]) -> Result:
    """Do all of ``work`` also when the caller is cancelled meanwhile, who hears of it afterwards.

    For what must not end between the disk and the memory that mirrors it; it never outlives the caller.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):  # raised below
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # who was cancelled has no use for it
        raise


async def in_thread(work: Callable[[], Result]) -> Result:
    """``work`` in a worker thread, begun at once; who is cancelled meanwhile waits for it and hears of it at the next await.

    So what follows without an await, such as the mirror of what is on the disk now, still happens.
    """
    future = asyncio.get_running_loop().run_in_executor(None, work)
    cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancelled = True
    task = asyncio.current_task()
    if cancelled and task is not None:
        task.uncancel()
        task.cancel()
    return future.result()


async def hear_of_cancelling() -> None:
    """Raise what ``in_thread`` put off."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        await asyncio.sleep(0)


@runtime_checkable
class TakesAtOnce(Protocol):
    """A loop that can take a step before its turn."""

    def take_newest(self) -> None:
        """Take the step that was added last."""


class TaskOwner:
    """Keeps references to running tasks, reports a failure once, cancels and waits on close.

    Args:
        on_problem: called with the task's name and its exception.
    """

    def __init__(self, on_problem: OnProblem) -> None:
        self._on_problem = on_problem
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    def spawn(self, coro: Coroutine[Any, Any, Result], *, name: str, at_once: bool = False) -> asyncio.Task[Result]:
        """Start ``coro``; after close it is dropped unstarted and the returned task is cancelled.

        ``at_once`` takes its first step before this returns, where the loop can (ui/event_loop.py).
        """
        loop = asyncio.get_running_loop()
        task = loop.create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        if self._closing:
            task.cancel()
        elif at_once and isinstance(loop, TakesAtOnce):
            loop.take_newest()
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._on_problem(task.get_name(), error)

    async def close(self, again_s: float = CANCEL_AGAIN_S) -> None:
        """Cancel what runs and wait for its end; what goes on all the same is cancelled again every ``again_s``."""
        self._closing = True
        await asyncio.sleep(0)  # what was just spawned begins, so that it can clean up
        while self._tasks:
            running = [task for task in self._tasks if task is not asyncio.current_task()]
            if not running:
                return
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=again_s)
