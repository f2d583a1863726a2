"""A hub in a process of its own, started as a desk starts it, so that it can be killed."""

import asyncio
import contextlib
import json
import os
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hub.live import ADMIN_TOKEN

KEY = "07" * 32


def free_port() -> str:
    """One that stays free while no hub has it: systems give outgoing connections others, mostly above 32767."""
    for port in random.sample(range(20_000, 32_000), 50):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return str(port)
    raise AssertionError("no port is free")


@dataclass
class Embedded:
    """A started hub.

    Attributes:
        said: the line it wrote to its standard output.
    """

    process: asyncio.subprocess.Process
    said: dict[str, Any]

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.said["url"])

    async def end_of_input(self) -> int:
        """Order it to stop; its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(20):
            return await self.process.wait()

    async def died(self, within: float = 30) -> int:
        """Its exit code, once it ended by itself."""
        async with asyncio.timeout(within):
            return await self.process.wait()


@asynccontextmanager
async def embedded_hub(home: Path, *more: str, failpoint: str = "", **piped: str) -> AsyncIterator[Embedded]:
    """A hub process with its home below ``home``; killed at the end if it still runs."""
    environ = {**os.environ, "MIM_DESK_HOME": str(home), "MIM_DESK_FAILPOINT": failpoint}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mim_desk", "hub", "--embedded", *more),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environ,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        line = {"key": KEY, "admin_token": ADMIN_TOKEN, "workspace": "Killed", **piped}
        process.stdin.write(json.dumps(line).encode() + b"\n")
        await process.stdin.drain()
        async with asyncio.timeout(30):
            said = await process.stdout.readline()
        yield Embedded(process, json.loads(said or b"{}"))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # else its pipes are closed too late for the loop
