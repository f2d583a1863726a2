"""The web chat as one plain ASGI application below ``/chat/`` and ``/api/web-chat/v1/``."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import structlog

from mim_desk.domain.message import AuthorType
from mim_desk.hub.accounts import Accounts
from mim_desk.hub.asgi_types import Receive, Scope, Send, headers_of
from mim_desk.hub.broker import Broker
from mim_desk.hub.failpoints import NO_POINTS, FailPoints
from mim_desk.hub.file_checks import scanner_of
from mim_desk.hub.parts import Hub
from mim_desk.hub.store import conversation_rows
from mim_desk.hub.store.problems import StoreUnavailable, unkeepable
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.web_chat import acts, idle, mailing, pages, posts, reads, uploads
from mim_desk.hub.web_chat.answers import Answer, problem_answer, send_answer
from mim_desk.hub.web_chat.attendance import ATTENDED, Attendance
from mim_desk.hub.web_chat.feeds import Feeds
from mim_desk.hub.web_chat.parts import Call, Chat, TellTyping, own_page_only
from mim_desk.hub.web_chat.problems import ChatProblem, draining, internal, invalid, not_found
from mim_desk.hub.web_chat.sessions import Sessions
from mim_desk.hub.web_chat.tokens import Signer
from mim_desk.hub.web_chat.widgets import Widgets
from mim_desk.protocol import events

Handler = Callable[[Chat, Call], Awaitable[Answer]]

PREFIXES: Final = ("/chat/", "/api/web-chat/")
_CALLS: Final[dict[tuple[str, str], Handler]] = {
    ("POST", "session"): posts.post_session,
    ("POST", "identify"): posts.post_identify,
    ("POST", "logout"): posts.post_logout,
    ("POST", "messages"): posts.post_message,
    ("GET", "messages"): reads.get_messages,
    ("GET", "events"): reads.get_events,
    ("POST", "typing"): posts.post_typing,
    ("POST", "read"): posts.post_read,
    ("POST", "received"): posts.post_received,
    ("POST", "reopen"): posts.post_reopen,
    ("POST", "uploads"): uploads.post_upload,
    ("POST", "form"): acts.post_form,
    ("POST", "rating"): acts.post_rating,
}
_MOST_PARAMETERS: Final = 20
_log = structlog.get_logger("mim_desk.hub.web_chat.app")


class WebChat:
    """The application, and the worker behind its streams."""

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        key: bytes,
        address: str,
        tell_typing: TellTyping,
        broker: Broker,
        scanner: tuple[str, ...] = (),
        now: Callable[[], datetime] = utc_now,
        desks: Callable[[], int] = lambda: 0,
        points: FailPoints = NO_POINTS,
    ) -> None:
        self._attendance = Attendance(broker, desks)
        self._draining, self._broker = False, broker
        signer = Signer(key)
        self.chat = Chat(
            store=store,
            accounts=accounts,
            address=address,
            signer=signer,
            sessions=Sessions(store, signer),
            widgets=Widgets(store),
            feeds=Feeds(store, lambda session, file_id: signer.file_address(session.id, file_id, now())),
            tell_typing=tell_typing,
            now=now,
            scanner=scanner,
            attended=lambda: self._attendance.is_attended,
            points=points,
        )

    async def run(self) -> None:
        """Keep the streams going until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.chat.feeds.run())
            group.create_task(self._hear())
            group.create_task(idle.run(self.chat.store, self.chat.now))
            group.create_task(self._attendance.run())
            group.create_task(mailing.run(self.chat))

    async def _hear(self) -> None:
        async for one in self._broker.listen():
            if one.type == ATTENDED:
                self._attendance.heard()
            if one.type != events.TYPING or not self.chat.feeds.count:
                continue
            try:
                await self._brand_typed(msgspec.json.decode(one.payload, type=events.Typing))
            except (StoreUnavailable, msgspec.MsgspecError) as problem:
                _log.warning("typing_not_told", problem=str(problem))

    async def _brand_typed(self, typing: events.Typing) -> None:
        """Somebody of the brand types: told to the contact's pages, without saying who."""
        if typing.by.type is AuthorType.CONTACT:
            return
        found = await self.chat.store.read(lambda conn: conversation_rows.by_id(conn, typing.conversation_id))
        if found is not None:
            self.chat.feeds.typed(found.contact_id, typing.until)

    def end_streams(self) -> None:
        """The hub is about to stop: streams end, new calls are sent away."""
        self._draining = True
        self.chat.feeds.drain()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def beginning(message: MutableMapping[str, Any]) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            answer = await self._answered(scope, receive, beginning)
        except ConnectionResetError:
            return
        except Exception as error:
            if has_begun:
                raise  # the server breaks the stream off, and the page begins another one
            answer = problem_answer(_problem_of(error, scope["path"]))
        if answer is not None:
            await send_answer(send, answer)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> Answer | None:
        """The answer to a call; None where it was a stream, which is over."""
        call = _call(scope, receive)
        if self._draining:
            raise draining()
        if call.path == "/api/web-chat/v1/stream" and call.method == "GET":
            own_page_only(self.chat, call)
            await reads.get_stream(self.chat, call, send)
            return None
        return await self._answer(call)

    async def _answer(self, call: Call) -> Answer:
        if call.path.startswith("/chat/"):
            return await _page(self.chat, call)
        name = call.path.removeprefix("/api/web-chat/v1/")
        if name == "config":
            return await (pages.options_config if call.method == "OPTIONS" else pages.get_config)(self.chat, call)
        kind, *rest = name.split("/")
        if kind == "files" and len(rest) == 2 and call.method == "GET":
            return await uploads.get_file(self.chat, call, *rest)
        own_page_only(self.chat, call)
        if kind == "files" and len(rest) == 1 and call.method == "GET":
            return await uploads.get_file_address(self.chat, call, rest[0])
        handler = _CALLS.get((call.method, name))
        if handler is None:
            raise not_found()
        return await handler(self.chat, call)


