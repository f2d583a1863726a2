"""Who may call what: every handler names its role, and one without is closed to all."""

from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from mim_desk.domain.people import Role
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.auth import Principal
from mim_desk.hub.parts import Hub
from mim_desk.hub.sessions import authenticate

ANYONE: Final = {"role": "anyone"}
AGENT: Final = {"role": Role.AGENT}
SUPERVISOR: Final = {"role": Role.SUPERVISOR}
ADMIN: Final = {"role": Role.ADMIN}

HubPart = NamedDependency[SkipValidation[Hub]]
Caller = NamedDependency[SkipValidation[Principal]]


async def admitted(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard: let the request in or raise a Refusal."""
    wanted = handler.opt.get("role")
    if wanted == "anyone":
        return
    hub: Hub = connection.app.state.hub
    principal = await authenticate(hub, connection.headers.get("authorization", ""))
    if not isinstance(wanted, Role) or not principal.may(wanted):
        raise Refusal("forbidden", "Your role does not allow this. Ask an administrator.")
    connection.scope["user"] = principal


def hub_of(request: Request[Any, Any, Any]) -> Hub:
    """Dependency ``hub``."""
    hub: Hub = request.app.state.hub
    return hub


def caller_of(request: Request[Any, Any, Any]) -> Principal | None:
    """Dependency ``caller``: who signed in; None on the few calls that are open to anyone."""
    principal: Principal | None = request.scope.get("user")
    return principal
