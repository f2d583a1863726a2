"""Addresses at the homeserver, and who we are there."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from mim_desk.channels.base import Account
from mim_desk.channels.matrix.payloads import MemberContent

PUSHED: Final = "application_service"
MXC: Final = re.compile(r"mxc://([^/?#\s]{1,300})/([A-Za-z0-9_.~-]{1,255})")


def call_url(account: Account, *path: str, query: Mapping[str, Any] | None = None, root: str = "client/v3") -> str:
    """The address of a call at the homeserver, or at the base address that stands in its place."""
    whole = "/".join((f"{base(account)}/_matrix/{root}", *(quote(part, safe="") for part in path)))
    # An application service may speak for several users, and says for whom.
    asked = {**(query or {}), **({"user_id": own_id(account)} if is_pushed(account) else {})}
    return f"{whole}?{urlencode(asked)}" if asked else whole


def base(account: Account) -> str:
    """Where the homeserver's API is."""
    return str(account.settings.get("api_base_url") or account.settings.get("homeserver") or "").rstrip("/")


def is_pushed(account: Account) -> bool:
    """Whether the homeserver pushes what is new, as to an application service, instead of being asked."""
    return account.settings.get("mode") == PUSHED


def bearer(account: Account) -> dict[str, str]:
    """The header that says who calls."""
    return {"authorization": f"Bearer {account.newest('access_token')}"}


def own_id(account: Account) -> str:
    """Our own user id, by which we know what we said ourselves."""
    return str(account.settings.get("user_id") or "")


def server_of(user_id: str) -> str:
    """The server of a person; room ids may have none."""
    return user_id.partition(":")[2].lower()


def why_not_joined(account: Account, invited: MemberContent, by: str) -> str:
    """Why an invitation is not taken: only direct ones are, and only from the servers that are allowed."""
    allowed = account.settings.get("allowed_servers") or []
    if not invited.is_direct:
        return "invitation to a room that is not direct"
    if allowed and server_of(by) not in {str(server).lower() for server in allowed}:
        return "invitation from a server that is not allowed"
    return ""
