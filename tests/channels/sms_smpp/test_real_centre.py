"""A message centre that others wrote, and a running hub."""

import pytest

from mim_desk.domain.sms_alphabets import USUAL
from mim_desk.rehearsal.providers import smpp_octets as smpp
from tests.hub.conftest import hub
from tests.hub.live import Live
from tests.peers.started import NodeCentre

__all__ = ["hub"]
pytestmark = pytest.mark.timeout(120)
LONG = "Ваш заказ уже в пути, курьер позвонит за час до приезда. Спасибо, что выбрали нас! " * 2


def settings(centre: NodeCentre) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": str(centre.port), "system_id": "desk", "from": "+15550002222"}


async def connect(hub: Live, centre: NodeCentre, password: str = "secret"):
    body = {"name": "SMS", "channel": "sms_smpp", "settings": settings(centre), "secrets": {"password": password}}
    return await hub.client.post("/api/v1/inboxes", json=body)


async def listening(hub: Live, centre: NodeCentre) -> None:
    """The hub tried the account, and is connected now."""
    (await connect(hub, centre)).raise_for_status()
    for _ in range(2):
        await centre.next("bind")


async def conversation(hub: Live) -> tuple[str, list[str]]:
    (found,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    listed = (await hub.client.get(f"/api/v1/conversations/{found['id']}/messages")).json()["items"]
    return found["id"], [one["text"] for one in reversed(listed) if one["kind"] == "incoming"]


async def test_texts_go_both_ways_with_receipts_for_every_part(hub: Live, node_smsc: NodeCentre) -> None:
    await listening(hub, node_smsc)
    await node_smsc.write("Где мой заказ? 👋")
    await node_smsc.write("Он ещё не приехал, а я жду уже три дня и две ночи. 🇧🇬", parts=2)
    id_, texts = await conversation(hub)
    assert texts == ["Где мой заказ? 👋", "Он ещё не приехал, а я жду уже три дня и две ночи. 🇧🇬"]

    for text, parts in (("On its way {}", 1), (LONG, 3)):
        posted = (await hub.reply(id_, text)).json()
        submits = [await node_smsc.next("submit") for _ in range(parts)]
        assert "".join(one["text"] for one in submits) == text.strip()
        await hub.until_status(id_, posted["id"], "delivered")


async def test_a_throttled_text_leaves_a_moment_later(hub: Live, node_smsc: NodeCentre) -> None:
    await listening(hub, node_smsc)
    await node_smsc.write("Hello", from_="15550001199")
    id_, _ = await conversation(hub)

    posted = (await hub.reply(id_, "Hi")).json()

    await hub.until_status(id_, posted["id"], "delivered")
    assert (await node_smsc.next("submit"))["to"] == "15550001199"


async def test_a_wrong_password_is_refused_at_set_up(hub: Live, node_smsc: NodeCentre) -> None:
    answer = await connect(hub, node_smsc, "guessed")

    assert (answer.status_code, answer.json()["field"]) == (400, "secrets.password")


def test_the_rehearsals_alphabet_is_the_same_as_ours() -> None:
    letters = USUAL.text(bytes(octet for octet in range(128) if octet != 0x1B)) + "^{}\\[~]|€\f"

    assert smpp.as_septets(letters) == USUAL.octets(letters)
