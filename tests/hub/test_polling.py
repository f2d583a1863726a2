"""Inboxes that are asked: by one hub at a time, nothing lost and nothing twice, whatever ends in between."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mim_desk.hub import polling
from mim_desk.hub.store import driver, polls
from mim_desk.hub.store.polls import Hold
from mim_desk.hub.store.problems import StoreUnavailable
from mim_desk.hub.store.store import Store
from tests.guards import AllowLog
from tests.hub.bot_api import TOKEN, BotApi, message, serving_bot_api
from tests.hub.live import ADMIN_TOKEN, Live, live_hub, settings_in
from tests.hub.process import embedded_hub

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """The provider's side."""
    async with serving_bot_api() as serving:
        yield serving


async def connect(live: Live, api: BotApi, mode: str = "polling", token: str = TOKEN) -> str:
    body = {
        "name": "Bot",
        "channel": "telegram",
        "settings": {"mode": mode, "api_base_url": api.url},
        "secrets": {"bot_token": token},
    }
    answer = await live.client.post("/api/v1/inboxes", json=body)
    live.inbox_id = str(answer.raise_for_status().json()["id"])
    return live.inbox_id


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    """The store while no hub works with it."""
    settings = settings_in(folder)
    store = await Store.open(settings.database, settings.keys.database)
    try:
        yield store
    finally:
        await store.close()


async def texts(live: Live) -> list[str]:
    """What customers wrote, in the order of the timeline."""
    found: list[dict[str, Any]] = []
    for conversation in (await live.client.get("/api/v1/conversations")).json()["items"]:
        listed = (await live.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
        found += [one for one in listed if one["kind"] == "incoming"]
    return [one["text"] for one in reversed(found)]


async def until_texts(live: Live, *wanted: str, within: float = 30) -> None:
    async with asyncio.timeout(within):
        while sorted(await texts(live)) != sorted(wanted):
            await asyncio.sleep(0.03)


async def until_health(live: Live, state: str, within: float = 30) -> str:
    """The reason of the inbox's health, once its state is this."""
    async with asyncio.timeout(within):
        while True:
            health = (await live.client.get(f"/api/v1/inboxes/{live.inbox_id}")).json()["health"]
            if health["state"] == state:
                return str(health["reason"])
            await asyncio.sleep(0.03)


async def cursor(live: Live) -> str | None:
    found = await live.running.hub.store.read(lambda conn: driver.row(conn, "SELECT cursor FROM polls"))
    return found[0] if found else None


async def until_cursor(live: Live, wanted: str | None) -> None:
    async with asyncio.timeout(30):
        while await cursor(live) != wanted:
            await asyncio.sleep(0.02)


async def test_what_a_customer_writes_is_asked_for_and_stored_in_order(hub: Live, api: BotApi):
    await connect(hub, api)
    await api.write("one", "two", "three")
    await until_texts(hub, "one", "two", "three")
    await until_cursor(hub, "900004")

    await api.write("four")
    await until_texts(hub, "one", "two", "three", "four")

    assert await texts(hub) == ["one", "two", "three", "four"]
    assert api.most_asking == 1
    assert next(offset for offset in api.offsets if offset) in (900002, 900003, 900004)


async def test_a_reply_goes_back_through_the_bot(hub: Live, api: BotApi):
    await connect(hub, api)
    await api.write("Hello")
    await until_texts(hub, "Hello")
    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]

    posted = (await hub.reply(conversation["id"], "Hi Mia")).json()
    reply = await hub.until_status(conversation["id"], posted["id"], "sent")

    assert await api.until("sendMessage") == {"chat_id": 7001, "text": "Hi Mia"}
    assert reply["external_id"].startswith("7001:5")


async def test_a_pressed_button_is_answered(hub: Live, api: BotApi):
    await connect(hub, api)
    person = {"id": 7001, "is_bot": False, "first_name": "Mia"}

    await api.tell({"callback_query": {"id": "cq1", "from": person, "data": "k=refund"}})

    assert await api.until("answerCallbackQuery") == {"callback_query_id": "cq1"}
    await until_texts(hub, "k=refund")


