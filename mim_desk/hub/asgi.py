"""The hub as one ASGI application: the provider's side and the event stream are served before the API,

because a mounted route would change the path that providers sign and every layer costs deliveries per second.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from litestar import Litestar

from mim_desk.hub import channel_setup, clocks, first_start, standing, tidying
from mim_desk.hub.account_tokens import AccountTokens
from mim_desk.hub.accounts import Accounts
from mim_desk.hub.api.app import api
from mim_desk.hub.asgi_types import App, Receive, Scope, Send
from mim_desk.hub.broker import Broker, open_broker
from mim_desk.hub.events_endpoint import serve_events
from mim_desk.hub.events_stream import Streams
from mim_desk.hub.failpoints import FailPoints
from mim_desk.hub.file_links import PREFIX as FILES_PREFIX
from mim_desk.hub.file_links import FileLinks, public_base
from mim_desk.hub.files import serve_file
from mim_desk.hub.inquiring import Inquiries
from mim_desk.hub.media import Media
from mim_desk.hub.metrics import Metrics
from mim_desk.hub.nudges import Nudges
from mim_desk.hub.parts import Hub
from mim_desk.hub.polling import Polling
from mim_desk.hub.presence import Presence
from mim_desk.hub.provider_http import call, new_client
from mim_desk.hub.sender import Sender
from mim_desk.hub.sent_again import LaterTries
from mim_desk.hub.session_ends import SessionEnds
from mim_desk.hub.settings import Settings
from mim_desk.hub.store.store import Store
from mim_desk.hub.store.times import utc_now
from mim_desk.hub.template_lists import TemplateLists
from mim_desk.hub.web_chat.app import PREFIXES as WEB_CHAT_PREFIXES
from mim_desk.hub.web_chat.app import WebChat, web_chat_app
from mim_desk.hub.webhooks import PREFIX, serve_webhook

EVENTS_PATH: Final = "/api/v1/events"


@dataclass(frozen=True)
class RunningHub:
    """A hub at work.

    Attributes:
        app: the whole ASGI application.
        epoch: of its event log.
        made_admin_token: made at the first start, to be shown once; empty otherwise.
        end_streams: ends all open streams, before the connections are closed.
    """

    hub: Hub
    app: App
    epoch: str
    made_admin_token: str
    end_streams: Callable[[], None]


def dispatcher(hub: Hub, litestar: Litestar, web_chat: WebChat) -> App:
    """Each path to its part."""

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the hub does not speak {scope['type']}")
        path: str = scope["path"]
        if path.startswith(PREFIX):
            await serve_webhook(hub, scope, receive, send)
        elif path.startswith(FILES_PREFIX):
            await serve_file(hub, scope, send)
        elif path == EVENTS_PATH:
            await serve_events(hub, scope, receive, send)
        elif path.startswith(WEB_CHAT_PREFIXES):
            await web_chat(scope, receive, send)
        else:
            await litestar(scope, receive, send)  # type: ignore[arg-type]  # Litestar types ASGI messages one by one

    return dispatch


@asynccontextmanager
async def running_hub(settings: Settings, address: str) -> AsyncIterator[RunningHub]:
    """Open everything, run the workers, and close it all again in order."""
    public = settings.public_url or ("" if settings.behind_proxy else address)
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.database, settings.keys.database)
        stack.push_async_callback(store.close)
        name = f"wpub_{secrets.token_urlsafe(12)}"
        started = await store.writer.run(lambda unit: first_start.prepare(unit, settings, public, name))
        broker = await stack.enter_async_context(open_broker(settings.broker, store))
        hub = _assembled(settings, public, store, broker)
        stack.push_async_callback(hub.client.aclose)
        web_chat = web_chat_app(hub)
        await _start_workers(stack, hub, web_chat, started.moved)

        def end_streams() -> None:
            hub.streams.end()
            web_chat.end_streams()

        app = dispatcher(hub, api(hub), web_chat)
        yield RunningHub(hub, app, store.log.epoch, started.made_admin_token, end_streams)


def _assembled(settings: Settings, address: str, store: Store, broker: Broker) -> Hub:
    cipher = settings.keys.cipher()
    streams = Streams(store.log, utc_now)
    client = new_client()
    accounts = Accounts(store, cipher)
    return Hub(
        settings=settings,
        address=address,
        files=FileLinks(public_base(settings.public_url, address), settings.keys.derive("files")),
        store=store,
        broker=broker,
        streams=streams,
        accounts=accounts,
        presence=Presence(store, broker, streams),
        cipher=cipher,
        client=client,
        account_tokens=AccountTokens(client, vault=accounts),
        nudges=Nudges(broker),
        points=FailPoints(settings.environ),
        metrics=Metrics(),
    )


async def _start_workers(stack: AsyncExitStack, hub: Hub, web_chat: WebChat, moved: Sequence[str]) -> None:
    """Run the workers until the stack is left; the sender first finishes what is under way, the files go on later."""
    group = await stack.enter_async_context(asyncio.TaskGroup())
    sender, media, polling = Sender(hub), Media(hub), Polling(hub)
    works = {
        "streams": hub.streams.run(),
        "presence": hub.presence.pass_on(),
        "clocks": clocks.run(hub),
        "tidying": tidying.run(hub),
        "sender": sender.run(),
        "media": media.run(),
        "inquiries": Inquiries(hub).run(),
        "later_tries": LaterTries(hub).run(),
        "polling": polling.run(),
        "moved": channel_setup.tell_moved(hub, moved),
        "errands": hub.errands.run(hub.account_tokens, partial(call, hub.client)),
        "templates": TemplateLists(hub).run(),
        "inbox health": hub.watch.run(hub.store),
        "standing": standing.run(hub),
        "session ends": SessionEnds(hub).run(),
        "nudges": hub.nudges.run(),
        "web chat": web_chat.run(),
    }
    workers = [group.create_task(work, name=name) for name, work in works.items()]
    stack.callback(_cancel_all, workers)
    stack.push_async_callback(sender.close)
    stack.push_async_callback(media.close)
    stack.push_async_callback(polling.close)


def _cancel_all(workers: "list[asyncio.Task[None]]") -> None:
    for worker in workers:
        worker.cancel()
