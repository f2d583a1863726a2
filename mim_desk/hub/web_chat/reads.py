"""What a visitor's page reads: messages, the stream, the long poll."""

import asyncio
from functools import partial
from typing import Any, Final

import msgspec

from mim_desk.hub.asgi_types import Send
from mim_desk.hub.store import agents, log_rows
from mim_desk.hub.store import web_chat_sessions as stored
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.web_chat.answers import Answer, json_answer, stream_headers
from mim_desk.hub.web_chat.feeds import Feed, read_marks
from mim_desk.hub.web_chat.parts import Call, Chat, visiting
from mim_desk.hub.web_chat.problems import draining, invalid, too_many
from mim_desk.hub.web_chat.ratings import wants_rating
from mim_desk.hub.web_chat.sessions import Session, contact_of
from mim_desk.hub.web_chat.visitor_view import event_bytes, shown, state_of
from mim_desk.hub.web_chat.widgets import Widget

BEAT_S: Final = 15.0
LONG_POLL_S: Final = 25.0


async def get_messages(chat: Chat, call: Call) -> Answer:
    """A page of messages, oldest first, and where the stream goes on from it."""
    session, widget = await visiting(chat, call)
    limit = call.number("limit", 50, 100)
    if limit < 1:
        raise invalid("limit must be at least 1.")
    before = call.number("before", 0, 1 << 62) or None
    return json_answer(await chat.store.read(partial(_page, chat, session, widget, before, limit)))


def _page(
    chat: Chat, session: Session, widget: Widget, before: int | None, limit: int, conn: Connection
) -> dict[str, Any]:
    contact = contact_of(conn, session)
    found = stored.page(conn, session.sight, contact, before, limit + 1) if contact else []
    conversations = stored.conversations(conn, contact) if contact else []
    last = conversations[0] if conversations else None
    (_, read), (_, brand_read) = read_marks(conn, conversations)
    people = agents.names(conn)
    page = [shown(one, session, widget, chat.sign(session), people) for one in found[-limit:]]
    return {
        "messages": [one for one in page if one is not None],
        "before": found[1].place if len(found) > limit else None,
        "last_event_id": log_rows.head(conn).seq,
        "state": state_of(last),
        "hours": chat.available(widget),
        "rating": wants_rating(conn, session, widget, last),
        "read_up_to": read,
        "brand_read_up_to": brand_read if widget.is_on("show_read") else 0,
    }


async def get_stream(chat: Chat, call: Call, send: Send) -> None:
    """Follow the visitor's conversation until one side ends it."""
    session, widget = await visiting(chat, call)
    if chat.feeds.count >= widget.limit("streams"):
        raise too_many(5)
    after = _cursor(call.headers.get("last-event-id", ""))
    async with chat.feeds.opened(session, widget, after, leads=True) as feed, asyncio.TaskGroup() as group:
        watch = group.create_task(_watch(call, feed))
        try:
            await _follow(chat, feed, send)
        finally:
            watch.cancel()


async def _follow(chat: Chat, feed: Feed, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": stream_headers()})
    hours = chat.available(feed.widget)
    hello = {"session_id": feed.session.id, "epoch": chat.store.log.epoch, "hours": hours}
    feed.hours_event(hours)
    told = event_bytes("session", hello, feed.reached)
    while not feed.end:
        told += await chat.feeds.news(feed)
        feed.widget = await chat.widgets.newest(feed.widget)
        told += feed.hours_event(chat.available(feed.widget))
        if told:
            await send({"type": "http.response.body", "body": told, "more_body": True})
        told = b"" if await feed.woken(BEAT_S) else b": beat\n\n"
    if feed.end == "superseded":
        told += event_bytes("superseded", {})
    await send({"type": "http.response.body", "body": told, "more_body": False})


async def _watch(call: Call, feed: Feed) -> None:
    """The browser's end of the connection."""
    while (await call.receive())["type"] != "http.disconnect":
        continue
    feed.close("gone")


async def get_events(chat: Chat, call: Call) -> Answer:
    """Long poll: the events after a number, as soon as there are any."""
    session, widget = await visiting(chat, call)
    if chat.feeds.count >= widget.limit("streams"):
        raise too_many(5)
    after = call.number("after", chat.store.log.seq, 1 << 62)
    wait = min(call.number("wait", int(LONG_POLL_S), int(LONG_POLL_S)), LONG_POLL_S)
    async with chat.feeds.opened(session, widget, after, leads=False) as feed:
        told = await _within(chat, feed, wait)
    if feed.end == "draining" and not told:
        raise draining()
    events = [_as_json(block) for block in told.decode().split("\n\n") if block]
    hours = chat.available(widget)
    return json_answer({"events": events, "last_event_id": feed.reached, "epoch": chat.store.log.epoch, "hours": hours})


async def _within(chat: Chat, feed: Feed, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            while True:
                told = await chat.feeds.news(feed)
                if told or feed.end:
                    return told
                await feed.woken(seconds)
    except TimeoutError:
        return b""


def _as_json(block: str) -> dict[str, Any]:
    fields = dict(line.split(": ", 1) for line in block.split("\n"))
    number = {"id": int(fields["id"])} if "id" in fields else {}
    return {**number, "type": fields["event"], "data": msgspec.Raw(fields["data"].encode())}


def _cursor(text: str) -> int | None:
    """The number to go on after; what is no number of ours leads to the start, and so to a reset or everything."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
