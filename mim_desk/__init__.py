"""MIM Desk: every messaging channel in one unified-sender inbox on the agent's desktop."""
