"""Runs a rehearsal beside the window: in a thread with a loop of its own, since the window's thread does no I/O."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any


async def beside(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run ``play`` in its own thread; cancelled, it is cancelled there too, and has ended when this ends."""
    here = asyncio.get_running_loop()
    ended = here.create_future()
    loop = asyncio.new_event_loop()

    async def played() -> None:
        try:
            await play()
        finally:
            loop.call_soon(loop.stop)

    def live() -> None:
        try:
            loop.run_forever()
            loop.run_until_complete(_end_the_rest())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()
            here.call_soon_threadsafe(ended.set_result, None)

    playing = asyncio.run_coroutine_threadsafe(played(), loop)
    thread = threading.Thread(target=live, name="rehearsal")
    thread.start()
    try:
        await asyncio.wrap_future(playing)
    finally:
        playing.cancel()
        await ended
        thread.join()


async def _end_the_rest() -> None:
    """End the sessions of simulated servers, which are the loop's own tasks: none of their connections is left open."""
    # Streams take a cancelled session for a failure of it.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _told: None)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.sleep(0)  # a closed connection is let go of a round later
