"""Where files read at run time live: beside a checkout, inside a wheel or inside a frozen build."""

import sys
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent


def resource(path: str) -> Path:
    """The file or folder ``path`` below ``resources/``."""
    return _root() / path


def _root() -> Path:
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / "resources"
    inside_wheel = _HERE / "_resources"
    return inside_wheel if inside_wheel.is_dir() else _HERE.parent / "resources"
