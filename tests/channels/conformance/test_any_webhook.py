"""Any bytes to any webhook: refused or taken, signed or not, and never a 500; the next message is read as if nothing was."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mim_desk.rehearsal.providers import custom, graph, line, rcs, sms_twilio, tencent, viber, wechat
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Provider, at_work
from mim_desk.rehearsal.scripts import Script, stage
from mim_desk.rehearsal.workspace import Admin
from tests.benchmarks.crowd import ASKED, simulated, written
from tests.benchmarks.samples import TEXT
from tests.channels.conformance.test_any_bytes import as_json, broken_in
from tests.hub.live import ADMIN_TOKEN
from tests.hub.process import embedded_hub

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
EACH = 25


def hexadecimal(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def based(key: str, body: bytes, digest: str = "sha256") -> str:
    return base64.b64encode(hmac.new(key.encode(), body, digest).digest()).decode()


def form(one: Delivery, body: bytes) -> Delivery:
    """Twilio signs what the fields say."""
    fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    head = {**one.headers, "X-Twilio-Signature": sms_twilio.signature(one.url, fields)}
    return Delivery(one.url, body, head)


def sealed(one: Delivery, body: bytes) -> Delivery:
    url = one.url.partition("?")[0]
    seal = tencent.Seal(wechat.AES_KEY, wechat.APP_ID)
    return tencent.sealed_call(url, wechat.TOKEN, seal, wechat.ACCOUNT, body.decode("utf-8", "replace"))


def wrapped(one: Delivery, body: bytes) -> Delivery:
    told = json.dumps({"message": {"data": base64.b64encode(body).decode()}}).encode()
    return Delivery(one.url, told, {**one.headers, "X-Goog-Signature": based(rcs.CLIENT_TOKEN, body, "sha512")})


def headed(name: str, mark: Callable[[bytes], str]) -> Callable[[Delivery, bytes], Delivery]:
    return lambda one, body: Delivery(one.url, body, {**one.headers, name: mark(body)})


META = headed("X-Hub-Signature-256", lambda body: f"sha256={hexadecimal(graph.APP_SECRET, body)}")
SIGNED: Mapping[str, Callable[[Delivery, bytes], Delivery]] = {
    "custom": lambda one, body: Delivery(
        one.url, body, {**one.headers, "X-MIM-Signature": custom.signature(body, int(time.time()))}
    ),
    "facebook_comments": META,
    "instagram": META,
    "kakaotalk": lambda one, body: Delivery(one.url, body, one.headers),
    "line": headed("X-Line-Signature", lambda body: based(line.SECRET, body)),
    "messenger": META,
    "rcs": wrapped,
    "sms_twilio": form,
    "telegram": lambda one, body: Delivery(one.url, body, one.headers),
    "viber": headed("X-Viber-Content-Signature", lambda body: hexadecimal(viber.TOKEN, body)),
    "wechat": sealed,
    "whatsapp": META,
}
"""How each provider would sign any bytes."""


def inside(channel: str, one: Delivery) -> bytes:
    """What a delivery says, without its envelope."""
    if channel == "rcs":
        return base64.b64decode(json.loads(one.body)["message"]["data"])
    if channel == "wechat":
        return b"<xml><MsgType>text</MsgType><Content>Hello</Content><MsgId>1</MsgId></xml>"
    return one.body


def bodies(channel: str, body: bytes) -> list[bytes]:
    """Made of a real one: bytes cut out and put in, values changed at any depth."""
    found: list[bytes] = [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"<x>", b"0" * 5000]

    @settings(max_examples=EACH, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def collect(data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(body)))
        found.append(body[:at] + data.draw(st.binary(max_size=8)) + body[data.draw(st.integers(at, len(body))) :])
        if body.startswith(b"{"):
            found.append(as_json(broken_in(data, json.loads(body))))
        elif channel == "sms_twilio":
            name = data.draw(st.sampled_from([name for name, _ in parse_qsl(body.decode())]))
            found.append(
                urlencode({**dict(parse_qsl(body.decode())), name: data.draw(st.text("0a\n+é", max_size=9))}).encode()
            )

    collect()
    return found


async def post(http: httpx.AsyncClient, one: Delivery) -> int:
    return (await http.post(one.url, content=one.body, headers=dict(one.headers))).status_code


async def connected(admin: Admin, providers: list[Provider]) -> None:
    for provider in providers:
        await admin.connect(provider)


async def tried(http: httpx.AsyncClient, provider: Provider) -> list[tuple[str, int, bytes]]:
    """What was answered as if the hub were broken, and the whole message at the end where it was not taken."""
    channel = provider.channel
    real = await written(provider, provider.phone(Script("Mia", "en", ())), "the first message")
    unsigned = {name: value for name, value in real.headers.items() if "ignature" not in name}
    url = urlsplit(real.url)._replace(query="").geturl()
    found = []
    for body in bodies(channel, inside(channel, real)):
        answers = [await post(http, SIGNED[channel](real, body)), await post(http, Delivery(url, body, unsigned))]
        found += [(channel, status, body) for status in answers if status >= 500]
    whole = await written(provider, provider.phone(Script("Mia", "en", ())), f"{TEXT} {channel}")
    status = await post(http, whole)
    return found if status == 200 else [*found, (channel, status, whole.body)]


async def test_any_bytes_to_any_webhook_are_never_a_500(tmp_path: Path):
    called = [one for one in simulated() if one.channel not in ASKED]
    broken: list[tuple[str, int, bytes]] = []
    async with (
        embedded_hub(tmp_path) as hub,
        at_work(called),
        httpx.AsyncClient(base_url=hub.url, timeout=30, trust_env=False) as http,
    ):
        await connected(Admin(http, ADMIN_TOKEN, stage()), called)
        for provider in called:
            broken += await tried(http, provider)
        answer = await http.get(
            "/api/v1/conversations", params={"limit": 100}, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}
        )

    assert {one.channel for one in called} == SIGNED.keys()
    assert broken == []
    said = {one["last_message"]["text"] for one in answer.raise_for_status().json()["items"]}
    assert {f"{TEXT} {channel}" for channel in SIGNED} - said == set()
