"""Lines above and below a text with buttons, files above it, and questions for a place, at a running hub."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mim_desk.rehearsal.phone import Phone
from mim_desk.rehearsal.providers.whatsapp import WhatsApp
from mim_desk.rehearsal.scripts import Act
from tests.hub.live import Live
from tests.rehearsal.providers.test_at_the_hub import connected, conversations, people, until_all, until_heard

pytestmark = pytest.mark.timeout(60)
FRAME = {"header": "Tuesday", "footer": "Acme"}
YES = [{"title": "Yes"}]


async def written_to(hub: Live, whatsapp: WhatsApp) -> tuple[Phone, str]:
    """Somebody who wrote, and the conversation."""
    phone = whatsapp.phone(next(people("whatsapp")))
    await phone.do(Act(text="Hello"))
    await until_all(hub, 1)
    return phone, (await conversations(hub))[0]["id"]


async def sent(hub: Live, conversation: str, text: str, **more: Any) -> dict[str, Any]:
    answer = await hub.reply(conversation, text, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_lines_around_a_text_reach_the_customer_and_stay_in_the_message(tmp_path: Path):
    whatsapp = WhatsApp()
    async with connected(tmp_path, whatsapp) as hub:
        phone, conversation = await written_to(hub, whatsapp)

        message = await sent(hub, conversation, "Sure?", buttons=YES, frame={"header": " Tues\nday ", "footer": "Acme"})
        await until_heard([phone], 1)

        assert message["frame"] == {"header": "Tues day", "footer": "Acme"}
        assert phone.heard[0].shown["header"] == {"type": "text", "text": "Tues day"}
        assert phone.heard[0].shown["footer"] == {"text": "Acme"}
        assert whatsapp.refused == []


async def test_a_picture_stands_above_the_text_with_the_buttons(tmp_path: Path):
    whatsapp = WhatsApp()
    data = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(data, "PNG")
    async with connected(tmp_path, whatsapp) as hub:
        phone, conversation = await written_to(hub, whatsapp)
        files = {"file": ("hat.png", data.getvalue(), "image/png")}
        kept = (await hub.client.post("/api/v1/attachments", files=files)).raise_for_status().json()["attachment"]

        await sent(hub, conversation, "This one?", buttons=YES, attachments=[kept["id"]])
        await until_heard([phone], 1)

        heard = phone.heard[0]
        assert (heard.kind, heard.text, heard.shown["header"]["type"]) == ("interactive", "This one?", "image")
        assert whatsapp.refused == []


async def test_a_place_is_asked_for_and_the_answer_quotes_the_question(tmp_path: Path):
    whatsapp = WhatsApp()
    async with connected(tmp_path, whatsapp) as hub:
        phone, conversation = await written_to(hub, whatsapp)
        question = await sent(hub, conversation, "Where?", buttons=[{"title": "Send location", "asks_place": True}])
        await until_heard([phone], 1)
        async with asyncio.timeout(30):  # the answer names the question by the id that WhatsApp gave it
            while (await hub.message(conversation, question["id"]))["delivery"]["status"] in ("queued", "sending"):
                await asyncio.sleep(0.05)

        await phone.do(Act("place", at=(42.69, 23.32)))
        ((*_, answer),) = await until_all(hub, 2)

        assert answer["type"] == "location"
        assert answer["reply_to"]["message_id"] == question["id"]
        assert whatsapp.refused == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"buttons": YES, "frame": {"header": "x" * 61}}, "frame"),
        ({"frame": FRAME}, "frame"),
        ({"buttons": [{"title": "Where", "asks_place": True}, *YES]}, "buttons"),
    ],
    ids=["a long line above", "lines around a mere text", "a question for a place beside another"],
)
async def test_what_is_not_carried_is_refused_before_it_is_stored(tmp_path: Path, more: dict[str, Any], field: str):
    whatsapp = WhatsApp()
    async with connected(tmp_path, whatsapp) as hub:
        _, conversation = await written_to(hub, whatsapp)

        answer = await hub.reply(conversation, "Text", **more)

        assert answer.status_code in (400, 409, 422), answer.text
        assert field in answer.text
