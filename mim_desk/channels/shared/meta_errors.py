"""The error table that Messenger and Instagram share: what each code asks of the sender, and one sentence for the agent.

https://developers.facebook.com/docs/messenger-platform/error-codes
"""

from dataclasses import dataclass
from typing import Final

from mim_desk.channels.base import UNREADABLE_ANSWER, Account, Action, InDoubt, Refused, Response, Taken
from mim_desk.channels.shared import meta
from mim_desk.channels.shared import meta_payloads as payloads
from mim_desk.channels.shared.meta import ANY, Rule, Rules
from mim_desk.channels.shared.meta_bodies import read
from mim_desk.domain.refusal import Refusal

_LATE: Final = (2018278, 2018065, 2534022)
_NO_ACCESS: Final = (2018108, 2534048)
_OLD_VERSION: Final = (2500, 2635)


def rules_of(service: str) -> Rules:
    """The table, with the service's name in its sentences."""
    return {**_passing(service), **_of_person(service), **_of_message(service), **_of_account(service)}


def _passing(service: str) -> Rules:
    busy = Rule(Action.RETRY, f"{service} cannot take the message at the moment; trying again.")
    fast = Rule(Action.RETRY, f"{service} takes no more messages at the moment; trying again.", 20.0, whole=True)
    return {
        **dict.fromkeys((1, 2, 1200, (ANY, 1545133)), busy),
        **dict.fromkeys((4, 17, 32, 613, (ANY, 2018022)), fast),
    }


def _of_person(service: str) -> Rules:
    late = Rule(
        Action.WINDOW_CLOSED,
        f"{service} says that the customer wrote too long ago. They have to write again before you can answer.",
    )
    gone = Rule(Action.BLOCKED, f"This person cannot be reached on {service}: they blocked us, or left.")
    # Once "the window is closed", in older lists "this person cannot be reached".
    either = Rule(Action.REJECTED, f"{service} does not let us write to this person: they left, or wrote too long ago.")
    return {
        **{(ANY, subcode): late for subcode in _LATE},
        (ANY, 1545041): either,
        551: gone,
        (ANY, 2534014): gone,
        (ANY, 2018001): Rule(Action.REJECTED, f"{service} does not know this person in this inbox."),
        (ANY, 2534001): Rule(Action.REJECTED, f"This conversation was archived or deleted on {service}."),
    }


def _of_message(service: str) -> Rules:
    unusable = Rule(Action.REJECTED, f"{service} cannot use this message. {{said}}")
    return {
        **dict.fromkeys((100, 36000), unusable),
        (ANY, 2018109): Rule(Action.REJECTED, f"The file is too big for {service}. Send a smaller one."),
        (ANY, 2018034): Rule(Action.REJECTED, f"{service} says that the message is empty."),
        (ANY, 2534025): Rule(
            Action.REJECTED, "There is a private reply to this comment already; it may be this one. Look there first."
        ),
        10900: Rule(
            Action.REJECTED, "There is a private reply to this comment already; it may be this one. Look there first."
        ),
        (ANY, 2534013): Rule(Action.REJECTED, f"{service} allows no more private replies at the moment."),
    }


def _of_account(service: str) -> Rules:
    permission = Rule(
        Action.SETTINGS,
        f"The access token may not send on {service}. An admin must renew it with the right permissions.",
    )
    no_access = Rule(
        Action.SETTINGS,
        "The app may write only to people who have a role in it. An admin must ask Meta for Advanced Access.",
    )
    return {
        **dict.fromkeys((3, 10, 199, *range(200, 300)), permission),
        **{(ANY, subcode): no_access for subcode in _NO_ACCESS},
        190: Rule(Action.SETTINGS, f"{service} no longer accepts the access token. An admin must enter a new one."),
        (2, 2018344): Rule(Action.SETTINGS, "An admin of the Page must accept Meta's contact terms first."),
    }


def told_of(rules: Rules, response: Response, service: str) -> Taken | Refused | InDoubt:
    """What the answer to a sent call means."""
    if 200 <= response.status < 300:
        sent = read(payloads.Sent, response.body)
        if sent is None:
            return UNREADABLE_ANSWER
        found = sent.message_id or sent.id
        to = str(sent.recipient_id) if sent.recipient_id else ""
        return Taken((found,) if found else (), recipient=to)
    error = meta.told_error(response.body)
    if error and error.code == 200 and not error.error_subcode and "receiving messages" in error.said.lower():
        # A code of missing rights, but these words are of one person alone.
        return Refused(Action.BLOCKED, rules[551].reason, error.name)
    if error and error.code == 10 and "controlling this thread" in error.said.lower():
        # [unverified] Its subcode stands in no table we read; the words are those that developers quote.
        return Refused(
            Action.REJECTED, "Another tool of yours has this chat. Answer once it hands it back.", error.name
        )
    if error and "human" in error.said.lower() and "agent" in error.said.lower():
        # One late answer must not pause the account for everybody else.
        reason = "The customer wrote more than 24 hours ago, and Meta has not given the app the right to answer later."
        return Refused(Action.WINDOW_CLOSED, reason, error.name)
    return meta.refused(rules, response, service)


@dataclass(frozen=True, slots=True)
class Probe:
    """How the call that proves the credentials is judged.

    Attributes:
        setting: the one that holds the id which was asked for.
        noun: what that is, in a sentence.
        same_id: whether Meta must call it by that id.
    """

    rules: Rules
    setting: str
    noun: str
    same_id: bool = True


def judge_probe(probe: Probe, account: Account, response: Response | None) -> None:
    """Raise a Refusal that names the wrong field."""
    field = f"settings.{probe.setting}"
    if response is None:
        raise _wrong("Meta could not be reached. Check the network and the base address.", "settings.api_base_url")
    if 200 <= response.status < 300:
        told = read(payloads.Node, response.body)
        if probe.same_id and told and told.id and str(told.id) != account.settings.get(probe.setting):
            raise _wrong(f"Meta knows this {probe.noun} by another ID. Copy it again.", field)
        return
    error = meta.told_error(response.body) or meta.GraphError()
    rule = meta.rule_of(probe.rules, error)
    if response.status == 401 or (rule and rule.action is Action.SETTINGS):
        raise _wrong(rule.reason if rule else "Meta does not accept the access token. Copy it again.", _TOKEN)
    if error.code in _OLD_VERSION:
        raise _wrong(f"Meta does not know this Graph version. {error.said}".strip(), "settings.graph_version")
    if response.status == 429 or response.status >= 500 or (rule and rule.action is Action.RETRY):
        raise _wrong("Meta is busy at the moment. Try again in some minutes.", "")
    raise _wrong(f"Meta does not know this {probe.noun}. {error.said or f'It answered {response.status}.'}", field)


_TOKEN: Final = "secrets.access_token"  # noqa: S105  # the name of a field


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)
