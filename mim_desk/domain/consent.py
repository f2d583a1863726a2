"""Consent: what a contact wants to be sent, where they said so, and when that is final (DESIGN.md, "Consent before outreach")."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar


class Purpose(StrEnum):
    """What a consent is about; a workspace may have others of its own."""

    MESSAGES = "messages"
    """Anything at all: what STOP ends."""
    MARKETING = "marketing"


class Source(StrEnum):
    """Who says so."""

    KEYWORD = "keyword"
    PROVIDER = "provider"
    AGENT = "agent"


THEIR_OWN: Final = (Source.KEYWORD, Source.PROVIDER)
"""Said by the contact themselves, so nobody here overrules it."""


class Said(Protocol):
    """One statement; without an inbox it is about the whole contact, without an external id about the whole inbox."""

    @property
    def purpose(self) -> str: ...
    @property
    def granted(self) -> bool: ...
    @property
    def at(self) -> datetime: ...
    @property
    def source(self) -> str: ...
    @property
    def inbox_id(self) -> str: ...
    @property
    def external_id(self) -> str: ...
    @property
    def blocks(self) -> bool: ...


S = TypeVar("S", bound=Said)


def newest(said: Iterable[S]) -> S | None:
    """What counts of statements about the same: the last one, and of two at the same time the one that says no."""
    return max(said, key=lambda one: (one.at, not one.granted), default=None)


def standing(said: Iterable[S]) -> list[S]:
    """What counts of statements about different things, in their order."""
    by_key: dict[tuple[str, str, str], list[S]] = {}
    for one in said:
        by_key.setdefault((one.inbox_id, one.external_id, one.purpose), []).append(one)
    return [found for every in by_key.values() if (found := newest(every)) is not None]


def joined(theirs: Iterable[Iterable[S]]) -> list[S]:
    """What counts where several contacts are one person: each one's last word, and of those a no before a yes."""
    by_key: dict[tuple[str, str, str], S] = {}
    for one in (one for each in theirs for one in standing(each)):
        key = (one.inbox_id, one.external_id, one.purpose)
        known = by_key.get(key)
        if known is None or (known.granted, one.at) > (one.granted, known.at):
            by_key[key] = one
    return list(by_key.values())


def stopped(consents: Iterable[S], inbox_id: str, external_id: str) -> S | None:
    """The word by which nothing at all gets through to an address, not even an answer."""
    return next(
        (one for one in consents if one.blocks and not one.granted and _is_about(one, inbox_id, external_id)), None
    )


def unwanted(consents: Iterable[S], inbox_id: str, external_id: str, purpose: str) -> S | None:
    """The word against what nobody asked for there: about this purpose or all, this address or all."""
    about = (purpose, Purpose.MESSAGES)
    found = (one for one in consents if not one.granted and one.purpose in about)
    return next((one for one in found if _is_about(one, inbox_id, external_id)), None)


def _is_about(one: Said, inbox_id: str, external_id: str) -> bool:
    return one.inbox_id in ("", inbox_id) and one.external_id in ("", external_id)
