"""Comments below a Page's posts as the sheet has them: changes of the feed, public answers, one private reply for each."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.commenting import GONE, PRIVATELY_S, Comment, Commenter, Comments, PublicSide
from mim_desk.rehearsal.providers.graph import ORDERED, error, faults, fields
from mim_desk.rehearsal.providers.history import graph_time
from mim_desk.rehearsal.providers.messenger import PAGE, Messenger
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


class FacebookComments(PublicSide):
    """The public side of a Page, with one post that people comment on; its Messenger stands beside it."""

    channel = "facebook_comments"
    object = "page"
    account = PAGE
    subscribed = ("feed", "mention", "ratings")
    refusals = _REFUSALS

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self.comments = Comments()
        self._newest: list[dict[str, Any]] = []

    def connection(self) -> Connection:
        return Connection("Facebook comments", {"page_id": PAGE, "api_base_url": self.address}, self.secrets())

    def new_phone(self, script: Script) -> Phone:
        return CommentingPhone(self, script)

    def entries(self, news: Sequence[Any]) -> list[dict[str, Any]]:
        changes = [{"field": "feed", "value": one} for one in news]
        return [{"id": PAGE, "time": int(self.clock()), "changes": changes}]

    def comment(self, phone: "CommentingPhone", text: str = "", *, ours: bool = False) -> str:
        """The id of a new comment in somebody's thread."""
        made = f"{POST}_{990000 + self.next_number()}"
        self.comments[made] = Comment(made, phone, self.clock(), text, ours)
        return made

    def asked(self, call: Call, path: Sequence[str]) -> Answer:
        match (call.method, *path):
            case "GET", node if node == PAGE:
                return fields(call, {"id": PAGE, "name": self.brand})
            case "GET", page, "feed" if page == PAGE:
                return told({"data": [{"id": POST_ID, "comments": {"data": self._newest[::-1][:50]}}]})
            case "GET", one if one in self.comments:
                return self.shown(call, one)
            case "POST", above, "comments" if above in self.comments:
                return self.as_ordered(lambda: self._take(call, above))
            case "POST" | "DELETE", one, "likes" if one in self.comments:
                return self._like(self.comments[one], "👍" if call.method == "POST" else "")
            case "POST", one if one in self.comments:
                return self._change(call, self.comments[one])
            case "DELETE", one if one in self.comments:
                return self._delete(self.comments[one])
            case ("POST" | "DELETE", one) | ("POST" | "DELETE", one, "comments") if one.startswith(f"{POST}_"):
                return self.no(f"no comment {one}", GONE)
            case "POST", page, "messages" if page == PAGE and isinstance(self.messenger, Messenger):
                return self.messenger.asked(call, path)
        return self.unknown(call)

    @property
    def messenger(self) -> Messenger | None:
        """The same Page's private conversations, where they are simulated too."""
        found = self.beside.get("messenger")
        return found if isinstance(found, Messenger) else None

    def shown(self, call: Call, comment_id: str) -> Answer:
        """A comment as its fields tell it."""
        one = self.comments[comment_id]
        open_ = not (one.ours or one.answered_privately) and self.clock() - one.at <= PRIVATELY_S
        everything: dict[str, Any] = {"id": one.id, "message": one.text, "is_hidden": one.hidden}
        everything["can_reply_privately"] = open_
        if one.answered_privately:
            everything["private_reply_conversation"] = {"id": f"t_{one.id}"}
        return fields(call, everything)

    def elsewhere(self, phone: "CommentingPhone", text: str) -> str:
        """Somebody answers below a person's comment with another program of the Page's; its id."""
        made = self.comment(phone, text, ours=True)
        phone.hear(Heard(made, text, self.brand, "comment", quotes=phone.root))
        self._post_own(made, phone, {"message": text})
        return made

    def _post_own(self, made: str, phone: "CommentingPhone", said: Mapping[str, str]) -> None:
        page = {"id": PAGE, "name": self.brand}
        self.poster.post(self.change("add", made, page, parent_id=phone.root, **said))

    def _take(self, call: Call, above: str) -> Answer:
        given = call.json() or call.form()
        text = str(given.get("message", ""))
        picture = str(given.get("attachment_url", ""))
        phone = self.comments[above].phone
        assert isinstance(phone, CommentingPhone)
        why = faults(
            (not (text.strip() or picture), "neither message nor attachment"),
            (len(text) > LONGEST, "the message is too long"),
            (above != phone.root, "an answer hangs on the first comment of its thread"),
        )
        if why:
            return self.no(why, error(100, why))
        made = self.comment(phone, text, ours=True)
        phone.hear(Heard(made, text, self.brand, "comment", picture, quotes=above))
        said = {"message": text} if text else {}
        self._post_own(made, phone, said | ({"photo": picture} if picture else {}))
        return told({"id": made})

    def _like(self, comment: Comment, emoji: str) -> Answer:
        comment.phone.hear(Heard(comment.id, emoji, self.brand, "reaction"))
        return told({"success": True})

    def _change(self, call: Call, comment: Comment) -> Answer:
        """Hide or show any, change the words of our own."""
        given = call.form()
        if given.get("is_hidden") in ("true", "false"):
            comment.hidden = given["is_hidden"] == "true"
            verb = "hide" if comment.hidden else "unhide"
            self.poster.post(self.change(verb, comment.id, self._author(comment), is_hidden=comment.hidden))
            return told({"success": True})
        if comment.ours and str(given.get("message", "")).strip():
            comment.text = str(given["message"])
            return told({"success": True})
        why = "neither is_hidden nor a message of ours"
        return self.no(why, error(100, why))

    def _delete(self, comment: Comment) -> Answer:
        del self.comments[comment.id]
        self.poster.post(self.change("remove", comment.id, self._author(comment)))
        return told({"success": True})

    def _author(self, comment: Comment) -> Mapping[str, str]:
        if comment.ours or not isinstance(comment.phone, CommentingPhone):
            return {"id": PAGE, "name": self.brand}
        return comment.phone.author

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


class CommentingPhone(Commenter):
    """A person below the post.

    Attributes:
        root: the first comment of their thread.
        author: how their comments name them.
    """

    can = frozenset({"file", "edit", "unsend", "react"})

    def __init__(self, comments: FacebookComments, script: Script) -> None:
        super().__init__()
        self.script = script
        self.root = ""
        self.author = {"id": digits(f"comments {script.name}", 16), "name": script.name}
        self._last = ""
        self._comments = comments

    async def do(self, act: Act) -> None:
        if self.privately is not None and act.kind == "text":
            await self.privately.do(act)
        else:
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
        self._last = self._comments.comment(self, act.text)
        self.root = self.root or self._last
        words = {"message": act.text} if act.text else {}
        if act.file:
            words["photo"] = f"{self._comments.address}/files/{self._comments.keep(act).id}"
        return self._told("add", self._last, **parent, **words)

    def _told(self, verb: str, comment_id: str, **more: Any) -> dict[str, Any]:
        return self._comments.change(verb, comment_id, self.author, **more)
