"""Incoming files from their provider to the desk: fetched, looked at, tried again, given up, taken up after a death."""

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from mim_desk.channels.base import Account, IncomingFile, IncomingMessage, Parsed, RawRequest, Request, Response
from mim_desk.channels.custom.adapter import CustomAdapter
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.message import AttachmentState, MessageType
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import media_rules
from mim_desk.hub.media import AT_A_TIME, LONGEST_SLEEP_S
from mim_desk.hub.media_rules import Again, Came, Gone
from mim_desk.hub.media_way import most_bytes
from mim_desk.hub.secrets import Keys
from mim_desk.hub.store import driver
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows
from tests.guards import AllowLog
from tests.hub.file_server import FileServer, Given, serving_files
from tests.hub.live import ADMIN_TOKEN, Live, incoming, live_hub, settings_in, stream
from tests.hub.process import KEY, embedded_hub


class Naming(CustomAdapter):
    """Its messages name their files in place of a text: ``[{"url": ..., "name": ..., "mime_type": ...}]``."""

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed(tuple(_with_files(event) for event in super().parse(account, request).events))


class Asking(Naming):
    """A file's address is asked for by its id, with a token."""

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        base, token = account.settings["api_base_url"], {"authorization": "Bearer secret"}
        match len(answered):
            case 0:
                return Request("GET", f"{base}/ask/{source}", token)
            case 1:
                told = json.loads(answered[0].body)
                if "gone" in told:
                    raise Refusal(told["gone"], "It is gone.")
                return Request("GET", told["url"], token)
        return None


def _with_files(event: Any) -> Any:
    if not isinstance(event, IncomingMessage) or not event.text.startswith("["):
        return event
    files = tuple(IncomingFile(**one) for one in json.loads(event.text))
    return IncomingMessage(event.external_id, event.sender, event.occurred_at, MessageType.IMAGE, files=files)


@pytest.fixture(autouse=True)
def naming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "custom", Naming())  # type: ignore[arg-type]  # a dict to look into


@pytest.fixture
async def files() -> AsyncIterator[FileServer]:
    async with serving_files() as serving:
        serving.give("/in", Given(b"{}"))
        yield serving


async def connected(live: Live, files: FileServer) -> Live:
    """With an inbox whose provider is the file server."""
    await live.connect(f"{files.url}/in", settings={"callback_url": f"{files.url}/in", "api_base_url": files.url})
    return live


@pytest.fixture
async def shop(hub: Live, files: FileServer) -> Live:
    return await connected(hub, files)


def picture(kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind, **more)
    return out.getvalue()


async def told_of(shop: Live, *named: dict[str, Any]) -> str:
    """A message that names files came; its conversation's id."""
    await shop.deliver(incoming("ana", json.dumps(named)))
    found = (await shop.client.get("/api/v1/conversations")).json()["items"]
    return str(found[0]["id"])


def named(url: str, name: str = "b.jpg", mime_type: str = "image/jpeg") -> dict[str, Any]:
    return {"url": url, "name": name, "mime_type": mime_type}


async def until(shop: Live, conversation_id: str, *states: str, within: float = 30) -> dict[str, Any]:
    """The message with files once they are in these states."""
    found: list[str] = []
    message: dict[str, Any] = {}
    async with asyncio.timeout(within):
        while found != list(states):
            await asyncio.sleep(0.02)
            listed = (await shop.client.get(f"/api/v1/conversations/{conversation_id}/messages")).json()["items"]
            message = next(one for one in listed if one["attachments"])
            found = [one["state"] for one in message["attachments"]]
    return message


async def test_a_picture_comes_without_its_metadata_and_the_desk_is_told(shop: Live, files: FileServer):
    exif = Image.Exif()
    exif[0x010F] = "camera-of-ana"
    url = files.give("/a", Given(picture(exif=exif), headers={"content-type": "image/jpeg"}))

    async with stream(shop.client, after=None) as events:
        await anext(events)
        conversation_id = await told_of(shop, named(url))
        seen = []
        async with asyncio.timeout(30):
            while not seen or seen[-1] != "ok":
                event = await anext(events)
                if event.event == "message":
                    seen += [one["state"] for one in json.loads(event.data)["attachments"]]
    message = await until(shop, conversation_id, "ok")

    assert seen == ["pending", "ok"]
    (file,) = message["attachments"]
    kept = (await shop.client.get(file["url"])).content
    assert (message["type"], file["mime_type"], file["width"], file["height"]) == ("image", "image/jpeg", 40, 30)
    assert (file["size"], file["name"]) == (len(kept), "b.jpg")
    assert b"camera-of-ana" not in kept


