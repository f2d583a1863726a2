"""The pages of set-up in the window: choosing, connecting, changing, and reading again what was not understood."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mim_desk.desk.session import Session
from mim_desk.desk.tasks import TaskOwner
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest, InboxPatch, NewInbox
from mim_desk.ui.channel_setup.change import ChangeInbox
from mim_desk.ui.channel_setup.choose import ChannelChoice
from mim_desk.ui.channel_setup.deliveries import Deliveries
from mim_desk.ui.channel_setup.first_message import FirstMessage
from mim_desk.ui.channel_setup.health import HealthPane
from mim_desk.ui.channel_setup.view import ChannelSetup
from mim_desk.ui.theme import Theme


class SetupPages(QObject):
    """Builds each page and does what it asks for.

    Attributes:
        page_made: a page that takes the window's place.
        refused: a no without a place of its own on the page.
        channels: what the hub can connect, once it was read.
    """

    page_made = Signal(QWidget)
    refused = Signal(str)

    def __init__(self, theme: Theme, session: Session, owner: TaskOwner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme, self.session, self.owner = theme, session, owner
        self.channels: list[ChannelManifest] = []
        self.inboxes: list[rows.Inbox] = []
        self._health: HealthPane | None = None

    # -- choosing, and health ----------------------------------------------------------------------

    def show_choice(self) -> None:
        """Which channel, and how the inboxes do."""
        page = ChannelChoice(self.theme)
        page.chosen.connect(self.set_up)
        page.health.change_wanted.connect(self.change)
        page.health.deliveries_wanted.connect(self.show_deliveries)
        page.show_channels(self.channels)
        self._tend(page.health)
        self.page_made.emit(page)
        self._spawn(page, self._fill(page), "read channels")

    def _tend(self, health: HealthPane) -> None:
        """The cards that are shown now."""
        self._health = health
        health.destroyed.connect(lambda: self._health_gone(health))
        health.check_wanted.connect(lambda: self._spawn(health, self._check_all(health), "check all inboxes"))
        health.show_inboxes(self.inboxes, self.session.hub_now())

    def _health_gone(self, health: HealthPane) -> None:
        if self._health is health:
            self._health = None

    def inboxes_read(self, inboxes: Sequence[rows.Inbox]) -> None:
        """The cache has other inboxes or other figures."""
        self.inboxes = list(inboxes)
        if self._health is not None:
            self._health.show_inboxes(self.inboxes, self.session.hub_now())

    async def read_channels(self) -> list[ChannelManifest]:
        """What the hub can connect; a Refusal when it cannot be reached."""
        self.channels = await self.session.channels()
        return self.channels

    async def _fill(self, page: ChannelChoice) -> None:
        page.show_channels(await self.read_channels())
        await self._read_health(page.health)

    async def _read_health(self, health: HealthPane) -> None:
        self.inboxes = await self.session.inboxes_now()
        if health is self._health:
            health.show_inboxes(self.inboxes, self.session.hub_now())

    async def _check_all(self, health: HealthPane) -> None:
        health.check.setEnabled(False)
        try:
            for inbox in list(self.inboxes):
                await self.session.test_inbox(inbox.id)
            await self._read_health(health)
        finally:
            if health is self._health:
                health.check.setEnabled(True)

    # -- connecting --------------------------------------------------------------------------------

    def set_up(self, channel: str) -> None:
        """The wizard of a channel."""
        manifest = self._manifest(channel)
        if manifest is None:
            return
        page = ChannelSetup(self.theme, manifest)
        page.create_wanted.connect(lambda inbox: self._spawn(page, self._create(page, inbox), "connect", page.refuse))
        page.closed.connect(self.show_choice)
        self._tend(page.health)
        self.page_made.emit(page)

    def _manifest(self, channel: str) -> ChannelManifest | None:
        return next((each for each in self.channels if each.channel == channel), None)

    async def _create(self, page: ChannelSetup, inbox: NewInbox) -> None:
        tried = await self.session.try_inbox(inbox)
        page.show_tried(tried)
        if not tried.is_good:
            return
        created = await self.session.create_inbox(inbox)
        page.brand_wanted.connect(lambda name: self._brand(created.row, name))
        page.first_wanted.connect(
            lambda: page.show_first(FirstMessage(self.theme, self.session, created.row, self.owner))
        )
        page.show_ready(created)

    def _brand(self, row: rows.Inbox, name: str) -> None:
        if name != row.brand.name:
            patch = InboxPatch(brand={"name": name})
            self._spawn(self, self._changed(row.id, patch), "name the sender")

    async def _changed(self, inbox_id: str, patch: InboxPatch) -> None:
        await self.session.change_inbox(inbox_id, patch)

    # -- changing ----------------------------------------------------------------------------------

    def change(self, inbox: rows.Inbox) -> None:
        """The form of an inbox."""
        manifest = self._manifest(inbox.channel)
        if manifest is None:
            return
        page = ChangeInbox(self.theme, manifest, inbox)
        page.save_wanted.connect(lambda patch: self._spawn(page, self._save(page, patch), "save an inbox", page.refuse))
        page.pause_wanted.connect(lambda on: self._spawn(page, self._pause(page, on=on), "pause an inbox", page.refuse))
        page.remove_wanted.connect(lambda: self._spawn(page, self._remove(page), "remove an inbox", page.refuse))
        page.closed.connect(self.show_choice)
        self.page_made.emit(page)

    async def _save(self, page: ChangeInbox, patch: InboxPatch) -> None:
        tried = await self.session.try_change(page.inbox.id, patch)
        page.show_tried(tried)
        if tried.is_good:
            await self.session.change_inbox(page.inbox.id, patch)
            self.show_choice()

    async def _pause(self, page: ChangeInbox, *, on: bool) -> None:
        await self.session.change_inbox(page.inbox.id, InboxPatch(paused=on))
        self.show_choice()

    async def _remove(self, page: ChangeInbox) -> None:
        await self.session.remove_inbox(page.inbox.id)
        self.show_choice()

    # -- what could not be read ----------------------------------------------------------------------

    def show_deliveries(self, inbox: rows.Inbox) -> None:
        """The kept deliveries of an inbox."""
        page = Deliveries(self.theme, inbox)
        page.replay_wanted.connect(
            lambda n: self._spawn(page, self._replay(page, inbox, n), "read again", page_refuse(page))
        )
        page.more_wanted.connect(
            lambda after: self._spawn(page, self._list(page, inbox, after), "list deliveries", page_refuse(page))
        )
        page.closed.connect(self.show_choice)
        self.page_made.emit(page)
        self._spawn(page, self._list(page, inbox), "list deliveries", page_refuse(page))

    async def _list(self, page: Deliveries, inbox: rows.Inbox, after: str | None = None) -> None:
        found = await self.session.kept_deliveries(inbox.id, after)
        page.show_kept(found.items, found.next, anew=after is None)

    async def _replay(self, page: Deliveries, inbox: rows.Inbox, n: int | None) -> None:
        page.tell(await self.session.replay(inbox.id, n))
        await self._list(page, inbox)

    def _spawn(
        self, over: QObject, work: Coroutine[Any, Any, None], name: str, refuse: Callable[[Refusal], None] | None = None
    ) -> None:
        """Do what the page ``over`` asked for; whoever leaves it wants no more of that."""

        async def done() -> None:
            try:
                await work
            except Refusal as refusal:
                if refuse is None:
                    self.refused.emit(refusal.reason)
                else:
                    refuse(refusal)

        task = self.owner.spawn(done(), name=name)
        over.destroyed.connect(task.cancel)


def page_refuse(page: Deliveries) -> Callable[[Refusal], None]:
    """Says a no on the page of deliveries."""
    return lambda refusal: page.refuse(refusal.reason)
