"""Outgoing files by address: signed, for one reply, not for ever, and only where somebody outside can reach the hub."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from mim_desk.channels.base import Account, Outgoing, Request, Step
from mim_desk.channels.custom.adapter import CustomAdapter
from mim_desk.channels.registry import ADAPTERS
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.file_links import FileLinks, public_base
from mim_desk.hub.file_marks import FileMarks
from tests.hub.gateway import Gateway
from tests.hub.live import Live, live_hub, settings_in

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADDRESS = "https://desk.example.test"
PDF = b"%PDF-1.7 an offer"


class ByAddress(CustomAdapter):
    """Tells the address of a file instead of its bytes."""

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        (file,) = message.files
        if not file.url:
            raise Refusal("no-address", "This channel fetches files, and nobody outside can reach this hub.")
        return [Request("POST", str(account.settings["callback_url"]), body=f'{{"file": "{file.url}"}}'.encode())]


@pytest.fixture(autouse=True)
def by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "custom", ByAddress())  # type: ignore[arg-type]  # a dict to look into


async def sent(
    live: Live,
    gateway: Gateway,
    name: str = "Offer ä.pdf",
    status: str = "sent",
    data: bytes = PDF,
    mime_type: str = "application/pdf",
) -> dict[str, object]:
    """A reply with a file, once it is in this status."""
    await live.connect(gateway.url)
    conversation = await live.conversation()
    uploaded = await live.client.post("/api/v1/attachments", files={"file": (name, data, mime_type)})
    file_id = uploaded.raise_for_status().json()["attachment"]["id"]
    posted = (await live.reply(conversation["id"], "", attachments=[file_id])).raise_for_status().json()
    return await live.until_status(conversation["id"], posted["id"], status)


async def test_a_channel_fetches_a_file_by_the_address_it_was_told(tmp_path: Path, gateway: Gateway):
    async with live_hub(settings_in(tmp_path, public_url=ADDRESS)) as live:
        await sent(live, gateway)
        told = gateway.calls[0].json["file"]
        stranger = live.client_of("")
        path = urlsplit(told).path
        got, looked = await stranger.get(path), await stranger.head(path)
        posted = await stranger.post(path)

    assert told.startswith(f"{ADDRESS}/files/")
    assert told.endswith("/Offer%20%C3%A4.pdf")
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, PDF, "application/pdf")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''Offer%20%C3%A4.pdf"
    assert (looked.status_code, looked.content, looked.headers["content-length"]) == (200, b"", str(len(PDF)))
    assert posted.status_code == 405


def photo() -> bytes:
    """A picture of over a megabyte with a place in its data."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "Camera of somebody"
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "mime_type", "data"),
    [("large.jpg", "image/jpeg", photo()), ("film.mp4", "video/mp4", b"\0\0\0\x18ftypmp42 a film")],
    ids=["of a picture", "of a film, whose pictures nobody here can read"],
)
async def test_a_small_picture_stands_for_a_file(
    tmp_path: Path, gateway: Gateway, name: str, mime_type: str, data: bytes
):
    async with live_hub(settings_in(tmp_path, public_url=ADDRESS)) as live:
        message = await sent(live, gateway, name, data=data, mime_type=mime_type)
        file_id = message["attachments"][0]["id"]  # type: ignore[index]  # a list of files
        told = live.running.hub.files.preview(str(message["id"]), file_id, datetime.now(UTC))
        got = await live.client_of("").get(urlsplit(told).path)
        forged = await live.client_of("").get(urlsplit(told).path.replace(file_id, file_id[::-1]))

    assert (got.status_code, got.headers["content-type"], forged.status_code) == (200, "image/jpeg", 404)
    assert len(got.content) <= 1_000_000
    with Image.open(io.BytesIO(got.content)) as picture:
        assert max(picture.size) <= 1024
        assert not picture.getexif()


async def test_without_an_address_outside_the_channel_refuses_in_words(tmp_path: Path, gateway: Gateway):
    async with live_hub(settings_in(tmp_path)) as live:
        message = await sent(live, gateway, status="failed")

    assert "nobody outside can reach this hub" in str(message["delivery"])
    assert gateway.calls == []


