"""The page does the work that a guarded chat asks, and nobody notices."""

import pytest
from playwright.async_api import expect

from tests.hub.web_chat.browser.conftest import Visitors
from tests.hub.web_chat.browser.site import LIMITS, HubProcess
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow


async def test_a_first_message_arrives_with_its_work(visitors: Visitors, hub: HubProcess) -> None:
    hub.configure(limits={**LIMITS, "work_bits": 12})
    tab = await (await visitors.on_site()).opened()

    await tab.write("Hello")

    await until(lambda: hub.texts() == ["Hello"])
    await expect(tab.bubbles).to_have_text(["Hello"])
    assert tab.problems == []


async def test_a_chat_that_is_guarded_while_a_page_is_open_takes_its_message_too(
    visitors: Visitors, hub: HubProcess
) -> None:
    tab = await (await visitors.on_site()).opened()
    hub.configure(limits={**LIMITS, "work_bits": 10})

    await tab.write("Hello")

    await until(lambda: hub.texts() == ["Hello"])
