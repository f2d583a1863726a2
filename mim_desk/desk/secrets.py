"""Where the desk's keys are kept: the desktop's keyring, a file under a passphrase, or memory for one session.

A keyring on Linux fails in four ways (no bus, prompt dismissed, hangs, refuses); each ends here in a
choice for the person instead of a lost or plainly stored key. Backends of keyrings.alt are never used.
"""

import importlib
import os
import shutil
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from mim_desk.desk import secret_service
from mim_desk.desk.keys import Keys, new_keys
from mim_desk.desk.paths import Paths
from mim_desk.desk.running import is_running
from mim_desk.desk.settings import write_atomically
from mim_desk.domain.refusal import Refusal

Result = TypeVar("Result")

KEYRING_VARIABLE = "MIM_DESK_KEYRING"
"""``memory`` keeps everything for this session only, without asking."""

LIMIT_S = 10.0
_SERVICE = "mim-desk"
_BACKENDS = {"linux": ("SecretService", "libsecret", "kwallet"), "darwin": ("macOS",), "win32": ("Windows",)}


class Keeping(StrEnum):
    """Where the keys are."""

    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105  # a word, not a secret
    SESSION = "session"


class Asks(StrEnum):
    """What the person must be asked before the desk can open."""

    NOTHING = ""
    UNLOCK = "unlock"
    """The passphrase of the file."""
    CHOOSE = "choose"
    """A new passphrase, or this session only."""


class Opening(msgspec.Struct, frozen=True):
    """How far opening got; ``problem`` says in one sentence why the keyring was no help."""

    keys: Keys | None
    asks: Asks = Asks.NOTHING
    problem: str = ""

    @property
    def needs_passphrase(self) -> bool:
        """Whether there are keys already, which only the passphrase opens."""
        return self.asks is Asks.UNLOCK


class Sealed(msgspec.Struct, frozen=True):
    """The passphrase file: keys under AES-GCM, its key derived by Argon2id."""

    salt: bytes
    nonce: bytes
    sealed: bytes
    memory_kib: int = 65536
    passes: int = 3
    lanes: int = 1
    version: int = 1


class SecretStore:
    """Opens and keeps the keys of one home folder.

    Args:
        backend: a keyring backend to use instead of the desktop's.
        limit_s: how long the keyring may take.

    Attributes:
        keeping: where the keys are, None before they are open.
        paths: the home folder to work in; one of its own for a session that leaves nothing behind.
    """

    def __init__(self, paths: Paths, *, backend: Any = None, limit_s: float = LIMIT_S) -> None:
        self.keeping: Keeping | None = None
        self.paths = paths
        self._home = paths
        self._backend = backend
        self._limit_s = limit_s
        self._passphrase = ""

    @property
    def status(self) -> str:
        """One sentence for the status bar; empty while the keyring does its work."""
        if self.keeping is Keeping.SESSION:
            return "Kept for this session only. Closing the desk erases it."
        if self.keeping is Keeping.PASSPHRASE:
            return "Keys are kept in a file under your passphrase."
        return ""

    async def open(self) -> Opening:
        """Find the keys, or make them on the first start."""
        import asyncio

        return await asyncio.to_thread(self.open_here)

    def open_here(self) -> Opening:
        """The same in a worker thread; at the start there is no loop yet."""
        if os.environ.get(KEYRING_VARIABLE) == "memory":
            return Opening(self.for_this_session())
        if self._home.secrets.exists():
            return Opening(None, Asks.UNLOCK)
        try:
            keys = self._bounded(self._from_keyring)
        except KeyringProblem as problem:
            return Opening(None, Asks.CHOOSE, str(problem))
        self.keeping = Keeping.KEYRING
        return Opening(keys)

    async def unlock(self, passphrase: str) -> Keys:
        """The keys of the passphrase file; a Refusal when the passphrase is another one."""
        import asyncio

        sealed = msgspec.json.decode(self._home.secrets.read_bytes(), type=Sealed)
        keys = await asyncio.to_thread(_unsealed, sealed, passphrase)
        self.keeping, self._passphrase = Keeping.PASSPHRASE, passphrase
        return keys

    async def seal(self, passphrase: str) -> Keys:
        """New keys in a file under ``passphrase``."""
        if len(passphrase) < 8:
            raise Refusal("short-passphrase", "The passphrase needs at least 8 characters.", "passphrase")
        self.keeping, self._passphrase = Keeping.PASSPHRASE, passphrase
        keys = new_keys()
        await self.keep(keys)
        return keys

    def for_this_session(self) -> Keys:
        """New keys that are nowhere but in memory, and a folder that goes with them."""
        self.keeping = Keeping.SESSION
        self._home.make()
        _remove_old_sessions(self._home)
        self.paths = Paths(self._home.home / f"session-{os.getpid()}-{os.urandom(4).hex()}").make()
        return new_keys()

    async def keep(self, keys: Keys) -> None:
        """Store changed keys where they are kept."""
        import asyncio

        if self.keeping is Keeping.PASSPHRASE:
            sealed = await asyncio.to_thread(_sealed, keys, self._passphrase)
            write_atomically(self._home.secrets, msgspec.json.encode(sealed))
        elif self.keeping is Keeping.KEYRING:
            await asyncio.to_thread(self._bounded, lambda: self._to_keyring(keys))

    def close(self) -> None:
        """Forget the passphrase; a session-only folder is deleted."""
        self._passphrase = ""
        if self.keeping is Keeping.SESSION:
            shutil.rmtree(self.paths.home, ignore_errors=True)

    # -- in the worker thread --------------------------------------------------------------------

    def _from_keyring(self) -> Keys:
        backend, name = self._backend, str(self._home.home)
        found = None if backend else secret_service.password(_SERVICE, name)
        if found is None:
            backend = backend or _desktop_keyring()
            found = backend.get_password(_SERVICE, name)
        if found is not None:
            return msgspec.json.decode(found, type=Keys)
        keys = new_keys()
        self._to_keyring(keys, backend)
        return keys

    def _to_keyring(self, keys: Keys, backend: Any = None) -> None:
        backend = backend or self._backend or _desktop_keyring()
        value = msgspec.json.encode(keys).decode()
        backend.set_password(_SERVICE, str(self._home.home), value)
        if backend.get_password(_SERVICE, str(self._home.home)) != value:
            raise KeyringProblem("The keyring did not keep the keys.")

    def _bounded(self, work: Callable[[], Result]) -> Result:
        """``work`` in a thread that may hang for ever without holding up the desk or its end."""
        done: Future[Result] = Future()

        def run() -> None:
            try:
                result = work()
            except Exception as problem:  # noqa: BLE001  # backends raise anything; it is told, not hidden
                done.set_exception(_named(problem))
            else:
                done.set_result(result)

        threading.Thread(target=run, name="keyring", daemon=True).start()
        try:
            return done.result(self._limit_s)
        except TimeoutError:
            raise KeyringProblem(f"The keyring did not answer within {self._limit_s:.0f} s.") from None


