"""How many messages an account sends in a minute and a day: counted from what was sent, the rest waits as long as it has to."""

from datetime import timedelta

from mim_desk.channels.base import Account
from mim_desk.hub.quotas import Quotas
from mim_desk.hub.sending_rules import Next
from mim_desk.hub.store import sends
from tests.fakes import FakeClock
from tests.hub.live import Live

LIMITED = Account("in-1", {"per_minute": "2", "per_day": 3}, {})


async def test_the_third_in_a_minute_waits_for_the_rest_of_it_and_the_fourth_for_the_day(hub: Live):
    clock = FakeClock()
    quotas = Quotas(hub.running.hub.store, clock)
    first = [await quotas.held(LIMITED) for _ in range(2)]
    clock.advance(timedelta(seconds=20))
    third = await quotas.held(LIMITED)
    clock.advance(timedelta(seconds=41))
    later = await quotas.held(LIMITED)
    fourth = await quotas.held(LIMITED)

    assert first == [None, None]
    assert third is not None
    assert (third.next, third.wait) == (Next.AGAIN, timedelta(seconds=40))
    assert later is None
    assert fourth is not None
    assert fourth.wait == timedelta(days=1) - timedelta(seconds=61)
    assert fourth.reason == "This account sends at most 3 messages a day; this one waits."


async def test_an_account_without_limits_and_another_account_wait_for_nothing(hub: Live):
    quotas = Quotas(hub.running.hub.store, FakeClock())
    one = Account("in-2", {"per_minute": "1"}, {})

    assert await quotas.held(one) is None
    assert await quotas.held(Account("in-3", {"per_minute": "1"}, {})) is None
    assert [await quotas.held(Account("in-1", {}, {})) for _ in range(5)] == [None] * 5


async def test_what_was_sent_before_the_hub_started_counts(shop: Live):
    conversation = await shop.conversation()
    posted = (await shop.reply(conversation["id"], "Hi")).json()
    await shop.until_status(conversation["id"], posted["id"], "sent")
    store = shop.running.hub.store
    held = await Quotas(store).held(Account(shop.inbox_id, {"per_day": "1"}, {}))

    assert held is not None
    (at,) = await store.read(lambda conn: sends.sent_since(conn, shop.inbox_id, FakeClock()() - timedelta(days=9999)))
    assert at.tzinfo is not None