async def test_a_message_wakes_who_fetches_its_files(shop: Live, files: FileServer):
    """Well before the next look that comes by itself."""
    await asyncio.sleep(0.5)
    url = files.give("/a", Given(b"OggS"))

    await until(shop, await told_of(shop, named(url, "v.ogg", "audio/ogg")), "ok", within=LONGEST_SLEEP_S / 2)


@pytest.mark.parametrize(
    ("data", "mime_type", "message_type"),
    [
        (b"<html><script>alert(1)</script>", "application/octet-stream", "file"),
        (b"\xff\xd8\xff\xe0 no picture after all", "application/octet-stream", "file"),
        (b"MZ\x90\x00program", "application/x-executable", "file"),
        (picture("PNG"), "image/png", "image"),
    ],
    ids=["html", "broken picture", "program", "another kind of picture"],
)
async def test_a_file_is_what_its_bytes_say(
    shop: Live, files: FileServer, data: bytes, mime_type: str, message_type: str
):
    url = files.give("/a", Given(data, headers={"content-type": "image/jpeg"}))

    message = await until(shop, await told_of(shop, named(url)), "ok")

    assert (message["attachments"][0]["mime_type"], message["type"]) == (mime_type, message_type)


async def test_a_file_without_a_name_or_kind_takes_them_from_the_answer(shop: Live, files: FileServer):
    told = {
        "content-type": "application/pdf",
        "content-disposition": "attachment; filename*=UTF-8''Rechnung%20%C3%A4.pdf",
    }
    first = files.give("/a", Given(b"%PDF-1.7", headers=told))
    second = files.give("/b", Given(b"OggS", headers={"content-type": "audio/ogg"}))

    message = await until(shop, await told_of(shop, named(first, "", ""), named(second, "", "")), "ok", "ok")

    assert [one["name"] for one in message["attachments"]] == ["Rechnung ä.pdf", "file.ogg"]
    assert [one["mime_type"] for one in message["attachments"]] == ["application/pdf", "audio/ogg"]


async def test_a_large_file_comes_in_pieces_and_whole(shop: Live, files: FileServer):
    data = os.urandom(AT_A_TIME + 100_000)
    url = files.give("/a", Given(data))

    message = await until(shop, await told_of(shop, named(url, "a.zip", "application/zip")), "ok")

    assert (await shop.client.get(message["attachments"][0]["url"])).content == data


