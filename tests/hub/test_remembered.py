"""What is remembered of the store: nothing that changed while it was being read, not even for a moment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.remembered import Remembered
from mim_desk.hub.sessions import authenticate
from mim_desk.hub.store.store import Store
from mim_desk.hub.web_chat.widgets import Widgets
from tests.hub.live import Live


@asynccontextmanager
async def reading_slowly(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[], None]]:
    """The next thing that is read is answered when the block ends, with what was so when it was asked for."""
    read, go_on, is_read = store.read, asyncio.Event(), asyncio.Event()

    async def slowly(query):
        monkeypatch.setattr(store, "read", read)
        found = await read(query)
        is_read.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(store, "read", slowly)
    yield is_read.wait
    go_on.set()


async def test_settings_that_change_while_they_are_read_hold_at_once(
    hub: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await hub.client.post("/api/v1/inboxes", json={"name": "Site", "channel": "web_chat", "settings": {}})
    inbox = made.raise_for_status().json()["id"]
    store = hub.running.hub.store
    widgets, accounts = Widgets(store), hub.running.hub.accounts

    for read in (lambda: widgets.named(inbox), lambda: accounts.account(inbox)):
        await hub.client.patch(f"/api/v1/inboxes/{inbox}", json={"settings": {"blocked": []}})
        async with reading_slowly(store, monkeypatch) as is_read:
            first = asyncio.get_running_loop().create_task(read())
            await is_read()
            changed = {"settings": {"blocked": ["10.0.0.1"]}}
            (await hub.client.patch(f"/api/v1/inboxes/{inbox}", json=changed)).raise_for_status()
        await first

        assert (await read()).settings["blocked"] == ["10.0.0.1"]


async def test_a_token_that_ends_while_it_is_looked_up_lets_nobody_in_afterwards(
    hub: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await hub.agent("ana")
    header, inside = ana.headers["authorization"], hub.running.hub
    async with reading_slowly(inside.store, monkeypatch) as is_read:
        lookup = asyncio.get_running_loop().create_task(authenticate(inside, header))
        await is_read()
        body = {"password": "yet another long one"}
        (await hub.client.post(f"/api/v1/agents/{ana.agent_id}/password", json=body)).raise_for_status()
    await lookup

    with pytest.raises(Refusal):
        await authenticate(inside, header)


async def test_what_is_remembered_ends_with_its_time_and_gives_way_to_more() -> None:
    now, reads = 0.0, []

    async def read(key: str) -> str:
        reads.append(key)
        return key.upper()

    known = Remembered[str, str](5.0, lambda: now, most=2)
    assert [await known.get(key, read) for key in "abab"] == ["A", "B", "A", "B"]
    assert reads == ["a", "b"]
    now = 5.1
    assert known.at_hand("a") is None
    await known.get("a", read)
    await known.get("c", read)
    assert known.at_hand("c") == "C"
    assert known.at_hand("a") is None
