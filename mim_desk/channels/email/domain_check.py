"""The set-up check of the sending domain: what its SPF, DKIM and DMARC records come to, in sentences for the admin.

The sheet has them as the mail server's task and wants a set-up check. Our mails have the account's address both as From
and as sender of the envelope, so the domain looked at is the one with which SPF and DKIM have to agree. Through which of
its machines a mail server sends nobody outside can know: the records are read, no address is tried against them.
"""

from collections.abc import Mapping
from typing import Any, Final

from mim_desk.channels.email import dkim, dmarc, settings, spf
from mim_desk.channels.email.spf import Known
from mim_desk.channels.standing import Figure, FigureState

OK, WARNING, DANGER = FigureState.OK, FigureState.WARNING, FigureState.DANGER
_SILENT: Final = "Could not be looked up: the DNS did not answer for {place}. It is asked again by itself."
_SPF_FAULTS: Final = {
    spf.Fault.NONE: "{domain} has no SPF record: mail from it will be taken for forged in many places. Add a TXT record "
    "that names your mail server.",
    spf.Fault.SEVERAL: "{about} has several SPF records, so receivers follow none. Make one of them.",
    spf.Fault.BROKEN: "The SPF record has a word that there is not, {about}, so receivers do not follow it.",
    spf.Fault.TOO_MANY: "The SPF record makes receivers ask the DNS more than 10 times, so they do not follow it. "
    "Take out what sends no more mail for you.",
    spf.Fault.NOTHING_INCLUDED: "The SPF record points to {about}, which has none of its own (or several), so receivers "
    "do not follow it.",
}
_SPF_RESTS: Final = {
    "-": (OK, "{domain} has one, and a strict one: mail of servers that it does not name is to be refused (-all)."),
    "~": (OK, "{domain} has one: mail of servers that it does not name is to be doubted (~all)."),
    "?": (WARNING, "{domain} has one, but it says nothing of servers that it does not name: end it with ~all or -all."),
    "+": (
        WARNING,
        "{domain} has one, but it lets every server in the world send in your name (+all): end it with ~all or -all.",
    ),
}
_NOBODY: Final = "The SPF record says that {domain} sends no mail at all: mail from it will be refused."
_DKIM_FAULTS: Final = {
    dkim.Fault.NONE: "There is no key at {place}: look at the selector, or have your mail server sign.",
    dkim.Fault.SEVERAL: "There are several keys at {place}, so receivers may take the wrong one. Leave one.",
    dkim.Fault.REVOKED: "The key at {place} was withdrawn (it is empty): mail signed with it will be taken for forged.",
    dkim.Fault.BROKEN: "What stands at {place} is no key that can be read. Copy it from your mail server once more.",
    dkim.Fault.SHORT: "The key at {place} has only {bits} bits, so signatures by it count for nothing. 2048 are advised.",
    dkim.Fault.NOT_FOR_MAIL: "The key at {place} is not for signatures of mail as they are made today.",
}
_NO_SELECTOR: Final = "Not looked at: enter the selector in the settings, since a key is found by it alone."
_ASKED: Final = {"none": "let through", "quarantine": "put aside as spam", "reject": "refuse"}


def wanted(account: Mapping[str, Any], known: Known) -> list[str]:
    """The names to look up next, none when all is known."""
    domain, selector = settings.domain(account), settings.dkim_selector(account)
    found = spf.told(domain, known).missing
    policy = dmarc.told(domain, known)
    place = dkim.place(selector, domain) if selector else ""
    key = [place] if place and dkim.told(place, known).missing else []
    return list(dict.fromkeys([*found, *([policy.missing] if policy.missing else []), *key]))


def figures(account: Mapping[str, Any], known: Known) -> tuple[Figure, ...]:
    """One for each of the three."""
    domain, selector = settings.domain(account), settings.dkim_selector(account)
    senders = spf.told(domain, known)
    key = dkim.told(dkim.place(selector, domain), known) if selector else None
    told = (_senders(domain, senders), _key(domain, selector, key), _policy(domain, senders, key, known))
    return tuple(
        Figure(name, value, state)
        for name, (state, value) in zip(("SPF record", "DKIM key", "DMARC record"), told, strict=True)
    )


def _senders(domain: str, told: spf.Spf) -> tuple[FigureState, str]:
    if told.fault is not None:
        return DANGER, _SPF_FAULTS[told.fault].format(domain=domain, about=told.about[:100])
    if told.missing or told.unanswered:
        return WARNING, _SILENT.format(place=[*told.unanswered, *told.missing][0][:100])
    if not told.names and told.rest == "-":
        return DANGER, _NOBODY.format(domain=domain)
    state, words = _SPF_RESTS[told.rest]
    return state, words.format(domain=domain)


def _key(domain: str, selector: str, told: dkim.Dkim | None) -> tuple[FigureState, str]:
    if told is None:
        return OK, _NO_SELECTOR
    place = dkim.place(selector, domain)
    if told.fault is not None:
        return DANGER, _DKIM_FAULTS[told.fault].format(place=place, bits=told.bits)
    if told.missing or told.unanswered:
        return WARNING, _SILENT.format(place=place)
    if told.testing:
        return WARNING, f"There is a key at {place}, but it says that it is only tried out (t=y): many do not count it."
    if 0 < told.bits < dkim.ADVISED_BITS:
        return OK, f"There is a key at {place}, of {told.bits} bits; 2048 are advised."
    return OK, f"There is a key at {place}."


def _policy(domain: str, senders: spf.Spf, key: dkim.Dkim | None, known: Known) -> tuple[FigureState, str]:
    told = dmarc.told(domain, known)
    if told.missing or told.unanswered:
        return WARNING, _SILENT.format(place=told.unanswered or told.missing)
    if told.several:
        return WARNING, f"There are several DMARC records at {told.place}, so receivers follow none. Leave one."
    if told.broken:
        return (
            WARNING,
            f"The DMARC record at {told.place} asks for nothing that there is: p is none, quarantine or reject.",
        )
    if not told.policy:
        return WARNING, f"There is no DMARC record at _dmarc.{domain}: large mailbox providers look for one."
    asked = f"{domain} has one: receivers are asked to {_ASKED[told.policy]} mail that neither SPF nor DKIM proves (p={told.policy})"
    if told.policy == "none" or not _is_broken(senders):
        return OK, f"{asked}."
    if key is not None and key.fault is not None:
        return DANGER, f"{asked}, and neither is in order here: that is what will become of replies."
    return WARNING, f"{asked}. SPF is not in order, so that all hangs on your mail server's signature (DKIM)."


def _is_broken(senders: spf.Spf) -> bool:
    return senders.fault is not None or (not senders.names and senders.rest == "-" and not senders.unanswered)
