"""Comments below a Page's posts as the sheet has them: changes of the feed, public answers, one private reply for each."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.graph import ORDERED, Graph, error, faults, fields
from mim_desk.rehearsal.providers.history import graph_time
from mim_desk.rehearsal.providers.messenger import PAGE
from mim_desk.rehearsal.providers.posting import CALM, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Connection, Order, digits
from mim_desk.rehearsal.providers.wire import Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

POST: Final = "880001"
POST_ID: Final = f"{PAGE}_{POST}"
LONGEST: Final = 8000
_REFUSALS: Final = {
    **ORDERED,
    Order.BLOCKED: error(100, "Unsupported post request: the comment is gone.", 33),
    Order.BUSY: error(32, "Page request limit reached.", status=429, retry_after="1"),
}


class FacebookComments(Graph):
    """The public side of a Page, with one post that people comment on."""

    channel = "facebook_comments"
    object = "page"
    account = PAGE
    subscribed = ("feed", "mention", "ratings")
    refusals = _REFUSALS

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self._authors: dict[str, CommentingPhone] = {}
        self._privately: set[str] = set()
        self._newest: list[dict[str, Any]] = []

    def connection(self) -> Connection:
        return Connection("Facebook comments", {"page_id": PAGE, "api_base_url": self.address}, self.secrets())

    def new_phone(self, script: Script) -> Phone:
        return CommentingPhone(self, script)

    def entries(self, news: Sequence[Any]) -> list[dict[str, Any]]:
        changes = [{"field": "feed", "value": one} for one in news]
        return [{"id": PAGE, "time": int(self.clock()), "changes": changes}]

    def comment(self, phone: "CommentingPhone") -> str:
        """The id of a new comment in somebody's thread."""
        made = f"{POST}_{990000 + self.next_number()}"
        self._authors[made] = phone
        return made

    def asked(self, call: Call, path: Sequence[str]) -> Answer:
        match (call.method, *path):
            case "GET", node if node == PAGE:
                return fields(call, {"id": PAGE, "name": self.brand})
            case "GET", page, "feed" if page == PAGE:
                return told({"data": [{"id": POST_ID, "comments": {"data": self._newest[::-1][:50]}}]})
            case "POST", above, "comments" if above in self._authors:
                return self.as_ordered(lambda: self._take(call, above))
            case "POST", page, "messages" if page == PAGE:
                return self._reply_privately(call.json())
        return self.unknown(call)

    def _take(self, call: Call, above: str) -> Answer:
        given = {**call.json(), **call.form()} if call.body[:1] != b"{" else call.json()
        text = str(given.get("message", ""))
        picture = str(given.get("attachment_url", ""))
        phone = self._authors[above]
        why = faults(
            (not (text.strip() or picture), "neither message nor attachment"),
            (len(text) > LONGEST, "the message is too long"),
            (above != phone.root, "an answer hangs on the first comment of its thread"),
        )
        if why:
            return self.no(why, error(100, why))
        made = self.comment(phone)
        phone.hear(Heard(made, text, self.brand, "comment", picture, quotes=above))
        page = {"id": PAGE, "name": self.brand}
        self.poster.post(self.change("add", made, page, parent_id=above, **({"message": text} if text else {})))
        return told({"id": made})

    def _reply_privately(self, body: Mapping[str, Any]) -> Answer:
        comment = str((body.get("recipient") or {}).get("comment_id", ""))
        text = str((body.get("message") or {}).get("text", ""))
        phone = self._authors.get(comment)
        if phone is None or not text:
            why = "no such comment, or nothing to say"
            return self.no(why, error(100, why))
        if comment in self._privately:
            return self.no("a second private reply", error(10900, "This comment was replied to privately already."))
        self._privately.add(comment)
        mid = f"m_private{self.next_number():06}"
        phone.hear(Heard(mid, text, self.brand, "private", quotes=comment))
        return told({"recipient_id": digits(f"messenger {phone.name}", 16), "message_id": mid})

    def change(self, verb: str, comment_id: str, author: Mapping[str, str], **more: Any) -> dict[str, Any]:
        """Something that happens to a comment now."""
        own = {"item": "comment", "verb": verb, "post_id": POST_ID, "comment_id": comment_id, "parent_id": POST_ID}
        change = {**own, "from": dict(author), "created_time": int(self.clock()), **more}
        if change["item"] == "comment" and verb == "add":
            self._keep(change)
        return change

    def _keep(self, change: Mapping[str, Any]) -> None:
        above = {} if change["parent_id"] == POST_ID else {"parent": {"id": change["parent_id"]}}
        shown = {"id": change["comment_id"], "message": change.get("message", ""), "from": change["from"]}
        self._newest.append({**shown, "created_time": graph_time(change["created_time"]), **above})


class CommentingPhone(Phone):
    """A person below the post.

    Attributes:
        root: the first comment of their thread.
    """

    can = frozenset({"file", "edit", "unsend", "react"})

    def __init__(self, comments: FacebookComments, script: Script) -> None:
        super().__init__()
        self.name = script.name
        self.root = ""
        self._author = {"id": digits(f"comments {script.name}", 16), "name": script.name}
        self._last = ""
        self._comments = comments

    async def do(self, act: Act) -> None:
        self._comments.poster.post(self._change(act))

    def _change(self, act: Act) -> dict[str, Any]:
        parent = {"parent_id": self.root} if self.root else {}
        above = parent if self._last != self.root else {}
        match act.kind:
            case "edit" if self._last:
                edited = int(self._comments.clock())
                return self._told("edited", self._last, **above, message=act.text, edited_time=edited)
            case "unsend" if self._last:
                return self._told("remove", self._last, **above)
            case "react" if self.heard:
                on = self.heard[-1].id
                return self._told("add", on, item="reaction", reaction_type="love", parent_id=on)
        self._last = self._comments.comment(self)
        self.root = self.root or self._last
        words = {"message": act.text} if act.text else {}
        if act.file:
            words["photo"] = f"{self._comments.address}/files/{self._comments.keep(act).id}"
        return self._told("add", self._last, **parent, **words)

    def _told(self, verb: str, comment_id: str, **more: Any) -> dict[str, Any]:
        return self._comments.change(verb, comment_id, self._author, **more)
