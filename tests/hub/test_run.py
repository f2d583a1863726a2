"""Starting and stopping a hub: the embedded protocol, refusals, and what a kill at each step leaves."""

import argparse
import asyncio
import os
import subprocess
import sys
import uuid
from pathlib import Path

import httpx
import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.run import _config
from mim_desk.hub.settings import settings_of
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import ADMIN_TOKEN, Live
from tests.hub.process import KEY, Embedded, embedded_hub, free_port


def live_of(hub: Embedded) -> Live:
    """The same helper as for a hub in the test's loop."""
    live = Live(None, hub.url, httpx.AsyncClient())  # type: ignore[arg-type]  # it runs elsewhere
    live.client = live.client_of(ADMIN_TOKEN)
    return live


async def test_an_embedded_hub_says_its_address_and_ends_at_the_end_of_its_input(tmp_path: Path):
    async with embedded_hub(tmp_path) as hub:
        async with httpx.AsyncClient(base_url=hub.url, headers={"authorization": f"Bearer {ADMIN_TOKEN}"}) as client:
            me = (await client.get("/api/v1/me")).json()
            (inbox,) = (await client.get("/api/v1/inboxes")).json()["items"]
        code = await hub.end_of_input()

    assert hub.said["epoch"]
    assert me["workspace"]["name"] == "Killed"
    assert inbox["channel"] == "web_chat"
    assert inbox["page_url"].startswith(f"{hub.url}/chat/wpub_")
    assert code == 0


async def test_an_embedded_hub_comes_back_at_the_same_address(tmp_path: Path):
    """Pages that embed its script go on working after a restart."""
    async with embedded_hub(tmp_path) as first:
        await first.end_of_input()
    async with embedded_hub(tmp_path) as second:
        await second.end_of_input()

    assert second.said == first.said


async def test_an_embedded_hub_listens_on_the_port_it_is_told(tmp_path: Path):
    """And says so when somebody else has it, instead of listening elsewhere."""
    port = free_port()
    async with embedded_hub(tmp_path / "one", "--port", port) as told:
        async with embedded_hub(tmp_path / "other", "--port", port) as refused:
            code = await refused.died()
        await told.end_of_input()

    assert told.url == f"http://127.0.0.1:{port}"
    assert (refused.said, code) == ({}, 2)


async def test_an_open_stream_does_not_hold_up_the_end(tmp_path: Path):
    async with embedded_hub(tmp_path) as hub:
        headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
        async with (
            httpx.AsyncClient(base_url=hub.url, headers=headers) as client,
            client.stream("GET", "/api/v1/events") as answer,
        ):
            lines = answer.aiter_lines()
            assert await anext(lines) == "event: hello"
            started = asyncio.get_running_loop().time()
            code = await hub.end_of_input()

    assert code == 0
    assert asyncio.get_running_loop().time() - started < 5


def start(home: Path, *arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mim_desk", "hub", *arguments]
    env = {"PATH": "/usr/bin:/bin", "MIM_DESK_HOME": str(home), **(environ or {})}
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=env, check=False)


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["--host", "0.0.0.0"], {}, "--behind-proxy"),
        (["--host", "192.0.2.1"], {}, "--tls-cert"),
        (["--tls-cert", "/nowhere"], {}, "both"),
        (["--port", "0", "--tls-cert", __file__, "--tls-key", __file__], {}, "no certificate"),
        (["--port", "0"], {"MIM_DESK_KEY": "abc"}, "64 hexadecimal"),
        (["--port", "0", "--database", "postgresql://127.0.0.1:1/none"], {}, "store"),
        (["--port", "99999999"], {}, "65535"),
        (["--port", "-1"], {}, "65535"),
        (["--port", "0", "--database", "mysql://x"], {}, "postgresql://"),
        (["--port", "0", "--database", "postgresql:x"], {}, "postgresql://"),
        (["--port", "0", "--database", "sqlite://"], {}, "sqlite:///"),
        (["--port", "0", "--database", "postgresql://host:port/x"], {}, "address"),
        (["--port", "0", "--broker", "redis://x"], {}, "nats://"),
        (["--behind-proxy", "--trusted-proxies", "10.0.0.0/8,proxy.example"], {}, "proxy.example"),
        (["--port", "0"], {"MIM_DESK_HOME": "/proc/nope"}, "/proc/nope"),
        (["--port", "0"], {"MIM_DESK_HOME": "/etc/passwd/x"}, "/etc/passwd/x"),
        (["--port", "0", "--database", "sqlite:////proc/nope/x"], {}, "Name a database in a folder that is there"),
    ],
)
def test_a_start_that_cannot_be_is_refused_in_one_line(tmp_path, arguments, environ, said):
    ended = start(tmp_path, *arguments, environ=environ)

    assert ended.returncode == 2
    assert said in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


