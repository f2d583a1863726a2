"""The workspace: one hub database is one."""

import msgspec
from sqlalchemy import Connection

from mim_desk.hub.store import driver, plain_rows
from mim_desk.hub.store.schema import workspaces
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows


def the_one(conn: Connection) -> rows.Workspace | None:
    """The workspace, once the first start has made it."""
    found = driver.row(conn, "SELECT row FROM workspaces")
    return None if found is None else msgspec.json.decode(found[0], type=rows.Workspace)


def add(unit: Unit, workspace: rows.Workspace) -> None:
    """Make it, at the first start."""
    plain_rows.add(unit, workspaces, "workspace", workspace)


def change(unit: Unit, workspace: rows.Workspace) -> rows.Workspace:
    """Store changed settings of the workspace."""
    row = msgspec.structs.replace(workspace, version=workspace.version + 1)
    return plain_rows.change(unit, workspaces, "workspace", row)
