"""The health of inboxes: figures of the hub's own, how accounts stand at their providers, tokens replaced in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import time

import pytest

from mim_desk.hub import standing
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.inbox_health import Counted, Watch
from mim_desk.hub.store import inboxes
from tests.hub.bot_api import TOKEN, BotApi, serving_bot_api
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, incoming


async def health(live: Live) -> dict:
    told = (await live.client.get(f"/api/v1/inboxes/{live.inbox_id}")).raise_for_status().json()
    return dict(told["health"])


async def until(live: Live, **wanted: object) -> dict:
    """The health once it says so; the log is followed, not waited for by the calls."""
    async with asyncio.timeout(30):
        while True:
            told = await health(live)
            if all(told[name] == value for name, value in wanted.items()):
                return told
            await asyncio.sleep(0.02)


async def test_lag_last_message_and_replies_of_the_hour_are_told(shop: Live, gateway: Gateway) -> None:
    """The provider's times are 40, 20 and 0 seconds before the arrival."""
    written = [datetime.now(UTC) - timedelta(seconds=ago) for ago in (40, 20, 0)]
    items = [incoming("u-1", f"n{place}", at=at.isoformat()) for place, at in enumerate(written)]
    (await shop.deliver(*items)).raise_for_status()
    conversation = (await shop.client.get("/api/v1/conversations")).json()["items"][0]
    gateway.answers = [Answer(), Answer(400, b"{}")]
    for text in ("taken", "refused"):
        made = (await shop.reply(conversation["id"], text)).json()
        await shop.until_status(conversation["id"], made["id"], "sent", "delivered", "failed")

    told = await until(shop, sent=1, failed=1)

    assert told["lag_p50_s"] == pytest.approx(20, abs=5)
    assert told["lag_p95_s"] == pytest.approx(40, abs=5)
    assert datetime.fromisoformat(told["last_incoming_at"]) == pytest.approx(written[2], abs=timedelta(seconds=1))


async def test_figures_reach_the_desks_as_an_event_once_a_minute_where_they_changed(shop: Live) -> None:
    await shop.conversation()
    await until(shop, unparsed_deliveries=0)
    hub = shop.running.hub
    watch = hub.watch
    async with committed(shop) as told:
        await watch.tell(hub.store)
        await watch.tell(hub.store)

    assert [event.row_id for event in told if event.type == "inbox"] == [shop.inbox_id]
    kept = await hub.store.read(lambda conn: inboxes.by_id(conn, shop.inbox_id))
    assert kept is not None
    assert kept.health.last_incoming_at is not None


async def test_a_hub_that_starts_reads_the_last_hour_from_the_log(shop: Live) -> None:
    await shop.conversation()
    hub, again = shop.running.hub, Watch()

    events = await hub.store.log.after(0)
    again.take(events)

    (row,) = [one for one in await hub.store.read(inboxes.everything) if one.id == shop.inbox_id]
    (told,) = again.now(Counted([row], {}, {}), datetime.now(UTC))
    assert told.health.last_incoming_at is not None


async def test_a_paused_inbox_holds_its_replies_until_a_person_lets_it_go_on(shop: Live, gateway: Gateway) -> None:
    conversation = await shop.conversation()
    path = f"/api/v1/inboxes/{shop.inbox_id}"
    paused = (await shop.client.patch(path, json={"paused": True})).raise_for_status().json()
    made = (await shop.reply(conversation["id"])).json()
    await shop.conversation(text="Still there?")
    renamed = (await shop.client.patch(path, json={"name": "Renamed"})).raise_for_status().json()
    held = await until(shop, held=1)

    (await shop.client.patch(path, json={"paused": False})).raise_for_status()
    await shop.until_status(conversation["id"], made["id"], "sent")

    assert paused["health"]["state"] == renamed["health"]["state"] == held["state"] == "paused"
    assert paused["health"]["paused_by"]
    assert (await health(shop))["state"] == "ok"


