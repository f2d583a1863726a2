"""What a hub is started with, from the command line, the environment and the pipe."""

import argparse
import ipaddress
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.secrets import Keys, find_keys

DEFAULT_PORT: Final = 8642
LAST_PORT: Final = 65535
DATABASES: Final = frozenset({"postgresql", "postgres", "sqlite"})
NEAR_PROXIES: Final = ("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
"""Loopback and private addresses: where a proxy stands unless somebody says otherwise."""


class Piped(msgspec.Struct, frozen=True):
    """The line a desk writes to its embedded hub's standard input."""

    key: str
    admin_token: str = ""
    workspace: str = ""


@dataclass(frozen=True)
class Settings:
    """One hub's settings.

    Attributes:
        port: None for an embedded hub that nobody told one: that of its last start, else any.
        public_url: the address customers and providers reach, without a slash at the end; empty when unknown.
        trusted_proxies: the networks whose word about the caller's address is taken, behind a proxy.
        admin_token: given first admin token, empty when one is to be made.
        is_alone: whether no other hub can be at work with the database: what is under way there, one that ended left.
    """

    database: str
    keys: Keys = field(repr=False)
    home: Path
    host: str = "127.0.0.1"
    port: int | None = DEFAULT_PORT
    broker: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    trusted_proxies: tuple[str, ...] = ()
    embedded: bool = False
    public_url: str = ""
    admin_token: str = field(default="", repr=False)
    workspace: str = ""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_alone: bool = False


def hub_home(environ: Mapping[str, str]) -> Path:
    """The hub's own folder in ``MIM_DESK_HOME`` or the platform's data folder."""
    given = environ.get("MIM_DESK_HOME")
    home = Path(given) if given else Path(platformdirs.user_data_dir("mim-desk", appauthor=False))
    return home / "hub"


@contextmanager
def usable(home: Path) -> Iterator[None]:
    """Turns what the system says against the hub's folder, or a database elsewhere, into a Refusal that names it."""
    try:
        yield
    except OSError as problem:
        where = Path(problem.filename or home).absolute()
        told = f"{where} cannot be used: {problem.strerror}."
        if home.absolute() in (where, *where.parents) or where in home.absolute().parents:
            instead = f"Name another folder than {home.parent} in MIM_DESK_HOME."
            raise Refusal("bad-home", f"{told} {instead}", "MIM_DESK_HOME") from problem
        raise Refusal("bad-database", f"{told} Name a database in a folder that is there.", "--database") from problem


def settings_of(arguments: argparse.Namespace, piped: Piped | None) -> Settings:
    """The settings of one start; a Refusal says what does not fit."""
    environ = dict(os.environ)
    home = hub_home(environ)
    database = arguments.database or environ.get("MIM_DESK_DATABASE") or f"sqlite:///{home / 'hub.db'}"
    _refuse_bare_address(arguments)
    _refuse_unknown_schemes(database, arguments.broker or "")
    with usable(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = find_keys(home, environ, piped.key if piped else "")
    return Settings(
        database=database,
        keys=keys,
        home=home,
        host=arguments.host,
        port=DEFAULT_PORT if arguments.port is None and not arguments.embedded else arguments.port,
        broker=arguments.broker or "",
        tls_cert=arguments.tls_cert,
        tls_key=arguments.tls_key,
        behind_proxy=arguments.behind_proxy,
        trusted_proxies=trusted_networks(arguments.trusted_proxies or environ.get("MIM_DESK_TRUSTED_PROXIES", "")),
        embedded=arguments.embedded,
        public_url=environ.get("MIM_DESK_PUBLIC_URL", "").rstrip("/"),
        admin_token=(piped.admin_token if piped else "") or environ.get("MIM_DESK_ADMIN_TOKEN", ""),
        workspace=(piped.workspace if piped else "") or environ.get("MIM_DESK_WORKSPACE", ""),
        environ=environ,
    )


def _refuse_unknown_schemes(database: str, broker: str) -> None:
    scheme, _, rest = database.partition(":")
    known = scheme.partition("+")[0] in DATABASES and rest.startswith("//")
    if not known or (scheme == "sqlite" and not rest.removeprefix("//").removeprefix("/")):
        told = "The database's address begins with postgresql:// or sqlite:/// and a file's path."
        raise Refusal("bad-address", told, "--database")
    if broker and not broker.startswith(("nats://", "tls://")):
        raise Refusal("bad-address", "The broker's address begins with nats:// or tls://.", "--broker")


def _refuse_bad_certificate(certificate: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as problem:
        told = f"{certificate} and {key} are no certificate with its key, both PEM: {problem.strerror or problem}."
        raise Refusal("bad-address", told, "--tls-cert") from problem


def _refuse_bare_address(arguments: argparse.Namespace) -> None:
    if arguments.port is not None and not 0 <= arguments.port <= LAST_PORT:
        raise Refusal("bad-address", f"{arguments.port} is no port; give one from 0 to {LAST_PORT}.", "--port")
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        raise Refusal("bad-address", "TLS needs both --tls-cert and --tls-key.", "--tls-cert")
    for path in (arguments.tls_cert, arguments.tls_key):
        if path and not Path(path).is_file():
            raise Refusal("bad-address", f"{path} is not a file.", "--tls-cert")
    if arguments.tls_cert:
        _refuse_bad_certificate(arguments.tls_cert, arguments.tls_key)
    if is_loopback(arguments.host) or arguments.tls_cert or arguments.behind_proxy:
        return
    raise Refusal(
        "bad-address",
        f"{arguments.host} can be reached from outside. Give --tls-cert and --tls-key, "
        "or --behind-proxy when a proxy in front ends TLS.",
        "--host",
    )


def trusted_networks(given: str) -> tuple[str, ...]:
    """The networks of a list with commas, or the near ones; each also as a socket for both IP versions shows it."""
    networks = [_network(one.strip()) for one in given.split(",") if one.strip()] or [*map(_network, NEAR_PROXIES)]
    mapped = [f"::ffff:{one.network_address}/{96 + one.prefixlen}" for one in networks if one.version == 4]
    return (*map(str, networks), *mapped)


def _network(given: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(given, strict=False)
    except ValueError as problem:
        told = f"“{given}” is no IP address or network. Write for example 10.0.0.0/8,192.0.2.7."
        raise Refusal("bad-address", told, "--trusted-proxies") from problem


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
