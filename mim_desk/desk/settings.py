"""Settings of this desk: one readable file, never a secret in it."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec


class Network(StrEnum):
    """The network policy."""

    ONLINE = "online"
    METERED = "metered"
    OFFLINE = "offline"


class Settings(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a person set; unknown names of newer versions are ignored.

    Attributes:
        hub_url: the team's hub; empty means the embedded one.
        network: ``online``, ``metered`` (files only on demand) or ``offline`` (nothing leaves or enters).
        theme: ``system``, ``light``, ``dark`` or ``high_contrast``.
        send_key: ``enter`` or ``ctrl_enter``.
        notifications: whether the desktop shows them; ``notification_text``: with the customer's words.
        first_run_done: whether the first screen was answered.
        view: the view the agent chose last, empty before the first choice.
        window: sizes by name, as the window left them.
    """

    hub_url: str = ""
    network: Network = Network.ONLINE
    theme: str = "system"
    send_key: str = "enter"
    notifications: bool = True
    notification_text: bool = True
    first_run_done: bool = False
    view: str = ""
    window: dict[str, Any] = {}


class SettingsFile:
    """The settings with the file they live in.

    Attributes:
        current: as they are now.
        problem: why the file was set aside, empty when it was read whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problem = ""
        self.current = self._read()

    def _read(self) -> Settings:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Settings)
        except FileNotFoundError:
            return Settings()
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            aside = self._path.with_suffix(".unreadable.json")
            self._path.replace(aside)
            self.problem = f"The settings could not be read ({error}). They start anew; the old file is {aside.name}."
            return Settings()

    def change(self, **values: Any) -> Settings:
        """Set values and write the file, wholly or not at all."""
        changed = msgspec.convert({**msgspec.to_builtins(self.current), **msgspec.to_builtins(values)}, type=Settings)
        write_atomically(self._path, msgspec.json.format(msgspec.json.encode(changed)))
        self.current = changed
        return changed


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file, owner-only; a crash leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
