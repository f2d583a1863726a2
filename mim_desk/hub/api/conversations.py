"""Conversations: lists by filter and order, one, and changing it."""

from typing import Annotated

from litestar import Response, get, patch
from litestar.params import HeaderParameter, JSONBody, QueryParameter

from mim_desk.domain.conversation import Priority, Status
from mim_desk.domain.message import AuthorType
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.api.access import AGENT, Caller, HubPart
from mim_desk.hub.api.pages import After, Limit, RowId, cursor, found, place
from mim_desk.hub.auth import Principal
from mim_desk.hub.store import conversations, messages, search
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.conversations import Filter, Order
from mim_desk.hub.store.unit import Unit
from mim_desk.hub.visibility import sees
from mim_desk.protocol import api, rows

UNASSIGNED = "none"
TOLD_AGAIN = 500
"""Messages that follow a conversation into new hands; older ones are read by pages."""

_LONGEST_VERSION = 20

# The functions' parameters are named as in the address: a problem names them so.
Statuses = Annotated[list[Status] | None, QueryParameter(description="Any of these.")]
InboxId = Annotated[str | None, QueryParameter(max_length=64, description="With messages of this inbox.")]
AssigneeId = Annotated[str | None, QueryParameter(max_length=64, description="`none` for unassigned.")]
TeamId = Annotated[str | None, QueryParameter(max_length=64)]
LabelName = Annotated[str | None, QueryParameter(max_length=100)]
Urgency = Annotated[Priority | None, QueryParameter()]
Words = Annotated[str | None, QueryParameter(max_length=500, description="With messages that have these words.")]
InOrder = Annotated[Order, QueryParameter()]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="The version that is changed.")]


@get("/api/v1/conversations", opt=AGENT, summary="Conversations by filter and order")
async def list_conversations(
    hub: HubPart,
    caller: Caller,
    status: Statuses = None,
    inbox: InboxId = None,
    assignee: AssigneeId = None,
    team: TeamId = None,
    label: LabelName = None,
    priority: Urgency = None,
    q: Words = None,
    order: InOrder = Order.LAST_ACTIVITY,
    limit: Limit = 50,
    after: After = None,
) -> api.Page[rows.Conversation]:
    """One page; what the caller may not see is left out, so a page may be short."""
    wanted = Filter(
        statuses=tuple(status or ()),
        inbox_id=inbox,
        assignee_id=None if assignee == UNASSIGNED else assignee,
        unassigned=assignee == UNASSIGNED,
        team_id=team,
        label=label,
        priority=priority,
    )
    if q and q.strip():
        return await hub.store.read(lambda conn: _with_words(conn, caller, wanted, q, limit, after))
    begin = place(after, tuple[int, str])
    found_rows, following = await hub.store.read(lambda conn: conversations.find(conn, wanted, order, begin, limit))
    return api.Page(_seen(caller, found_rows), cursor(following) if following else None)


def _seen(caller: Principal, found_rows: list[rows.Conversation]) -> list[rows.Conversation]:
    return [row for row in found_rows if sees(caller, conversations.audience(row))]


def _with_words(
    conn: Connection, caller: Principal, wanted: Filter, words: str, limit: int, after: str | None
) -> api.Page[rows.Conversation]:
    """Conversations of the newest messages with these words, in the order of the messages."""
    hits, following = search.messages(conn, words, limit, place(after, int))
    named = dict.fromkeys(hit.conversation_id for hit in hits)
    every = [row for row in (conversations.by_id(conn, one) for one in named) if row is not None]
    kept = [row for row in _seen(caller, every) if _fits(row, wanted)]
    return api.Page(kept, cursor(following) if following else None)


def _fits(row: rows.Conversation, wanted: Filter) -> bool:
    return all(
        (
            not wanted.statuses or row.status in wanted.statuses,
            wanted.inbox_id in (None, row.inbox_id),
            wanted.assignee_id in (None, row.assignee_id),
            not wanted.unassigned or row.assignee_id is None,
            wanted.team_id in (None, row.team_id),
            wanted.label is None or wanted.label in row.labels,
            wanted.priority in (None, row.priority),
        )
    )


@get("/api/v1/conversations/{conversation_id:str}", opt=AGENT, summary="One conversation")
async def one_conversation(conversation_id: RowId, hub: HubPart, caller: Caller) -> Response[rows.Conversation]:
    """The conversation with its version as ETag."""
    return tagged(await hub.store.read(lambda conn: visible(conn, conversation_id, caller)))


@patch("/api/v1/conversations/{conversation_id:str}", opt=AGENT, summary="Change a conversation")
async def change_conversation(
    conversation_id: RowId,
    data: JSONBody[api.ConversationPatch],
    hub: HubPart,
    caller: Caller,
    if_match: IfMatch = None,
) -> Response[rows.Conversation]:
    """Status, owner, priority, labels ...; 412 when it was changed since the version of `If-Match`."""
    version = _version(if_match)
    actor = rows.Author(AuthorType.AGENT, caller.agent_id)

    def work(unit: Unit) -> rows.Conversation:
        was = visible(unit.conn, conversation_id, caller)
        row = conversations.patch(unit, conversation_id, data, version, actor)
        if was.team_id is not None and (was.team_id, was.assignee_id) != (row.team_id, row.assignee_id):
            _tell_again(unit, row)
        return row

    return tagged(await hub.store.writer.run(work))


def _tell_again(unit: Unit, row: rows.Conversation) -> None:
    """Who sees the conversation only now has not seen its messages: they are logged once more."""
    newest, _ = messages.of_conversation(unit.conn, row.id, TOLD_AGAIN)
    for message in reversed(newest):
        unit.append("message", message, conversation_id=row.id, audience=conversations.audience(row))


def visible(conn: Connection, conversation_id: str, caller: Principal) -> rows.Conversation:
    """The conversation, for whom may see it; to others it does not exist."""
    row = found(conversations.by_id(conn, conversation_id), "conversation")
    if not sees(caller, conversations.audience(row)):
        return found(None, "conversation")
    return row


def tagged(row: rows.Conversation) -> Response[rows.Conversation]:
    """The row with its version as ETag."""
    return Response(row, headers={"etag": f'"{row.version}"'})


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    written = if_match.strip().removeprefix("W/").strip('"')
    if not (written.isascii() and written.isdigit() and len(written) < _LONGEST_VERSION):
        raise Refusal("invalid", 'If-Match carries the conversation\'s version, such as "7".', "If-Match")
    return int(written)


HANDLERS = [list_conversations, one_conversation, change_conversation]
