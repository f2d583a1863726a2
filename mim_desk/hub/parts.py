"""The long-lived objects of one running hub, handed to each part that needs them."""

import asyncio
from dataclasses import dataclass, field

import httpx

from mim_desk.hub.account_tokens import AccountTokens
from mim_desk.hub.accounts import Accounts
from mim_desk.hub.auth import GuessLimit, Principal
from mim_desk.hub.broker import Broker
from mim_desk.hub.connections import Connections
from mim_desk.hub.errands import Errands
from mim_desk.hub.events_stream import Streams
from mim_desk.hub.failpoints import FailPoints
from mim_desk.hub.file_links import FileLinks
from mim_desk.hub.inbox_health import Watch
from mim_desk.hub.metrics import Metrics
from mim_desk.hub.nudges import Nudges
from mim_desk.hub.pacing import Pacing
from mim_desk.hub.presence import Presence
from mim_desk.hub.remembered import Remembered
from mim_desk.hub.secrets import ColumnCipher
from mim_desk.hub.seldom import Seldom
from mim_desk.hub.send_records import Handoff
from mim_desk.hub.settings import Settings
from mim_desk.hub.store.store import Store


@dataclass(frozen=True)
class Hub:
    """What a running hub is made of.

    Attributes:
        address: where customers and providers reach it, without a slash at the end.
        files: makes the addresses of outgoing files.
        workers: how many processes may look at files at once.
        handoff: replies that were leased where they were stored, on their way to the sender.
        connections: those this hub holds to providers.
        errands: calls that providers like to get after a delivery.
        nudges: inboxes that are to be asked at once.
        watch: counts how the inboxes do.
        template_news: set when a provider told of a template, so that its list is asked for at once.
        pacing: keeps the pace that networks ask for.
        typing_told: when each chat was last told that we type.
        profiles_asked: when each person's name was last asked for.
        callers: whose tokens were just looked up, by the token's hash.
        guesses_by_login, guesses_by_address: limits on wrong passwords.
    """

    settings: Settings
    address: str
    files: FileLinks
    store: Store
    broker: Broker
    streams: Streams
    accounts: Accounts
    presence: Presence
    cipher: ColumnCipher
    client: httpx.AsyncClient
    account_tokens: AccountTokens
    nudges: Nudges
    points: FailPoints
    metrics: Metrics
    workers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    handoff: Handoff = field(default_factory=Handoff)
    connections: Connections = field(default_factory=Connections)
    errands: Errands = field(default_factory=Errands)
    watch: Watch = field(default_factory=Watch)
    template_news: asyncio.Event = field(default_factory=asyncio.Event)
    pacing: Pacing = field(default_factory=Pacing)
    typing_told: Seldom = field(default_factory=Seldom)
    profiles_asked: Seldom = field(default_factory=Seldom)
    callers: Remembered[bytes, Principal] = field(default_factory=lambda: Remembered(2.0))
    guesses_by_login: GuessLimit = field(default_factory=lambda: GuessLimit(5, 900.0))
    guesses_by_address: GuessLimit = field(default_factory=lambda: GuessLimit(30, 900.0))