async def test_trying_an_account_names_each_check_and_the_wrong_field(shop: Live, gateway: Gateway) -> None:
    body = {
        "name": "X",
        "channel": "custom",
        "settings": {"callback_url": gateway.url},
        "secrets": {"signing_secret": "0123456789abcdef"},
    }
    good = (await shop.client.post("/api/v1/inboxes/try", json=body)).raise_for_status().json()
    gateway.ping = Answer(401)
    refused = (await shop.client.post("/api/v1/inboxes/try", json=body)).raise_for_status().json()
    empty = (await shop.client.post("/api/v1/inboxes/try", json={**body, "settings": {}})).json()

    assert [one["state"] for one in good["checks"]] == ["ok", "ok", "warning"]
    assert refused["checks"][-1]["field"] == "secrets.signing_secret"
    assert refused["checks"][-1]["state"] == "danger"
    assert [one["field"] for one in empty["checks"]] == ["settings.callback_url"]
    assert len((await shop.client.get("/api/v1/inboxes")).json()["items"]) == 1, "nothing was saved"


async def test_an_inbox_is_tried_with_the_secrets_it_keeps(shop: Live, gateway: Gateway) -> None:
    path = f"/api/v1/inboxes/{shop.inbox_id}/try"
    tried = (await shop.client.post(path, json={"settings": {"callback_url": f"{gateway.url}/other"}})).json()

    assert "danger" not in {one["state"] for one in tried["checks"]}


async def test_a_test_sets_going_what_the_hub_paused_and_tells_what_works_no_more(shop: Live, gateway: Gateway) -> None:
    hub = shop.running.hub
    pause = {"state": "paused", "reason": "The account does not work."}
    await hub.store.writer.run(lambda unit: inboxes.set_health(unit, shop.inbox_id, **pause))
    path = f"/api/v1/inboxes/{shop.inbox_id}/test"

    await shop.client.post(path)
    mended = await health(shop)
    gateway.ping = Answer(500)
    await shop.client.post(path)
    failing = await health(shop)

    assert (mended["state"], mended["reason"]) == ("ok", "")
    assert failing["state"] == "failing"
    assert "500" in failing["reason"]


@pytest.fixture
async def bot():
    async with serving_bot_api() as api:
        yield api