async def test_a_second_hub_of_the_same_file_is_refused_until_the_first_has_ended(tmp_path: Path):
    async with embedded_hub(tmp_path) as first:
        told = await asyncio.to_thread(start, tmp_path, "--port", "0", environ={"MIM_DESK_KEY": KEY})

        assert told.returncode == 2
        assert "Another hub works with" in told.stderr.splitlines()[-1]
        first.process.kill()

    async with embedded_hub(tmp_path) as second:
        assert await second.end_of_input() == 0


async def test_an_embedded_hub_waits_for_the_end_of_the_one_before(tmp_path: Path):
    async with embedded_hub(tmp_path) as first, asyncio.TaskGroup() as group:
        ending = group.create_task(first.end_of_input())
        async with embedded_hub(tmp_path) as second:
            assert second.url
        assert await ending == 0


async def test_the_wrong_key_is_said_and_harms_nothing(tmp_path: Path):
    async with embedded_hub(tmp_path) as hub:
        await hub.end_of_input()
    ended = start(tmp_path, "--port", "0", environ={"MIM_DESK_KEY": "08" * 32})
    async with embedded_hub(tmp_path) as again:
        await again.end_of_input()

    assert ended.returncode == 2
    assert "key" in ended.stderr
    assert again.said["epoch"] == hub.said["epoch"]


async def test_a_token_that_was_ended_is_let_in_again_by_whoever_starts_the_hub_with_it(tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    async with embedded_hub(tmp_path) as hub, httpx.AsyncClient(base_url=hub.url, headers=headers) as http:
        assert (await http.delete("/api/v1/sessions")).is_success
        assert (await http.get("/api/v1/me")).status_code == 401
        await hub.end_of_input()

    async with embedded_hub(tmp_path) as hub, httpx.AsyncClient(base_url=hub.url, headers=headers) as http:
        assert (await http.get("/api/v1/me")).is_success
        await hub.end_of_input()


def test_a_loopback_hub_needs_no_tls(tmp_path, monkeypatch):
    monkeypatch.setenv("MIM_DESK_HOME", str(tmp_path))

    assert settings_of(arguments(host="::1"), None).host == "::1"
    with pytest.raises(Refusal):
        settings_of(arguments(host="example.org"), None)


def arguments(**changes: object) -> argparse.Namespace:
    nothing = dict.fromkeys(("database", "broker", "tls_cert", "tls_key", "trusted_proxies"))
    return argparse.Namespace(
        **{**nothing, "host": "127.0.0.1", "port": 0, "behind_proxy": False, "embedded": False, **changes}
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "caller"),
    [
        pytest.param("127.0.0.1", ["203.0.113.5"], None, "203.0.113.5", id="a proxy tells"),
        pytest.param("127.0.0.1", ["1.1.1.1, 203.0.113.5"], None, "203.0.113.5", id="a caller invents one"),
        pytest.param("127.0.0.1", ["1.1.1.1", "203.0.113.5"], None, "203.0.113.5", id="in a header of its own"),
        pytest.param("127.0.0.1", ["127.0.0.1, 203.0.113.5"], None, "203.0.113.5", id="and a near one"),
        pytest.param("10.0.0.2", ["1.1.1.1, 203.0.113.5, 192.168.3.4"], None, "203.0.113.5", id="two near proxies"),
        pytest.param("::ffff:10.0.0.2", ["1.1.1.1, 2001:db8::7"], None, "2001:db8::7", id="a socket for both versions"),
        pytest.param("198.51.100.9", ["203.0.113.5"], None, "198.51.100.9", id="nobody's proxy"),
        pytest.param("198.51.100.9", ["203.0.113.5"], "198.51.100.0/24", "203.0.113.5", id="a named proxy"),
        pytest.param("127.0.0.1", ["203.0.113.5"], "198.51.100.9", "127.0.0.1", id="near, but others are named"),
        pytest.param("127.0.0.1", [], None, "127.0.0.1", id="without a word"),
    ],
)
async def test_behind_a_proxy_the_caller_is_the_last_hop_that_is_not_trusted(
    tmp_path, monkeypatch, peer, forwarded, trusted, caller
):
    monkeypatch.setenv("MIM_DESK_HOME", str(tmp_path))
    config = _config(settings_of(arguments(behind_proxy=True, trusted_proxies=trusted), None))
    seen: list[str] = []

    async def app(scope, receive, send):
        seen.append(scope["client"][0])

    config.app = app
    config.load()
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    await config.loaded_app({"type": "http", "client": (peer, 1), "headers": headers, "scheme": "http"}, None, None)

    assert seen == [caller]


