"""Two people change one inbox at once, or the provider renews its token meanwhile: neither takes back the other's."""

import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.hub import channel_setup
from tests.hub.crossing import crossing
from tests.hub.gateway import Gateway
from tests.hub.live import SECRET, Live, incoming


async def test_settings_changed_while_others_are_tried_stay(
    shop: Live, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/v1/inboxes/{shop.inbox_id}"
    slow = shop.client.patch(path, json={"settings": {"callback_url": gateway.url + "?slow"}})
    async with crossing(monkeypatch, channel_setup, "_tried", slow) as answers:
        quick = {"settings": {"default_region": "DE"}, "name": "Renamed"}
        (await shop.client.patch(path, json=quick)).raise_for_status()

    told = answers[0].raise_for_status().json()
    assert told["settings"] == {"callback_url": gateway.url + "?slow", "default_region": "DE"}
    assert told["name"] == "Renamed"


async def test_a_new_secret_is_not_taken_back_by_other_settings(
    shop: Live, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every delivery was refused as forged afterwards."""
    path = f"/api/v1/inboxes/{shop.inbox_id}"
    slow = shop.client.patch(path, json={"settings": {"callback_url": gateway.url + "?slow"}})
    async with crossing(monkeypatch, channel_setup, "_tried", slow):
        changed = {"secrets": {"signing_secret": "another signing secret of the shop"}}
        (await shop.client.patch(path, json=changed)).raise_for_status()

    account = await shop.running.hub.accounts.as_stored(shop.inbox_id)
    assert account.secrets["signing_secret"] == "another signing secret of the shop"
    assert (await shop.deliver(incoming())).status_code == 401


async def test_what_was_renewed_of_older_secrets_is_not_kept_beside_new_ones(
    shop: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = shop.running.hub.accounts
    before = await accounts.as_stored(shop.inbox_id)
    changed = {"secrets": {"signing_secret": "another signing secret of the shop"}}
    (await shop.client.patch(f"/api/v1/inboxes/{shop.inbox_id}", json=changed)).raise_for_status()

    assert before.secrets == {"signing_secret": SECRET}
    with pytest.raises(Refusal) as refused:
        await accounts.keep_renewed(before, {"access_token": "of the older secrets"})

    assert refused.value.code == "moved-on"
    assert (await accounts.as_stored(shop.inbox_id)).renewed == {}