async def test_what_a_provider_tells_of_the_account_stands_in_the_health(hub: Live, bot: BotApi) -> None:
    """The Bot API of the tests knows no webhook of ours: it answers true instead of figures."""
    body = {
        "name": "Bot",
        "channel": "telegram",
        "settings": {"mode": "webhook", "api_base_url": bot.url},
        "secrets": {"bot_token": TOKEN},
    }
    made = (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
    hub.inbox_id = made["id"]
    bot.results["getWebhookInfo"] = {
        "url": made["webhook_url"],
        "pending_update_count": 3,
        "last_error_date": int(time()) - 60,
        "last_error_message": "Connection refused",
    }

    (await hub.client.post(f"/api/v1/inboxes/{hub.inbox_id}/test")).raise_for_status()
    told = await health(hub)

    assert made["comes_by"] == "told"
    assert told["figures"] == [
        {"name": "Webhook at Telegram", "value": "this hub", "state": "ok"},
        {"name": "Updates that wait at Telegram", "value": "3", "state": "ok"},
        {"name": "Last error of a delivery", "value": "Connection refused", "state": "warning"},
    ]


async def test_a_long_lived_token_is_replaced_before_its_end_and_the_new_one_is_used(
    hub: Live, gateway: Gateway
) -> None:
    gateway.asides["/refresh_access_token"] = Answer(200, b'{"access_token": "new-token", "expires_in": 5184000}')
    gateway.ping = Answer(200, b'{"id": "1784"}')
    body = {
        "name": "Insta",
        "channel": "instagram",
        "settings": {"login": "instagram", "account_id": "1784", "api_base_url": gateway.url},
        "secrets": {"access_token": "old-token", "app_secret": "0123456789abcdef"},
    }
    made = (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()
    hub.inbox_id = made["id"]
    parts = hub.running.hub
    row = await parts.store.read(lambda conn: inboxes.by_id(conn, hub.inbox_id))
    assert row is not None

    await standing.look_at(parts, row, {})
    account = await parts.accounts.as_stored(hub.inbox_id)
    told = await health(hub)
    again = await parts.store.read(lambda conn: inboxes.by_id(conn, hub.inbox_id))
    assert again is not None
    await standing.look_at(parts, again, {})

    assert account.secrets["access_token"] == "new-token"
    assert datetime.fromisoformat(told["token_ends_at"]) > datetime.now(UTC) + timedelta(days=59)
    assert len([one for one in gateway.asked if "refresh" in one.path]) == 1, "not again while it lasts"


async def test_a_token_is_not_replaced_over_what_somebody_entered_meanwhile(hub: Live, gateway: Gateway) -> None:
    gateway.asides["/refresh_access_token"] = Answer(200, b'{"access_token": "late", "expires_in": 5184000}')
    gateway.ping = Answer(200, b'{"id": "1784"}')
    body = {
        "name": "Insta",
        "channel": "instagram",
        "settings": {"login": "instagram", "account_id": "1784", "api_base_url": gateway.url},
        "secrets": {"access_token": "old-token", "app_secret": "0123456789abcdef"},
    }
    hub.inbox_id = (await hub.client.post("/api/v1/inboxes", json=body)).raise_for_status().json()["id"]
    parts = hub.running.hub
    seen = await parts.store.read(lambda conn: inboxes.by_id(conn, hub.inbox_id))
    assert seen is not None
    given = {"secrets": {"access_token": "entered"}}
    (await hub.client.patch(f"/api/v1/inboxes/{hub.inbox_id}", json=given)).raise_for_status()

    await standing.look_at(parts, seen, {})

    assert (await parts.accounts.as_stored(hub.inbox_id)).secrets["access_token"] == "entered"


async def test_what_could_not_be_read_is_listed_with_its_reason_and_without_secrets(shop: Live) -> None:
    strange = {"type": "hologram", "id": "h-1", "access_token": "tok-123456", "note": "signing-secret-of-the-tests"}
    (await shop.deliver(strange, incoming("u-9", "beside it"))).raise_for_status()
    path = f"/api/v1/inboxes/{shop.inbox_id}"
    listed = (await shop.client.get(f"{path}/deliveries")).raise_for_status().json()
    (kept,) = listed["items"]

    assert listed["next"] is None
    assert kept["state"] == "unparsed"
    assert "hologram" in kept["reason"]
    assert "hologram" in kept["preview"]
    assert "tok-123456" not in kept["preview"]
    assert "signing-secret-of-the-tests" not in kept["preview"]
    assert (await until(shop, unparsed_deliveries=1))["state"] == "ok"


async def test_one_kept_delivery_is_read_again_by_its_number(shop: Live) -> None:
    for number in range(2):
        (await shop.deliver({"type": "hologram", "id": f"h-{number}"})).raise_for_status()
    path = f"/api/v1/inboxes/{shop.inbox_id}/deliveries"
    first, second = (await shop.client.get(path)).json()["items"]

    told = (await shop.client.post(f"{path}/{first['n']}/replay")).raise_for_status().json()
    missing = await shop.client.post(f"/api/v1/inboxes/none/deliveries/{second['n']}/replay")

    assert told == {"deliveries": 1, "messages": 0, "unsettled": 2}
    assert missing.status_code == 404


async def test_only_administrators_read_and_replay_deliveries(shop: Live) -> None:
    agent = await shop.agent("ana")
    path = f"/api/v1/inboxes/{shop.inbox_id}"

    answers = [
        await agent.get(f"{path}/deliveries"),
        await agent.post(f"{path}/deliveries/1/replay"),
        await agent.post(f"{path}/test"),
        await agent.post("/api/v1/inboxes/try", json={"name": "x", "channel": "custom"}),
    ]

    assert {one.status_code for one in answers} == {403}


@asynccontextmanager
async def committed(live: Live) -> AsyncIterator[list[LoggedEvent]]:
    """The events that are committed while it is open."""
    told: list[LoggedEvent] = []
    live.running.hub.store.on_commit(told.extend)
    yield told
