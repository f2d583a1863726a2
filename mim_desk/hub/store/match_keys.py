"""By what contacts may be the same person: phone numbers in all their forms, e-mail addresses, customer and union ids.

A key that nobody proved (what a visitor typed) suggests, no key merges by itself.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection

from mim_desk.channels.shared.phones import canonical, region_of
from mim_desk.hub.store import driver, inboxes
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

PHONE, EMAIL, LOGIN, UNION = "phone", "email", "login", "union_id"
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,30}")
_CLAIMED: Final = "claimed."
_FIELDS: Final = {"phone": PHONE, "mobile": PHONE, "email": EMAIL, "customer_id": LOGIN, "login": LOGIN, UNION: UNION}


def keys_of(contact: rows.Contact, regions: Mapping[str, str]) -> dict[str, bool]:
    """The contact's keys, as ``phone:+4685550102``, and whether each is proven.

    Args:
        regions: by inbox id, the country of numbers without a code.
    """
    found: dict[str, bool] = {}
    own = (regions[one.inbox_id] for one in contact.identities if regions.get(one.inbox_id))
    region = next(own, "") or _of_all(regions)
    for identity in contact.identities:
        for text in (identity.external_id, identity.display):
            phone = canonical(text, regions.get(identity.inbox_id, "") if text.startswith("0") else "")
            _note(found, PHONE, phone, proven=identity.verified or text == identity.external_id)
            _note(found, EMAIL, _email(text), proven=identity.verified)
    for name, value in contact.fields.items():
        kind = _FIELDS.get(name.removeprefix(_CLAIMED))
        told: dict[str, Callable[[str], str]] = {
            PHONE: lambda text: canonical(text, region),
            EMAIL: _email,
            LOGIN: str.casefold,
            UNION: str.strip,
        }
        if kind is not None:
            _note(found, kind, told[kind](value.strip()), proven=not name.startswith(_CLAIMED))
    return found


def _of_all(regions: Mapping[str, str]) -> str:
    """The one country that all inboxes agree on which say one; empty where they differ."""
    named = set(regions.values())
    return named.pop() if len(named) == 1 else ""


def _note(found: dict[str, bool], kind: str, value: str, *, proven: bool) -> None:
    if value:
        key = f"{kind}:{value}"
        found[key] = found.get(key, False) or proven


def _email(text: str) -> str:
    return text.strip().casefold() if _EMAIL.fullmatch(text.strip()) else ""


def regions(conn: Connection) -> dict[str, str]:
    """The country of each inbox: as its settings say, else that of its own number."""
    found = {}
    for inbox in inboxes.everything(conn):
        told = [str(value) for value in inbox.settings.values() if isinstance(value, str)]
        own = next((region for region in map(region_of, told) if region), "")
        region = str(inbox.settings.get("default_region") or own)
        if region:
            found[inbox.id] = region
    return found


def index(unit: Unit, contact: rows.Contact) -> None:
    """Remember by what a contact can be found, in the place of before."""
    found = keys_of(contact, regions(unit.conn)) if may_have_keys(contact) else {}
    driver.execute(unit.conn, "DELETE FROM contact_keys WHERE contact_id = ?", (contact.id,))
    driver.insert_many(
        unit.conn,
        "contact_keys (key, contact_id, proven)",
        [(key, contact.id, proven) for key, proven in found.items()],
    )


def may_have_keys(contact: rows.Contact) -> bool:
    """A quick look, for the path of arriving messages."""
    if any(name.removeprefix(_CLAIMED) in _FIELDS for name in contact.fields):
        return True
    return any(
        "@" in one.external_id + one.display or _digits(one.external_id) or _digits(one.display)
        for one in contact.identities
    )


def _digits(text: str) -> bool:
    return text[:1] in "+0" and len(text) >= 7


def forget(unit: Unit, contact_id: str) -> None:
    """A contact that went into another is found by that one's keys."""
    driver.execute(unit.conn, "DELETE FROM contact_keys WHERE contact_id = ?", (contact_id,))


def sharing(conn: Connection, contact_id: str, limit: int = 10) -> dict[str, dict[str, bool]]:
    """Other contacts with a key of this one: id to the keys and whether both sides proved them."""
    found = driver.rows(
        conn,
        "SELECT o.contact_id, o.key, o.proven, m.proven FROM contact_keys m JOIN contact_keys o ON o.key = m.key"
        " WHERE m.contact_id = ? AND o.contact_id <> m.contact_id AND NOT EXISTS (SELECT 1 FROM not_same n"
        " WHERE n.contact_id = m.contact_id AND n.other_id = o.contact_id) ORDER BY o.contact_id LIMIT ?",
        (contact_id, 5 * limit),
    )
    shared: dict[str, dict[str, bool]] = {}
    for other, key, theirs, ours in found:
        if other in shared or len(shared) < limit:
            shared.setdefault(other, {})[key] = bool(theirs and ours)
    return shared


def tell_apart(unit: Unit, contact_id: str, other_id: str) -> None:
    """Somebody said that they are two; that is not suggested again."""
    driver.insert_many(
        unit.conn,
        "not_same (contact_id, other_id)",
        [(contact_id, other_id), (other_id, contact_id)],
        "ON CONFLICT (contact_id, other_id) DO NOTHING",
    )
