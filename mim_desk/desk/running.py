"""Whether a process is still there, for folders that bear its number."""

import os


def is_running(pid: int) -> bool:
    """In doubt yes: what a living process keeps must not be removed."""
    if os.name == "nt":
        return True  # there a signal of 0 is Ctrl+C
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
