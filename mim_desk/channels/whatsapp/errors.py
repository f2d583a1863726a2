"""The error table of the WhatsApp Cloud API: what each code asks of the sender, and one sentence for the agent.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from mim_desk.channels.base import Action, Refused, Response, Unwanted
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.meta import GraphError, Rule, Rules, rule_of, sentence
from mim_desk.domain.consent import Purpose

SERVICE: Final = "WhatsApp"
_BUSY: Final = Rule(Action.RETRY, "WhatsApp cannot take the message at the moment; trying again.")
_TOO_FAST: Final = Rule(Action.RETRY, "WhatsApp takes no more messages at the moment; trying again.", 20.0, whole=True)
_MOVING: Final = Rule(Action.RETRY, "WhatsApp is changing something at this number; trying again.", 90.0, whole=True)
_UNUSABLE: Final = Rule(Action.REJECTED, "WhatsApp cannot use this message. {said}")
_TEMPLATE: Final = Rule(
    Action.REJECTED, "The template does not fit what WhatsApp approved. {said}", templates_stale=True
)
_PERMISSION: Final = Rule(
    Action.SETTINGS,
    "The access token may not send from this number. An admin must renew it with the right permissions.",
)
_TOKEN: Final = Rule(Action.SETTINGS, "WhatsApp no longer accepts the access token. An admin must enter a new one.")
_FILE: Final = "WhatsApp could not take the file. Check that it opens and that its type is right, then send it again."


_WATCHED: Final = (131048, 131064)
"""Codes by which Meta holds the number back for a while."""


def _locked(reason: str) -> Rule:
    return Rule(Action.SETTINGS, f"{reason} An admin finds out more in Meta's Business Manager.")


RULES: Final[Rules] = {
    **dict.fromkeys((1, 2, 131000, 131016, 133004), _BUSY),
    **dict.fromkeys((4, 80007, 130429), _TOO_FAST),
    131056: Rule(
        Action.RETRY, "WhatsApp wants some seconds between messages to one person; trying again.", 8.0, whole=False
    ),
    **dict.fromkeys((131057, 2494100), _MOVING),
    131048: Rule(
        Action.REJECTED,
        "WhatsApp holds this number back since people reported it. Send nothing unasked; try again in some hours.",
    ),
    131064: Rule(
        Action.REJECTED, "WhatsApp limits this number since templates had the wrong category. Try again later."
    ),
    131049: Rule(
        Action.REJECTED, "WhatsApp gave this person enough marketing for now. Wait a day before you send it again."
    ),
    131047: Rule(
        Action.WINDOW_CLOSED, "The customer wrote more than 24 hours ago. Only an approved template can be sent now."
    ),
    131050: Rule(
        Action.REJECTED, "This person wants no marketing messages from you.", unwanted=Unwanted(Purpose.MARKETING)
    ),
    131026: Rule(
        Action.BLOCKED, "This person cannot be reached on WhatsApp: no account, an old app, or its terms not accepted."
    ),
    130403: Rule(Action.BLOCKED, "This person is blocked by us on WhatsApp. Unblock them first."),
    130472: Rule(Action.REJECTED, "WhatsApp did not deliver it since this person is part of a marketing experiment."),
    131021: Rule(Action.REJECTED, "The number would write to itself."),
    131030: Rule(
        Action.REJECTED, "This is a test number, and this person is not on its list. Add their number at Meta first."
    ),
    **dict.fromkeys((131051, 100, 131008, 131009, 33), _UNUSABLE),
    131052: Rule(Action.REJECTED, "WhatsApp could not bring the file. Ask for it again."),
    131053: Rule(Action.RETRY, _FILE, 2.0, most_attempts=2),
    **dict.fromkeys((132000, 132001, 132005, 132007, 132008, 132012, 132018), _TEMPLATE),
    132015: Rule(
        Action.REJECTED,
        "WhatsApp paused this template since people did not like it. Choose another one.",
        templates_stale=True,
    ),
    132016: Rule(
        Action.REJECTED, "WhatsApp switched this template off for good. Choose another one.", templates_stale=True
    ),
    131062: Rule(Action.REJECTED, "This template needs a phone number, and this person hides theirs. Ask for it."),
    131063: Rule(Action.REJECTED, "Marketing messages are switched off for this number at Meta."),
    **dict.fromkeys((0, 190), _TOKEN),
    **dict.fromkeys((3, 10, 131005, *range(200, 300)), _PERMISSION),
    368: _locked("Meta locked the account since it broke a policy."),
    131031: _locked("Meta locked the account."),
    131042: _locked("WhatsApp cannot charge the account: there is a problem with its payment."),
    131045: _locked("The number is not registered for sending."),
    131037: _locked("The number's display name is not approved yet."),
    130497: _locked("Meta does not let this account write to people in that country."),
}


ALARM: Final = "Sending"
"""What news about refusals are called in the inbox's health."""


def refused(response: Response) -> Refused:
    """What an answer that is no success means; when the number is held back, that stands in the inbox's health too."""
    told = meta.refused(RULES, response, SERVICE)
    is_watched = told.code in map(str, _WATCHED)
    return replace(told, alarm=(ALARM, told.reason)) if is_watched else told


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message that was taken first was not delivered.

    Attributes:
        window_closed: nothing is taken before the customer writes again.
        unwanted: what the customer wants no more.
        templates_stale: Meta knows the template otherwise than we do.
        is_of_account: it says something of the number or the account, which somebody should look at.
    """

    reason: str
    code: str = ""
    window_closed: bool = False
    is_of_account: bool = False
    unwanted: Unwanted | None = None
    templates_stale: bool = False


def failure_of(errors: Iterable[GraphError]) -> Failure:
    """What a failed status means."""
    error = next(iter(errors), GraphError())
    rule = rule_of(RULES, error)
    code = error.name if error.code >= 0 else ""
    if rule is None:
        return Failure(f"WhatsApp did not deliver the message. {error.said}".rstrip(), code)
    if rule.action is Action.RETRY and rule.most_attempts is None:
        return Failure("WhatsApp could not deliver the message. Send it again later.", code)
    is_of_account = rule.action is Action.SETTINGS or error.code in _WATCHED
    closed = rule.action is Action.WINDOW_CLOSED
    return Failure(sentence(rule, error), code, closed, is_of_account, rule.unwanted, rule.templates_stale)
