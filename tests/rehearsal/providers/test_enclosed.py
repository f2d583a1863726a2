"""Places, contact cards and stickers through a real hub to the simulated networks: each is there what it is."""

import base64
from pathlib import Path
from typing import Any

import pytest

from mim_desk.rehearsal.phone import Heard
from mim_desk.rehearsal.providers.custom import Custom
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.providers.line import Line
from mim_desk.rehearsal.providers.matrix import Matrix
from mim_desk.rehearsal.providers.provider import Provider
from mim_desk.rehearsal.providers.telegram import Telegram
from mim_desk.rehearsal.providers.viber import Viber
from mim_desk.rehearsal.providers.wecom_kf import WeComKf
from mim_desk.rehearsal.providers.whatsapp import WhatsApp
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.test_at_the_hub import connected, conversations, people, until_all, until_heard

pytestmark = pytest.mark.timeout(90)

PLACE = {"latitude": 42.69, "longitude": 23.32, "name": "Shop", "address": "1 Main Street"}
LEO = {"name": "Leo", "phones": ["+359000000"]}
POINT = {"latitude": 42.69, "longitude": 23.32}
WEBP = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")


async def heard(tmp_path: Path, provider: Provider, *given: dict[str, Any], file: bytes = b"") -> list[Heard]:
    """What the person sees of these replies, each in its turn."""
    async with connected(tmp_path, provider) as hub:
        phone = provider.phone(next(people(provider.channel)))
        await phone.do(Act(text="Where are you?"))
        await until_all(hub, 1)
        (conversation,) = await conversations(hub)
        for one in given:
            if file:
                uploaded = await hub.client.post("/api/v1/attachments", files={"file": ("a.webp", file, "image/webp")})
                file_id = uploaded.raise_for_status().json()["attachment"]["id"]
                one = {"attachments": [file_id], "sticker": {"attachment": file_id}}
            told = await hub.reply(conversation["id"], "", **one)
            assert told.status_code == 201, told.json()
            await hub.until_status(conversation["id"], told.json()["id"], "sent", "delivered", "read", within=20)
        await until_heard([phone], len(given))
        assert provider.refused == []
        return phone.heard


PLACES: dict[type[Provider], tuple[str, dict[str, Any]]] = {
    Telegram: ("venue", {**POINT, "title": "Shop", "address": "1 Main Street"}),
    Viber: ("location", {"lat": 42.69, "lon": 23.32}),
    Line: ("location", {**POINT, "title": "Shop", "address": "1 Main Street"}),
    WhatsApp: ("location", PLACE),
    Matrix: ("location", {"geo_uri": "geo:42.69,23.32"}),
    WeComKf: ("location", PLACE),
    Custom: ("location", PLACE),
}


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.__name__)
async def test_a_place_is_a_place_on_every_network_that_has_them(tmp_path: Path, kind: type[Provider]) -> None:
    found = (await heard(tmp_path, kind(), {"location": PLACE}))[-1]

    assert (found.kind, dict(found.shown)) == PLACES[kind]


async def test_where_a_network_has_no_places_the_person_reads_where_it_is(tmp_path: Path) -> None:
    (found,) = await heard(tmp_path, Instagram(), {"location": PLACE})

    assert found.kind == "text"
    assert found.text.startswith("Shop\n1 Main Street\nhttps://www.openstreetmap.org/")


CARDS: dict[type[Provider], tuple[str, dict[str, Any]]] = {
    Telegram: ("contact", {"phone_number": "+359000000", "first_name": "Leo"}),
    Viber: ("contact", {"name": "Leo", "phone_number": "+359000000"}),
    WhatsApp: (
        "contacts",
        {"contacts": [{"name": {"formatted_name": "Leo", "first_name": "Leo"}, "phones": [{"phone": "+359000000"}]}]},
    ),
    Custom: ("contact_card", {**LEO, "emails": []}),
}


@pytest.mark.parametrize("kind", CARDS, ids=lambda kind: kind.__name__)
async def test_a_card_is_a_card_on_every_network_that_has_them(tmp_path: Path, kind: type[Provider]) -> None:
    (found,) = await heard(tmp_path, kind(), {"contact_card": LEO})

    assert (found.kind, dict(found.shown)) == CARDS[kind]


STICKERS: dict[type[Provider], tuple[dict[str, str], tuple[str, dict[str, Any]]]] = {
    Telegram: ({"id": "CAACAgIAAx"}, ("sticker", {"sticker": "CAACAgIAAx"})),
    Viber: ({"id": "40133"}, ("sticker", {"sticker_id": 40133})),
    Line: ({"id": "1988", "pack": "446"}, ("sticker", {"packageId": "446", "stickerId": "1988"})),
    Instagram: ({"id": "like_heart"}, ("like_heart", {})),
}


@pytest.mark.parametrize("kind", STICKERS, ids=lambda kind: kind.__name__)
async def test_a_sticker_is_a_sticker_on_every_network_that_has_them(tmp_path: Path, kind: type[Provider]) -> None:
    named, wanted = STICKERS[kind]

    (found,) = await heard(tmp_path, kind(), {"sticker": named})

    assert (found.kind, dict(found.shown)) == wanted


@pytest.mark.parametrize("kind", [Telegram, WhatsApp, Matrix], ids=lambda kind: kind.__name__)
async def test_a_picture_goes_as_a_sticker_where_the_network_takes_one(tmp_path: Path, kind: type[Provider]) -> None:
    (found,) = await heard(tmp_path, kind(), {"sticker": {}}, file=WEBP)

    assert found.kind == "sticker"
    assert found.file