async def test_a_picture_is_fetched_in_two_calls_and_shown(hub: Live, api: BotApi):
    api.files["files/L"] = PNG
    await connect(hub, api)
    photo = [{"file_id": "L", "file_unique_id": "u", "width": 1, "height": 1, "file_size": len(PNG)}]

    await api.tell({"message": {**message(11, ""), "photo": photo, "caption": "broken"}})
    await until_texts(hub, "broken")
    file = await _until_file(hub, "ok")
    fetched = await hub.client.get(file["url"])

    assert fetched.status_code == 200
    assert (file["mime_type"], fetched.content[:4]) == ("image/png", PNG[:4])


async def test_a_file_larger_than_a_bot_may_fetch_is_said_so(hub: Live, api: BotApi):
    await connect(hub, api)
    film = {"file_id": "huge", "file_unique_id": "u", "file_size": 30 << 20}

    await api.tell({"message": {**message(11, ""), "video": film, "caption": "film"}})
    await until_texts(hub, "film")

    assert (await _until_file(hub, "failed"))["name"] == "video.mp4"


async def _until_file(live: Live, state: str) -> dict[str, Any]:
    """The one attachment there is, once its state is this."""
    async with asyncio.timeout(30):
        while True:
            (conversation,) = (await live.client.get("/api/v1/conversations")).json()["items"]
            listed = (await live.client.get(f"/api/v1/conversations/{conversation['id']}/messages")).json()["items"]
            found = next(dict(one["attachments"][0]) for one in listed if one["attachments"])
            if found["state"] == state:
                return found
            await asyncio.sleep(0.05)


async def test_an_address_that_telegram_does_not_take_stands_in_the_health(hub: Live, api: BotApi):
    api.refused_methods["setWebhook"] = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"

    await connect(hub, api, "webhook")
    reason = await until_health(hub, "failing")
    api.refused_methods.clear()
    await hub.client.patch(f"/api/v1/inboxes/{hub.inbox_id}", json={"settings": {"mode": "webhook"}})

    assert reason == "Telegram does not take the hub's address for webhooks. Choose polling."
    await until_health(hub, "ok")


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_saving_tells_telegram_where_its_messages_go(hub: Live, api: BotApi, mode: str):
    inbox_id = await connect(hub, api, mode)

    if mode == "webhook":
        told = await api.until("setWebhook")
        assert told["url"] == f"{hub.url}/webhooks/telegram/{inbox_id}"
        assert len(told["secret_token"]) == 64
        await asyncio.sleep(0.3)
        assert api.offsets == []
    else:
        assert await api.until("deleteWebhook") == {"drop_pending_updates": False}
        await api.until_asked(None)


async def test_a_hub_that_moved_says_so(tmp_path: Path, api: BotApi):
    async with live_hub(settings_in(tmp_path, public_url="https://one.example")) as first:
        inbox_id = await connect(first, api, "webhook")
    told = await api.until("setWebhook")
    api.calls.clear()

    async with live_hub(settings_in(tmp_path, public_url="https://two.example")):
        again = await api.until("setWebhook")
    api.calls.clear()
    async with live_hub(settings_in(tmp_path, public_url="https://two.example")):
        await asyncio.sleep(0.5)

    assert told["url"] == f"https://one.example/webhooks/telegram/{inbox_id}"
    assert again["url"] == f"https://two.example/webhooks/telegram/{inbox_id}"
    assert api.calls == []


async def test_the_mode_can_be_changed_while_it_runs(hub: Live, api: BotApi):
    inbox_id = await connect(hub, api)
    await api.until_asked(None)

    changed = await hub.client.patch(f"/api/v1/inboxes/{inbox_id}", json={"settings": {"mode": "webhook"}})
    assert changed.status_code == 200
    await api.until("setWebhook")
    await api.until_nobody_asks()
    before = len(api.offsets)
    await asyncio.sleep(0.6)
    assert len(api.offsets) == before

    await hub.client.patch(f"/api/v1/inboxes/{inbox_id}", json={"settings": {"mode": "polling"}})
    await api.write("back")
    await until_texts(hub, "back")


async def test_a_removed_inbox_is_asked_no_more(hub: Live, api: BotApi):
    inbox_id = await connect(hub, api)
    await api.write("one")
    await until_texts(hub, "one")

    await hub.client.delete(f"/api/v1/inboxes/{inbox_id}")
    await api.until_nobody_asks()
    before = len(api.offsets)
    await asyncio.sleep(0.6)

    assert len(api.offsets) == before
    assert await cursor(hub) is None


