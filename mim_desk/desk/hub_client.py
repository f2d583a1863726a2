"""Every call of the desk to a hub's API, and what its answers mean."""

from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows

Result = TypeVar("Result")

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_AGAIN = (429, 500, 502, 503, 504)


class Unreachable(Exception):
    """No answer: the hub is down, the network is cut, or it asks to come back later.

    Attributes:
        retry_after_s: how long it asked to wait, 0 when it did not say.
        may_have_arrived: whether the hub may have done what it was asked.
        answered: the hub itself says that it cannot do it now.
    """

    def __init__(
        self, reason: str, retry_after_s: float = 0.0, *, may_have_arrived: bool = False, answered: bool = False
    ) -> None:
        super().__init__(reason)
        self.answered = answered
        self.retry_after_s = retry_after_s
        self.may_have_arrived = may_have_arrived


class SignedOut(Refusal):
    """The token is no longer good."""


class LogReset(Refusal):
    """The place asked for is not in the hub's log any more: start again from a snapshot."""


class Changed(Refusal):
    """Somebody changed the row since (If-Match failed)."""


class Moved(Refusal):
    """The send guard held a reply back.

    Attributes:
        reasons, messages, seq: as in the problem details.
    """

    def __init__(self, problem: api.Problem) -> None:
        super().__init__("conversation-moved", problem.detail or problem.title)
        self.reasons = tuple(problem.reasons)
        self.messages = tuple(problem.messages)
        self.seq = problem.seq


