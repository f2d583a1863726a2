"""Labels; conversations name them by their name."""

from sqlalchemy import Connection, select

from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import plain_rows
from mim_desk.hub.store.schema import labels
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def everything(conn: Connection) -> list[rows.Label]:
    """All labels by name."""
    return plain_rows.everything(conn, labels, rows.Label, labels.c.name)


def by_id(conn: Connection, label_id: str) -> rows.Label | None:
    """One label."""
    return plain_rows.by_id(conn, labels, rows.Label, label_id)


def add(unit: Unit, label: rows.Label) -> None:
    """Make a label; its name must be new."""
    _check_name(unit.conn, label)
    plain_rows.add(unit, labels, "label", label, name=label.name)


def change(unit: Unit, label: rows.Label) -> rows.Label:
    """Rename or recolour a label."""
    _check_name(unit.conn, label)
    return plain_rows.change(unit, labels, "label", label, name=label.name)


def remove(unit: Unit, label_id: str) -> None:
    """Delete a label; conversations keep its name."""
    plain_rows.remove(unit, labels, "label", label_id)


def _check_name(conn: Connection, label: rows.Label) -> None:
    owner = conn.execute(select(labels.c.id).where(labels.c.name == label.name)).scalar()
    if owner not in (None, label.id):
        raise Refusal("taken", f"There is a label “{label.name}” already. Choose another name.", "name")
