"""The API as one ASGI application."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from mim_desk import __version__
from mim_desk.hub.api import (
    agents,
    archives,
    attachments,
    canned_replies,
    channels,
    contacts,
    conversations,
    inboxes,
    labels,
    messages,
    operations,
    presence,
    reports,
    search,
    sent_messages,
    sessions,
    sla_policies,
    snapshot,
    teams,
    templates,
)
from mim_desk.hub.api.access import admitted, caller_of, hub_of
from mim_desk.hub.api.openapi import document_route
from mim_desk.hub.parts import Hub
from mim_desk.hub.problems import answer

MOST_BODY_BYTES = 1 << 20
"""Largest body of a call that carries no file."""

HANDLERS: Sequence[ControllerRouterHandler] = [
    *agents.HANDLERS,
    *archives.HANDLERS,
    *attachments.HANDLERS,
    *canned_replies.HANDLERS,
    *channels.HANDLERS,
    *contacts.HANDLERS,
    *conversations.HANDLERS,
    *inboxes.HANDLERS,
    *labels.HANDLERS,
    *messages.HANDLERS,
    *operations.HANDLERS,
    *presence.HANDLERS,
    *search.HANDLERS,
    *sent_messages.HANDLERS,
    *sessions.HANDLERS,
    *reports.HANDLERS,
    *sla_policies.HANDLERS,
    *snapshot.HANDLERS,
    *teams.HANDLERS,
    *templates.HANDLERS,
]


def api(hub: Hub) -> Litestar:
    """The application for a running hub."""
    return Litestar(
        [*HANDLERS, document_route(described)],
        guards=[admitted],
        dependencies={
            "hub": Provide(hub_of, sync_to_thread=False),
            "caller": Provide(caller_of, sync_to_thread=False),
        },
        exception_handlers={Exception: answer},
        openapi_config=None,
        logging_config=None,
        state=State({"hub": hub}),
        request_max_body_size=MOST_BODY_BYTES,
    )


def described() -> dict[str, Any]:
    """The OpenAPI document as Litestar derives it."""
    only_described = Litestar(
        HANDLERS,
        dependencies={
            "hub": Provide(hub_of, sync_to_thread=False),
            "caller": Provide(caller_of, sync_to_thread=False),
        },
        openapi_config=OpenAPIConfig(title="MIM Desk hub", version=__version__, render_plugins=[]),
        logging_config=None,
    )
    return only_described.openapi_schema.to_schema()
