"""Labels."""

from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.params import JSONBody

from mim_desk.hub.api.access import AGENT, SUPERVISOR, HubPart
from mim_desk.hub.api.pages import RowId, changed, found
from mim_desk.hub.store import ids, labels
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Color = Annotated[str, msgspec.Meta(pattern="^label-[a-z]+$", max_length=40)]


class NewLabel(msgspec.Struct, frozen=True):
    """POST /api/v1/labels."""

    name: Name
    color: Color = "label-grey"


class LabelPatch(msgspec.Struct, frozen=True):
    """PATCH /api/v1/labels/{id}."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    color: Color | msgspec.UnsetType = msgspec.UNSET


@get("/api/v1/labels", opt=AGENT, summary="All labels")
async def list_labels(hub: HubPart) -> api.Page[rows.Label]:
    """All labels by name."""
    return api.Page(await hub.store.read(labels.everything))


@post("/api/v1/labels", opt=SUPERVISOR, summary="Make a label")
async def add_label(data: JSONBody[NewLabel], hub: HubPart) -> rows.Label:
    """A new label."""

    def work(unit: Unit) -> rows.Label:
        label = rows.Label(ids.new_id(unit.now), data.name.strip(), data.color)
        labels.add(unit, label)
        return label

    return await hub.store.writer.run(work)


@patch("/api/v1/labels/{label_id:str}", opt=SUPERVISOR, summary="Rename or recolour a label")
async def change_label(label_id: RowId, data: JSONBody[LabelPatch], hub: HubPart) -> rows.Label:
    """The label with its new name or colour."""

    def work(unit: Unit) -> rows.Label:
        label = found(labels.by_id(unit.conn, label_id), "label")
        return labels.change(unit, changed(label, data))

    return await hub.store.writer.run(work)


@delete("/api/v1/labels/{label_id:str}", opt=SUPERVISOR, summary="Delete a label")
async def remove_label(label_id: RowId, hub: HubPart) -> None:
    """Conversations that carry it keep its name."""
    await hub.store.writer.run(lambda unit: labels.remove(unit, label_id))


HANDLERS = [list_labels, add_label, change_label, remove_label]
