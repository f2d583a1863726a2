"""What is done to inboxes and contacts; all of it needs the hub."""

from mim_desk.desk.hub_client import HubClient
from mim_desk.desk.reach import reachable
from mim_desk.protocol import api, rows


class Connecting:
    """The administering half of the session."""

    def online(self) -> HubClient:
        """The hub's client; a Refusal when there is none."""
        raise NotImplementedError

    async def channels(self) -> list[api.ChannelManifest]:
        """What can be connected."""
        with reachable():
            return await self.online().channels()

    async def inboxes_now(self) -> list[rows.Inbox]:
        """All inboxes with the figures of this moment; the cache has those of the last event."""
        with reachable():
            return await self.online().inboxes()

    async def try_inbox(self, inbox: api.NewInbox) -> api.TriedOut:
        """Try an account without saving it."""
        with reachable():
            return await self.online().try_inbox(inbox)

    async def try_change(self, id_: str, patch: api.InboxPatch) -> api.TriedOut:
        """Try changes of an inbox without saving them."""
        with reachable():
            return await self.online().try_change(id_, patch)

    async def test_inbox(self, id_: str) -> api.TriedOut:
        """Try an inbox as it is."""
        with reachable():
            return await self.online().test_inbox(id_)

    async def create_inbox(self, inbox: api.NewInbox) -> api.CreatedInbox:
        """Connect an account of a channel."""
        with reachable():
            return await self.online().create_inbox(inbox)

    async def change_inbox(self, id_: str, patch: api.InboxPatch) -> rows.Inbox:
        """Change an inbox, pause it or let it go on."""
        with reachable():
            return await self.online().change_inbox(id_, patch)

    async def remove_inbox(self, id_: str) -> None:
        """Disconnect an account; its conversations stay."""
        with reachable():
            await self.online().remove_inbox(id_)

    async def kept_deliveries(self, id_: str, after: str | None = None) -> api.Page[api.KeptDelivery]:
        """What an inbox could not read."""
        with reachable():
            return await self.online().kept_deliveries(id_, after)

    async def replay(self, id_: str, n: int | None = None) -> api.Replayed:
        """Read kept deliveries of an inbox again, all or one."""
        with reachable():
            return await self.online().replay(id_, n)

    # -- contacts ----------------------------------------------------------------------------------

    async def contact_merges(self, id_: str) -> api.ContactMerges:
        """Who went into a contact, and who may be the same person."""
        with reachable():
            return await self.online().contact_merges(id_)

    async def merge_contacts(self, id_: str, merge: api.Merge) -> rows.Contact:
        """The other contact goes into this one."""
        with reachable():
            return await self.online().merge_contacts(id_, merge)

    async def unmerge_contacts(self, id_: str, other_id: str) -> api.Unmerged:
        """Take a contact out again."""
        with reachable():
            return await self.online().unmerge_contacts(id_, other_id)

    async def tell_apart(self, id_: str, other_id: str) -> None:
        """They are two people, which is not suggested again."""
        with reachable():
            await self.online().tell_apart(id_, other_id)

    async def change_contact(self, id_: str, patch: api.ContactPatch) -> rows.Contact:
        """Change what people know of a contact."""
        with reachable():
            return await self.online().change_contact(id_, patch)

    async def note_consent(self, id_: str, consent: api.NewConsent) -> rows.Contact:
        """Note what a contact wants to be sent, as an agent was told."""
        with reachable():
            return await self.online().note_consent(id_, consent)
