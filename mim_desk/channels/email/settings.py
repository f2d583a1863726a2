"""Where an account's servers are and how they are talked to."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mim_desk.domain.refusal import Refusal

_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,60}\]?")
_ADDRESS: Final = re.compile(r"[^\s@<>,;\"]{1,64}@[A-Za-z0-9.-]{1,190}")
MOST_AUTOMATIC: Final = 20
"""A guard against loops: in an hour, to one address."""
MOST_MAILS: Final = 1_000_000
_SELECTOR: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,120}[A-Za-z0-9_])?")
_RESERVED: Final = re.compile(
    r"([^.]+|.+\.(example|test|invalid|localhost|local|internal|alt)|(.+\.)?example\.(com|net|org))"
)
"""Names of examples and of networks by themselves (RFC 2606, 6761, 6762): the world's DNS has nothing to say of them."""
_PLAIN_FIRST: Final = (25, 143, 587, 2525)
"""Ports that begin in clear and change to TLS."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server of an account.

    Attributes:
        security: ``tls`` from the first byte, ``starttls``, or ``none``.
    """

    host: str
    port: int
    security: str


def server(settings: Mapping[str, Any], name: str) -> Server:
    """The server ``imap`` or ``smtp`` of an account; a Refusal that names the field when it cannot be one."""
    host = str(settings.get(f"{name}_host") or "").strip()
    wanted = str(settings.get("security") or "tls")
    implicit = {"imap": 993, "smtp": 465} if wanted == "tls" else {"imap": 143, "smtp": 587}
    told = str(settings.get(f"{name}_port") or implicit[name]).strip()
    if not told.isascii() or not told.isdigit() or not 0 < int(told[:6]) < 65536:
        raise Refusal("invalid-settings", "A port is a number up to 65535.", f"settings.{name}_port")
    port = int(told)
    security = "starttls" if wanted == "tls" and port in _PLAIN_FIRST else wanted
    return Server(host.strip("[]"), port, security)


def check(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal that names the first field that cannot be right."""
    if not _ADDRESS.fullmatch(str(settings.get("address", "")).strip()):
        raise Refusal("invalid-settings", "The address looks like care@example.com.", "settings.address")
    for name in ("per_minute", "per_day", "automatic_per_hour"):
        told = str(settings.get(name) or "1").strip()
        if not (told.isascii() and told.isdigit() and 0 < int(told[:9]) <= MOST_MAILS):
            raise Refusal("invalid-settings", f"A number from 1 to {MOST_MAILS}, or nothing.", f"settings.{name}")
    dns_server(settings)
    if settings.get("dkim_selector") and not _SELECTOR.fullmatch(dkim_selector(settings)):
        raise Refusal("invalid-settings", "A selector is a name such as s1 or google.", "settings.dkim_selector")
    for name in ("imap", "smtp"):
        if not _HOST.fullmatch(str(settings.get(f"{name}_host", "")).strip()):
            raise Refusal("invalid-settings", "A server's name looks like mail.example.com.", f"settings.{name}_host")
        found = server(settings, name)
        if found.security == "none" and not is_here(found.host):
            reason = "Without encryption anybody on the way reads the password: choose tls or starttls."
            raise Refusal("invalid-settings", reason, "settings.security")


def is_here(host: str) -> bool:
    """Whether it is this machine, the only one that is talked to in clear."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def user_name(settings: Mapping[str, Any]) -> str:
    """What the servers know the account by."""
    return str(settings.get("username") or settings.get("address") or "").strip()


def keeps_copies(settings: Mapping[str, Any]) -> bool:
    """Whether replies are put into the folder of sent mail, since the server does not do so itself."""
    return settings.get("keep_copies") == "on"


def automatic_per_hour(settings: Mapping[str, Any]) -> int:
    """How many mails that nobody wrote one address gets in an hour."""
    return int(str(settings.get("automatic_per_hour") or MOST_AUTOMATIC))


def domain(settings: Mapping[str, Any]) -> str:
    """The domain in the account's address."""
    return str(settings.get("address") or "").rpartition("@")[2].strip().strip(".").lower()


def dkim_selector(settings: Mapping[str, Any]) -> str:
    """The name under which the mail server's key stands, empty where it is not told."""
    return str(settings.get("dkim_selector") or "").strip().lower()


def dns_server(settings: Mapping[str, Any]) -> tuple[str, int] | None:
    """The DNS server to ask, with its port; None for the machine's own. A Refusal that names the field for what is none."""
    told = str(settings.get("dns_server") or "").strip()
    if not told:
        return None
    host, port = told.strip("[]"), "53"
    if told.count(":") == 1 or "]:" in told:
        host, _, port = told.rpartition(":")
        host = host.strip("[]")
    try:
        if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            raise ValueError(port)
        return str(ipaddress.ip_address(host)), int(port)
    except ValueError as problem:
        reason = "A DNS server is an IP address such as 192.0.2.53, with :port where that is not 53."
        raise Refusal("invalid-settings", reason, "settings.dns_server") from problem


def asks_dns(settings: Mapping[str, Any]) -> bool:
    """Whether the records of the domain are looked up: those of a reserved name only at a DNS server that is told."""
    return bool(settings.get("dns_server")) or not _RESERVED.fullmatch(domain(settings))
