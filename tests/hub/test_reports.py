"""The report of responses at a running hub."""

from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]


async def test_it_counts_who_was_answered_and_who_waits(hub: Live, gateway: Gateway):
    before = (await hub.client.get("/api/v1/reports/responses")).json()
    await hub.connect(gateway.url)
    answered = await hub.conversation("ann", "Hello?")
    await hub.conversation("bob", "Anybody?")
    reply = (await hub.reply(answered["id"])).raise_for_status().json()
    await hub.until_status(answered["id"], reply["id"], "sent")

    told = (await hub.client.get("/api/v1/reports/responses")).json()

    assert before["first_response"] == {"count": 0, "median_s": None, "slowest_s": None}
    assert (told["first_response"]["count"], told["in_time"], told["waiting"]) == (1, 1, 1)
    assert told["first_response"]["median_s"] == told["first_response"]["slowest_s"] >= 0
    assert told["next_response"]["median_s"] is None


async def test_it_is_for_who_is_signed_in(hub: Live):
    assert (await hub.client_of("").get("/api/v1/reports/responses")).status_code == 401
