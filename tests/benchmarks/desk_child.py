"""``python desk_child.py UNTIL [BACKEND]``: the desk as it is started, up to a point of its start. Run as a file.

Prints the time it was reached and which of the heavy packages were imported by then. BACKEND is a file
with the keys, in the place of the desktop's keyring.
"""

import argparse
import json
import os
import sys
import time
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


def main() -> int:
    """Start the desk."""
    from mim_desk import app

    return app.main(argparse.Namespace(offscreen=True, screenshot=None), told)


if __name__ == "__main__":
    sys.exit(main())