async def test_the_channel_says_the_way_and_its_token_stays_with_its_host(
    shop: Live, files: FileServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(ADAPTERS, "custom", Asking())  # type: ignore[arg-type]  # the same
    async with serving_files() as storage:
        stored = storage.give("/stored", Given(b"OggS"))
        files.give("/ask/f-1", Given(json.dumps({"url": f"{files.url}/lead"}).encode()))
        files.give("/lead", Given(status=302, headers={"location": stored}))
        message = await until(
            shop, await told_of(shop, {"external_id": "f-1", "name": "v.ogg", "mime_type": "audio/ogg"}), "ok"
        )

    asked = [(one.path, one.headers.get("authorization")) for one in files.asked if one.path != "/in"]
    assert asked == [("/ask/f-1", "Bearer secret"), ("/lead", "Bearer secret")]
    assert [(one.path, one.headers.get("authorization")) for one in storage.asked] == [("/stored", None)]
    assert message["attachments"][0]["mime_type"] == "audio/ogg"


@pytest.mark.parametrize(("word", "state"), [("expired", "expired"), ("no-rights", "failed")])
async def test_the_channel_says_that_a_file_is_gone(
    shop: Live, files: FileServer, monkeypatch: pytest.MonkeyPatch, word: str, state: str
):
    monkeypatch.setitem(ADAPTERS, "custom", Asking())  # type: ignore[arg-type]  # the same
    files.give("/ask/f-1", Given(json.dumps({"gone": word}).encode()))

    await until(shop, await told_of(shop, {"external_id": "f-1", "name": "v", "mime_type": ""}), state)


async def test_a_channel_that_breaks_on_an_answer_costs_its_own_file_only(
    shop: Live, files: FileServer, monkeypatch: pytest.MonkeyPatch, allow_log: AllowLog
):
    allow_log("adapter_failed")
    monkeypatch.setitem(ADAPTERS, "custom", Asking())  # type: ignore[arg-type]  # the same
    files.give("/ask/f-1", Given(b"no json"))
    files.give("/ask/f-2", Given(json.dumps({"url": files.give("/b", Given(b"OggS"))}).encode()))
    both = [{"external_id": one, "name": "v.ogg", "mime_type": "audio/ogg"} for one in ("f-1", "f-2")]

    await until(shop, await told_of(shop, *both), "failed", "ok")


async def test_an_address_inside_is_never_asked(hub: Live, files: FileServer):
    """Without a word of the settings, the file server is a neighbour like any other."""
    await hub.connect(f"{files.url}/in")
    url = files.give("/a", Given(b"secret of the house"))

    await until(hub, await told_of(hub, named(url)), "failed")

    assert [one.path for one in files.asked] == ["/in"]


async def test_a_provider_that_is_down_is_asked_again(shop: Live, files: FileServer):
    url = files.give("/a", Given(status=503), Given(b"OggS"))

    await until(shop, await told_of(shop, named(url, "v.ogg", "audio/ogg")), "ok")

    assert [one.path for one in files.asked if one.path == "/a"] == ["/a", "/a"]


@pytest.mark.parametrize(("status", "state"), [(404, "expired"), (410, "expired"), (400, "failed")])
async def test_a_file_that_is_no_longer_there(shop: Live, files: FileServer, status: int, state: str):
    url = files.give("/a", Given(status=status))

    message = await until(shop, await told_of(shop, named(url)), state)

    assert message["attachments"][0]["url"] == ""
    assert (await shop.client.get(f"/api/v1/attachments/{message['attachments'][0]['id']}")).status_code == 404


async def test_a_file_that_is_too_large_is_given_up_while_it_comes(shop: Live, files: FileServer):
    url = files.give("/a", Given(endless=True))

    await until(shop, await told_of(shop, named(url)), "failed")


async def test_after_the_last_try_a_file_has_failed(shop: Live, files: FileServer):
    url = files.give("/a", Given(status=500))
    conversation_id = await told_of(shop, named(url))
    store = shop.running.hub.store
    async with asyncio.timeout(30):
        while await store.read(_waits) != (1, True):
            await asyncio.sleep(0.02)

    await store.writer.run(_all_but_one_try)

    await until(shop, conversation_id, "failed")


def _waits(conn: Any) -> Any:
    found = driver.row(conn, "SELECT attempt, lease_until IS NULL FROM attachments")
    return None if found is None else (found[0], bool(found[1]))


def _all_but_one_try(unit: Unit) -> None:
    driver.execute(unit.conn, "UPDATE attachments SET next_try_at = 0, attempt = ?", (len(media_rules.WAITS_S),))


async def test_a_scanner_sees_a_file_before_anybody_else(tmp_path: Path, files: FileServer, allow_log: AllowLog):
    allow_log("file_refused_by_scanner")
    rule = f"{sys.executable} -c \"import sys; sys.exit(b'virus' in sys.stdin.buffer.read())\""
    async with live_hub(settings_in(tmp_path, environ={"MIM_DESK_SCAN_COMMAND": rule})) as live:
        shop = await connected(live, files)
        good, bad = files.give("/good", Given(b"hello")), files.give("/bad", Given(b"a virus"))

        await until(
            shop,
            await told_of(shop, named(good, "a.txt", "text/plain"), named(bad, "b.txt", "text/plain")),
            "ok",
            "failed",
        )


async def test_a_hub_that_ends_lets_go_of_what_is_under_way_and_the_next_one_fetches_it(
    tmp_path: Path, files: FileServer
):
    url = files.give("/a", Given(b"OggS" * 100, drip_s=1.0), Given(b"OggS"))
    async with live_hub(settings_in(tmp_path)) as live:
        shop = await connected(live, files)
        conversation_id = await told_of(shop, named(url, "v.ogg", "audio/ogg"))
        async with asyncio.timeout(30):
            while "/a" not in [one.path for one in files.asked]:
                await asyncio.sleep(0.02)
    async with live_hub(settings_in(tmp_path)) as live:
        message = await until(live, conversation_id, "ok")
        tried = await live.running.hub.store.read(lambda conn: driver.row(conn, "SELECT attempt FROM attachments"))

    assert message["attachments"][0]["size"] == 4
    assert tried == (1,)


@pytest.mark.parametrize("failpoint", ["media.after_lease", "media.between_pieces", "media.before_outcome"])
async def test_a_hub_that_died_on_the_way_goes_on_after_its_restart(tmp_path: Path, files: FileServer, failpoint: str):
    data = os.urandom(AT_A_TIME + 1)
    url = files.give("/a", Given(status=503), Given(data))
    home = tmp_path / "hub"
    home.mkdir()
    async with live_hub(settings_in(home, keys=Keys(bytes.fromhex(KEY)))) as live:
        shop = await connected(live, files)
        conversation_id = await told_of(shop, named(url, "a.zip", "application/zip"))
        async with asyncio.timeout(30):
            while await live.running.hub.store.read(_waits) != (1, True):
                await asyncio.sleep(0.02)
    async with embedded_hub(tmp_path, failpoint=f"{failpoint}:kill") as dying:
        assert await dying.died() == -9
    async with embedded_hub(tmp_path) as hub:
        again = Live(None, hub.url, httpx.AsyncClient())  # type: ignore[arg-type]  # it runs elsewhere
        again.client = again.client_of(ADMIN_TOKEN)
        message = await until(again, conversation_id, "ok")
        kept = (await again.client.get(message["attachments"][0]["url"])).content
        for client in again._clients:
            await client.aclose()

    assert kept == data


async def test_of_two_hubs_one_fetches_each_file(tmp_path: Path, postgres: str, files: FileServer):
    settings = settings_in(tmp_path, database=postgres)
    urls = [files.give(f"/{number}", Given(b"OggS")) for number in range(12)]
    async with live_hub(settings) as one, live_hub(settings) as other:
        shop = await connected(one, files)
        other.inbox_id = shop.inbox_id
        conversation_id = await told_of(shop, *(named(url, "v.ogg", "audio/ogg") for url in urls))
        await until(other, conversation_id, *["ok"] * 12, within=20)

    asked = sorted(one.path for one in files.asked if one.path != "/in")
    assert asked == sorted(f"/{number}" for number in range(12))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (202, Again("status 202")),
        (301, Gone("status 301")),
        (401, Again("status 401")),
        (403, Again("status 403")),
        (404, Gone("status 404", AttachmentState.EXPIRED)),
        (410, Gone("status 410", AttachmentState.EXPIRED)),
        (415, Gone("status 415")),
        (429, Again("status 429", 7.0)),
        (500, Again("status 500")),
        (503, Again("status 503", 7.0)),
    ],
)
def test_what_each_answer_means(status: int, told: Again | Gone):
    headers = {"retry-after": "7"} if status in (429, 503) else {}

    assert media_rules.judged(Response(status, headers, b"")) == told