class KeyringProblem(Exception):
    """Why the keyring is no help; the text is one sentence for a person."""


def _named(error: Exception) -> Exception:
    if isinstance(error, KeyringProblem):
        return error
    from keyring import errors

    if isinstance(error, errors.NoKeyringError):
        return KeyringProblem("This computer has no keyring service.")
    if isinstance(error, errors.InitError | errors.KeyringLocked):
        return KeyringProblem("The keyring stayed locked.")
    return KeyringProblem(f"The keyring refused: {type(error).__name__}.")


def _desktop_keyring() -> Any:
    """The best of the keyring package's own backends for this system; others may store in the clear.

    Only these are imported: asking the package for all of its backends costs a tenth of the desk's start.
    """
    from keyring import backend, errors

    for name in _BACKENDS.get(sys.platform, _BACKENDS["linux"]):
        importlib.import_module(f"keyring.backends.{name}")
    viable = (kind() for kind in backend.KeyringBackend.get_viable_backends())
    own = [each for each in viable if _is_trusted(each)]
    if not own:
        raise errors.NoKeyringError
    return max(own, key=lambda each: each.priority)


def _is_trusted(candidate: Any) -> bool:
    module = type(candidate).__module__
    left_out = ("fail", "null", "chainer")
    return module.startswith("keyring.backends.") and module.rsplit(".", 1)[1] not in left_out


def _derived(sealed: Sealed, passphrase: str) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode(), sealed.salt, sealed.passes, sealed.memory_kib, sealed.lanes, hash_len=32, type=Type.ID
    )


def _sealed(keys: Keys, passphrase: str) -> Sealed:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    empty = Sealed(salt=os.urandom(16), nonce=os.urandom(12), sealed=b"")
    secret = AESGCM(_derived(empty, passphrase)).encrypt(empty.nonce, msgspec.json.encode(keys), None)
    return msgspec.structs.replace(empty, sealed=secret)


def _unsealed(sealed: Sealed, passphrase: str) -> Keys:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        plain = AESGCM(_derived(sealed, passphrase)).decrypt(sealed.nonce, sealed.sealed, None)
    except InvalidTag:
        raise Refusal("wrong-passphrase", "This is not the passphrase of this file.", "passphrase") from None
    return msgspec.json.decode(plain, type=Keys)


def _remove_old_sessions(paths: Paths) -> None:
    """Delete what a killed session left; without its keys nobody can read it."""
    for folder in paths.home.glob("session-*"):
        if not is_running(int(folder.name.split("-")[1])):
            shutil.rmtree(folder, ignore_errors=True)
