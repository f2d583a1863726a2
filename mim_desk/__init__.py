"""MIM Desk: every messaging channel in one unified-sender inbox on the agent's desktop."""

from typing import Final

__version__: Final = "0.1.0"
