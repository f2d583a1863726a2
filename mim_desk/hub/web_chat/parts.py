"""The long-lived objects of the web chat, and one call of a browser as its handlers see it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from mim_desk.channels.base import TypingSeen
from mim_desk.hub.accounts import Accounts
from mim_desk.hub.asgi_types import Receive, Scope
from mim_desk.hub.failpoints import NO_POINTS, FailPoints
from mim_desk.hub.store.store import Store
from mim_desk.hub.web_chat.availability import Availability, available
from mim_desk.hub.web_chat.feeds import Feeds
from mim_desk.hub.web_chat.limits import Limiter, address_key
from mim_desk.hub.web_chat.problems import blocked, identity_required, invalid, origin_denied, too_large
from mim_desk.hub.web_chat.sessions import Session, Sessions
from mim_desk.hub.web_chat.tokens import Signer
from mim_desk.hub.web_chat.widgets import Widget, Widgets

MAX_JSON = 64 * 1024
Body = TypeVar("Body")
TellTyping = Callable[[str, TypingSeen], Awaitable[None]]


@dataclass(frozen=True)
class Chat:
    """What the web chat is made of.

    Attributes:
        address: where the hub is reached from outside, without a slash at the end.
        tell_typing: tells the desks that a visitor types.
        workers: how many processes may look at files at once.
        attended: whether the desk of somebody is connected.
        scanner: command that gets each upload on its standard input and fails for a bad one; empty for none.
        points: places where a test makes the hub die.
    """

    store: Store
    accounts: Accounts
    address: str
    signer: Signer
    sessions: Sessions
    widgets: Widgets
    feeds: Feeds
    tell_typing: TellTyping
    now: Callable[[], datetime]
    limiter: Limiter = field(default_factory=Limiter)
    workers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    scanner: tuple[str, ...] = ()
    attended: Callable[[], bool] = lambda: True
    points: FailPoints = NO_POINTS

    def available(self, widget: Widget) -> Availability:
        """Whether somebody answers now."""
        return available(widget, self.now(), attended=self.attended())

    def sign(self, session: Session) -> Callable[[str], str]:
        """Makes the addresses of files for one session."""
        return lambda file_id: self.signer.file_address(session.id, file_id, self.now())


@dataclass(frozen=True)
class Call:
    """One request of a browser.

    Attributes:
        address: the browser's network address.
    """

    scope: Scope
    receive: Receive = field(repr=False)
    path: str
    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str]
    address: str

    @property
    def own_origin(self) -> str:
        """The origin this very request was sent to."""
        return f"{self.scope.get('scheme', 'http')}://{self.headers.get('host', '').lower()}"

    @property
    def origin(self) -> str:
        """The origin of the page that calls; empty when the browser did not tell."""
        return self.headers.get("origin", "")

    @property
    def token(self) -> str:
        """The session token."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else ""

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise invalid(f"{name} must be a whole number.")
        return min(int(text), most)

    async def body(self, most: int = MAX_JSON) -> bytes:
        """The whole body; ``too_large`` as soon as it passes ``most`` bytes."""
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > most:
            raise too_large(most)
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise too_large(most)
            if not message.get("more_body", False):
                return b"".join(parts)

    async def json(self, shape: type[Body]) -> Body:
        """The body as ``shape``."""
        raw = await self.body()
        try:
            return msgspec.json.decode(raw or b"{}", type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise invalid(f"The body is not of the expected form: {problem!s:.200}") from problem


def own_page_only(chat: Chat, call: Call) -> None:
    """Only the hub's own page may call: ``Origin`` says so, or on reads what browsers send in its place."""
    own = {call.own_origin, _origin(chat.address)}
    if call.origin:
        if call.origin not in own:
            raise origin_denied()
        return
    # Browsers leave Origin out of reads within one origin; they then say it in one of these two.
    told = call.headers.get("sec-fetch-site") == "same-origin" or _origin(call.headers.get("referer", "")) in own
    if call.method not in ("GET", "HEAD") or not told:
        raise origin_denied()


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


async def visiting(chat: Chat, call: Call, *, writes: bool = False) -> tuple[Session, Widget]:
    """The session of a call and its widget, after every check that holds for all calls."""
    session = await chat.sessions.checked(call.token, chat.now())
    widget = await chat.widgets.named(session.inbox_id)
    chat.limiter.take("calls", session.id, widget.limit("calls_per_minute"), 60)
    if widget.blocks(call.address, [session.identity, session.id, session.verified_external_id or session.id]):
        raise blocked()
    if writes and widget.is_enforced and not session.is_verified:
        raise identity_required()
    return session, widget


def address_of(call: Call) -> str:
    """The browser's network address as a key that does not tell it."""
    return address_key(call.address)