async def test_nothing_but_the_whole_right_address_opens_a_file(tmp_path: Path, gateway: Gateway):
    async with live_hub(settings_in(tmp_path, public_url=ADDRESS)) as live:
        await sent(live, gateway)
        _, _, file_id, mark, name = urlsplit(gateway.calls[0].json["file"]).path.split("/")
        until, message_id, signature = mark.split(".")
        other = live.running.hub.files.address("another-message", file_id, "x", datetime.now(UTC))
        late = live.running.hub.files.address(message_id, file_id, "x", datetime.now(UTC) - timedelta(days=9))
        paths = [
            "/files/",
            f"/files/{file_id}",
            f"/files/{file_id}/",
            f"/files/{file_id}/{mark[:-1]}/{name}",
            f"/files/{file_id}/{int(until) + 1}.{message_id}.{signature}/{name}",
            f"/files/{file_id}/{until}.{message_id}./{name}",
            f"/files/{file_id}/{until}.{message_id}.ä/{name}",
            f"/files/{file_id[::-1]}/{mark}/{name}",
            f"/files/{'../' * 3}etc/passwd",
            urlsplit(other).path,
            urlsplit(late).path,
        ]
        stranger = live.client_of("")
        answers = [(await stranger.get(path)).status_code for path in paths]
        renamed = await stranger.get(f"/files/{file_id}/{mark}/evil.html")

    assert set(answers) == {404}
    assert "evil" not in renamed.headers["content-disposition"]


def test_an_address_holds_for_a_week_and_is_the_same_all_day():
    links = FileLinks(ADDRESS, bytes(32))

    told = links.address("m-1", "f-1", "a/b?.pdf", NOON)
    mark = told.split("/")[-2]

    assert told == links.address("m-1", "f-1", "a/b?.pdf", NOON + timedelta(hours=11))
    assert told.endswith("/a%2Fb%3F.pdf")
    assert links.message_id(mark, "f-1", NOON + timedelta(days=7)) == "m-1"
    assert links.message_id(mark, "f-1", NOON + timedelta(days=8)) is None
    assert links.message_id(mark, "f-2", NOON) is None
    assert FileLinks(ADDRESS, bytes(31) + b"1").message_id(mark, "f-1", NOON) is None


@pytest.mark.parametrize(
    "mark", ["", ".", "..", "1", "x.m.s", "9" * 13 + ".m.s", "²..", "1.m.\udcff".encode("utf-8", "replace").decode()]
)
def test_a_mark_of_any_form_is_only_wrong(mark: str):
    assert FileMarks(bytes(32)).holder(mark, "f-1", NOON) is None


@pytest.mark.parametrize(
    ("public_url", "address", "base"),
    [
        ("", "http://127.0.0.1:8642", ""),
        ("", "http://localhost:8642", ""),
        ("", "http://[::1]:8642", ""),
        ("", "https://0.0.0.0:8642", ""),
        ("", "https://10.1.2.3:8642", ""),
        ("", "", ""),
        ("", "https://93.184.216.34:8642", "https://93.184.216.34:8642"),
        (ADDRESS, "http://127.0.0.1:8642", ADDRESS),
        ("http://gateway.office", "", "http://gateway.office"),
    ],
)
def test_what_is_out_in_the_world(public_url: str, address: str, base: str):
    assert public_base(public_url, address) == base
    assert bool(FileLinks(base, b"k").address("m", "f", "n", NOON)) is bool(base)


async def test_a_file_leaves_without_the_name_of_who_sends_it(tmp_path: Path, gateway: Gateway):
    exif = Image.Exif()
    exif[0x013B] = "Ben the photographer"
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG", exif=exif)
    async with live_hub(settings_in(tmp_path, public_url=ADDRESS)) as live:
        await live.agent("ben")
        await sent(live, gateway, "offer-ben-2026.jpg", data=out.getvalue(), mime_type="image/jpeg")
        got = await live.client_of("").get(urlsplit(gateway.calls[0].json["file"]).path)

    assert gateway.calls[0].json["file"].endswith("/offer%202026.jpg")
    assert got.headers["content-disposition"].endswith("''offer%202026.jpg")
    assert got.headers["content-type"] == "image/jpeg"
    assert b"Ben" not in got.content


async def test_a_file_that_only_looks_like_a_picture_or_a_letter_is_taken_as_it_is(hub: Live):
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    for name, data, kind in [("a.jpg", b"\xff\xd8\xff no picture", "image/jpeg"), ("a.docx", b"PK no zip", word)]:
        uploaded = await hub.client.post("/api/v1/attachments", files={"file": (name, data, kind)})

        assert uploaded.status_code == 201
        assert uploaded.json()["attachment"]["size"] == len(data)
