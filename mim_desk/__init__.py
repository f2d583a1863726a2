"""MIM Desk: every messaging channel in one unified-sender inbox on the agent's desktop."""

import sys

__version__ = "0.1.0"

# httpx would bring a command line of its own, and with it click, rich and pygments: 60 ms of each start. A module that is
# None is one that cannot be imported, and httpx does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