class HubClient:
    """One hub and one bearer token.

    Attributes:
        url: the hub's address without a slash at its end.
        http: the connection pool, with the token in its headers.
    """

    def __init__(self, url: str, token: str = "", transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self.http = httpx.AsyncClient(
                base_url=self.url,
                headers=headers,
                timeout=TIMEOUT,
                transport=transport,
                verify=not self.url.startswith("http://"),  # reading all certificates takes longer than a call
            )
        except httpx.InvalidURL:
            raise Refusal(
                "bad-address", "This is not an address. Write it like https://hub.example.com.", "url"
            ) from None

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def sign_in(self, login: str, password: str) -> api.SignedIn:
        """A token for a person."""
        return await self._post("/api/v1/sessions", api.SignIn(login, password), api.SignedIn)

    async def sign_out(self) -> None:
        """End the token."""
        await self._send("DELETE", "/api/v1/sessions")

    async def me(self) -> api.Me:
        """Whose token it is."""
        return _read(await self._send("GET", "/api/v1/me"), api.Me)

    async def channels(self) -> list[api.ChannelManifest]:
        """The channels' manifests, for set-up screens."""
        return _read(await self._send("GET", "/api/v1/channels"), api.Page[api.ChannelManifest]).items

    async def create_inbox(self, inbox: api.NewInbox) -> api.CreatedInbox:
        """Connect an account of a channel."""
        return await self._post("/api/v1/inboxes", inbox, api.CreatedInbox)

    async def inboxes(self) -> list[rows.Inbox]:
        """All connected accounts."""
        return _read(await self._send("GET", "/api/v1/inboxes"), api.Page[rows.Inbox]).items

    async def try_inbox(self, inbox: api.NewInbox) -> api.TriedOut:
        """Try an account without saving it."""
        return await self._post("/api/v1/inboxes/try", inbox, api.TriedOut)

    async def try_change(self, id_: str, patch: api.InboxPatch) -> api.TriedOut:
        """Try changes of an inbox without saving them."""
        return await self._post(f"/api/v1/inboxes/{quote(id_)}/try", patch, api.TriedOut)

    async def test_inbox(self, id_: str) -> api.TriedOut:
        """Try an inbox as it is; what the hub paused goes on when it works."""
        return _read(await self._send("POST", f"/api/v1/inboxes/{quote(id_)}/test"), api.TriedOut)

    async def change_inbox(self, id_: str, patch: api.InboxPatch) -> rows.Inbox:
        """Change an inbox; new settings and secrets are tried before they are saved."""
        content, headers = msgspec.json.encode(patch), {"Content-Type": "application/json"}
        answer = await self._send("PATCH", f"/api/v1/inboxes/{quote(id_)}", content=content, headers=headers)
        return _read(answer, rows.Inbox)

    async def kept_deliveries(self, id_: str, after: str | None = None) -> api.Page[api.KeptDelivery]:
        """What an inbox could not read, the oldest first."""
        parameters = {"after": after} if after else {}
        path = f"/api/v1/inboxes/{quote(id_)}/deliveries"
        return _read(await self._send("GET", path, params=parameters), api.Page[api.KeptDelivery])

    async def replay(self, id_: str, n: int | None = None) -> api.Replayed:
        """Read kept deliveries of an inbox again, all or one."""
        which = "" if n is None else f"/deliveries/{n}"
        return _read(await self._send("POST", f"/api/v1/inboxes/{quote(id_)}{which}/replay"), api.Replayed)

    async def refresh_templates(self, inbox_id: str) -> api.RefreshedTemplates:
        """The provider's list of templates, asked for now."""
        answer = await self._send("POST", f"/api/v1/inboxes/{quote(inbox_id)}/templates")
        return _read(answer, api.RefreshedTemplates)

    async def response_report(self) -> api.ResponseReport:
        """How quickly people were answered."""
        return _read(await self._send("GET", "/api/v1/reports/responses"), api.ResponseReport)

    async def remove_inbox(self, id_: str) -> None:
        """Disconnect an account."""
        await self._send("DELETE", f"/api/v1/inboxes/{quote(id_)}")

    async def contact_merges(self, id_: str) -> api.ContactMerges:
        """Who went into a contact, and who may be the same person."""
        return _read(await self._send("GET", f"/api/v1/contacts/{quote(id_)}/merges"), api.ContactMerges)

    async def merge_contacts(self, id_: str, merge: api.Merge) -> rows.Contact:
        """The other contact goes into this one."""
        return await self._post(f"/api/v1/contacts/{quote(id_)}/merge", merge, rows.Contact)

    async def unmerge_contacts(self, id_: str, other_id: str) -> api.Unmerged:
        """Take a contact out again."""
        return await self._post(f"/api/v1/contacts/{quote(id_)}/unmerge", api.OtherContact(other_id), api.Unmerged)

    async def tell_apart(self, id_: str, other_id: str) -> None:
        """They are two people."""
        body = msgspec.json.encode(api.OtherContact(other_id))
        headers = {"Content-Type": "application/json"}
        await self._send("POST", f"/api/v1/contacts/{quote(id_)}/not-same", content=body, headers=headers)

    async def change_contact(self, id_: str, patch: api.ContactPatch) -> rows.Contact:
        """Change what people know of a contact."""
        content, headers = msgspec.json.encode(patch), {"Content-Type": "application/json"}
        answer = await self._send("PATCH", f"/api/v1/contacts/{quote(id_)}", content=content, headers=headers)
        return _read(answer, rows.Contact)

    async def note_consent(self, id_: str, consent: api.NewConsent) -> rows.Contact:
        """Note what a contact wants to be sent, as an agent was told."""
        return await self._post(f"/api/v1/contacts/{quote(id_)}/consents", consent, rows.Contact)

    async def save_canned_reply(self, id_: str, reply: api.NewCannedReply) -> rows.CannedReply:
        """A canned reply made, or changed when it has an id."""
        if not id_:
            return await self._post("/api/v1/canned-replies", reply, rows.CannedReply)
        path = f"/api/v1/canned-replies/{quote(id_)}"
        return _read(await self._send("PATCH", path, json=msgspec.to_builtins(reply)), rows.CannedReply)

    async def remove_canned_reply(self, id_: str) -> None:
        """Delete a canned reply."""
        await self._send("DELETE", f"/api/v1/canned-replies/{quote(id_)}")

    async def agents(self) -> list[rows.Agent]:
        """Everybody who works here."""
        return _read(await self._send("GET", "/api/v1/agents"), api.Page[rows.Agent]).items

    async def add_agent(self, agent: api.NewAgent) -> rows.Agent:
        """A new agent who can sign in."""
        return await self._post("/api/v1/agents", agent, rows.Agent)

    async def set_password(self, agent_id: str, password: str) -> None:
        """A new password; the agent's sessions end."""
        await self._send("POST", f"/api/v1/agents/{quote(agent_id)}/password", json={"password": password})

    async def snapshot(self, after: str | None) -> api.SnapshotPage:
        """One page of the start state."""
        parameters = {"after": after} if after else {}
        return _read(await self._send("GET", "/api/v1/snapshot", params=parameters), api.SnapshotPage)

    async def conversation(self, id_: str) -> rows.Conversation:
        """A conversation as the hub has it now."""
        return _read(await self._send("GET", f"/api/v1/conversations/{quote(id_)}"), rows.Conversation)

    async def post_message(self, conversation_id: str, message: api.NewMessage) -> rows.Message:
        """Hand over a reply or a note; the same id again answers the same message."""
        return await self._post(f"/api/v1/conversations/{quote(conversation_id)}/messages", message, rows.Message)

    async def patch(self, conversation_id: str, patch: api.ConversationPatch, version: int) -> rows.Conversation:
        """Change a conversation that still is at ``version``."""
        answer = await self._send(
            "PATCH",
            f"/api/v1/conversations/{quote(conversation_id)}",
            content=msgspec.json.encode(patch),
            headers={"If-Match": f'"{version}"', "Content-Type": "application/json"},
        )
        return _read(answer, rows.Conversation)

    async def read(self, conversation_id: str, up_to: str) -> rows.Conversation:
        """An agent has seen everything up to a message."""
        return await self._post(
            f"/api/v1/conversations/{quote(conversation_id)}/read", api.ReadUpTo(up_to), rows.Conversation
        )

    async def react(self, message_id: str, emoji: str) -> rows.Message:
        """Put the brand's emoji on a contact's message; an empty one takes it back."""
        path = f"/api/v1/messages/{quote(message_id)}/reaction"
        return _read(await self._send("PUT", path, json={"emoji": emoji}), rows.Message)

    async def change_text(self, message_id: str, text: str) -> rows.Message:
        """Change the text of a sent reply."""
        path = f"/api/v1/messages/{quote(message_id)}"
        return _read(await self._send("PATCH", path, json={"text": text}), rows.Message)

    async def hide(self, message_id: str, *, hidden: bool) -> rows.Message:
        """Hide a public comment from others, or show it again."""
        path = f"/api/v1/messages/{quote(message_id)}/hidden"
        return _read(await self._send("PUT", path, json={"hidden": hidden}), rows.Message)

    async def take_back(self, message_id: str) -> rows.Message:
        """Take a sent reply back, or delete a customer's public comment."""
        return _read(await self._send("DELETE", f"/api/v1/messages/{quote(message_id)}"), rows.Message)

    async def typing(self, conversation_id: str) -> None:
        """The agent is writing."""
        await self._send("POST", f"/api/v1/conversations/{quote(conversation_id)}/typing")

    async def claim(self, conversation_id: str) -> None:
        """The short hold while someone is writing."""
        await self._send("POST", f"/api/v1/conversations/{quote(conversation_id)}/claim")

    async def open_archive(self, name: str) -> rows.Inbox:
        """The archive of this name, made where there is none."""
        return await self._post("/api/v1/archives", api.NewArchive(name), rows.Inbox)

    async def known_in_archive(self, id_: str, external_ids: list[str]) -> set[str]:
        """Which of these messages are there already."""
        path = f"/api/v1/archives/{quote(id_)}/known"
        return set((await self._post(path, api.WhichAreKnown(external_ids), api.WhichAreKnown)).external_ids)

    async def keep_in_archive(self, id_: str, chat: api.ArchivedChat) -> api.Archived:
        """Keep messages of one chat; the same ones again change nothing."""
        return await self._post(f"/api/v1/archives/{quote(id_)}/messages", chat, api.Archived)

    async def upload(self, name: str, mime_type: str, data: bytes) -> rows.Attachment:
        """Store a file; its id goes into a message."""
        answer = await self._send("POST", "/api/v1/attachments", files={"file": (name, data, mime_type)})
        return _read(answer, api.Uploaded).attachment

    async def download(self, attachment_id: str) -> bytes:
        """The bytes of a file."""
        return (await self._send("GET", f"/api/v1/attachments/{quote(attachment_id)}")).content

    async def _post(self, path: str, body: msgspec.Struct, type_: type[Result]) -> Result:
        content = msgspec.json.encode(body)
        return _read(
            await self._send("POST", path, content=content, headers={"Content-Type": "application/json"}), type_
        )

    async def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            answer = await self.http.request(method, path, **arguments)
        except httpx.TransportError as error:
            never_left = isinstance(error, _NEVER_LEFT)
            raise Unreachable(f"{type(error).__name__}: {error}", may_have_arrived=not never_left) from error
        if not answer.is_success:
            raise refusal(answer.status_code, answer.headers, answer.content)
        return answer


def _read(answer: httpx.Response, type_: type[Result]) -> Result:
    try:
        return msgspec.json.decode(answer.content, type=type_)
    except msgspec.DecodeError as error:
        raise Unreachable(f"The answer cannot be understood: {error}", may_have_arrived=True) from error


def refusal(status: int, headers: httpx.Headers, content: bytes) -> Exception:
    """What an answer that is no success means for the desk."""
    problem = _problem(status, content)
    code = problem.code or problem.type.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    reason = problem.detail or problem.title
    if status in _AGAIN:
        later_s = _seconds(headers.get("retry-after", ""))
        return Unreachable(reason, later_s, may_have_arrived=status in (502, 504), answered=True)
    if status == 401:
        return SignedOut("signed-out", "Your sign-in has ended. Sign in again.")
    if status == 410:
        return LogReset(code, reason)
    if status == 412:
        return Changed(code, reason)
    if status == 409 and code == "conversation-moved":
        return Moved(problem)
    return Refusal(code, reason, problem.field)


def _problem(status: int, content: bytes) -> api.Problem:
    try:
        return msgspec.json.decode(content, type=api.Problem)
    except msgspec.DecodeError:
        return api.Problem(f"http-{status}", f"The hub answered {status}.", status)


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0


async def end_token(client: HubClient) -> None:
    """Sign out as far as the hub can be reached."""
    try:
        await client.sign_out()
    except (Unreachable, SignedOut):
        return  # it ends by itself, or has ended
