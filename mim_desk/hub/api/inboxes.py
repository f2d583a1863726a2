"""Inboxes: connecting an account tests its credentials before anything is saved; how each does, what it could not read."""

from litestar import delete, get, patch, post
from litestar.params import JSONBody

from mim_desk.hub import channel_setup, inbox_health, kept_deliveries
from mim_desk.hub.api.access import ADMIN, AGENT, Caller, HubPart
from mim_desk.hub.api.pages import After, Limit, Number, RowId, cursor, found, place
from mim_desk.hub.replay import replay, replay_one
from mim_desk.hub.store import inboxes
from mim_desk.hub.store.times import utc_now
from mim_desk.protocol import api, rows


@get("/api/v1/inboxes", opt=AGENT, summary="All inboxes")
async def list_inboxes(hub: HubPart) -> api.Page[rows.Inbox]:
    """All connected accounts with capabilities, brand and health."""
    return api.Page(hub.watch.now(await hub.store.read(inbox_health.counted), utc_now()))


@get("/api/v1/inboxes/{inbox_id:str}", opt=AGENT, summary="One inbox")
async def one_inbox(inbox_id: RowId, hub: HubPart) -> rows.Inbox:
    """A connected account with the figures of its health as they are now."""
    every = hub.watch.now(await hub.store.read(inbox_health.counted), utc_now())
    return found(next((row for row in every if row.id == inbox_id), None), "inbox")


@post("/api/v1/inboxes", opt=ADMIN, summary="Connect an account of a channel")
async def add_inbox(data: JSONBody[api.NewInbox], hub: HubPart) -> api.CreatedInbox:
    """Tests the credentials at the provider, then saves; secrets never come back."""
    return await channel_setup.connect(hub, data)


@post("/api/v1/inboxes/try", opt=ADMIN, status_code=200, summary="Try an account without saving it")
async def try_inbox(data: JSONBody[api.NewInbox], hub: HubPart) -> api.TriedOut:
    """Each check with what came of it; the field that is wrong is named."""
    return await channel_setup.try_new(hub, data)


@post("/api/v1/inboxes/{inbox_id:str}/try", opt=ADMIN, status_code=200, summary="Try changes of an inbox")
async def try_change(inbox_id: RowId, data: JSONBody[api.InboxPatch], hub: HubPart) -> api.TriedOut:
    """The same for an inbox with other settings or secrets; those that are not named are taken as they are kept."""
    return await channel_setup.try_changed(hub, inbox_id, data)


@post("/api/v1/inboxes/{inbox_id:str}/test", opt=ADMIN, status_code=200, summary="Test an inbox as it is")
async def test_inbox(inbox_id: RowId, hub: HubPart) -> api.TriedOut:
    """Asks the provider how the account stands; what the hub paused goes on when it works again."""
    return await channel_setup.test(hub, inbox_id)


@patch("/api/v1/inboxes/{inbox_id:str}", opt=ADMIN, summary="Change an inbox")
async def change_inbox(inbox_id: RowId, data: JSONBody[api.InboxPatch], hub: HubPart, caller: Caller) -> rows.Inbox:
    """New settings or secrets are tested first; an inbox that the hub paused goes on."""
    return await channel_setup.reconnect(hub, inbox_id, data, caller.agent_id)


@delete("/api/v1/inboxes/{inbox_id:str}", opt=ADMIN, summary="Disconnect an inbox")
async def remove_inbox(inbox_id: RowId, hub: HubPart) -> None:
    """Its conversations stay, its secrets go."""
    await hub.store.writer.run(lambda unit: inboxes.remove(unit, inbox_id))


@get("/api/v1/inboxes/{inbox_id:str}/deliveries", opt=ADMIN, summary="Deliveries that wait for a replay")
async def list_deliveries(
    inbox_id: RowId, hub: HubPart, limit: Limit = 50, after: After = None
) -> api.Page[api.KeptDelivery]:
    """What was not understood or not applied, the oldest first, with its beginning as plain text without secrets."""
    account = await hub.accounts.account(inbox_id)
    start = place(after, int) or 0
    secrets = (*account.secrets.values(), *account.renewed.values())
    items = await hub.store.read(lambda conn: kept_deliveries.listed(conn, inbox_id, start, limit, secrets))
    return api.Page(items, cursor(items[-1].n) if len(items) == limit else None)


@post(
    "/api/v1/inboxes/{inbox_id:str}/deliveries/{number:int}/replay",
    opt=ADMIN,
    status_code=200,
    summary="Read one kept delivery again",
)
async def replay_delivery(inbox_id: RowId, number: Number, hub: HubPart) -> api.Replayed:
    """What it brought, and how many still wait."""
    return await replay_one(hub, inbox_id, number)


@post("/api/v1/inboxes/{inbox_id:str}/replay", opt=ADMIN, status_code=200, summary="Read kept deliveries again")
async def replay_deliveries(inbox_id: RowId, hub: HubPart) -> api.Replayed:
    """After a mend: what could not be understood or applied is tried once more, the oldest first."""
    found(await hub.store.read(lambda conn: inboxes.by_id(conn, inbox_id)), "inbox")
    return await replay(hub, inbox_id)


HANDLERS = [
    list_inboxes,
    one_inbox,
    add_inbox,
    try_inbox,
    try_change,
    test_inbox,
    change_inbox,
    remove_inbox,
    list_deliveries,
    replay_delivery,
    replay_deliveries,
]
