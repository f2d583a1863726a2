"""What the panel asks for, done at the hub; the rows come back through the event log."""

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from mim_desk.desk.session import Session
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.protocol.api import ContactMerges, Merge
from mim_desk.ui.contact_panel.view import ContactPanel


class ContactActs(QObject):
    """Merging, taking out, telling apart, changing, noting consent."""

    def __init__(self, panel: ContactPanel, session: Session, owner: TaskOwner, refuse: Callable[[str], None]) -> None:
        super().__init__(panel)
        self.panel, self.session, self.owner, self.refuse = panel, session, owner, refuse
        panel.merge_wanted.connect(lambda id_, merge: self._spawn(self._merge(id_, merge)))
        panel.unmerge_wanted.connect(lambda id_, other: self._spawn(self._unmerge(id_, other)))
        panel.apart_wanted.connect(lambda id_, other: self._spawn(self._apart(id_, other)))
        panel.change_wanted.connect(lambda id_, patch: self._spawn(self._keep(self.session.change_contact(id_, patch))))
        panel.consent_wanted.connect(lambda id_, told: self._spawn(self._keep(self.session.note_consent(id_, told))))

    def look(self, contact: rows.Contact) -> None:
        """Ask once for each version of a contact who may be the same person; offline nothing is asked."""
        if not self.panel.knows_merges_of(contact) and self.session.line.client is not None:
            self.panel.show_merges(contact, ContactMerges([], []))
            self.owner.spawn(self._look(contact), name="look who may be the same")

    async def _look(self, contact: rows.Contact) -> None:
        try:
            told = await self.session.contact_merges(contact.id)
        except Refusal:
            return  # out of reach: it is asked again with the next version of the contact
        self.panel.show_merges(contact, told)

    async def _merge(self, id_: str, merge: Merge) -> None:
        contact = await self.session.merge_contacts(id_, merge)
        await self._look(contact)

    async def _unmerge(self, id_: str, other_id: str) -> None:
        told = await self.session.unmerge_contacts(id_, other_id)
        await self._look(told.contact)

    async def _apart(self, id_: str, other_id: str) -> None:
        await self.session.tell_apart(id_, other_id)
        contact = await self.session.cache.contact(id_)
        if contact is not None:
            await self._look(contact)

    async def _keep(self, work: Coroutine[Any, Any, rows.Contact]) -> None:
        """What the form asks for; a no is said in it."""
        form = self.panel.form
        try:
            await work
        except Refusal as refusal:
            if form is not None and form is self.panel.form:
                form.refuse(refusal.reason)
            return
        if form is self.panel.form:
            self.panel.end_edit()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        async def done() -> None:
            try:
                await work
            except Refusal as refusal:
                self.refuse(refusal.reason)

        self.owner.spawn(done(), name="change a contact")
