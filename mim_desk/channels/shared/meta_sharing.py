"""One webhook address for everything of an app of Meta: each item of a delivery goes to the inbox whose account it is of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account
from mim_desk.channels.shared import meta_payloads as payloads
from mim_desk.channels.shared.meta_bodies import read

_COMMENT_FIELDS: Final = frozenset({"feed", "mention", "ratings"})
"""Changes of a Page that are told to its comments' inbox."""
_WHATSAPP: Final = "whatsapp_business_account"
_LISTS: Final = ("messaging", "standby", "changes")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a delivery tells.

    Attributes:
        object: what the delivery is of: ``page``, ``instagram``, ``whatsapp_business_account``.
        entry_id: the account that the entry names.
        place: the entry's list that it stands in; empty where the entry itself is the change.
        field: of a change.
    """

    object: str
    entry_id: str
    place: str
    field: str
    raw: msgspec.Raw


Claim = Callable[[Item], bool]


def shared_out(body: bytes, accounts: Sequence[tuple[str, Account]]) -> list[bytes]:
    """The delivery cut for each of ``accounts`` (channel and account), empty where nothing is for one.

    What nobody claims is the first one's, and all of what cannot be read; a delivery that is the first
    one's as a whole stays byte for byte.
    """
    claims = [partial(_CLAIMS[channel], account) for channel, account in accounts]
    batch = read(payloads.Batch, body)
    parts: list[list[Any]] = [[] for _ in claims]
    for raw in batch.entry if batch else ():
        for number, entry in _cut(str(batch.object if batch else ""), raw, claims):
            parts[number].append(entry)
    if batch is None or not any(parts[1:]):
        return [body, *(b"" for _ in claims[1:])]
    return [msgspec.json.encode({"object": batch.object, "entry": part}) if part else b"" for part in parts]


def _cut(told_of: str, raw: msgspec.Raw, claims: Sequence[Claim]) -> Iterator[tuple[int, Any]]:
    """The entry, cut for those who claim some of it."""
    fields = read(dict[str, msgspec.Raw], raw)
    if fields is None:
        yield 0, raw
        return
    head = {name: value for name, value in fields.items() if name not in _LISTS}
    entry = read(payloads.Entry, raw) or payloads.Entry()
    found: dict[int, dict[str, list[msgspec.Raw]]] = {}
    for place in _LISTS:
        for one in read(list[msgspec.Raw], fields.get(place, b"")) or ():
            item = Item(told_of, str(entry.id or ""), place, _field(one), one)
            for number in _whose(item, claims):
                found.setdefault(number, {}).setdefault(place, []).append(one)
    if not found:
        item = Item(told_of, str(entry.id or ""), "", entry.field or "", raw)
        yield from ((number, dict(head)) for number in _whose(item, claims))
    for number, lists in found.items():
        yield number, {**head, **lists}


def _field(raw: msgspec.Raw) -> str:
    change = read(payloads.Change, raw)
    return change.field if change else ""


def _whose(item: Item, claims: Sequence[Claim]) -> list[int]:
    """The one whose account it is of; all of them for news of a business account that has several numbers."""
    found = [number for number, claims_it in enumerate(claims) if claims_it(item)] or [0]
    is_of_all = item.object == _WHATSAPP and not _number_of(item)
    return found if is_of_all else found[:1]


def _setting(account: Account, name: str) -> str:
    return str(account.settings.get(name) or "")


def _of_messenger(account: Account, item: Item) -> bool:
    is_comment = item.place == "changes" and item.field in _COMMENT_FIELDS
    return item.object == "page" and item.entry_id == _setting(account, "page_id") and not is_comment


def _of_comments(account: Account, item: Item) -> bool:
    is_comment = item.place == "changes" and item.field in _COMMENT_FIELDS
    return item.object == "page" and item.entry_id == _setting(account, "page_id") and is_comment


def _of_instagram(account: Account, item: Item) -> bool:
    """Sometimes an entry names the customer, and only the event the account."""
    own = _setting(account, "account_id")
    head = read(payloads.Head, item.raw) or payloads.Head()
    named = [str(side.id) for side in (head.sender, head.recipient) if side]
    return item.object == "instagram" and bool(own) and own in (item.entry_id, *named)


def _of_whatsapp(account: Account, item: Item) -> bool:
    """By the number that a change names; what names none is of the business account as a whole."""
    if item.object != _WHATSAPP:
        return False
    number = _number_of(item)
    own = _setting(account, "phone_number_id") if number else _setting(account, "waba_id")
    return bool(own) and own == (number or item.entry_id)


def _number_of(item: Item) -> str:
    told = read(_Change, item.raw)
    named = told.value and (told.value.metadata or told.value.recipient) if told else None
    return named.phone_number_id if named else ""


class _Metadata(msgspec.Struct, frozen=True):
    phone_number_id: str = ""


class _Value(msgspec.Struct, frozen=True):
    """The number stands in ``recipient`` where it is told who has a chat."""

    metadata: _Metadata | None = None
    recipient: _Metadata | None = None


class _Change(msgspec.Struct, frozen=True):
    value: _Value | None = None


_CLAIMS: Final[Mapping[str, Callable[[Account, Item], bool]]] = {
    "whatsapp": _of_whatsapp,
    "messenger": _of_messenger,
    "instagram": _of_instagram,
    "facebook_comments": _of_comments,
}
FAMILY: Final = frozenset(_CLAIMS)
"""Channels that an app tells of at the same address."""
