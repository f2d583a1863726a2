"""Merges in effect: who went into whom, as a tree, with the facts that each contact keeps of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import driver, ids
from mim_desk.hub.store.contact_facts import Branch
from mim_desk.hub.store.times import moment, ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_contact = msgspec.json.Decoder(rows.Contact)
_choices = msgspec.json.Decoder(dict[str, str])
_IN_EFFECT = 'SELECT id, source_id, target_id, at, "by" FROM merges WHERE undone_at IS NULL AND '


@dataclass(frozen=True, slots=True)
class Edge:
    """One merge: the source went into the target."""

    id: str
    source_id: str
    target_id: str
    at: datetime
    by: str


def add(unit: Unit, source_id: str, target_id: str, choices: Mapping[str, str], by: str) -> str:
    """Remember a merge; its id."""
    merge_id = ids.new_id(unit.now)
    driver.execute(
        unit.conn,
        'INSERT INTO merges (id, source_id, target_id, at, "by", choices) VALUES (?, ?, ?, ?, ?, ?)',
        (merge_id, source_id, target_id, ms(unit.now), by, msgspec.json.encode(dict(choices))),
    )
    driver.execute(unit.conn, "UPDATE contacts SET merged_into = ? WHERE id = ?", (target_id, source_id))
    return merge_id


def undo(unit: Unit, source_id: str) -> None:
    """The source stands for itself again."""
    text = "UPDATE merges SET undone_at = ? WHERE source_id = ? AND undone_at IS NULL"
    driver.execute(unit.conn, text, (ms(unit.now), source_id))
    driver.execute(unit.conn, "UPDATE contacts SET merged_into = NULL WHERE id = ?", (source_id,))


def of_source(conn: Connection, source_id: str) -> Edge | None:
    """The merge by which a contact went into another."""
    found = driver.row(conn, _IN_EFFECT + "source_id = ?", (source_id,))
    return _edge(found) if found else None


def into(conn: Connection, target_id: str) -> list[Edge]:
    """Who went into a contact directly, the oldest first."""
    return [_edge(one) for one in driver.rows(conn, _IN_EFFECT + "target_id = ? ORDER BY at, id", (target_id,))]


def all_into(conn: Connection, target_id: str) -> list[Edge]:
    """The same with those that went into them."""
    return [edge for one in into(conn, target_id) for edge in (one, *all_into(conn, one.source_id))]


def _edge(found: tuple[str, str, str, int, str]) -> Edge:
    merge_id, source_id, target_id, at, by = found
    return Edge(merge_id, source_id, target_id, moment(at), by)


def root(conn: Connection, contact_id: str) -> str:
    """The contact that stands for this one now."""
    found = driver.row(conn, "SELECT merged_into FROM contacts WHERE id = ?", (contact_id,))
    return contact_id if found is None or found[0] is None else root(conn, found[0])


def everyone(conn: Connection, contact_id: str) -> set[str]:
    """A contact and all that went into it."""
    return {contact_id, *(edge.source_id for edge in all_into(conn, contact_id))}


def branch(conn: Connection, contact_id: str) -> Branch:
    """The tree below a contact."""
    found = driver.row(conn, "SELECT own, row FROM contacts WHERE id = ?", (contact_id,))
    assert found is not None
    made = Branch(_contact.decode(found[0] or found[1]))
    for edge in into(conn, contact_id):
        below = branch(conn, edge.source_id)
        told = driver.row(conn, "SELECT choices FROM merges WHERE id = ?", (edge.id,))
        below.into = _choices.decode(told[0]) if told else {}
        made.branches.append(below)
    return made


def own_picture(unit: Unit, contact_id: str, picture: rows.Attachment) -> bool:
    """Note a contact's picture among the facts it keeps of its own; False when it was never part of a merge."""
    found = driver.row(unit.conn, "SELECT own FROM contacts WHERE id = ?", (contact_id,))
    if found is None or found[0] is None:
        return False
    own = msgspec.json.encode(msgspec.structs.replace(_contact.decode(found[0]), avatar=picture))
    driver.execute(unit.conn, "UPDATE contacts SET own = ? WHERE id = ?", (own, contact_id))
    return True


def keep(unit: Unit, kept: Branch) -> None:
    """Store the own facts of a tree and how they join."""
    for one in kept.everyone():
        own = msgspec.json.encode(msgspec.structs.replace(one.own, identities=[]))
        driver.execute(unit.conn, "UPDATE contacts SET own = ? WHERE id = ?", (own, one.own.id))
        text = "UPDATE merges SET choices = ? WHERE source_id = ? AND undone_at IS NULL"
        driver.execute(unit.conn, text, (msgspec.json.encode(one.into), one.own.id))
