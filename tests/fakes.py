"""The fakes of the suite, each once: the clock, the keyring, desktop notices. Everything else in a test is real."""

from datetime import UTC, datetime, timedelta

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError
from PySide6.QtCore import QObject, Signal

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""A Wednesday; where a test's clock starts when the moment does not matter."""


class FakeClock:
    """A clock that stands until it is moved; call it like ``utc_now``."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Moves the clock on and says the new time."""
        self.now += by
        return self.now


class FakeKeyring(KeyringBackend):
    """A desktop keyring in memory.

    Attributes:
        locked: when true every call answers like a keyring whose prompt was dismissed.
    """

    priority = 10  # type: ignore[assignment]  # keyring declares a class property here

    def __init__(self) -> None:
        super().__init__()
        self.locked = False
        self._secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        self._refuse_when_locked()
        return self._secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._refuse_when_locked()
        self._secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._refuse_when_locked()
        if self._secrets.pop((service, username), None) is None:
            raise PasswordDeleteError(username)

    def _refuse_when_locked(self) -> None:
        if self.locked:
            raise KeyringLocked("the prompt was dismissed")


class FakeNotices(QObject):
    """A notification server that remembers.

    Attributes:
        shown: (key, title, body) in the order they came.
        closed: keys that were taken away.
    """

    activated = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str, str]] = []
        self.closed: list[str] = []

    def show(self, key: str, title: str, body: str) -> None:
        """Remember it."""
        self.shown.append((key, title, body))

    def close(self, key: str) -> None:
        """Remember that too."""
        self.closed.append(key)
