"""Who calls: passwords, bearer tokens, the limit on guesses, and what each role may do."""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from mim_desk.domain.people import Role
from mim_desk.domain.refusal import Refusal

TOKEN_PREFIX: Final = "mim_"  # noqa: S105  # no token, what tokens begin with
SHORTEST_PASSWORD: Final = 10
_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)

_RANK: Final = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True)
class Principal:
    """The agent behind a request."""

    agent_id: str
    role: Role
    token_id: str
    team_ids: frozenset[str] = frozenset()

    def may(self, wanted: Role) -> bool:
        """Whether this role includes ``wanted``."""
        return _RANK[self.role] >= _RANK[wanted]


def new_token() -> str:
    """A bearer token of 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token; its randomness makes a slow hash needless."""
    return hashlib.sha256(token.encode()).digest()


def bearer(header: str) -> str:
    """The token of an Authorization header, empty when it is no bearer token."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def hash_password(password: str) -> str:
    """The Argon2id string of a new password; a Refusal when it is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal("weak-password", f"A password needs at least {SHORTEST_PASSWORD} characters.", "password")
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    """A hash that no password matches, made when it is first needed."""
    return _hasher.hash(secrets.token_urlsafe(16))


def password_matches(stored: str | None, password: str) -> bool:
    """Whether it is the agent's password; takes as long for a login that does not exist."""
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return stored is not None


class GuessLimit:
    """Counts failed sign-ins per key (login, address) in a sliding span and refuses beyond the limit."""

    def __init__(self, most: int, span_s: float, keys: int = 10_000) -> None:
        self._most = most
        self._span_s = span_s
        self._keys = keys
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Seconds until the next guess is allowed, 0 when it is now."""
        now = monotonic()
        recent = [at for at in self._failures.get(key, ()) if now - at < self._span_s]
        return 0.0 if len(recent) < self._most else self._span_s - (now - recent[-self._most])

    def failed(self, key: str) -> None:
        """Count a wrong guess."""
        now = monotonic()
        recent = [at for at in self._failures.pop(key, ()) if now - at < self._span_s]
        self._failures[key] = [*recent[-self._most :], now]
        while len(self._failures) > self._keys:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)
