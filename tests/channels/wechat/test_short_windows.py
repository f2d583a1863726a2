"""The short windows of WeChat through a running hub: a pick, a scan and a follow allow a few messages for a moment."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mim_desk.rehearsal.providers.posting import CALM
from mim_desk.rehearsal.providers.provider import Connection
from mim_desk.rehearsal.providers.wechat import WeChat, WeChatPhone
from mim_desk.rehearsal.scripts import Act
from tests.channels.kakaotalk.test_at_the_hub import connected, contact, conversation
from tests.hub.live import Live
from tests.rehearsal.providers.outside import script_of
from tests.rehearsal.providers.test_at_the_hub import messages

LI = script_of("Li", "wechat")


class Official(WeChat):
    """Whose menu has one item that is a question."""

    def connection(self) -> Connection:
        usual = super().connection()
        return Connection(usual.name, {**usual.settings, "menu_questions": ["HELP"]}, usual.secrets)


@asynccontextmanager
async def follower(folder: Path, clock: Any = time.time) -> AsyncIterator[tuple[Live, Official, WeChatPhone]]:
    wechat = Official(CALM, clock)
    phone = wechat.phone(LI)
    assert isinstance(phone, WeChatPhone)
    async with connected(folder, wechat) as hub:
        yield hub, wechat, phone


async def answered(hub: Live, times: int) -> list[int]:
    """What is left after each of so many answers."""
    left = []
    for number in range(times):
        where = (await conversation(hub))["id"]
        reply = (await hub.reply(where, f"{number}")).raise_for_status().json()
        await hub.until_status(where, reply["id"], "sent")
        left.append((await conversation(hub))["replies_left"])
    return left


def seconds_left(found: dict[str, Any]) -> float:
    return datetime.fromisoformat(found["reply_window_until"]).timestamp() - time.time()


async def test_a_pick_from_the_menu_allows_three_answers_within_a_minute_and_opens_nothing(tmp_path: Path) -> None:
    async with follower(tmp_path) as (hub, wechat, phone):
        phone.click("ABOUT")
        await wechat.poster.emptied()
        found = await conversation(hub)
        left = await answered(hub, 3)
        fourth = await hub.reply(found["id"], "four")

    assert (found["status"], found["replies_left"], found["next_due"], found["clocks"]) == ("resolved", 3, None, [])
    assert 50 < seconds_left(found) <= 60
    assert left == [2, 1, 0]
    assert (fourth.status_code, fourth.json()["code"]) == (409, "replies-used-up")
    assert len(phone.heard) == 3
    assert wechat.refused == []


async def test_a_pick_that_the_admin_calls_a_question_opens_a_conversation_for_a_minute(tmp_path: Path) -> None:
    async with follower(tmp_path) as (hub, wechat, phone):
        phone.click("HELP")
        await wechat.poster.emptied()
        found = await conversation(hub)

    assert (found["status"], found["replies_left"]) == ("open", 3)
    assert seconds_left(found) <= 60


async def test_a_pick_of_long_ago_allows_nothing_any_more(tmp_path: Path) -> None:
    async with follower(tmp_path, lambda: time.time() - 61) as (hub, wechat, phone):
        phone.click("HELP")
        await wechat.poster.emptied()
        refused = await hub.reply((await conversation(hub))["id"], "late")

    assert (refused.status_code, refused.json()["code"]) == (409, "window-closed")
    assert phone.heard == []


async def test_when_the_five_are_used_up_a_scan_allows_three_more_and_a_message_five_again(tmp_path: Path) -> None:
    async with follower(tmp_path) as (hub, wechat, phone):
        await phone.do(Act(text="在吗"))
        await wechat.poster.emptied()
        left = [await answered(hub, 5)]
        phone.scan("shop7")
        await wechat.poster.emptied()
        after_scan = await conversation(hub)
        left.append(await answered(hub, 3))
        refused = (await hub.reply(after_scan["id"], "more")).status_code
        await phone.do(Act(text="谢谢"))
        await wechat.poster.emptied()
        again = await conversation(hub)
        lines = await messages(hub, again["id"], "activity")

    assert left == [[4, 3, 2, 1, 0], [2, 1, 0]]
    assert (after_scan["replies_left"], after_scan["unread"], refused) == (3, 1, 409)
    assert seconds_left(after_scan) > 47 * 3600
    assert again["replies_left"] >= 5
    scans = [one["details"] for one in lines if one["activity"] == "came_by"]
    assert scans == [{"way": "scan", "referral": "shop7", "window_s": "60", "replies": "3"}]
    assert len(phone.heard) == 8
    assert wechat.refused == []


async def test_the_code_that_a_new_follower_came_by_stands_before_their_first_message(tmp_path: Path) -> None:
    now = [time.time() - 5]
    async with follower(tmp_path, lambda: now[0]) as (hub, wechat, phone):
        phone.follow("shop7")
        await wechat.poster.emptied()
        before = (await hub.client.get("/api/v1/conversations")).json()["items"]
        now[0] += 5
        await phone.do(Act(text="你好"))
        await wechat.poster.emptied()
        found = await conversation(hub)
        listed = (await hub.client.get(f"/api/v1/conversations/{found['id']}/messages")).json()["items"]

    assert before == []
    assert [(one["kind"], one["details"].get("referral", ""), one["text"]) for one in reversed(listed)] == [
        ("activity", "shop7", ""),
        ("incoming", "", "你好"),
    ]
    assert found["replies_left"] >= 5


@pytest.mark.parametrize("agrees", [True, False], ids=["agrees", "does not"])
async def test_what_a_follower_says_to_a_notice_is_kept_with_them(tmp_path: Path, agrees: bool) -> None:
    async with follower(tmp_path) as (hub, wechat, phone):
        await phone.do(Act(text="你好"))
        phone.say_to_notice("tmpl-1", agrees=agrees)
        await wechat.poster.emptied()
        consents = (await contact(hub, (await conversation(hub))["contact_id"]))["consents"]

    assert [(one["purpose"], one["granted"]) for one in consents if "tmpl-1" in one["purpose"]] == [
        ("notice tmpl-1", agrees)
    ]