async def test_the_same_updates_again_are_known(hub: Live, api: BotApi):
    """As after a hub that died before it stored the cursor."""
    await connect(hub, api)
    await api.write("one", "two")
    await until_texts(hub, "one", "two")
    await until_cursor(hub, "900003")
    store = hub.running.hub.store

    await store.writer.run(lambda unit: driver.execute(unit.conn, "UPDATE polls SET cursor = '', token = token + 1"))
    await api.write("three")
    await until_texts(hub, "one", "two", "three")

    assert (await hub.client.get("/api/v1/conversations")).json()["items"][0]["unread"] == 3


async def test_a_restart_goes_on_from_the_cursor(tmp_path: Path, api: BotApi):
    settings = settings_in(tmp_path)
    async with live_hub(settings) as first:
        await connect(first, api)
        await api.write("one")
        await until_texts(first, "one")
        await until_cursor(first, "900002")
    await api.until_nobody_asks()
    api.offsets.clear()
    await api.write("while away")

    async with live_hub(settings) as again:
        await until_texts(again, "one", "while away")

    assert api.offsets[0] == 900002


async def test_a_broken_update_costs_only_itself(hub: Live, api: BotApi):
    await connect(hub, api)

    await api.tell({"message": {"message_id": "?"}}, {"message": {"chat": 5}})
    await api.write("fine")

    await until_texts(hub, "fine")
    await until_cursor(hub, "900004")
    assert (await hub.client.get(f"/api/v1/inboxes/{hub.inbox_id}")).json()["health"]["unparsed_deliveries"] == 2


async def test_a_conflict_is_said_and_goes_by(hub: Live, api: BotApi):
    await connect(hub, api)
    await api.until_asked(None)

    api.refuse = (409, "Conflict: terminated by other getUpdates request")
    reason = await until_health(hub, "failing", within=25)
    api.refuse = None
    await api.write("after")
    await until_texts(hub, "after", within=15)
    await until_health(hub, "ok")

    assert reason.startswith("Another program receives with the same bot token.")


async def test_a_revoked_token_pauses_the_inbox_until_it_is_mended(hub: Live, api: BotApi):
    inbox_id = await connect(hub, api)
    await api.until_asked(None)
    api.refuse = (401, "Unauthorized")

    reason = await until_health(hub, "paused")
    before = len(api.offsets)
    await asyncio.sleep(0.5)
    assert len(api.offsets) == before
    api.refuse = None
    await hub.client.patch(f"/api/v1/inboxes/{inbox_id}", json={"secrets": {"bot_token": TOKEN}})
    await api.write("again")
    await until_texts(hub, "again")

    assert reason.startswith("The bot token is not valid any more.")


async def test_a_wrong_token_is_refused_at_set_up_by_its_field(hub: Live, api: BotApi):
    body = {
        "name": "Bot",
        "channel": "telegram",
        "settings": {"api_base_url": api.url},
        "secrets": {"bot_token": "1:wrong"},
    }

    answer = await hub.client.post("/api/v1/inboxes", json=body)

    assert (answer.status_code, answer.json()["field"]) == (400, "secrets.bot_token")
    assert api.offsets == []


async def test_the_token_is_in_no_log_and_no_answer(hub: Live, api: BotApi, caplog: pytest.LogCaptureFixture):
    caplog.set_level(1)
    await connect(hub, api)
    await api.write("Hello")
    await until_texts(hub, "Hello")
    answers = [await hub.client.get(path) for path in ("/api/v1/inboxes", "/api/v1/snapshot", "/metrics")]

    assert TOKEN not in caplog.text
    assert all(TOKEN not in answer.text for answer in answers)


POINTS = ["poll.after_answer", "poll.before_cursor", "poll.after_cursor"]


