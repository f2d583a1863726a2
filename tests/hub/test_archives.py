"""What is read of archives: kept once, found by the search, marked, never answered or reopened."""

from typing import Any

import pytest

from tests.hub.conftest import gateway, hub, shop
from tests.hub.live import Live, incoming

__all__ = ["gateway", "hub", "shop"]


def message(number: int, text: str = "", **more: Any) -> dict[str, Any]:
    at = f"2009-03-01T14:{number:02}:00Z"
    return {
        "external_id": f"m-{number}",
        "at": at,
        "incoming": number % 2 == 0,
        "text": text or f"message {number}",
        **more,
    }


async def opened(hub: Live) -> str:
    return str((await hub.client.post("/api/v1/archives", json={"name": "ICQ"})).raise_for_status().json()["id"])


async def kept(hub: Live, *messages: dict[str, Any], who: str = "1") -> dict[str, Any]:
    body = {"external_id": who, "name": "Mia", "messages": list(messages), "fields": {"phone": "+491701234567"}}
    answer = await hub.client.post(f"/api/v1/archives/{await opened(hub)}/messages", json=body)
    return dict(answer.raise_for_status().json())


async def test_messages_are_kept_once_in_a_resolved_conversation_that_says_what_it_is(shop: Live) -> None:
    first = await kept(shop, message(0), message(1))
    again = await kept(shop, message(0), message(1), message(2))

    assert (first["new"], first["known"], again["new"], again["known"]) == (2, 0, 1, 2)
    assert first["conversation_id"] == again["conversation_id"]
    row = (await shop.client.get(f"/api/v1/conversations/{first['conversation_id']}")).json()
    assert (row["status"], row["archive"], row["unread"], row["waiting_since"]) == ("resolved", "ICQ", 0, None)
    listed = (await shop.client.get(f"/api/v1/conversations/{row['id']}/messages")).json()["items"]
    assert [(one["text"], one["kind"]) for one in listed[::-1]] == [
        ("message 0", "incoming"),
        ("message 1", "reply"),
        ("message 2", "incoming"),
    ]
    assert row["last_message"]["text"] == "message 2"


async def test_it_is_known_which_messages_are_there(shop: Live) -> None:
    await kept(shop, message(0))
    body = {"external_ids": ["m-0", "m-9"]}
    answer = await shop.client.post(f"/api/v1/archives/{await opened(shop)}/known", json=body)

    assert answer.json() == {"external_ids": ["m-0"]}


async def test_what_was_kept_is_found_by_the_search(shop: Live) -> None:
    await kept(shop, message(0, "the marmalade cat"))

    found = (await shop.client.get("/api/v1/search?q=marmalade")).json()
    assert "marmalade" in str(found)


@pytest.mark.parametrize("change", [{"status": "open"}, {"status": "snoozed"}])
async def test_it_is_never_answered_or_reopened(shop: Live, change: dict[str, str]) -> None:
    conversation = (await kept(shop, message(0)))["conversation_id"]

    answer = await shop.reply(conversation, "Hello again")
    moved = await shop.client.patch(f"/api/v1/conversations/{conversation}", json=change)

    for refused in (answer, moved):
        assert refused.is_client_error
        assert "cannot be answered" in refused.json()["detail"]
    assert (await shop.reply(conversation, "an old friend", kind="note")).status_code == 201


async def test_nobodys_next_message_goes_on_in_an_archive(shop: Live) -> None:
    conversation = (await kept(shop, message(0)))["conversation_id"]

    (await shop.deliver(incoming("mia", "I am back"))).raise_for_status()

    rows = (await shop.client.get("/api/v1/conversations?status=open")).json()["items"]
    assert [row["id"] for row in rows if row["id"] != conversation] == [rows[0]["id"]]
    assert rows[0]["archive"] == ""


async def test_only_an_administrator_may_bring_archives(shop: Live) -> None:
    agent = await shop.agent("sofia")

    assert (await agent.post("/api/v1/archives", json={"name": "ICQ"})).status_code == 403
