"""Where the desk keeps its files."""

import os
from pathlib import Path
from typing import NamedTuple

HOME_VARIABLE = "MIM_DESK_HOME"


class Paths(NamedTuple):
    """The files of one home folder; made owner-only on first use."""

    home: Path

    @property
    def settings(self) -> Path:
        """Settings of this desk, no secrets."""
        return self.home / "settings.json"

    @property
    def cache(self) -> Path:
        """Rebuildable copy of the hub's rows, encrypted."""
        return self.home / "cache.db"

    @property
    def outbox(self) -> Path:
        """Drafts and what the hub has not yet accepted, encrypted."""
        return self.home / "outbox.db"

    @property
    def secrets(self) -> Path:
        """Keys under a passphrase, where there is no keyring."""
        return self.home / "secrets.sealed"

    @property
    def hub(self) -> Path:
        """Home folder of the embedded hub."""
        return self.home / "hub"

    def make(self) -> "Paths":
        """Create the folder, readable by its owner only."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        return self


def home() -> Path:
    """``MIM_DESK_HOME``, else the platform's data folder."""
    given = os.environ.get(HOME_VARIABLE)
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("mim-desk", appauthor=False))