async def test_an_unreachable_broker_is_said_at_once_and_holds_nothing_up(tmp_path: Path):
    environ = {**os.environ, "MIM_DESK_HOME": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mim_desk", "hub", "--port", "0", "--broker", "nats://127.0.0.1:1"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environ,
    )
    assert process.stderr is not None
    async with asyncio.timeout(30):
        async for line in process.stderr:
            if b"broker_not_reached" in line:
                break
    process.terminate()
    await process.communicate()

    assert b"tried again" in line
    assert b"refused" in line
    assert process.returncode == 0


STEPS = {
    "before the lease is told": ("send.after_lease", 0),
    "before any byte": ("send.before_bytes", 0),
    "after bytes left": ("send.after_bytes", 1),
    "before the outcome is stored": ("send.before_outcome", 1),
    "after the outcome is stored": ("send.after_outcome", 1),
}


@pytest.mark.parametrize(("failpoint", "calls"), STEPS.values(), ids=STEPS.keys())
async def test_a_hub_killed_at_any_step_of_a_send_loses_and_doubles_nothing(
    tmp_path: Path, gateway: Gateway, failpoint: str, calls: int
):
    """The custom channel is keyed, so the next hub of this file sends the reply again under its key, at once."""
    async with embedded_hub(tmp_path, failpoint=f"{failpoint}:kill") as doomed:
        live = live_of(doomed)
        await live.connect(gateway.url)
        conversation = await live.conversation()
        posted = (await live.reply(conversation["id"], "Hello")).json()
        assert await doomed.died() < 0
        await live.client.aclose()
    assert len(gateway.calls) == calls

    async with embedded_hub(tmp_path) as hub:
        live = live_of(hub)
        await live.until_status(conversation["id"], posted["id"], "sent")
        again = await live.reply(conversation["id"], "Hello", id=posted["id"])
        assert again.status_code == 200
        await live.client.aclose()
        await hub.end_of_input()
    assert {call.headers["idempotency-key"] for call in gateway.calls} == {posted["id"]}
    assert len(gateway.calls) == (1 if failpoint == "send.after_outcome" else calls + 1)


async def test_a_hub_killed_under_deliveries_keeps_each_acknowledged_one_once(tmp_path: Path, gateway: Gateway):
    acknowledged: set[str] = set()
    for _ in range(3):
        async with embedded_hub(tmp_path) as hub:
            live = live_of(hub)
            inboxes = (await live.client.get("/api/v1/inboxes")).json()["items"]
            known = [one["id"] for one in inboxes if one["channel"] == "custom"]
            live.inbox_id = known[0] if known else await live.connect(gateway.url)
            await _deliver_until_killed(live, hub, acknowledged)
            for client in live._clients:
                await client.aclose()

    async with embedded_hub(tmp_path) as hub:
        live = live_of(hub)
        stored = await _all_external_ids(live)
        await live.client.aclose()
        await hub.end_of_input()
    assert len(acknowledged) > 20
    assert acknowledged <= set(stored)
    assert len(stored) == len(set(stored))
    assert KEY


async def _deliver_until_killed(live: Live, hub: Embedded, acknowledged: set[str]) -> None:
    async def deliver() -> None:
        while True:
            name = uuid.uuid4().hex
            item = {"type": "message", "id": name, "contact": {"id": name[0]}, "text": name}
            try:
                if (await live.deliver(item)).status_code == 200:
                    acknowledged.add(name)
            except httpx.HTTPError:
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(deliver())
        await asyncio.sleep(0.6)
        hub.process.kill()
        await hub.process.wait()


async def _all_external_ids(live: Live) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = (await live.client.get("/api/v1/snapshot", params={"after": after} if after else {})).json()
        found += [one["external_id"] for one in page["rows"].get("message", [])]
        after = page["next"]
        if after is None:
            return found


async def test_an_order_to_end_lets_a_reply_under_way_arrive_and_be_recorded(tmp_path: Path, gateway: Gateway):
    gateway.answers.append(Answer(wait_s=1.0, body=b'{"id": "p-1"}'))
    async with embedded_hub(tmp_path) as hub:
        live = live_of(hub)
        await live.connect(gateway.url)
        conversation = await live.conversation()
        posted = (await live.reply(conversation["id"])).json()
        await gateway.next_call(1)
        hub.process.terminate()
        code = await hub.died()
        await live.client.aclose()

    async with embedded_hub(tmp_path) as hub:
        live = live_of(hub)
        message = await live.message(conversation["id"], posted["id"])
        await live.client.aclose()
        await hub.end_of_input()
    assert code == 0
    assert (message["delivery"]["status"], message["external_id"]) == ("sent", "p-1")
    assert len(gateway.calls) == 1
