"""People at work: roles and states of agents."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do in the workspace."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Presence(StrEnum):
    """Whether an agent takes conversations now."""

    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"
