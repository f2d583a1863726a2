"""What a hub is started with, from the command line, the environment and the pipe."""

import argparse
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.secrets import Keys, find_keys

DEFAULT_PORT: Final = 8642


class Piped(msgspec.Struct, frozen=True):
    """The line a desk writes to its embedded hub's standard input."""

    key: str
    admin_token: str = ""
    workspace: str = ""


@dataclass(frozen=True)
class Settings:
    """One hub's settings.

    Attributes:
        public_url: the address customers and providers reach, without a slash at the end; empty when unknown.
        admin_token: given first admin token, empty when one is to be made.
    """

    database: str
    keys: Keys = field(repr=False)
    home: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    broker: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    embedded: bool = False
    public_url: str = ""
    admin_token: str = field(default="", repr=False)
    workspace: str = ""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


def hub_home(environ: Mapping[str, str]) -> Path:
    """The hub's own folder in ``MIM_DESK_HOME`` or the platform's data folder."""
    given = environ.get("MIM_DESK_HOME")
    home = Path(given) if given else Path(platformdirs.user_data_dir("mim-desk", appauthor=False))
    return home / "hub"


def settings_of(arguments: argparse.Namespace, piped: Piped | None) -> Settings:
    """The settings of one start; a Refusal says what does not fit."""
    environ = dict(os.environ)
    home = hub_home(environ)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _refuse_bare_address(arguments)
    if arguments.broker and not arguments.broker.startswith(("nats://", "tls://")):
        raise Refusal("bad-address", "The broker's address begins with nats:// or tls://.", "--broker")
    return Settings(
        database=arguments.database or environ.get("MIM_DESK_DATABASE") or f"sqlite:///{home / 'hub.db'}",
        keys=find_keys(home, environ, piped.key if piped else ""),
        home=home,
        host=arguments.host,
        port=arguments.port,
        broker=arguments.broker or "",
        tls_cert=arguments.tls_cert,
        tls_key=arguments.tls_key,
        behind_proxy=arguments.behind_proxy,
        embedded=arguments.embedded,
        public_url=environ.get("MIM_DESK_PUBLIC_URL", "").rstrip("/"),
        admin_token=(piped.admin_token if piped else "") or environ.get("MIM_DESK_ADMIN_TOKEN", ""),
        workspace=(piped.workspace if piped else "") or environ.get("MIM_DESK_WORKSPACE", ""),
        environ=environ,
    )


def _refuse_bare_address(arguments: argparse.Namespace) -> None:
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        raise Refusal("bad-address", "TLS needs both --tls-cert and --tls-key.", "--tls-cert")
    for path in (arguments.tls_cert, arguments.tls_key):
        if path and not Path(path).is_file():
            raise Refusal("bad-address", f"{path} is not a file.", "--tls-cert")
    if is_loopback(arguments.host) or arguments.tls_cert or arguments.behind_proxy:
        return
    raise Refusal(
        "bad-address",
        f"{arguments.host} can be reached from outside. Give --tls-cert and --tls-key, "
        "or --behind-proxy when a proxy in front ends TLS.",
        "--host",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
