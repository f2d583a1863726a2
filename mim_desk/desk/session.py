"""The one object the window uses: cache, outbox and changes, and every action of an agent.

An action is one transaction in the outbox, a change published at once, and the network later;
all of it works without a hub.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from subprocess import Popen

import msgspec

from mim_desk.desk.backoff import Backoff
from mim_desk.desk.cache.cache import Cache
from mim_desk.desk.changes import Change, Changes
from mim_desk.desk.connecting import Connecting
from mim_desk.desk.embedded_hub import EmbeddedHub
from mim_desk.desk.encrypted_file import DatabaseError
from mim_desk.desk.freshness import Freshness
from mim_desk.desk.hub_client import HubClient, SignedOut, end_token
from mim_desk.desk.keys import Keys
from mim_desk.desk.line import Ephemeral, Line
from mim_desk.desk.outbox.outbox import NotKept, Outbox
from mim_desk.desk.outbox.salvage import Loss
from mim_desk.desk.paths import Paths
from mim_desk.desk.reach import OUT_OF_REACH, reachable
from mim_desk.desk.settings import Network, SettingsFile
from mim_desk.desk.shapes import UnsentOf
from mim_desk.desk.tasks import OnProblem, TaskOwner
from mim_desk.desk.writing import Writing
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows

UNWRITABLE = "outbox-unwritable"
"""Code of the notice that nothing can be kept; with an empty text it is over."""

_AGENT = "agent:{id}"
"""Under which name of the outbox an agent who worked here is remembered."""


@dataclass(frozen=True)
class Notice:
    """Something a person must be told; ``code`` is stable, ``text`` one or two plain sentences."""

    code: str
    text: str


class Session(Connecting, Writing):
    """What the desk does for its window.

    Attributes:
        cache, outbox, changes, settings, owner: its parts, open between ``start`` and ``close``.
        me, workspace: who works here, None before the first sign-in.
        line: the line to the hub.
        hub: the embedded hub, None with a team's hub.
        notices: what was lost or rebuilt since the start.
    """

    def __init__(
        self,
        paths: Paths,
        keys: Keys,
        settings: SettingsFile,
        on_problem: OnProblem,
        keep_keys: Callable[[Keys], Awaitable[None]] | None = None,
        *,
        early_hub: Popen[bytes] | None = None,
    ) -> None:
        self.paths = paths
        self.keys = keys
        self.settings = settings
        self.changes = Changes()
        self.owner = TaskOwner(on_problem)
        self.outbox = Outbox(paths.outbox, keys.outbox, self._on_loss, self._on_trouble)
        self.cache = Cache(paths.cache, keys.cache, self.outbox.pending, self._on_rebuilt)
        self.line = Line(self.cache, self.outbox, self.changes, on_problem)
        self.me: rows.Agent | None = None
        self.workspace: rows.Workspace | None = None
        self.notices: list[Notice] = []
        self.hub: EmbeddedHub | None = None
        self._keep_keys = keep_keys
        self._early_hub = early_hub
        self._keeping = False
        self._who = asyncio.Lock()
        self._on_notice: list[Callable[[Notice], None]] = []
        self.line.on_me.append(self._on_me)
        self.line.on_signed_out.append(partial(self._notice, "signed-out"))

    async def start(self) -> None:
        """Open the files and show what is here; the hub is reached in the background. A full disk is a refusal."""
        try:
            await self._open_files()
        except (DatabaseError, OSError) as error:
            await self.cache.close()
            await self.outbox.close()
            raise NotKept(error) from error
        await self._work_as(self.me)
        self.go_online()

    async def _open_files(self) -> None:
        self.paths.make()
        await self.outbox.open()
        self.me = await self.outbox.remembered("me", rows.Agent)
        self.workspace = await self.outbox.remembered("workspace", rows.Workspace)
        await self.cache.open()
        self.line.level_at = await self.cache.level_at() or self.line.level_at

    def go_online(self) -> None:
        """Reach the hub of the settings, unless the network policy says offline."""
        settings = self.settings.current
        if settings.network is Network.OFFLINE:
            return
        if settings.hub_url:
            token = self.keys.tokens.get(settings.hub_url, "")
            self.owner.spawn(self.line.connect(settings.hub_url, token), name="connect")
        elif self.hub is None:
            name = self.workspace.name if self.workspace else ""
            failed = partial(self._notice_once, "hub-failed")
            early, self._early_hub = self._early_hub, None
            self.hub = EmbeddedHub(self.paths, self.keys, name, self.owner, self._on_embedded, failed, early)
            self.hub.start()

    async def go_offline(self) -> None:
        """Close the line; an embedded hub goes on receiving."""
        await self.line.close()

    async def reconnect(self) -> None:
        """Open the line again after ``go_offline``."""
        if self.hub is not None and self.hub.url:
            await self.line.connect(self.hub.url, self.keys.admin_token)
        else:
            self.go_online()

    def _on_embedded(self, url: str) -> None:
        if self.settings.current.network is not Network.OFFLINE:
            self.owner.spawn(self.line.connect(url, self.keys.admin_token), name="connect")

    def _on_me(self, me: api.Me) -> None:
        self.owner.spawn(self._still_here(me, self.line.client), name="remember who works here")

    async def _still_here(self, me: api.Me, client: HubClient | None) -> None:
        """What a line said that was closed since is no longer true: somebody else may have signed in."""
        async with self._who:
            if self.line.client is client:
                await self._remember(me)

    async def _remember(self, me: api.Me) -> None:
        changed = me.agent != self.me or me.workspace != self.workspace
        self.workspace = me.workspace
        await self._keep_who(me.agent, me.workspace)
        if changed:
            await self._work_as(me.agent)

    async def _keep_who(self, me: rows.Agent, workspace: rows.Workspace) -> None:
        with suppress(NotKept):  # it is told already, and the hub says who works here at each start
            await self.outbox.remember("me", me)
            await self.outbox.remember(_AGENT.format(id=me.id), me)
            await self.outbox.remember("workspace", workspace)

    async def _work_as(self, me: rows.Agent | None) -> None:
        self.me = me
        self.cache.me_id = me.id if me else ""
        laid_over = set(self.outbox.pending.actions())
        await self.outbox.work_as(self.cache.me_id)
        _, seq = await self.cache.cursor()
        await self.outbox.drop(await self.cache.present_messages(list(self.outbox.pending.items)))
        await self.cache.relay(laid_over | set(self.outbox.pending.actions()))
        self.changes.publish(Change(seq=seq, reset=True))
        self.line.wake()

    async def close(self) -> None:
        """Stop what runs in the background, the embedded hub too, and close the files."""
        await self.line.end()
        if self.hub is not None:
            await self.hub.close()
        await self.owner.close()
        with suppress(NotKept):
            await self.outbox.keep_unkept()
        await self.cache.close()
        await self.outbox.close()

    # -- what others may listen to ---------------------------------------------------------------

    def on_freshness(self, callback: Callable[[Freshness], None]) -> Callable[[], None]:
        """Call ``callback`` at each change of the freshness; the returned function ends that."""
        self.line.on_freshness.append(callback)
        return lambda: self.line.on_freshness.remove(callback)

    def ephemeral(self, callback: Callable[[Ephemeral], None]) -> Callable[[], None]:
        """Call ``callback`` with typing and presence; the returned function ends that."""
        self.line.on_ephemeral.append(callback)
        return lambda: self.line.on_ephemeral.remove(callback)

    def on_notice(self, callback: Callable[[Notice], None]) -> Callable[[], None]:
        """Call ``callback`` with each new notice; the returned function ends that."""
        self._on_notice.append(callback)
        return lambda: self._on_notice.remove(callback)

    @property
    def freshness(self) -> Freshness:
        """How near the cache is to the hub."""
        return self.line.freshness

    def try_now(self) -> None:
        """Reach the hub without waiting for the next attempt."""
        self.line.try_now()

    def _notice(self, code: str, text: str) -> None:
        notice = Notice(code, text)
        self.notices.append(notice)
        for callback in list(self._on_notice):
            callback(notice)

    def _notice_once(self, code: str, text: str) -> None:
        if Notice(code, text) not in self.notices:
            self._notice(code, text)

    def _on_loss(self, loss: Loss) -> None:
        self._notice("outbox-damaged", str(loss))
        self.changes.publish(Change(reset=True))
        if self.me is not None and self.workspace is not None:
            self.owner.spawn(self._keep_who(self.me, self.workspace), name="remember who works here")

    def _on_trouble(self, why: str) -> None:
        """Told again at each write that failed; ``why`` is empty once one went well."""
        self.notices = [notice for notice in self.notices if notice.code != UNWRITABLE]
        self._notice(UNWRITABLE, why)
        if why and not self._keeping:
            self._keeping = True
            self.owner.spawn(self._keep_later(), name="keep what is in memory")

    async def _keep_later(self) -> None:
        backoff = Backoff(first_s=1.0, most_s=10.0)
        await backoff.wait()
        while self.outbox.unkept:
            try:
                await self.outbox.keep_unkept()
            except NotKept:
                await backoff.wait()
        self._keeping = False

    def _on_rebuilt(self, damage: str) -> None:
        self._notice("cache-rebuilt", "The offline copy was damaged. It is being loaded again from the hub.")
        self.changes.publish(Change(reset=True))
        self.line.start_over()

    # -- while somebody looks -----------------------------------------------------------------------

    def typing(self, conversation_id: str) -> None:
        """The agent is writing; told to the others while live, worth nothing later."""
        self.line.typing(conversation_id)

    async def claim(self, conversation_id: str) -> None:
        """Hold the conversation for a moment; a Refusal says who else does. Without a hub nothing happens."""
        if self.line.is_live:
            with reachable():
                await self.online().claim(conversation_id)

    async def attachment(self, attachment: rows.Attachment) -> bytes:
        """The bytes of a file: local, looked at before, or from the hub."""
        local = await self.outbox.file(attachment.id)
        if local is not None:
            return local.data
        data = await self.cache.kept_file(attachment.id)
        if data is None:
            with reachable():
                data = await self.online().download(attachment.id)
            await self.cache.keep_file(attachment.id, data)
        return data

    async def react(self, message_id: str, emoji: str) -> None:
        """Put the brand's emoji on a contact's message, or take it back; shown when its event comes."""
        with reachable():
            await self.online().react(message_id, emoji)

    async def change_sent(self, message_id: str, text: str) -> None:
        """Another text for a sent reply, at its channel first; shown when its event comes."""
        with reachable():
            await self.online().change_text(message_id, text)

    async def hide_comment(self, message_id: str, *, hidden: bool) -> None:
        """Hide a public comment from others, or show it again; shown when its event comes."""
        with reachable():
            await self.online().hide(message_id, hidden=hidden)

    async def take_back_sent(self, message_id: str) -> None:
        """Take a sent reply back, or delete a public comment, at its channel first; shown when its event comes."""
        with reachable():
            await self.online().take_back(message_id)

    # -- what needs the hub ----------------------------------------------------------------------

    def online(self) -> HubClient:
        """The hub's client; a Refusal when there is none."""
        if self.line.client is None:
            raise Refusal("offline", OUT_OF_REACH)
        return self.line.client

    async def save_canned_reply(self, id_: str, reply: api.NewCannedReply) -> rows.CannedReply:
        """Make a canned reply, or change the one with this id; it reaches every desk as an event."""
        with reachable():
            return await self.online().save_canned_reply(id_, reply)

    async def remove_canned_reply(self, id_: str) -> None:
        """Delete a canned reply."""
        with reachable():
            await self.online().remove_canned_reply(id_)

    async def response_report(self) -> api.ResponseReport:
        """How quickly people were answered, as the hub's clocks say."""
        with reachable():
            return await self.online().response_report()

    async def refresh_templates(self, inbox_id: str) -> api.RefreshedTemplates:
        """Have the hub ask the provider for an inbox's templates; what changed reaches every desk as events."""
        with reachable():
            return await self.online().refresh_templates(inbox_id)

    async def sign_in(self, url: str, login: str, password: str) -> rows.Agent:
        """Work with a team's hub; a Refusal while work for another hub is unsent."""
        url = url.strip().rstrip("/")
        if url != self.settings.current.hub_url and self.outbox.pending.items:
            raise Refusal("unsent", "Replies for another hub are unsent. Send or discard them first.")
        client = HubClient(url)
        try:
            with reachable("url"):
                signed_in = await client.sign_in(login, password)
        except SignedOut:
            raise Refusal("wrong-password", "Login or password is not right.", "password") from None
        finally:
            await client.close()
        await self._leave_hub()
        await self._keep_token(url, signed_in.token)
        self.settings.change(hub_url=url)
        async with self._who:
            await self._remember(api.Me(signed_in.agent, signed_in.workspace))
        self.go_online()
        return signed_in.agent

    async def sign_out(self) -> None:
        """End the token and wipe the cache; drafts and unsent work stay in the outbox.

        The embedded hub's token is its key: it is handed over at each start and never ends.
        """
        url = self.settings.current.hub_url
        if self.line.client is not None and self.hub is None:
            await end_token(self.line.client)
        await self._leave_hub()
        await self._keep_token(url, "")
        await self.cache.wipe()
        self.changes.publish(Change(reset=True))

    async def unsent_here(self) -> list[UnsentOf]:
        """Whose replies and notes wait on this desk, the most first."""
        found = await self.outbox.unsent_by_agent()
        counted = sorted(found.items(), key=lambda each: -each[1])
        return [UnsentOf(await self._name_of(id_), count) for id_, count in counted]

    async def _name_of(self, agent_id: str) -> str:
        known = await self.outbox.remembered(_AGENT.format(id=agent_id), rows.Agent)
        if known is None and self.me is not None and self.me.id == agent_id:
            known = self.me
        return known.name if known is not None else ""

    async def _leave_hub(self) -> None:
        await self.line.close()
        if self.hub is not None:
            await self.hub.close()
            self.hub = None

    async def _keep_token(self, url: str, token: str) -> None:
        tokens = {known: kept for known, kept in self.keys.tokens.items() if known != url}
        self.keys = msgspec.structs.replace(self.keys, tokens={**tokens, url: token} if token else tokens)
        if self._keep_keys is not None:
            await self._keep_keys(self.keys)