def test_an_empty_file_may_be_whole_another_time():
    assert media_rules.came(Response(200, {}, b"")) == Again("empty")
    assert media_rules.refused(Refusal("not-ready", "Wait.")) == Again("not-ready")


def test_the_waits_grow_and_end_and_a_provider_may_ask_for_more():
    waits = [media_rules.wait_before(attempt, 0.0) for attempt in range(2, 10)]

    assert waits[-1] is None
    assert waits[:-1] == sorted(wait for wait in waits if wait)
    assert media_rules.wait_before(2, 30.0) == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ('attachment; filename="a.pdf"', "a.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd.pdf"),
        ("attachment; filename*=UTF-8''%E2%80%AEgnp.exe", "gnp.exe"),
        ("attachment; filename*=no-such-charset''x", "x.pdf"),
        ("attachment", "file.pdf"),
        ("\x00;;;=", "file.pdf"),
    ],
)
def test_a_name_in_an_answer_is_only_a_name(told: str, name: str):
    brought = media_rules.came(Response(200, {"content-disposition": told}, b"%PDF-"))
    file = rows.Attachment("f", "file", "", 0)

    assert isinstance(brought, Came)
    assert media_rules.named(file, brought, "application/pdf") == name


def test_a_channel_takes_what_it_carries_at_most():
    assert most_bytes("custom") == 5 << 20
    assert most_bytes("removed") == 100 << 20
