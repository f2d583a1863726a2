"""Ends of contacts' sessions: what a killed hub left is ended by the next, and none is asked for twice."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mim_desk.hub import session_ends as ends
from mim_desk.hub.session_ends import SessionEnds
from mim_desk.hub.store import session_ends
from mim_desk.hub.store.times import utc_now
from mim_desk.rehearsal.providers import wecom_kf as platform
from mim_desk.rehearsal.providers.kakaotalk import KakaoTalk
from mim_desk.rehearsal.providers.provider import Connection, at_work
from mim_desk.rehearsal.providers.wecom_kf import WeComKf
from mim_desk.rehearsal.scripts import Act
from tests.channels.kakaotalk.test_at_the_hub import connected, resolve, until
from tests.hub.test_killed_sends import Town, conversation_of
from tests.rehearsal.providers.outside import script_of

WU, LI = script_of("Wu", "wecom_kf"), script_of("Li", "wecom_kf")


class Silent(WeComKf):
    """An account whose sessions are not ended, until somebody says so."""

    def connection(self) -> Connection:
        usual = super().connection()
        return Connection(usual.name, {**usual.settings, "end_sessions": ""}, usual.secrets)


def counted(kakao: KakaoTalk) -> list[str]:
    """The ends that this network is asked for from now on."""
    asked, take = list[str](), kakao._take

    def seen(body: Any) -> Any:
        if "TERMINATE_SESSION" in json.dumps(body):
            asked.append("end")
        return take(body)

    kakao._take = seen  # type: ignore[method-assign]  # the provider's side, looked at
    return asked


async def killed_at(town: Town, kakao: KakaoTalk, step: str) -> None:
    """A hub that dies at a step of the end of the one conversation."""
    async with town.hub(f"{step}:kill") as (hub, live):
        await town.connect(live)
        settings = {"end_sessions": "yes"}
        await live.client.patch(f"/api/v1/inboxes/{town.inboxes['kakaotalk']}", json={"settings": settings})
        await town.phone(kakao).do(Act(text="Hello"))
        found = await conversation_of(live)
        await live.client.patch(f"/api/v1/conversations/{found}", json={"status": "resolved", "reason": "done"})
        assert await hub.died() < 0


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_an_end_that_a_killed_hub_left_is_asked_for_by_the_next_one_once(tmp_path: Path):
    kakao = KakaoTalk()
    asked = counted(kakao)
    town = Town(tmp_path, [kakao])
    async with at_work(town.networks):
        await killed_at(town, kakao, "session_end.before_claim")
        phone: Any = town.phone(kakao)
        assert asked == []
        async with town.hub():
            async with asyncio.timeout(60):
                while not asked:
                    await asyncio.sleep(0.1)

    assert asked == ["end"]
    assert not phone.session_open(kakao.clock())


async def two_resolved(wecom: WeComKf, hub: Any) -> dict[str, str]:
    """Two customers whose conversations are over while sessions are not ended; their conversations by name."""
    found = {}
    for script in (WU, LI):
        await wecom.phone(script).do(Act(text="在吗"))
        async with asyncio.timeout(30):
            while not (new := [one for one in await listed(hub) if one["id"] not in found.values()]):
                await asyncio.sleep(0.05)
        found[script.name] = new[0]["id"]
    for one in found.values():
        await resolve(hub, one)
    return found


async def listed(hub: Any) -> list[dict[str, Any]]:
    return list((await hub.client.get("/api/v1/conversations")).raise_for_status().json()["items"])


async def test_what_was_forgotten_is_ended_and_what_was_claimed_is_left_to_its_time(tmp_path: Path):
    wecom = Silent()
    claimed, forgotten = wecom.phone(WU), wecom.phone(LI)
    async with connected(tmp_path, wecom) as hub:
        found = await two_resolved(wecom, hub)
        inner = hub.running.hub
        wrote = (await hub.client.get(f"/api/v1/conversations/{found['Wu']}/messages")).json()["items"]
        said = next(one["occurred_at"] for one in wrote if one["kind"] == "incoming")
        at = utc_now().fromisoformat(said)
        assert await inner.store.writer.run(lambda unit: session_ends.claim(unit, found["Wu"], at))
        await hub.client.patch(f"/api/v1/inboxes/{hub.inbox_id}", json={"settings": {"end_sessions": "yes"}})
        await SessionEnds(inner).look_back()
        await until(lambda: forgotten.state == platform.ENDED)
        left = await inner.store.read(
            lambda conn: session_ends.forgotten(conn, hub.inbox_id, utc_now() - ends.LOOKED_BACK)
        )

    assert claimed.state != platform.ENDED
    assert left == []


async def test_a_claim_is_won_once_for_each_time_that_the_contact_wrote(tmp_path: Path):
    wecom = Silent()
    async with connected(tmp_path, wecom) as hub:
        run: Callable[..., Any] = hub.running.hub.store.writer.run
        first, later = utc_now(), utc_now() + ends.LOOKED_BACK
        won = [await run(lambda unit, at=at: session_ends.claim(unit, "c1", at)) for at in (first, first, later, later)]

    assert won == [True, False, True, False]
