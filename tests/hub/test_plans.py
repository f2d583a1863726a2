"""What is said to the database in a day's work reads no table whole that grows with the work."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from mim_desk.hub import inquiring, sent_again, tidying
from mim_desk.hub.store import driver, sends, web_chat_sessions
from mim_desk.hub.store.times import utc_now
from tests.hub.gateway import Answer, Gateway
from tests.hub.live import Live, incoming

GROWING = (
    "attachments", "blobs", "contact_keys", "contacts", "conversation_inboxes", "conversations", "delivery_times",
    "event_log", "identities", "journal", "merges", "message_parts", "messages", "part_receipts", "sends", "sla_facts",
    "sla_segments", "web_chat_sessions",
)  # fmt: skip
NAMES = re.compile(r"\b(?:FROM|JOIN|UPDATE)\s+(\w+)(?:\s+(?:AS\s+)?([a-z])\b)?")
ORDERED = re.compile(r"USING (COVERING )?INDEX (conversations_by_activity|sqlite_autoindex_\w+)$")
SMALL = re.compile(
    r"USING (COVERING )?INDEX (sends_unfinished|sends_of_conversation|journal_unsettled|sla_segments_firing)"
)
"""Indexes of what is not settled yet."""
BESIDE = ("DISTINCT sha256 FROM blobs", "FROM attachments WHERE message_id IS NULL")
"""Once an hour, beside the writer."""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The statements so far, each once."""
    statements = set[str]()
    text = driver._text

    def noted(conn: Connection, sql: str) -> str:
        statements.add(sql)
        return text(conn, sql)

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.add(statement)

    monkeypatch.setattr(driver, "_text", noted)
    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


async def test_no_statement_of_a_day_reads_all_of_what_grows(shop: Live, gateway: Gateway, said: set[str]):
    await _a_day(shop, gateway)
    statements = {one for one in said if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", one)}

    plans = await shop.running.hub.store.read(lambda conn: {one: _plan(conn, one) for one in statements})

    assert len(statements) > 60
    assert any("FROM sends" in one for one in statements)
    whole = {one: bad for one, plan in plans.items() if (bad := [step for step in plan if _reads_all(one, step)])}
    assert whole == {}


async def test_a_statement_that_reads_all_is_noticed(shop: Live):
    text = "SELECT message_id FROM sends s WHERE s.state = 'queued'"
    plan = await shop.running.hub.store.read(lambda conn: _plan(conn, text))
    assert any(_reads_all(text, step) for step in plan)


async def _a_day(shop: Live, gateway: Gateway) -> None:
    gateway.answers += [Answer(body=b'{"id": "p-1"}'), Answer(503), Answer(body=b'{"id": "p-2"}'), Answer(400)]
    conversation = await shop.conversation()
    await shop.deliver(incoming("u-2", "Me too"), incoming("u-2", "Hello?"))
    for text, status in (("one", "sent"), ("two", "sent"), ("three", "failed")):
        posted = (await shop.reply(conversation["id"], text)).json()
        await shop.until_status(conversation["id"], posted["id"], status)
    for status in ("delivered", "read"):
        await shop.deliver({"type": "status", "id": "p-1", "status": status})
    await shop.reply(conversation["id"], "For us", kind="note")
    for change in ({"status": "resolved"}, {"status": "open"}, {"priority": "urgent"}):
        now = (await shop.client.get(f"/api/v1/conversations/{conversation['id']}")).json()
        await _ok(shop, "PATCH", f"conversations/{conversation['id']}", json=change, headers=_if(now))
    for path in (
        "conversations",
        "snapshot",
        f"conversations/{conversation['id']}/messages",
        "search?q=hello",
        "inboxes",
    ):
        await _ok(shop, "GET", path)
    await _seldom(shop)


async def _seldom(shop: Live) -> None:
    store, now = shop.running.hub.store, utc_now()
    await store.writer.run(sends.expire)
    await store.writer.run(sends.release_all)
    await tidying.tidy(store, now)
    await store.read(inquiring._in_doubt)
    await store.read(sent_again.failed_lately)
    await store.read(lambda conn: sends.any_under_way(conn, "c"))
    await store.read(lambda conn: web_chat_sessions.seen_since(conn, shop.inbox_id, now))


async def _ok(shop: Live, method: str, path: str, **more: Any) -> None:
    (await shop.client.request(method, f"/api/v1/{path}", **more)).raise_for_status()


def _if(row: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{row["version"]}"'}


def _plan(conn: Connection, text: str) -> list[str]:
    cursor = conn.connection.cursor()
    try:
        return [step for *_, step in cursor.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?"))]
    finally:
        cursor.close()


def _reads_all(text: str, step: str) -> bool:
    """Whether this step of a plan walks through a table that grows, other than in the order that is asked for."""
    found = re.match(r"SCAN (\w+)", step)
    tables = {alias or table: table for table, alias in NAMES.findall(text)} | {name: name for name in GROWING}
    if found is None or tables.get(found.group(1)) not in GROWING or SMALL.search(step):
        return False
    in_order = "LIMIT ?" in text and (ORDERED.search(step) is not None or "WHERE 1 = 1 ORDER BY n" in text)
    return not in_order and not any(one in text for one in BESIDE)
