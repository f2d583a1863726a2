"""The statuses of SMPP 3.4: what each asks of the sender, and the sentence for the agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mim_desk.channels.base import Action, Refused

OK: Final = 0x00
INVALID_COMMAND: Final = 0x03
ALREADY_BOUND: Final = 0x05
BIND_FAILED, WRONG_PASSWORD, WRONG_SYSTEM_ID = 0x0D, 0x0E, 0x0F
CREDENTIALS: Final = (BIND_FAILED, WRONG_PASSWORD, WRONG_SYSTEM_ID)
SLOW_DOWN: Final = (0x14, 0x58)
"""The queue is full, or too many messages a second: certainly not taken."""
ONCE_MORE: Final = (0x45, 0xFE, 0xFF)
"""Worth one more try at once, no more."""
NOT_READY: Final = 0x64
"""What we answer while a message cannot be stored: the carrier brings it again."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a status means."""

    action: Action
    reason: str


_CREDENTIALS: Final = Rule(
    Action.SETTINGS, "The carrier does not accept the system id and password. Renew them in the inbox's settings."
)
_BUSY: Final = Rule(Action.RETRY, "The carrier is busy; trying again.")
_SLOWER: Final = Rule(Action.RETRY, "The carrier asks for fewer messages at a time; trying again.")
_FAILED: Final = Rule(Action.REJECTED, "The carrier did not take the message and gave no reason. Send it once more.")
_MALFORMED: Final = Rule(Action.REJECTED, "The carrier did not understand the message. Tell an admin.")
_TIMES: Final = Rule(Action.REJECTED, "The carrier refused the message's time. Tell an admin.")

RULES: Final[Mapping[int, Rule]] = {
    0x01: _MALFORMED,
    0x02: _MALFORMED,
    INVALID_COMMAND: _MALFORMED,
    0x04: Rule(Action.RETRY, "The connection to the carrier is not ready; trying again."),
    ALREADY_BOUND: Rule(Action.RETRY, "Another program is connected to the carrier's account; trying again."),
    0x08: _BUSY,
    0x0A: Rule(Action.SETTINGS, "The carrier does not accept the sender. Check it in the inbox's settings."),
    0x0B: Rule(Action.BLOCKED, "This number cannot receive SMS. Ask for another one."),
    **dict.fromkeys(CREDENTIALS, _CREDENTIALS),
    0x14: _SLOWER,
    0x45: _FAILED,
    0x58: _SLOWER,
    0x61: _TIMES,
    0x62: _TIMES,
    NOT_READY: _BUSY,
    0x65: Rule(Action.REJECTED, "The carrier refused the message for good. Try another channel."),
    0x66: Rule(Action.REJECTED, "The carrier refused the message. Try another channel."),
    0xFE: _FAILED,
    0xFF: _FAILED,
}


def refused(status: int) -> Refused:
    """What an answer that is no success means for a message."""
    rule = RULES.get(status) or Rule(Action.REJECTED, "The carrier did not take the message.")
    return Refused(rule.action, rule.reason, f"0x{status:02X}")


WRONG_FIELD: Final[Mapping[int, tuple[str, str]]] = {
    WRONG_PASSWORD: ("The carrier does not accept the password. Copy it again.", "secrets.password"),
    WRONG_SYSTEM_ID: ("The carrier does not know this system id. Copy it again.", "settings.system_id"),
    BIND_FAILED: (
        "The carrier does not accept this system id with this password. Copy both again.",
        "secrets.password",
    ),
}
"""For the statuses of a bind: the sentence and the field that it blames."""


def unbound(status: int) -> Refused:
    """Why a connection was not accepted, for the admin."""
    said = WRONG_FIELD.get(status)
    if said is not None:
        return Refused(Action.SETTINGS, said[0], f"0x{status:02X}")
    rule = RULES.get(status)
    told = rule.reason if rule and rule.action is Action.RETRY else "The carrier refuses the connection; trying again."
    return Refused(Action.RETRY, told, f"0x{status:02X}")
