"""What strangers try: hostile text, foreign frames, somebody else's identity. In a real Chromium."""

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import expect

from mim_desk.hub.web_chat.identity import identity_hash
from tests.hub.web_chat.browser.conftest import Visitors
from tests.hub.web_chat.browser.site import IDENTITY_SECRET, HubProcess, Site
from tests.hub.web_chat.browser.test_talk import until

pytestmark = pytest.mark.slow

HOSTILE = [
    '<img src="file:///etc/passwd"><img src=x onerror="alert(1)">',
    "<script>alert(1)</script><iframe src=javascript:alert(1)></iframe>",
    "javascript:alert(1) data:text/html,<b>x</b> https://evil.example/\u202egnp.exe",
    "{{7*7}} ${7*7} </textarea></script>\u2028<!--",
    "A" * 4000,
    "<table><tr><td>" * 200,
    "\u0301" * 500 + "\u202e\u2066mirrored\u202c" + "\u200f" * 20,
]


async def test_hostile_text_is_shown_as_text_on_both_sides(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    for text in HOSTILE:
        await tab.write(text)
    await until(lambda: len(hub.texts()) == len(HOSTILE))
    for text in HOSTILE:
        await asyncio.to_thread(hub.reply, text)

    await expect(tab.bubbles).to_have_count(2 * len(HOSTILE))

    shown = await tab.bubbles.evaluate_all("nodes => nodes.map((node) => node.textContent)")
    assert shown == HOSTILE * 2
    assert await tab.frame.locator(".list script, .list iframe, .list table, .list img").count() == 0
    links = await tab.frame.locator(".list a").evaluate_all("nodes => nodes.map((node) => node.href)")
    assert set(links) == {"https://evil.example/"}
    assert await tab.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.problems == []


async def test_only_the_chats_own_frame_moves_the_button(visitors: Visitors, hub: HubProcess, site: Site) -> None:
    stranger = (
        "<iframe srcdoc=\"<script>setInterval(() => parent.postMessage({mim: 1, verb: 'unread', count: 7}, '*'), 20);"
        "parent.postMessage({mim: 1, verb: 'open'}, '*')</script>\"></iframe>"
    )
    site.embed(hub, more=stranger)
    tab = await visitors.on_site()
    await tab.page.evaluate("postMessage({mim: 1, verb: 'unread', count: 7}, '*')")
    await tab.page.wait_for_timeout(300)

    await expect(tab.page.get_by_role("button", name="Open the chat", exact=True)).to_be_visible()


async def test_the_chat_listens_to_its_own_site_only(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.write("Mine")
    await until(lambda: len(hub.texts()) == 1)

    # The same message from inside the frame has the hub's origin and another source.
    await tab.frame.evaluate("window.postMessage({mim: 1, verb: 'logout'}, '*')")
    await tab.frame.evaluate(
        "window.dispatchEvent(new MessageEvent('message', {data: {mim: 1, verb: 'logout'}, origin: 'https://evil.example', source: parent}))"
    )
    await tab.page.wait_for_timeout(300)

    await expect(tab.bubbles).to_have_text(["Mine"])


async def test_a_site_that_is_not_allowed_gets_no_button_and_no_frame(
    visitors: Visitors, hub: HubProcess, site: Site
) -> None:
    tab = await visitors.on_site()
    foreign = site.origin.replace("localhost", "127.0.0.1")
    await tab.page.goto(foreign)
    await tab.page.wait_for_timeout(300)

    assert await tab.page.get_by_role("button", name="Open the chat").count() == 0
    address = f"{hub.url}/chat/{hub.widget}/frame?host={site.origin}"
    await tab.page.evaluate(
        "address => document.body.append(Object.assign(document.createElement('iframe'), {src: address}))", address
    )
    await tab.page.wait_for_timeout(500)
    assert await tab.page.frames[-1].locator("textarea").count() == 0


async def test_the_site_cannot_reach_into_the_chat(visitors: Visitors) -> None:
    tab = await visitors.on_site(sees_inside=False)
    await tab.page.wait_for_function("document.body.lastElementChild.style.length > 0")
    await tab.page.evaluate("MimChat.open()")
    await until(lambda: any("/chat/" in one.url for one in tab.page.frames))
    await expect(tab.frame.locator("textarea")).to_be_focused()

    assert await tab.page.evaluate("document.querySelector('iframe')") is None
    assert await tab.page.evaluate("[...document.body.children].every((node) => node.shadowRoot === null)")
    assert await tab.page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0


def _proof(external_id: str, age_s: int = 0) -> dict[str, object]:
    ts = int(time.time()) - age_s
    return {"external_id": external_id, "ts": ts, "hash": identity_hash(IDENTITY_SECRET, external_id, ts)}


async def test_a_proven_customer_finds_the_history_on_a_new_device(visitors: Visitors, hub: HubProcess) -> None:
    first = await (await visitors.on_site()).opened()
    await first.write("From the first device")
    await until(lambda: len(hub.texts()) == 1)
    await first.page.evaluate("proof => MimChat.identify(proof)", _proof("cust-42"))
    await until(lambda: any(one["verified"] for one in _identities(hub)))

    second = await (await visitors.on_site()).opened()
    await expect(second.frame.get_by_text("Hello. How can we help?")).to_be_visible()
    await second.page.evaluate("proof => MimChat.identify(proof)", _proof("cust-42"))

    await expect(second.bubbles).to_have_text(["From the first device"])
    await expect(first.bubbles).to_have_text(["From the first device"])


def _identities(hub: HubProcess) -> list[dict[str, object]]:
    contact_id = hub.conversations()[0]["contact_id"]
    found: list[dict[str, object]] = hub.call("GET", f"contacts/{contact_id}")["identities"]
    return found


async def test_an_old_proof_asks_the_site_once_for_a_new_one(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.write("Hello")
    await until(lambda: len(hub.texts()) == 1)
    script = """([old, fresh]) => {
      window.asked = [];
      MimChat.on("identify", (reason) => { window.asked.push(reason); MimChat.identify(fresh); });
      MimChat.identify(old);
    }"""

    await tab.page.evaluate(script, [_proof("cust-42", age_s=3600), _proof("cust-42")])

    await until(lambda: any(one["verified"] for one in _identities(hub)))
    assert await tab.page.evaluate("window.asked") == ["identity_expired"]


async def test_another_customer_on_the_same_computer_sees_nothing_of_the_first(
    visitors: Visitors, hub: HubProcess
) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.page.evaluate("proof => MimChat.identify(proof)", _proof("cust-1"))
    await tab.write("Secret of the first")
    await until(lambda: len(hub.texts()) == 1)
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()

    await tab.page.evaluate("proof => MimChat.identify(proof)", _proof("cust-2"))

    await expect(tab.bubbles).to_have_count(0)
    await expect(tab.frame.get_by_text("A new one has begun.")).to_be_visible()


async def test_the_site_can_log_its_customer_out(visitors: Visitors, hub: HubProcess) -> None:
    tab = await (await visitors.on_site()).opened()
    await tab.write("Secret")
    await until(lambda: len(hub.texts()) == 1)

    await tab.page.evaluate("MimChat.logout()")

    await expect(tab.bubbles).to_have_count(0)
    await tab.write("A new beginning")
    await until(lambda: len(hub.conversations()) == 2)
    await expect(tab.bubbles).to_have_text(["A new beginning"])


async def test_clearing_the_chat_wipes_page_and_storage(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    await tab.write("Secret")
    await until(lambda: len(hub.texts()) == 1)
    await tab.field.fill("Half a sentence")
    before = await tab.frame.evaluate("JSON.stringify(localStorage)")

    await tab.frame.get_by_role("button", name="More").click()
    await tab.frame.get_by_role("menuitem", name="Clear this chat from this device").click()

    await expect(tab.bubbles).to_have_count(0)
    await expect(tab.frame.get_by_text("This chat was cleared")).to_be_visible()
    assert await tab.field.input_value() == ""
    after = await tab.frame.evaluate("JSON.stringify(localStorage)")
    assert before.split("wcs_")[1][:40] not in after


async def test_a_picture_goes_up_is_seen_and_comes_back(visitors: Visitors, hub: HubProcess, tmp_path: object) -> None:
    from tests.hub.web_chat.test_files import with_place

    tab = await (await visitors.on_site()).opened()
    files = [
        {"name": "coat.jpg", "mimeType": "image/jpeg", "buffer": with_place()},
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"},
    ]
    await tab.frame.locator("input[type=file]").set_input_files(files)
    await tab.write("Look")

    await until(lambda: len(hub.texts()) == 1)
    sent = (await asyncio.to_thread(hub.messages))[0]
    assert [one["name"] for one in sent["attachments"]] == ["coat.jpg", "note.txt"]
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()
    await expect(tab.frame.get_by_role("img", name="Image coat.jpg")).to_have_js_property("naturalWidth", 30)
    async with tab.page.expect_download() as download:
        await tab.frame.get_by_role("button", name="File note.txt").click()
    assert (await download.value).suggested_filename == "note.txt"
    await tab.frame.get_by_role("button", name="Image coat.jpg").click()
    await expect(tab.frame.get_by_role("dialog", name="coat.jpg").locator("img")).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await expect(tab.frame.get_by_role("dialog", name="coat.jpg")).to_be_hidden()
    assert tab.problems == []


async def test_a_file_that_is_not_taken_says_so_and_can_be_deleted(visitors: Visitors, hub: HubProcess) -> None:
    tab = await visitors.on_page()
    picture = [{"name": "coat.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}]
    await tab.frame.locator("input[type=file]").set_input_files(picture)
    await tab.write("Look")

    failure = tab.frame.locator(".failure")
    await expect(failure).to_contain_text("coat.png is a kind of file that is not taken here.")
    await expect(failure.get_by_role("button", name="Try again")).to_have_count(0)
    await expect(tab.frame.get_by_role("button", name="File coat.png")).to_be_visible()
    await expect(tab.frame.locator(".list img")).to_have_count(0)
    await tab.write("Without")
    await until(lambda: hub.texts() == ["Without"])
    await tab.frame.get_by_role("button", name="Delete").click()
    await expect(tab.bubbles).to_have_text(["Without"])


async def test_where_proof_is_enforced_a_message_waits_for_it(visitors: Visitors, hub: HubProcess) -> None:
    await asyncio.to_thread(hub.configure, identity="enforced")
    tab = await (await visitors.on_site()).opened()

    await tab.write("Hello")
    await expect(tab.frame.locator(".failure")).to_contain_text("Sign in on the site to write to us.")
    assert await asyncio.to_thread(hub.texts) == []
    await tab.page.evaluate("proof => MimChat.identify(proof)", _proof("cust-42"))

    await until(lambda: hub.texts() == ["Hello"])
    await expect(tab.frame.locator(".tick.delivered")).to_be_visible()


async def test_a_closed_conversation_goes_on_when_the_visitor_says_so(visitors: Visitors, hub: HubProcess) -> None:
    await asyncio.to_thread(hub.configure, after_resolve="ask")
    tab = await visitors.on_page()
    await tab.write("Hello")
    await until(lambda: len(hub.texts()) == 1)
    conversation = (await asyncio.to_thread(hub.conversations))[0]["id"]
    resolved = {"status": "resolved", "reason": "spam"}
    await asyncio.to_thread(hub.call, "PATCH", f"conversations/{conversation}", json=resolved)

    await tab.write("One more thing")
    await expect(tab.frame.locator(".failure")).to_contain_text("This conversation is closed.")
    await tab.frame.get_by_role("button", name="Go on with it").click()

    await until(lambda: hub.texts() == ["Hello", "One more thing"])
    await expect(tab.frame.locator(".failure")).to_have_count(0)


async def test_a_page_that_opens_before_the_hub_is_back_loses_nothing(visitors: Visitors, hub: HubProcess) -> None:
    context = await visitors.device()
    calls = 0

    async def away(route: Any) -> None:
        nonlocal calls
        calls += 1
        await (route.abort() if calls < 4 else route.continue_())

    await context.route("**/web-chat/v1/session", away)
    tab = await visitors.on_page(context)
    await tab.write("First words")

    await until(lambda: hub.texts() == ["First words"])
    await expect(tab.bubbles).to_have_text(["First words"])
    assert await tab.frame.get_by_text("A new one has begun.").count() == 0
