"""What a domain says of the servers that may send its mail (SPF, RFC 7208), from TXT records that are looked up elsewhere.

``v=spf1 include:_spf.example.net ip4:192.0.2.0/24 -all``
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

Known = Mapping[str, Sequence[str] | None]
"""The TXT records of names: none where there are none, None where the DNS did not say."""
MOST_LOOKUPS: Final = 10
"""RFC 7208, 4.6.4: a receiver that would have to ask for more takes the record for broken."""
_TERM: Final = re.compile(r"([+?~-]?)([A-Za-z0-9]+)(?::([^/]*))?((?:/[0-9]{1,3})?(?://[0-9]{1,3})?)")
_MODIFIER: Final = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)")
_ASKS: Final = frozenset({"include", "a", "mx", "ptr", "exists"})


class Fault(StrEnum):
    """Why receivers can do nothing with a record."""

    NONE = "none"
    SEVERAL = "several"
    BROKEN = "broken"
    TOO_MANY = "too-many"
    NOTHING_INCLUDED = "nothing-included"


@dataclass
class Spf:
    """What the record comes to.

    Attributes:
        fault: why it counts for nothing, with ``about``, the word or name that is to blame.
        rest: what becomes of servers that it does not name: ``-`` refused, ``~`` doubted, ``?`` nothing said, ``+`` allowed.
        names: whether any server may send at all.
        missing: names that have to be looked up first.
        unanswered: names of which the DNS did not say anything.
    """

    fault: Fault | None = None
    about: str = ""
    rest: str = "?"
    names: bool = False
    lookups: int = 0
    missing: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def blame(self, fault: Fault, about: str) -> None:
        """The first fault is told."""
        if self.fault is None:
            self.fault, self.about = fault, about


def told(domain: str, known: Known) -> Spf:
    """What the record of a domain comes to, as far as the answers go."""
    spf = Spf()
    _read(spf, domain, known, whole=True)
    return spf


def _read(spf: Spf, name: str, known: Known, *, whole: bool) -> None:
    """Follow a record; of one that is included what it says of the rest does not count."""
    if name not in known:
        spf.missing.append(name)
        return
    texts = known[name]
    if texts is None:
        spf.unanswered.append(name)
        return
    found = [text for text in texts if text.lower().split(" ", 1)[0] == "v=spf1"]
    if len(found) == 1:
        _follow(spf, found[0].split()[1:], known, whole=whole)
    elif found:
        spf.blame(Fault.SEVERAL, name)
    else:
        spf.blame(Fault.NOTHING_INCLUDED if spf.lookups else Fault.NONE, name)


def _follow(spf: Spf, terms: Sequence[str], known: Known, *, whole: bool) -> None:
    redirect = ""
    for term in terms:
        modifier = _MODIFIER.fullmatch(term)
        if modifier:
            redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
            continue
        mechanism = _mechanism(term)
        if mechanism is None:
            spf.blame(Fault.BROKEN, term)
            return
        qualifier, kind, value = mechanism
        if kind == "all":
            spf.rest = qualifier if whole else spf.rest
            return  # what stands behind it is never looked at
        spf.names = spf.names or (qualifier == "+" and kind != "include")
        if kind in _ASKS:
            _ask(spf, value if kind == "include" else "", known, whole=False)
    if redirect:
        _ask(spf, redirect, known, whole=whole)


def _ask(spf: Spf, name: str, known: Known, *, whole: bool) -> None:
    """One more look into the DNS; where a name has macros in it, nobody can follow it before there is a mail."""
    spf.lookups += 1
    if spf.lookups > MOST_LOOKUPS:
        spf.blame(Fault.TOO_MANY, name)
    elif "%" in name:
        spf.names = True
    elif name:
        _read(spf, name.rstrip(".").lower(), known, whole=whole)


def _mechanism(term: str) -> tuple[str, str, str] | None:
    """How, what and where a mechanism says; None for one that there is not."""
    found = _TERM.fullmatch(term)
    if found is None:
        return None
    kind, value, span = found[2].lower(), found[3] or "", found[4]
    good = _GOOD.get(kind)
    return (found[1] or "+", kind, value) if good is not None and good(value, span) else None


def _is_net(version: int) -> Callable[[str, str], bool]:
    def check(value: str, span: str) -> bool:
        try:
            return ipaddress.ip_network(value + span, strict=False).version == version
        except ValueError:
            return False

    return check


_GOOD: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "all": lambda value, span: not value and not span,
    "include": lambda value, span: bool(value) and not span,
    "exists": lambda value, span: bool(value) and not span,
    "a": lambda value, span: True,
    "mx": lambda value, span: True,
    "ptr": lambda value, span: not span,
    "ip4": _is_net(4),
    "ip6": _is_net(6),
}