@pytest.mark.parametrize("point", POINTS)
async def test_a_hub_killed_anywhere_loses_nothing_and_doubles_nothing(tmp_path: Path, api: BotApi, point: str):
    """Its successor does not wait for the dead one's hold: a hub with a file of its own is alone."""
    async with embedded_hub(tmp_path) as first:
        live = _live(first.url)
        await connect(live, api)
        await api.write("before")
        await until_texts(live, "before")
        await first.end_of_input()
        await _close(live)
    await api.write("one", "two")
    async with embedded_hub(tmp_path, failpoint=f"{point}:kill") as dying:
        assert await dying.died() != 0

    async with embedded_hub(tmp_path) as again:
        live = _live(again.url)
        await api.write("three")
        await until_texts(live, "before", "one", "two", "three", within=15)
        await asyncio.sleep(0.3)
        (conversation,) = (await live.client.get("/api/v1/conversations")).json()["items"]
        await _close(live)

    assert conversation["unread"] == 4


def _live(url: str) -> Live:
    live = Live(None, url, httpx.AsyncClient())  # type: ignore[arg-type]  # it runs elsewhere
    live.client = live.client_of(ADMIN_TOKEN)
    return live


async def _close(live: Live) -> None:
    for client in live._clients:
        await client.aclose()


async def test_a_store_that_takes_nothing_for_a_moment_does_not_cost_the_next_minutes(
    tmp_path: Path, api: BotApi, monkeypatch: pytest.MonkeyPatch, allow_log: AllowLog
):
    """The hub that died held the inbox for minutes to come, and the disk was full when this one was to take it."""
    allow_log("store_unavailable")
    monkeypatch.setattr(polling, "STORE_AGAIN_S", 0.05)
    async with live_hub(settings_in(tmp_path)) as dying:
        inbox_id = await connect(dying, api)
        await api.until_asked(None)
        await api.write("one")
        await until_texts(dying, "one")
    hold, refused = polls.hold, 0

    def full(*values: Any, **more: Any) -> Hold | None:
        nonlocal refused
        refused += 1
        if refused == 1:
            raise StoreUnavailable("The disk is full.")
        return hold(*values, **more)

    async with asyncio.timeout(20), opened(tmp_path) as store:
        await store.writer.run(lambda unit: hold(unit, inbox_id, "killed", timedelta(seconds=300)))
    monkeypatch.setattr(polls, "hold", full)

    async with live_hub(settings_in(tmp_path)) as live:
        await api.write("two")
        await until_texts(live, "one", "two", within=10)

    assert refused == 2


async def test_of_two_hubs_one_asks(tmp_path: Path, postgres: str, api: BotApi):
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings) as one, live_hub(settings) as other:
        await connect(one, api)
        for number in range(20):
            await api.write(f"m{number}")
            await asyncio.sleep(0.05)
        await until_texts(other, *(f"m{number}" for number in range(20)))

    assert api.most_asking == 1


async def test_the_other_hub_takes_over_when_one_ends(tmp_path: Path, postgres: str, api: BotApi):
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings) as other:
        async with live_hub(settings) as one:
            await connect(one, api)
            await api.write("one")
            await until_texts(one, "one")
            await asyncio.sleep(1.0)
        await api.write("two")
        await until_texts(other, "one", "two", within=25)

    assert api.most_asking == 1


async def test_a_hold_that_ran_out_is_taken_over_and_the_late_one_is_not_listened_to(
    tmp_path: Path, postgres: str, api: BotApi
):
    """The hold is set to another hub's that is gone; the clock of the database is moved by hand."""
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings) as hub:
        await connect(hub, api)
        await api.write("one")
        await until_texts(hub, "one")
        await until_cursor(hub, "900002")
        store = hub.running.hub.store
        steal = "UPDATE polls SET holder = 'another', token = token + 1, cursor = '900001', until = 0"

        await store.writer.run(lambda unit: driver.execute(unit.conn, steal))
        await api.write("two")
        await until_texts(hub, "one", "two", within=20)
        await until_cursor(hub, "900003")


async def test_a_hub_whose_hold_another_took_asks_no_more(tmp_path: Path, postgres: str, api: BotApi):
    """It sees so when it renews, long before its own hold would have run out."""
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings) as hub:
        await connect(hub, api)
        await api.until_asked(None)
        steal = "UPDATE polls SET holder = 'another', token = token + 1, until = until + 600000"

        await hub.running.hub.store.writer.run(lambda unit: driver.execute(unit.conn, steal))
        await asyncio.sleep(9.0)
        await api.until_nobody_asks()
        before = len(api.offsets)
        await asyncio.sleep(3.0)

        assert len(api.offsets) == before
