"""A rehearsal runs in a thread of its own, tells what fails, and ends with whoever began it."""

import asyncio
import socket
import threading

import pytest

from mim_desk.rehearsal.beside import beside


async def test_it_runs_in_another_thread_and_its_failure_is_told() -> None:
    threads: list[threading.Thread] = []

    async def play() -> None:
        threads.append(threading.current_thread())
        await asyncio.sleep(0)
        raise RuntimeError("no such play")

    with pytest.raises(RuntimeError, match="no such play"):
        await beside(play)

    assert threads[0] is not threading.current_thread()
    assert not threads[0].is_alive()


async def test_broken_off_it_is_cleaned_up_before_anything_goes_on() -> None:
    said: list[str] = []
    begun = threading.Event()

    async def play() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            said.append("cleaned up")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await beside(play)

    assert begun.is_set()
    assert said == ["cleaned up"]


async def test_whoever_is_still_connected_to_what_it_served_is_hung_up_on() -> None:
    """A hub may hold a connection to a simulated server when the rehearsal ends."""
    lines: list[socket.socket] = []

    async def play() -> None:
        met = asyncio.Event()

        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            met.set()
            try:
                await reader.read()
            finally:
                writer.close()

        server = await asyncio.start_server(session, "127.0.0.1", 0)
        lines.append(socket.create_connection(server.sockets[0].getsockname(), timeout=5))
        await met.wait()
        server.close()

    await beside(play)

    with lines[0] as line:
        assert line.recv(1) == b""
