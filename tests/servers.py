"""Real peers for tests: PostgreSQL, NATS, Dovecot and Chromium, started on loopback; no containers, no services.

A missing program skips the test with the line that installs it, and fails it where ``CI`` is set, so that
coverage cannot vanish unseen.
"""

import contextlib
import grp
import imaplib
import os
import pwd
import random
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import psycopg
import pytest

POSTGRES_HOMES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    # For speed; a crash drill starts its own server with the defaults.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def missing(program: str, install: str) -> NoReturn:
    """Skips the asking test, or fails it in CI."""
    message = f"{program} is not installed: {install}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def free_port() -> int:
    """A loopback port nobody listens on right now.

    It lies below those that the system gives out by itself: a server may take seconds to start, and
    meanwhile nobody else is given its port.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 45.0) -> None:
    """Returns when something accepts on the port; raises when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


def _postgres_folder() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    homes = [home for pattern in POSTGRES_HOMES for home in Path("/").glob(pattern.lstrip("/"))]
    usable = [home for home in homes if (home / "initdb").exists()]
    return max(usable, key=lambda home: home.parent.name.rjust(8), default=None)


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root; then its own user runs it."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


@dataclass
class Postgres:
    """A running PostgreSQL server; every test asks it for a database of its own.

    Attributes:
        folder: where initdb, pg_ctl and the others are.
        home: the temporary folder that holds data and log.
        port: on 127.0.0.1.
    """

    folder: Path
    home: Path
    port: int
    settings: dict[str, str] = field(default_factory=lambda: dict(POSTGRES_SETTINGS))

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://mim@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"t_{uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # the name is ours: hex only
        return self.url(name)

    def run(self, *command: str) -> None:
        """Runs one of the server's own tools, as the server's user where we are root."""
        done = subprocess.run([*_as_postgres(), *command], cwd=self.home, capture_output=True, text=True, timeout=60)
        if done.returncode:
            log = self.home / "log"
            raise RuntimeError(f"{command[0]}: {done.stderr}\n{log.read_text() if log.exists() else ''}")

    def create(self) -> None:
        data = str(self.home / "data")
        self.run(
            *(str(self.folder / "initdb"), "-D", data, "-A", "trust", "-U", "mim"),
            *("--no-sync", "--locale=C", "-E", "UTF8"),
        )

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        self.pg_ctl("-w", "-l", str(self.home / "log"), "-o", f"-p {self.port} {options}", "start")

    def stop(self, mode: str = "immediate") -> None:
        self.pg_ctl("-m", mode, "stop")

    def pg_ctl(self, *arguments: str) -> None:
        self.run(str(self.folder / "pg_ctl"), "-D", str(self.home / "data"), *arguments)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL server, one for each test process."""
    folder = _postgres_folder()
    if folder is None:
        missing("PostgreSQL", "apt-get install postgresql (dnf install postgresql-server, pacman -S postgresql)")
    home = Path(tempfile.mkdtemp(prefix="mim-pg-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
    server = Postgres(folder=folder, home=home, port=free_port())
    server.create()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: Postgres) -> str:
    """The address of an empty PostgreSQL database, for this test alone."""
    return postgres_server.new_database()


@pytest.fixture(scope="session")
def nats_server() -> Iterator[str]:
    """The address of a real NATS server, one for each test process."""
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        missing("nats-server", "apt-get install nats-server")
    port = free_port()
    process = subprocess.Popen(
        [program, "--addr", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, process)
        yield f"nats://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a real Chromium for Playwright's ``executable_path``; start it with ``--no-sandbox``."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        missing("Chromium", "apt-get install chromium (dnf install chromium, pacman -S chromium)")
    return found


DOVECOT = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/box/%n
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
recipient_delimiter = +
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/passwords/%n
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/box/%n
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  user = {user}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _mail_owner() -> pwd.struct_passwd:
    """Whose mail it is: Dovecot lets nobody in as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _as(user: pwd.struct_passwd) -> list[str]:
    if user.pw_uid == os.geteuid():
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@dataclass
class Dovecot:
    """A running Dovecot; every test asks it for a mailbox of its own.

    Attributes:
        home: the temporary folder that holds the mailboxes.
        imap: the port for reading; ``lmtp`` for delivering.
    """

    program: str
    home: Path
    imap: int
    lmtp: int
    process: "subprocess.Popen[bytes] | None" = None

    def write_config(self) -> None:
        owner = _mail_owner()
        told = DOVECOT.format(
            home=self.home,
            user=owner.pw_name,
            group=grp.getgrgid(owner.pw_gid).gr_name,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            imap=self.imap,
            lmtp=self.lmtp,
        )
        (self.home / "dovecot.conf").write_text(told)
        (self.home / "passwords").mkdir()
        if os.geteuid() == 0:
            os.chown(self.home, owner.pw_uid, owner.pw_gid)

    def start(self) -> None:
        command = [*_as(_mail_owner()), self.program, "-F", "-c", str(self.home / "dovecot.conf")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.imap, self.process)
        wait_for_port(self.lmtp, self.process)
        self._wait_for_login()

    def _wait_for_login(self, seconds: float = 20.0) -> None:
        """Its own parts find each other a moment after the ports are open."""
        self.set_password("first", "first")
        deadline = time.monotonic() + seconds
        while True:
            with imaplib.IMAP4("127.0.0.1", self.imap, timeout=seconds) as box:
                try:
                    box.login("first", "first")
                except imaplib.IMAP4.error:
                    if time.monotonic() > deadline:
                        raise
                else:
                    return

    def stop(self) -> None:
        """End it with all its connections, as when the machine goes down."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=10)

    def new_user(self, password: str) -> str:
        """The name of a user with an empty mailbox."""
        name = f"u{uuid4().hex[:12]}"
        self.set_password(name, password)
        return name

    def set_password(self, user: str, password: str) -> None:
        (self.home / "passwords" / user).write_text(f"{user}:{password}\n")

    def deliver(self, user: str, mail: bytes, sender: str = "mia@cust.test") -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp) as lmtp:
            lmtp.sendmail(sender, [user], mail)

    def renumber(self, user: str) -> None:
        """Make the server forget its numbers: the mails get new ones, and the folder a new UIDVALIDITY."""
        for index in (self.home / "box" / user).glob("dovecot*"):
            index.unlink()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A real IMAP server, one for each test process."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        missing("Dovecot", "apt-get install dovecot-imapd dovecot-lmtpd (dnf install dovecot, pacman -S dovecot)")
    home = Path(tempfile.mkdtemp(prefix="mim-imap-"))
    server = Dovecot(program, home, free_port(), free_port())
    server.write_config()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(home, ignore_errors=True)
