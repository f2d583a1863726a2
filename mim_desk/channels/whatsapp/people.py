"""Who a customer is on WhatsApp: a user id of our business (BSUID), a phone number that may be hidden, a name.

The user id is the identity where it is told, since the number comes and goes with what the customer lets us see.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mim_desk.channels.base import Sender
from mim_desk.channels.whatsapp import payloads

_USER_ID: Final = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}", re.ASCII)


def is_user_id(external_id: str) -> bool:
    """Whether it is a BSUID, like ``US.40917723865102``; else it is a phone number."""
    return _USER_ID.fullmatch(external_id) is not None


@dataclass(frozen=True, slots=True)
class _Ids:
    """What one person is called, sorted by what it looks like: some gateways put one where the other belongs."""

    user_id: str = ""
    phone: str = ""


def _ids(told: Iterable[payloads.Id]) -> _Ids:
    named = [str(one) for one in told if one]
    numbers = [one.removeprefix("+") for one in named if not is_user_id(one)]
    phone = next((one for one in numbers if _is_number(one)), numbers[0] if numbers else "")
    return _Ids(next(filter(is_user_id, named), ""), phone)


def _is_number(told: str) -> bool:
    return told.isascii() and told.isdigit()


def sender_of(told: Iterable[payloads.Id], people: Iterable[payloads.Person], parent: str | None = None) -> Sender:
    """The customer with the ids ``told``, completed from the delivery's contacts; ValueError where there is no id."""
    own = _ids(told)
    person = next((one for one in people if _is_same(own, _ids((one.user_id, one.wa_id)))), payloads.Person())
    also = _ids((person.user_id, person.wa_id))
    user_id, phone = own.user_id or also.user_id, own.phone or also.phone
    if not (user_id or phone):
        raise ValueError("nobody is named")
    profile = person.profile or payloads.Profile()
    username = (profile.username or "").removeprefix("@")
    number = f"+{phone}" if _is_number(phone) else phone
    facts = {"phone": number, "username": username, "parent_user_id": parent or person.parent_user_id or ""}
    return Sender(
        external_id=user_id or phone,
        name=profile.name or "",
        display=number or (f"@{username}" if username else ""),
        verified=True,
        fields={name: fact for name, fact in facts.items() if fact},
        formerly=(phone,) if user_id and phone else (),
        aliases=(phone,) if user_id and phone else (),
        is_alias=not user_id,
    )


def _is_same(one: _Ids, other: _Ids) -> bool:
    if one.user_id and other.user_id:
        return one.user_id == other.user_id
    return bool(one.phone) and one.phone == other.phone
