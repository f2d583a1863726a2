"""The provider's address of a call, or the one that stands in its place."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mim_desk.domain.refusal import Refusal


def address(settings: Mapping[str, Any], url: str) -> str:
    """``url`` with scheme and host replaced by ``api_base_url`` where the settings name one; its path goes before."""
    base = urlsplit(str(settings.get("api_base_url") or ""))
    if not base.hostname:
        return url
    own = urlsplit(url)
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + own.path, own.query, ""))


def check_base(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal that names the field unless ``api_base_url`` is empty or has a host."""
    given = settings.get("api_base_url")
    try:
        is_good = not given or bool(urlsplit(str(given)).hostname)
    except ValueError:
        is_good = False
    if not is_good:
        raise Refusal("invalid-settings", "The base address has no valid host name.", "settings.api_base_url")
