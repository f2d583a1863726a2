"""Pictures of contacts at a running hub: copied, shown to the agents alone, replaced when the network tells another."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from mim_desk.channels.base import IncomingMessage, Response
from mim_desk.channels.instagram.adapter import InstagramAdapter
from mim_desk.channels.line.adapter import LineAdapter
from mim_desk.channels.messenger.adapter import MessengerAdapter
from mim_desk.channels.profiles import TellsPictures
from mim_desk.channels.telegram.adapter import TelegramAdapter
from mim_desk.channels.viber.adapter import ViberAdapter
from mim_desk.hub.avatars import LARGEST, Picture
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.send_api import PrivatePhone, SendApi
from mim_desk.rehearsal.providers.telegram import Telegram
from mim_desk.rehearsal.providers.telegram_phone import TelegramPhone
from mim_desk.rehearsal.scripts import Act
from tests.channels.viber.made import ACCOUNT, delivery, message, raw
from tests.hub.live import Live
from tests.rehearsal.providers.test_at_the_hub import connected, conversations, people, until_all

pytestmark = pytest.mark.timeout(60)


def picture(color: str, side: int = 160) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (side, side), color).save(data, "PNG")
    return data.getvalue()


async def contact_of(hub: Live) -> dict[str, Any]:
    (conversation,) = await conversations(hub)
    return dict((await hub.client.get(f"/api/v1/contacts/{conversation['contact_id']}")).json())


async def pictured(hub: Live) -> dict[str, Any]:
    """The contact, once they have a picture."""
    async with asyncio.timeout(30):
        while not (contact := await contact_of(hub))["avatar"]:
            await asyncio.sleep(0.05)
    return contact


async def test_who_writes_to_a_bot_gets_their_picture(tmp_path: Path):
    telegram = Telegram()
    async with connected(tmp_path, telegram) as hub:
        phone = telegram.phone(next(people("telegram")))
        assert isinstance(phone, TelegramPhone)
        phone.picture = picture("red")
        await phone.do(Act(text="Hello"))
        await until_all(hub, 1)

        avatar = (await pictured(hub))["avatar"]
        shown = await hub.client.get(avatar["url"])
        async with httpx.AsyncClient(base_url=hub.url) as stranger:
            refused = await stranger.get(avatar["url"])

        assert (avatar["state"], avatar["mime_type"]) == ("ok", "image/png")
        assert Image.open(io.BytesIO(shown.content)).getpixel((5, 5))[:3] == (255, 0, 0)
        assert refused.status_code == 401
        assert telegram.refused == []


@pytest.mark.parametrize(
    "shown", [b"<svg onload='x'/>", b"\x89PNG\r\n\x1a\n" + b"x" * LARGEST], ids=["no picture", "too large"]
)
async def test_without_a_fit_picture_the_initials_stay(tmp_path: Path, shown: bytes):
    telegram = Telegram()
    async with connected(tmp_path, telegram) as hub:
        phone = telegram.phone(next(people("telegram")))
        assert isinstance(phone, TelegramPhone)
        await phone.do(Act(text="Hello"))
        await until_all(hub, 1)
        phone.picture = shown
        telegram.pictures(phone.id)

        await Picture(hub.running.hub, "telegram", hub.inbox_id, str(phone.id), f"p{phone.id}").bring()

        assert (await contact_of(hub))["avatar"] is None


async def test_another_picture_takes_the_place_of_the_one_before(tmp_path: Path):
    telegram = Telegram()
    async with connected(tmp_path, telegram) as hub:
        phone = telegram.phone(next(people("telegram")))
        assert isinstance(phone, TelegramPhone)
        phone.picture = picture("red")
        await phone.do(Act(text="Hello"))
        await until_all(hub, 1)
        first = (await pictured(hub))["avatar"]
        other = telegram.keep(Act("file", file="broken-wheel.png"))

        await Picture(hub.running.hub, "telegram", hub.inbox_id, str(phone.id), other.id).bring()

        second = (await contact_of(hub))["avatar"]
        assert second["id"] != first["id"]
        assert (await hub.client.get(first["url"])).status_code == 404


PHOTOS = {
    "total_count": 1,
    "photos": [[{"file_id": "s", "width": 90}, {"file_id": "m", "width": 320}, {"file_id": "l", "width": 640}]],
}
TOLD = {
    "the size that is shown": ({"ok": True, "result": PHOTOS}, "m"),
    "none": ({"ok": True, "result": {"total_count": 0, "photos": []}}, ""),
    "small ones alone": ({"ok": True, "result": {"photos": [[{"file_id": "s", "width": 90}]]}}, "s"),
    "refused": ({"ok": False, "error_code": 400}, ""),
    "nonsense": (["x"], ""),
}


@pytest.mark.parametrize(("told", "source"), TOLD.values(), ids=TOLD.keys())
def test_telegram_tells_a_picture_in_sizes(told: object, source: str):
    assert TelegramAdapter().read_picture(Response(200, {}, json.dumps(told).encode())) == source


@pytest.mark.parametrize("network", [Messenger, Instagram], ids=["messenger", "instagram"])
async def test_who_writes_to_a_page_gets_name_and_picture(tmp_path: Path, network: type[SendApi]):
    made = network()
    async with connected(tmp_path, made) as hub:
        phone = made.phone(next(people(made.channel)))
        assert isinstance(phone, PrivatePhone)
        phone.picture = picture("red")
        await phone.do(Act(text="Hello"))
        await until_all(hub, 1)

        avatar = (await pictured(hub))["avatar"]
        shown = await hub.client.get(avatar["url"])

        assert (await contact_of(hub))["name"] == phone.name
        assert Image.open(io.BytesIO(shown.content)).getpixel((5, 5))[:3] == (255, 0, 0)
        assert made.refused == []


@pytest.mark.parametrize("adapter", [MessengerAdapter(), InstagramAdapter()], ids=["messenger", "instagram"])
@pytest.mark.parametrize(
    ("status", "told", "source"),
    [
        (200, {"profile_pic": "https://cdn.example/p.jpg"}, "https://cdn.example/p.jpg"),
        (200, {}, ""),
        (200, {"profile_pic": None}, ""),
        (200, {"profile_pic": "file:///etc/passwd"}, ""),
        (400, {"error": {"code": 100, "error_subcode": 2018218}}, ""),
        (200, ["x"], ""),
    ],
)
def test_meta_tells_a_picture_with_the_profile(adapter: TellsPictures, status: int, told: object, source: str):
    assert adapter.read_picture(Response(status, {}, json.dumps(told).encode())) == source


def test_line_tells_a_picture_with_the_name():
    answer = Response(200, {}, b'{"displayName": "Mio", "pictureUrl": "https://p.example/1"}')

    assert LineAdapter().read_picture(answer) == "https://p.example/1"


def test_viber_tells_a_picture_with_each_message():
    (said,) = ViberAdapter().parse(ACCOUNT, delivery(raw(message(text="hi")))).events

    assert isinstance(said, IncomingMessage)
    assert said.sender.picture == "https://a.example/1"
