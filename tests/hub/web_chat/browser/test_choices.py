"""Buttons on the chat page: pressed with a pointer or a key, answered to the reply that offered them."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Visitors
from tests.hub.web_chat.browser.site import HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow

OFFERED = [{"title": "Yes, please"}, {"title": "No"}, {"title": "Map", "url": "https://map.example/"}]


async def test_a_visitor_presses_a_button_and_the_hub_knows_which(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Is the coat here?")
    await until(lambda: hub.texts() == ["Is the coat here?"])
    sent = await asyncio.to_thread(hub.reply, "Shall we reserve it?", buttons=OFFERED)

    yes = tab.frame.get_by_role("button", name="Yes, please")
    await expect(yes).to_be_visible()
    link = tab.frame.get_by_role("link", name="Map")
    assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
    await yes.focus()
    await tab.page.keyboard.press("Enter")
    await until(lambda: any(one["text"] == "Yes, please" for one in hub.messages()))

    answer = next(one for one in hub.messages() if one["text"] == "Yes, please")
    assert answer["choice"] == {"id": "1", "title": "Yes, please"}
    assert answer["reply_to"]["message_id"] == sent
    await expect(yes).to_be_hidden()
    await expect(link).to_be_visible()
    assert tab.problems == []
