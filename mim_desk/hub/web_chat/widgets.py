"""A widget: one web-chat inbox as its pages and visitors meet it."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from mim_desk.channels.web_chat.form import Question, questions_of
from mim_desk.channels.web_chat.payloads import MAX_FILES, MAX_TEXT
from mim_desk.domain.business_hours import calendar_of
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.sla import Calendar
from mim_desk.hub.event_log import LoggedEvent
from mim_desk.hub.remembered import Remembered
from mim_desk.hub.store import inboxes
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.store import Store
from mim_desk.hub.web_chat.problems import ChatProblem, unknown_widget, widget_disabled
from mim_desk.protocol import rows

REMEMBERED_S: Final = 5.0
DEFAULT_LIMITS: Final[Mapping[str, int]] = {
    "sessions_per_hour": 20,
    "messages_per_minute": 30,
    "all_messages_per_minute": 0,
    "uploads_per_minute": 20,
    "calls_per_minute": 300,
    "streams": 2000,
    "file_bytes": 10_000_000,
    "files_per_message": MAX_FILES,
    "bytes_per_day": 50_000_000,
    "work_bits": 0,
}
_log = structlog.get_logger("mim_desk.hub.web_chat.widgets")


@dataclass(frozen=True)
class Widget:
    """What the outside knows of an inbox.

    Attributes:
        name: its public name, ``wpub_...``.
    """

    inbox_id: str
    name: str
    brand: rows.Brand
    settings: Mapping[str, Any]

    def limit(self, name: str) -> int:
        """One of the inbox's limits."""
        given = (self.settings.get("limits") or {}).get(name)
        return given if isinstance(given, int) and given > 0 else DEFAULT_LIMITS[name]

    @property
    def max_text(self) -> int:
        """Most characters of a message."""
        return MAX_TEXT

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What the form asks; a form saved before its shape was checked asks nothing."""
        try:
            return questions_of(self.settings.get("form") or {})
        except Refusal as refused:
            _log.warning("form_not_read", inbox_id=self.inbox_id, problem=refused.reason)
            return ()

    @cached_property
    def calendar(self) -> Calendar | None:
        """The opening hours; None where it is always open."""
        told = self.settings.get("hours")
        try:
            return calendar_of(told) if told else None
        except Refusal as refused:
            _log.warning("hours_not_read", inbox_id=self.inbox_id, problem=refused.reason)
            return None

    @property
    def allowed_origins(self) -> Sequence[str]:
        """Sites that may embed the chat."""
        return [origin for origin in self.settings.get("allowed_origins") or [] if isinstance(origin, str)]

    @property
    def is_enforced(self) -> bool:
        """Whether nobody writes unproven."""
        return self.settings.get("identity") == "enforced"

    def is_on(self, name: str) -> bool:
        """A switch of the settings that is on unless said otherwise."""
        return str(self.settings.get(name, "on")) != "off"

    def allows(self, origin: str) -> bool:
        """Whether a site of this origin may embed the chat."""
        return any(_matches(allowed, origin) for allowed in self.allowed_origins)

    def blocks(self, address: str, names: Sequence[str]) -> bool:
        """Whether the inbox blocks this network address or one of these external ids."""
        entries = [str(entry) for entry in self.settings.get("blocked") or []]
        return any(name in entries for name in names) or any(_holds(entry, address) for entry in entries)


def _matches(allowed: str, origin: str) -> bool:
    """Scheme, host and port alike; one leading ``*.`` stands for any subdomain."""
    if "*" not in allowed:
        return allowed.rstrip("/").lower() == origin
    wanted, given = urlsplit(allowed.lower()), urlsplit(origin)
    ending = wanted.netloc.removeprefix("*")
    return (
        wanted.scheme == given.scheme
        and given.netloc.endswith(ending)
        and len(given.netloc) > len(ending)
        and ending.startswith(".")
    )


def _holds(entry: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


class Widgets:
    """Looks widgets up by their public name, or an inbox's id on the hosted page."""

    def __init__(self, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._known: Remembered[str, Widget] = Remembered(REMEMBERED_S, clock)
        store.on_commit(self._changed)

    async def named(self, name: str) -> Widget:
        """The widget; ``unknown_widget`` when there is none, ``widget_disabled`` when it is switched off."""
        widget = await self._known.get(name, self._read)
        if not widget.is_on("state"):
            raise widget_disabled()
        return widget

    async def _read(self, name: str) -> Widget:
        widget = await self._store.read(partial(_found, name=name))
        if widget is None:
            raise unknown_widget()
        return widget

    async def newest(self, widget: Widget) -> Widget:
        """The widget with the settings of now, for a stream that began with earlier ones."""
        try:
            return await self.named(widget.inbox_id)
        except ChatProblem:
            return widget

    def _changed(self, events: list[LoggedEvent]) -> None:
        if any(event.type in ("inbox", "forgotten") for event in events):
            self._known.forget_all()


def _found(conn: Connection, name: str) -> Widget | None:
    row = inboxes.by_public_name(conn, name) or inboxes.by_id(conn, name)
    public = inboxes.public_name(conn, row.id) if row else None
    if row is None or public is None or row.channel != "web_chat":
        return None
    return Widget(row.id, public, row.brand, row.settings)
