"""Templates as the providers last told them, and when each inbox's list is asked for again."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from mim_desk.channels.events import TemplateChanged
from mim_desk.domain.template import Template, TemplateStatus
from mim_desk.hub.store import driver, ids, plain_rows
from mim_desk.hub.store.schema import templates
from mim_desk.hub.store.times import moment, ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

_decoder = msgspec.json.Decoder(rows.Template)
_TOLD = ("parts", "status", "reason", "title", "category", "quality", "external_id")
"""What a provider tells of a template."""


def of_inbox(conn: Connection, inbox_id: str) -> list[rows.Template]:
    """An inbox's templates by name and language."""
    found = driver.rows(conn, "SELECT row FROM templates WHERE inbox_id = ? ORDER BY name, language", (inbox_id,))
    return [_decoder.decode(row) for (row,) in found]


def by_name(conn: Connection, inbox_id: str, name: str, language: str) -> rows.Template | None:
    """One template of an inbox."""
    wanted = (inbox_id, name, language)
    found = driver.row(conn, "SELECT row FROM templates WHERE inbox_id = ? AND name = ? AND language = ?", wanted)
    return None if found is None else _decoder.decode(found[0])


def replace_all(unit: Unit, inbox_id: str, told: Iterable[Template]) -> int:
    """These and no others are the inbox's templates now; how many there are. Only what changed is logged."""
    known = {(row.name, row.language): row for row in of_inbox(unit.conn, inbox_id)}
    listed = {(one.name, one.language): one for one in told}
    for key, one in listed.items():
        _keep(unit, inbox_id, known.get(key), one)
    for key, row in known.items():
        if key not in listed:
            plain_rows.remove(unit, templates, "template", row.id)
    return len(listed)


def _keep(unit: Unit, inbox_id: str, known: rows.Template | None, one: Template) -> None:
    told = {name: getattr(one, name) for name in _TOLD}
    told["parts"] = list(one.parts)
    if known is None:
        row = rows.Template(ids.new_id(unit.now), inbox_id, one.name, one.language, **told)
        plain_rows.add(unit, templates, "template", row, inbox_id=inbox_id, name=one.name, language=one.language)
        return
    row = msgspec.structs.replace(known, **told)
    if row != known:
        plain_rows.change(unit, templates, "template", row)


def tell(unit: Unit, inbox_id: str, event: TemplateChanged) -> None:
    """Keep news of one template, and have the inbox's list asked for soon: its words may be others, too."""
    want(unit, inbox_id)
    row = by_name(unit.conn, inbox_id, event.name, event.language)
    if row is None:
        return
    if event.is_gone:
        plain_rows.remove(unit, templates, "template", row.id)
        return
    now = msgspec.structs.replace(
        row,
        status=_status(row, event),
        reason=event.reason if event.status is not None else row.reason,
        quality=row.quality if event.quality is None else event.quality,
        category=row.category if event.category is None else event.category,
    )
    if now != row:
        plain_rows.change(unit, templates, "template", now)


def _status(row: rows.Template, event: TemplateChanged) -> TemplateStatus:
    """Approval does not make usable what cannot be filled in here."""
    if event.status is None or (row.status is TemplateStatus.UNUSABLE and event.status is TemplateStatus.APPROVED):
        return row.status
    return event.status


def forget_inbox(unit: Unit, inbox_id: str) -> None:
    """The inbox is removed: so are its templates."""
    for row in of_inbox(unit.conn, inbox_id):
        plain_rows.remove(unit, templates, "template", row.id)
    driver.execute(unit.conn, "DELETE FROM template_lists WHERE inbox_id = ?", (inbox_id,))


# -- when the lists are asked for ------------------------------------------------------------------


def want(unit: Unit, inbox_id: str) -> None:
    """Ask for the inbox's list as soon as possible."""
    driver.execute(
        unit.conn,
        "INSERT INTO template_lists (inbox_id, due_at, attempt, problem) VALUES (?, ?, 0, '')"
        " ON CONFLICT (inbox_id) DO UPDATE SET due_at = excluded.due_at, attempt = 0",
        (inbox_id, ms(unit.now)),
    )


def due_at(conn: Connection) -> dict[str, datetime]:
    """When each inbox's list is asked for; what is missing here was never asked for."""
    found = driver.rows(conn, "SELECT inbox_id, due_at FROM template_lists")
    return {inbox_id: moment(at) for inbox_id, at in found}


def take(unit: Unit, inbox_id: str, until: datetime) -> int | None:
    """Take the asking of a due list, unless another hub was faster; the number of the attempt.

    Whoever takes it and dies leaves it to the others at ``until``.
    """
    done = driver.execute(
        unit.conn,
        "UPDATE template_lists SET due_at = ?, attempt = attempt + 1 WHERE inbox_id = ? AND due_at <= ?",
        (ms(until), inbox_id, ms(unit.now)),
    )
    if done != 1:
        return None
    found = driver.row(unit.conn, "SELECT attempt FROM template_lists WHERE inbox_id = ?", (inbox_id,))
    return int(found[0]) if found else None


def asked(unit: Unit, inbox_id: str, again_at: datetime, problem: str = "") -> None:
    """The list came, or why it did not; asked for again at ``again_at``."""
    values = (inbox_id, ms(again_at), ms(unit.now), problem)
    driver.execute(
        unit.conn,
        "INSERT INTO template_lists (inbox_id, due_at, attempt, asked_at, problem) VALUES (?, ?, 0, ?, ?)"
        " ON CONFLICT (inbox_id) DO UPDATE SET due_at = excluded.due_at, asked_at = excluded.asked_at,"
        " problem = excluded.problem, attempt = CASE WHEN excluded.problem = '' THEN 0"
        " ELSE template_lists.attempt END",
        values,
    )
