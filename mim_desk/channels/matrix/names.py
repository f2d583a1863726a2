"""Addresses at the homeserver, and who we are there."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from mim_desk.channels.base import Account

MXC: Final = re.compile(r"mxc://([^/?#\s]{1,300})/([A-Za-z0-9_.~-]{1,255})")


def call_url(account: Account, *path: str, query: Mapping[str, Any] | None = None, root: str = "client/v3") -> str:
    """The address of a call at the homeserver, or at the base address that stands in its place."""
    settings = account.settings
    base = str(settings.get("api_base_url") or settings.get("homeserver") or "").rstrip("/")
    whole = "/".join((f"{base}/_matrix/{root}", *(quote(part, safe="") for part in path)))
    return f"{whole}?{urlencode(query)}" if query else whole


def bearer(account: Account) -> dict[str, str]:
    """The header that says who calls."""
    return {"authorization": f"Bearer {account.secrets.get('access_token', '')}"}


def own_id(account: Account) -> str:
    """Our own user id, by which we know what we said ourselves."""
    return str(account.settings.get("user_id") or "")


def server_of(user_id: str) -> str:
    """The server of a person; room ids may have none."""
    return user_id.partition(":")[2].lower()
