"""What of a hub's messages is in its log: read as a desk reads it, from one number to the end."""

import json
from collections import Counter
from dataclasses import dataclass, field

import httpx
from httpx_sse import EventSource

from tests.benchmarks.hubs import Hub


@dataclass
class Seen:
    """The log up to a number.

    Attributes:
        texts: how many different incoming messages say it.
    """

    seq: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)


async def seen(hub: Hub, after: int | None = None, known: Seen | None = None) -> Seen:
    """The log up to where it ends now; without ``after`` only where that is."""
    headers = {"Authorization": f"Bearer {hub.token}"}
    async with httpx.AsyncClient(base_url=hub.url, headers=headers, timeout=30, trust_env=False) as http:
        end = int((await http.get("/api/v1/snapshot?limit=1")).raise_for_status().json()["seq"])
        found = known or Seen()
        if after is not None and after < end:
            await _read(http, after, end, found)
        found.seq = end
        return found


async def _read(http: httpx.AsyncClient, after: int, end: int, found: Seen) -> None:
    async with http.stream("GET", f"/api/v1/events?after={after}") as answer:
        async for event in EventSource(answer.raise_for_status()).aiter_sse():
            if event.event == "message":
                row = json.loads(event.data)
                if row["kind"] == "incoming" and row["id"] not in found.ids:
                    found.ids.add(row["id"])
                    found.texts[row["text"]] += 1
            if event.id and int(event.id) >= end:
                return
