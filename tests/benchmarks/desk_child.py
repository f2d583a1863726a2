"""``python desk_child.py UNTIL [KEYS]``: the desk as it is started, up to a point of its start. Run as a file.

Prints the time it was reached and which of the heavy packages were imported by then. KEYS is a file that
answers in the place of the desktop's keyring service, which is looked for all the same.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final

HEAVY: Final = ("sqlalchemy", "httpx", "keyring", "qasync", "mim_desk.hub")


def told(point: str) -> None:
    """Called by the desk at each point of its start; ends the process at the one asked for."""
    if point != sys.argv[1]:
        return
    found: dict[str, Any] = {"at": time.monotonic(), "heavy": [name for name in HEAVY if name in sys.modules]}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)


def _answering(real: Callable[[str, str], str | None]) -> Callable[[str, str], str]:
    """Looks for the desktop's keyring service as the desk does, and answers from the file."""

    def from_file(service: str, name: str) -> str:
        found = real(service, name)
        return Path(sys.argv[2]).read_text("utf-8") if found is None else found

    return from_file


class _Patching:
    """Finds modules, and puts the file in the keyring's place when the desk imports it, and not before."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """The module's own spec, with one more step after it was run."""
        if name != "mim_desk.desk.secret_service":
            return None
        spec: Any = PathFinder.find_spec(name, path)
        run = spec.loader.exec_module

        def run_and_patch(module: Any) -> None:
            run(module)
            module.password = _answering(module.password)

        spec.loader.exec_module = run_and_patch
        return spec


def main() -> int:
    """Start the desk."""
    from mim_desk import app

    if len(sys.argv) > 2:
        sys.meta_path.insert(0, _Patching())

    return app.main(argparse.Namespace(offscreen=True, screenshot=None), told)


if __name__ == "__main__":
    sys.exit(main())
