"""Random lives of a conversation: the store and the oracle tell the same clocks after each step."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from mim_desk.hub.store.store import Store
from tests.fakes import FakeClock
from tests.hub.store.clock_lives import POLICIES, Life, Step, hold, lives, numbers
from tests.hub.store.clock_oracle import Targets
from tests.hub.store.conftest import KEY
from tests.hub.store.made import START, prepare


@pytest.mark.timeout(300)
def test_whatever_happens_the_clocks_are_those_of_the_written_rules(tmp_path: Path, clock: FakeClock):
    with asyncio.Runner() as runner:
        clock.now = START
        store = runner.run(Store.open(f"sqlite:///{tmp_path}/hub.db", KEY, now=clock))
        runner.run(store.writer.run(prepare))

        @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
        @given(lives)
        def same(told: list[Step]) -> None:
            runner.run(hold(store, POLICIES[0]))
            life = Life(store, clock, f"cust-{next(numbers)}", Targets(POLICIES[0]))
            for step in told:
                runner.run(life.do(step))
                runner.run(life.check())

        try:
            same()
        finally:
            runner.run(store.close())
