"""What a domain asks of those who receive mail that is forged in its name (DMARC, RFC 7489).

``_dmarc.example.com``: ``v=DMARC1; p=reject; rua=mailto:dmarc@example.com``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mim_desk.channels.email.spf import Known

POLICIES: Final = ("none", "quarantine", "reject")
MOST_NAMES: Final = 8


@dataclass(frozen=True)
class Dmarc:
    """The policy that counts for a domain.

    Attributes:
        policy: one of ``POLICIES``, empty where there is none.
        place: the name at which it was found, or at which several or a broken one stand.
        several, broken: why there is none.
        missing: the name that has to be looked up first.
        unanswered: the name of which the DNS did not say anything.
    """

    policy: str = ""
    place: str = ""
    several: bool = False
    broken: bool = False
    missing: str = ""
    unanswered: str = ""


def told(domain: str, known: Known) -> Dmarc:
    """The policy of a domain: its own, else that of the nearest domain above which has one."""
    for above in _domains(domain):
        place = f"_dmarc.{above}"
        if place not in known:
            return Dmarc(missing=place)
        texts = known[place]
        if texts is None:
            return Dmarc(unanswered=place)
        found = [tags for tags in map(tags_of, texts) if next(iter(tags.items()), None) == ("v", "DMARC1")]
        if len(found) > 1:
            return Dmarc(place=place, several=True)
        if found:
            return _policy(found[0], place, above == domain)
    return Dmarc()


def _domains(domain: str) -> list[str]:
    """The domain and those above it, without the last label alone, at which no company stands."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(len(labels) - 1, 1))][:MOST_NAMES]


def _policy(tags: Mapping[str, str], place: str, own: bool) -> Dmarc:
    """RFC 7489, 6.3: one that cannot be read counts as none where reports are wanted, and not at all where they are not."""
    told = (tags.get("p", "") if own else tags.get("sp", tags.get("p", ""))).lower()
    if told in POLICIES:
        return Dmarc(told, place)
    return Dmarc("none" if tags.get("rua") else "", place, broken=True)


def tags_of(text: str) -> dict[str, str]:
    """The tags of a record in their order: ``v=DMARC1; p=none``. A tag that is none is left out, as receivers do."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): "".join(value.split()) for name, is_tag, value in pairs if is_tag}
