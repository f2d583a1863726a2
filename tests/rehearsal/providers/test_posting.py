"""News arrive as often and as late as mischief says, and again until they are taken."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mim_desk.rehearsal.providers import posting
from mim_desk.rehearsal.providers.posting import CALM, UNRULY, Delivery, Mischief
from mim_desk.rehearsal.providers.provider import Provider
from mim_desk.rehearsal.providers.wire import Answer
from tests.rehearsal.providers.outside import Hook, outside


class Numbers(Provider):
    """Brings numbers, at most four in one call."""

    channel = "numbers"
    batch = 4

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        again = Delivery(self.webhook_url, json.dumps(list(news)).encode(), {"again": "yes"})
        return [Delivery(self.webhook_url, again.body, {"again": "no"}, again)]


async def brought(mischief: Mischief, count: int, *answers: Answer) -> Hook:
    numbers = Numbers(mischief)
    async with outside(numbers) as (_, hook):
        hook.answers = list(answers)
        await numbers.connected(hook.url, "")
        for number in range(count):
            numbers.poster.post(number)
        await numbers.poster.emptied()
    return hook


def read(hook: Hook) -> list[list[int]]:
    return [list(json.loads(call.body)) for call in hook.calls]


async def test_calm_news_come_once_in_order_and_in_batches() -> None:
    hook = await brought(CALM, 10)

    assert read(hook) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


async def test_unruly_news_all_come_some_twice_and_out_of_order() -> None:
    found = read(await brought(UNRULY, 60))

    flat = [number for batch in found for number in batch]
    assert set(flat) == set(range(60))
    assert len(flat) > 60
    assert flat != sorted(flat)
    assert max(len(batch) for batch in found) == 4


async def test_what_is_not_taken_is_brought_again_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "RETRIES_S", (0.01,) * 5)

    hook = await brought(CALM, 1, Answer(500), Answer(lost=True))

    assert read(hook) == [[0], [0], [0]]
    assert [call.headers["again"] for call in hook.calls] == ["no", "yes", "yes"]


async def test_what_is_never_taken_is_given_up_aloud(monkeypatch: pytest.MonkeyPatch, allow_log) -> None:
    monkeypatch.setattr(posting, "RETRIES_S", (0.01,))
    allow_log("the hub never took a delivery")
    numbers = Numbers(CALM)
    async with outside(numbers) as (_, hook):
        hook.answers = [Answer(500)] * 3
        await numbers.connected(hook.url, "")
        numbers.poster.post(1)
        await numbers.poster.emptied()

    assert [one.body for one in numbers.poster.given_up] == [b"[1]"]
