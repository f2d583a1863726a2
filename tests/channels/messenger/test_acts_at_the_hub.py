"""A Page's inbox in a running hub: what happens in a chat besides messages, and who has the chat."""

from time import time
from typing import Any

from tests.channels.messenger.provider import MessengerProvider
from tests.channels.messenger.test_at_the_hub import connected, echo
from tests.hub.conftest import gateway, hub
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live

__all__ = ["gateway", "hub"]

DAY_MS = 86_400_000
TAKEN = Answer(200, b'{"recipient_id":"9100000000000077","message_id":"m_OUR1"}')


async def items(hub: Live, conversation: str) -> list[dict[str, Any]]:
    listed = (await hub.client.get(f"/api/v1/conversations/{conversation}/messages")).json()["items"]
    return list(reversed(listed))


async def lines(hub: Live, conversation: str) -> list[tuple[str, dict[str, str]]]:
    return [(one["activity"], one["details"]) for one in await items(hub, conversation) if one["kind"] == "activity"]


async def row(hub: Live, conversation: str) -> dict[str, Any]:
    return dict((await hub.client.get(f"/api/v1/conversations/{conversation}")).json())


async def standby(page: MessengerProvider, hub: Live, *events: object) -> None:
    page.place = "standby"
    assert await page.post(hub, *events) == 200
    page.place = "messaging"


async def test_who_comes_by_an_ad_is_a_line_of_the_conversation(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)
    came = page.event(referral={"ref": "promo", "source": "ADS", "ads_context_data": {"ad_title": "Sale"}})

    for _ in range(2):
        await page.post(hub, came)

    assert await lines(hub, conversation) == [("opened_chat", {"ad": "Sale", "link": "promo", "source": "ADS"})]


async def test_who_comes_by_a_link_before_they_write_is_told_once_they_do(hub: Live, gateway: Gateway):
    page = MessengerProvider()
    hub.inbox_id = await page.connect(hub, gateway)

    await page.post(hub, page.event(referral={"ref": "flyer"}))

    assert (await hub.client.get("/api/v1/conversations")).json()["items"] == []
    await page.write(hub, "first", "Hello")

    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    assert await lines(hub, conversation["id"]) == [("opened_chat", {"link": "flyer"})]


async def test_who_asks_for_news_is_a_line_and_the_token_is_shown_to_nobody(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)
    told = {"type": "notification_messages", "title": "Offers", "notification_messages_token": "secret-token"}

    await page.post(hub, page.event(optin=told))

    assert await lines(hub, conversation) == [("opted_in", {"title": "Offers"})]
    assert "secret-token" not in str(await items(hub, conversation))


async def test_a_reaction_opens_the_window_again(hub: Live, gateway: Gateway):
    page = MessengerProvider()
    hub.inbox_id = await page.connect(hub, gateway)
    long_ago = {**page._message("old", "Hello"), "timestamp": int(time() * 1000) - 8 * DAY_MS}
    await page.post(hub, long_ago)
    conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"]
    refused = await hub.reply(conversation, "Too late")

    await page.post(hub, page.event(reaction={"mid": "m_old", "action": "react", "emoji": "👍"}))
    gateway.answers.append(TAKEN)
    posted = (await hub.reply(conversation, "In time")).raise_for_status().json()
    await hub.until_status(conversation, posted["id"], "sent")

    assert refused.json()["code"] == "window-closed"
    assert gateway.calls[-1].json["messaging_type"] == "RESPONSE"
    assert (await row(hub, conversation))["reply_window_until"] > posted["received_at"]


async def test_what_is_said_while_another_app_has_the_chat_is_shown_and_times_nothing(hub: Live, gateway: Gateway):
    page = MessengerProvider()
    hub.inbox_id = await page.connect(hub, gateway)

    await standby(page, hub, page._message("bot1", "For the bot"), echo(page, mid="m_BOT", text="From the bot"))

    (conversation,) = (await hub.client.get("/api/v1/conversations")).json()["items"]
    told = await items(hub, conversation["id"])
    assert [(one["kind"], one["text"]) for one in told] == [("incoming", "For the bot"), ("reply", "From the bot")]
    assert told[0]["details"] == {"standby": "yes"}
    assert (conversation["status"], conversation.get("clocks", [])) == ("resolved", [])


async def test_a_reply_is_held_in_words_while_another_app_has_the_chat(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)
    await page.post(hub, page.event(take_thread_control={"previous_owner_app_id": "440", "metadata": "bot"}))

    held = await hub.reply(conversation, "Hi")

    assert held.status_code == 409
    assert held.json()["code"] == "other-tool"
    assert "Another tool of yours has this chat" in held.text
    assert await lines(hub, conversation) == [("thread_taken", {"note": "bot"})]
    assert gateway.calls == []


async def test_a_chat_that_is_handed_to_us_is_opened_and_can_be_answered(hub: Live, gateway: Gateway):
    page = MessengerProvider()
    hub.inbox_id = await page.connect(hub, gateway)
    await standby(page, hub, page._message("bot1", "I want a person"))
    conversation = (await hub.client.get("/api/v1/conversations")).json()["items"][0]["id"]
    assert (await hub.reply(conversation, "Hi")).json()["code"] == "other-tool"

    passed = page.event(pass_thread_control={"new_owner_app_id": "440000000000002", "metadata": "to human"})
    for _ in range(2):
        await page.post(hub, passed)
    gateway.answers.append(TAKEN)
    posted = (await hub.reply(conversation, "Here I am")).raise_for_status().json()
    await hub.until_status(conversation, posted["id"], "sent")

    assert [said for said, _ in await lines(hub, conversation) if said != "claimed"] == ["thread_ours"]
    opened = await row(hub, conversation)
    assert (opened["status"], opened["unread"]) == ("open", 1)


async def test_who_writes_to_us_again_is_ours_again(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)
    await page.post(hub, page.event(take_thread_control={}))
    await page.write(hub, "again", "And now?")
    gateway.answers.append(TAKEN)

    posted = (await hub.reply(conversation, "Here")).raise_for_status().json()

    await hub.until_status(conversation, posted["id"], "sent")


async def test_what_was_taken_long_ago_and_is_told_late_holds_nothing(hub: Live, gateway: Gateway):
    page, conversation = await connected(hub, gateway)
    now = int(time() * 1000)
    await page.post(hub, {**page.event(pass_thread_control={}), "timestamp": now})
    await page.post(hub, {**page.event(take_thread_control={}), "timestamp": now - 60_000})
    gateway.answers.append(TAKEN)

    posted = (await hub.reply(conversation, "Here")).raise_for_status().json()

    await hub.until_status(conversation, posted["id"], "sent")


async def test_a_blocked_page_is_shown_with_the_inbox(hub: Live, gateway: Gateway):
    page, _ = await connected(hub, gateway)
    told = {"recipient": {"id": page.account}, "timestamp": int(time() * 1000)}

    await page.post(hub, {**told, "policy_enforcement": {"action": "block", "reason": "Spam"}})

    health = (await hub.client.get(f"/api/v1/inboxes/{hub.inbox_id}")).json()["health"]
    assert [(one["value"], one["state"]) for one in health["notices"]] == [("Meta blocked sending: Spam", "danger")]
