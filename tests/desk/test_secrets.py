"""Keys: the four ways a keyring fails on Linux, the passphrase file, one session only."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import keyring.errors
import pytest

from mim_desk.desk import secrets as kept
from mim_desk.desk.paths import Paths
from mim_desk.desk.secrets import Asks, Keeping, SecretStore
from mim_desk.domain.refusal import Refusal
from tests.fakes import FakeKeyring
from tests.servers import missing

OPEN = """
import asyncio, sys
from pathlib import Path
from mim_desk.desk.paths import Paths
from mim_desk.desk.secrets import SecretStore

async def main():
    store = SecretStore(Paths(Path(sys.argv[1])).make(), limit_s=float(sys.argv[2]))
    opening = await store.open()
    again = await SecretStore(Paths(Path(sys.argv[1])), limit_s=float(sys.argv[2])).open()
    same = opening.keys is not None and opening.keys == again.keys
    print(repr(str(opening.asks)), same, opening.problem)

asyncio.run(main())
"""

SHORT = "from mim_desk.desk.paths import Paths; from mim_desk.desk.secrets import SecretStore"


@pytest.fixture(autouse=True)
def _asks_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(kept.KEYRING_VARIABLE)


def opened_by_a_process(home: Path, *before: str, limit_s: float = 10.0, **environ: str) -> str:
    """What a desk of its own says about its keys."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", kept.KEYRING_VARIABLE)
    }
    folders = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_DATA_HOME": str(home / "data")}
    done = subprocess.run(
        [*before, sys.executable, "-c", OPEN, str(home / "desk"), str(limit_s)],
        env={**clean, **folders, **environ},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def needs(program: str, package: str) -> None:
    """Skips without the program, fails in CI."""
    if shutil.which(program) is None:
        missing(program, f"apt-get install {package}")


def test_without_a_bus_the_person_chooses(tmp_path: Path) -> None:
    said = opened_by_a_process(tmp_path, DBUS_SESSION_BUS_ADDRESS="disabled:")

    assert said == "'choose' False This computer has no keyring service."


def test_a_prompt_that_nobody_can_answer_leads_to_the_choice(tmp_path: Path) -> None:
    needs("dbus-run-session", "dbus")
    needs("gnome-keyring-daemon", "gnome-keyring")

    said = opened_by_a_process(tmp_path, "dbus-run-session", "--")

    assert said.startswith("'choose' False The keyring"), said


def test_an_unlocked_keyring_keeps_the_keys(tmp_path: Path) -> None:
    needs("dbus-run-session", "dbus")
    needs("gnome-keyring-daemon", "gnome-keyring")
    unlock = 'printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'

    said = opened_by_a_process(tmp_path, "dbus-run-session", "--", "sh", "-c", unlock, "sh")

    assert said == "'' True"


def test_a_later_start_reads_the_keys_without_importing_the_keyring_package(tmp_path: Path) -> None:
    """Importing it takes a tenth of the start."""
    needs("dbus-run-session", "dbus")
    needs("gnome-keyring-daemon", "gnome-keyring")
    told = "print(SecretStore(Paths(Path(sys.argv[1])).make()).open_here().keys is not None, 'keyring' in sys.modules)"
    again = f'"$1" -c "import sys; from pathlib import Path; {SHORT}; {told}" "$4"'
    unlock = f'printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "$@"; {again}'

    said = opened_by_a_process(tmp_path, "dbus-run-session", "--", "sh", "-c", unlock, "sh")

    assert said == "True False"


async def test_a_keyring_that_hangs_is_left_alone_after_the_limit(tmp_path: Path) -> None:
    released = threading.Event()
    backend = FakeKeyring()
    backend.get_password = lambda *_: released.wait(20) and None
    started = time.monotonic()

    opening = await SecretStore(Paths(tmp_path).make(), backend=backend, limit_s=0.3).open()

    released.set()
    assert opening.asks is Asks.CHOOSE
    assert "did not answer" in opening.problem
    assert time.monotonic() - started < 5


async def test_a_keyring_that_refuses_leads_to_the_choice(tmp_path: Path) -> None:
    backend = FakeKeyring()

    def refuse(*_: str) -> None:
        raise keyring.errors.PasswordSetError("no")

    backend.set_password = refuse

    opening = await SecretStore(Paths(tmp_path).make(), backend=backend).open()

    assert opening.asks is Asks.CHOOSE
    assert opening.problem == "The keyring refused: PasswordSetError."


async def test_the_keyring_gives_the_same_keys_again(tmp_path: Path) -> None:
    backend = FakeKeyring()
    first = await SecretStore(Paths(tmp_path).make(), backend=backend).open()
    store = SecretStore(Paths(tmp_path), backend=backend)

    second = await store.open()

    assert second.keys == first.keys
    assert store.keeping is Keeping.KEYRING
    assert store.status == ""


def test_backends_that_store_in_the_clear_are_never_chosen() -> None:
    plain = type("PlaintextKeyring", (), {"__module__": "keyrings.alt.file"})()
    failing = type("Keyring", (), {"__module__": "keyring.backends.fail"})()
    service = type("Keyring", (), {"__module__": "keyring.backends.SecretService"})()

    assert [kept._is_trusted(each) for each in (plain, failing, service)] == [False, False, True]


async def test_a_passphrase_opens_the_file_and_another_one_does_not(tmp_path: Path) -> None:
    store = SecretStore(Paths(tmp_path).make(), backend=FakeKeyring())
    keys = await store.seal("correct horse")
    again = SecretStore(Paths(tmp_path))

    opening = await again.open()

    assert opening.asks is Asks.UNLOCK
    with pytest.raises(Refusal, match="not the passphrase"):
        await again.unlock("wrong horse")
    assert await again.unlock("correct horse") == keys
    assert again.keeping is Keeping.PASSPHRASE
    assert "passphrase" in again.status
    file = Paths(tmp_path).secrets
    assert file.stat().st_mode & 0o777 == 0o600
    assert keys.cache.hex().encode() not in file.read_bytes()
    assert keys.admin_token.encode() not in file.read_bytes()


async def test_a_short_passphrase_is_refused_with_its_field(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        await SecretStore(Paths(tmp_path).make()).seal("short")

    assert refused.value.field == "passphrase"


async def test_a_session_without_keys_on_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    left = tmp_path / "session-999999999-abcd"
    left.mkdir()
    store = SecretStore(Paths(tmp_path).make())
    store.for_this_session()
    (store.paths.home / "cache.db").write_bytes(b"x")

    assert store.keeping is Keeping.SESSION
    assert "this session only" in store.status
    assert not left.exists()
    store.close()
    assert list(tmp_path.iterdir()) == []


async def test_memory_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.KEYRING_VARIABLE, "memory")
    store = SecretStore(Paths(tmp_path).make(), backend=FakeKeyring())

    opening = await store.open()

    assert opening.keys is not None
    assert store.keeping is Keeping.SESSION
    store.close()
