"""A hub that is started with another key than its store was made with: it says so and serves nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.accounts import secrets_place
from mim_desk.hub.secrets import Keys
from mim_desk.hub.store import driver, inboxes
from tests.guards import AllowLog
from tests.hub.gateway import Gateway
from tests.hub.live import Live, incoming, live_hub, settings_in

OTHER = Keys(bytes(32))


async def test_another_key_on_postgresql_is_refused_at_the_start_and_the_right_one_goes_on(
    tmp_path: Path, postgres: str, gateway: Gateway
):
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings) as first:
        inbox_id = await first.connect(gateway.url)

    with pytest.raises(Refusal, match="cannot be opened with this key") as refused:
        async with live_hub(replace(settings, keys=OTHER)):
            pass
    async with live_hub(settings) as again:
        taken = await again.deliver(incoming(), inbox_id=inbox_id)

    assert refused.value.code == "wrong-key"
    assert taken.status_code == 200


async def test_another_key_is_refused_without_any_secret_to_try_it_on(tmp_path: Path, postgres: str):
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings):
        pass

    with pytest.raises(Refusal, match="cannot be opened with this key"):
        async with live_hub(replace(settings, keys=OTHER)):
            pass


async def test_a_store_from_before_the_number_was_kept_is_tried_by_its_secrets(
    tmp_path: Path, postgres: str, gateway: Gateway
):
    settings = settings_in(tmp_path, database=postgres)
    async with live_hub(settings) as first:
        await first.connect(gateway.url)
        await first.running.hub.store.writer.run(
            lambda unit: driver.execute(unit.conn, "DELETE FROM counters WHERE name = 'key'")
        )

    with pytest.raises(Refusal, match="cannot be opened with this key"):
        async with live_hub(replace(settings, keys=OTHER)):
            pass
    async with live_hub(settings):
        pass


async def test_a_delivery_whose_secret_cannot_be_opened_is_asked_for_again(shop: Live, allow_log: AllowLog):
    """The provider tries a 503 again; a 400 would end the delivery."""
    allow_log("request_failed")
    sealed = OTHER.cipher().seal({"signing_secret": "x"}, secrets_place(shop.inbox_id))
    hub = shop.running.hub
    await hub.store.writer.run(lambda unit: inboxes.set_secrets(unit, shop.inbox_id, sealed))
    hub.accounts._known.forget_all()

    answer = await shop.deliver(incoming())

    assert (answer.status_code, answer.json()["code"]) == (503, "wrong-key")
    assert int(answer.headers["retry-after"]) > 0
