"""Where files read at run time live: beside a checkout, inside a wheel or inside a frozen build."""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
_ROOTS: Final = (_HERE / "_resources", _HERE.parent / "resources")
_ROOT: Final = next((root for root in _ROOTS if root.is_dir()), _ROOTS[-1])


def resource(path: str) -> Path:
    """The file or folder ``path`` below ``resources/``."""
    return _ROOT / path
