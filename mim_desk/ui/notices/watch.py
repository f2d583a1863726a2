"""Decides which messages deserve a notice: new, from a contact, mine or nobody's, and not on screen already."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from mim_desk.desk.changes import Change
from mim_desk.desk.session import Session
from mim_desk.desk.shapes import ListRow
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.masking import masked
from mim_desk.ui import kinds, texts
from mim_desk.ui.notices.server import NoticeServer
from mim_desk.ui.texts import tr

_FRESH: Final = timedelta(minutes=2)
_LONGEST_BODY: Final = 200


class NoticeWatch:
    """Turns changes into notices, one per conversation.

    Args:
        reading: the conversation that is open in a window with the focus, empty for none.
    """

    def __init__(self, session: Session, owner: TaskOwner, server: NoticeServer, reading: Callable[[], str]) -> None:
        self._session = session
        self._owner = owner
        self._server = server
        self._reading = reading
        self._shown: dict[str, str] = {}
        self._end = session.changes.subscribe(self._changed)

    def close(self) -> None:
        """Stop watching."""
        self._end()

    def read(self, conversation_id: str) -> None:
        """The agent opened it: its notice goes."""
        if self._shown.get(conversation_id):
            self._server.close(conversation_id)

    def _changed(self, change: Change) -> None:
        if change.reset or not change.seq or not change.messages or not self._session.settings.current.notifications:
            return
        self._owner.spawn(self._look(sorted(change.conversations)), name="look for new messages")

    async def _look(self, conversation_ids: list[str]) -> None:
        for row in (await self._session.cache.list_rows(conversation_ids)).values():
            if self._deserves(row):
                self._tell(row)

    def _deserves(self, row: ListRow) -> bool:
        conversation, me = row.conversation, self._session.me
        last = conversation.last_message
        if last is None or last.kind != "incoming" or not conversation.unread:
            return False
        if conversation.id == self._reading() or self._shown.get(conversation.id) == last.id:
            return False
        own = conversation.assignee_id in (None, me.id if me else None)
        return own and self._session.hub_now() - last.occurred_at < _FRESH

    def _tell(self, row: ListRow) -> None:
        last = row.conversation.last_message
        assert last is not None
        self._shown[row.conversation.id] = last.id
        title = tr("notices", "{name}, {inbox}").format(name=texts.one_line(row.contact_name, 60), inbox=row.inbox_name)
        body = tr("notices", "New message")
        if self._session.settings.current.notification_text:
            body = masked(kinds.preview(last, _LONGEST_BODY))
        self._server.show(row.conversation.id, title, body)
