"""MIM Desk: every messaging channel in one unified-sender inbox on the agent's desktop."""

__version__ = "0.1.0"