def web_chat_app(hub: Hub) -> WebChat:
    """The web chat of a running hub."""
    scanner = scanner_of(hub.settings.environ)
    key = hub.settings.keys.derive("web chat")
    typed = hub.presence.contact_typed
    return WebChat(
        hub.store,
        hub.accounts,
        key,
        hub.address,
        typed,
        hub.broker,
        scanner,
        desks=lambda: len(hub.streams.readers),
        points=hub.points,
    )


def _problem_of(error: Exception, path: str) -> ChatProblem:
    """What a page is told of an error; of the unforeseen only that it was one, the log says why."""
    if isinstance(error, ChatProblem):
        return error
    if isinstance(error, StoreUnavailable):
        _log.warning("store_unavailable", path=path, problem=str(error).partition("\n")[0])
        return draining()
    if why := unkeepable(error):
        return invalid(why)
    _log.error("request_failed", path=path, status=500, exc_info=error)
    return internal()


async def _page(chat: Chat, call: Call) -> Answer:
    parts = call.path.removeprefix("/chat/").split("/")
    if call.method not in ("GET", "HEAD"):
        raise ChatProblem(405, "invalid", "Pages are read with GET.")
    match parts:
        case ["loader.js"]:
            return await pages.get_loader(chat, call)
        case ["assets", build, name]:
            return await pages.get_asset(chat, call, build, name)
        case [name]:
            return await pages.get_page(chat, call, name)
        case [name, "frame"]:
            return await pages.get_frame(chat, call, name)
    raise not_found()


def _call(scope: Scope, receive: Receive) -> Call:
    client: Any = scope.get("client") or ("", 0)
    try:
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=_MOST_PARAMETERS))
    except ValueError as problem:
        raise invalid(f"An address has at most {_MOST_PARAMETERS} parameters here.") from problem
    return Call(scope, receive, scope["path"], scope["method"], headers_of(scope), query, client[0])
