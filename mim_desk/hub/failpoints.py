"""Named places where a test can make the hub die or wait: ``MIM_DESK_FAILPOINT=send.after_bytes:kill``."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "MIM_DESK_FAILPOINT"


class FailPoints:
    """The places that were named in the environment; none in daily life.

    Several are separated by commas; the action is ``kill`` or ``wait=<seconds>``. ``name@3:kill`` is for the third time
    that the place is reached, and for that one alone.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        listed = (entry.partition(":") for entry in environ.get(VARIABLE, "").split(",") if entry)
        self._actions = {name.strip(): action.strip() for name, _, action in listed}
        self._reached: Counter[str] = Counter()

    async def reach(self, name: str) -> None:
        """Say that the named place is reached."""
        if not self._actions:
            return
        self._reached[name] += 1
        action = self._actions.get(f"{name}@{self._reached[name]}") or self._actions.get(name)
        if action is None:
            return
        if action == "kill":
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        elif action.startswith("wait="):
            await asyncio.sleep(float(action.removeprefix("wait=")))
        else:
            raise ValueError(f"{VARIABLE}: {name} has the unknown action {action!r}")


NO_POINTS: Final = FailPoints({})
"""Of daily life."""
