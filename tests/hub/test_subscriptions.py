"""What Meta delivers to an app is looked after: a subscription that ended is made again, and told in the health."""

from pathlib import Path

import pytest

from mim_desk.channels.messenger.adapter import WANTED
from mim_desk.hub import standing
from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.graph import Graph
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.whatsapp import WhatsApp
from tests.hub.live import Live
from tests.rehearsal.providers.test_at_the_hub import connected

pytestmark = pytest.mark.timeout(60)


async def deliveries(hub: Live) -> dict[str, str]:
    """What the health says of them, once the account was asked."""
    await standing.refresh(hub.running.hub, hub.inbox_id)
    inbox = (await hub.client.get("/api/v1/inboxes")).raise_for_status().json()["items"][0]
    return {one["name"]: one["state"] for one in inbox["health"]["figures"] if one["name"] == "Deliveries"}


@pytest.mark.parametrize(
    ("network", "wanted"),
    [
        (Messenger, [WANTED.field, *WANTED.also, WANTED.odd]),
        (FacebookComments, ["feed", "mention"]),
        (Instagram, ["feed"]),
        (WhatsApp, ["messages"]),
    ],
    ids=["messenger", "comments", "instagram", "whatsapp"],
)
async def test_a_subscription_that_meta_ended_is_made_again(tmp_path: Path, network: type[Graph], wanted: list[str]):
    made = network()
    made.subscribed = ()
    async with connected(tmp_path, made) as hub:
        state = await deliveries(hub)

        assert list(made.subscribed) == wanted
        assert state == ({} if network is WhatsApp else {"Deliveries": "ok"})
        assert made.refused == []


async def test_a_name_that_meta_refuses_costs_no_other(tmp_path: Path):
    made = Messenger()
    made.subscribed, made.refuses_fields = (), ("messenger_template_status_update",)
    async with connected(tmp_path, made) as hub:
        state = await deliveries(hub)

        assert list(made.subscribed) == [WANTED.field, *WANTED.also]
        assert state == {"Deliveries": "ok"}


async def test_a_token_that_may_not_subscribe_is_told_of(tmp_path: Path):
    made = Messenger()
    made.subscribed, made.refuses_fields = (), ("messages",)
    async with connected(tmp_path, made) as hub:
        assert await deliveries(hub) == {"Deliveries": "danger"}
