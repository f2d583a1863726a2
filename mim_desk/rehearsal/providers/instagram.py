"""Instagram's messages as the sheet has them: 1000 bytes of text, files by address alone, reading per message."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.commenting import Comment, Comments
from mim_desk.rehearsal.providers.graph import error, faults
from mim_desk.rehearsal.providers.posting import CALM, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Connection, digits
from mim_desk.rehearsal.providers.send_api import PrivatePhone, SendApi
from mim_desk.rehearsal.providers.wire import Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

ACCOUNT: Final = "17841400000000009"
PAGE: Final = "701000000000001"
MEDIA: Final = "17950000000000001"


class Instagram(SendApi):
    """The brand's professional account, linked to its Page."""

    channel = "instagram"
    tells = "read"
    object = "instagram"
    account = ACCOUNT
    senders = (ACCOUNT, PAGE, "me")
    second_reply = error(100, "A private reply was sent already.", 2534025)

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self.public = Comments()

    def comments(self) -> Comments:
        return self.public

    def private_phone(self, comment: Comment) -> PrivatePhone | None:
        return comment.phone if isinstance(comment.phone, PrivatePhone) else None

    def entries(self, news: Sequence[Any]) -> list[dict[str, Any]]:
        """Comments are changes, told with the time of the entry."""
        said = [one for one in news if "field" not in one]
        changes = [one for one in news if "field" in one]
        told_of = {"id": ACCOUNT, "time": int(self.clock()), "changes": changes}
        return [*super().entries(said), *([told_of] if changes else [])]

    def comment(self, phone: "InstagramPhone", text: str, parent: str = "", *, ours: bool = False) -> str:
        """Somebody, or the account itself, comments on a post; the id."""
        made = f"18{self.next_number():015}"
        self.public[made] = Comment(made, phone, self.clock(), text, ours)
        author = {"id": ACCOUNT, "username": "juniperandsail"} if ours else {"id": phone.id, "username": phone.handle}
        value = {"id": made, "text": text, "from": author, "media": {"id": MEDIA, "media_product_type": "FEED"}}
        self.poster.post({"field": "comments", "value": value | ({"parent_id": parent} if parent else {})})
        return made

    def asked(self, call: Call, path: Sequence[str]) -> Answer:
        match (call.method, *path):
            case "POST", above, "replies" if above in self.public:
                return self.as_ordered(
                    lambda: self._answer_publicly(self.public[above], str(call.form().get("message", "")))
                )
            case "POST", one if one in self.public and call.form().get("hide") in ("true", "false"):
                self.public[one].hidden = call.form()["hide"] == "true"
                return told({"success": True})
            case "DELETE", one if one in self.public:
                del self.public[one]
                return told({"success": True})
        return super().asked(call, path)

    def _answer_publicly(self, above: Comment, text: str) -> Answer:
        phone = above.phone
        assert isinstance(phone, InstagramPhone)
        why = faults(
            (above.ours or above.id != phone.root, "an answer hangs on the first comment of its thread"),
            (not text.strip(), "message is missing"),
        )
        if why:
            return self.no(why, error(100, why))
        made = self.comment(phone, text, above.id, ours=True)
        phone.hear(Heard(made, text, self.brand, "comment", quotes=above.id))
        return told({"id": made})

    def connection(self) -> Connection:
        return Connection("Instagram", {"account_id": ACCOUNT, "api_base_url": self.address}, self.secrets())

    def node(self) -> Mapping[str, Any]:
        return {"id": ACCOUNT, "username": "juniperandsail", "name": self.brand}

    def new_phone(self, script: Script) -> Phone:
        phone = InstagramPhone(self, script, digits(f"instagram {script.name}", 16))
        self.people[phone.id] = phone
        return phone

    def content_fault(self, message: Mapping[str, Any]) -> str:
        attached = [
            *(message.get("attachments") or ()),
            *([message["attachment"]] if message.get("attachment") else []),
        ]
        files = [one for one in attached if one.get("type") in ("image", "video", "audio", "file")]
        return faults(
            (len(str(message.get("text", "")).encode()) > 1000, "the text is longer than 1000 bytes"),
            (len(attached) > 10, "more than 10 pictures"),
            (
                len(attached) > 1 and any(one.get("type") != "image" for one in attached),
                "pictures alone stand together",
            ),
            (any(not str((one.get("payload") or {}).get("url", "")).startswith("http") for one in files), "no address"),
            (
                any((one.get("payload") or {}).get("template_type") == "button" for one in attached),
                "no button template",
            ),
        )

    def sent(self, phone: PrivatePhone, mid: str, message: Mapping[str, Any]) -> None:
        """An echo among the messages; of delivery nothing is told."""
        shown = {"text": message["text"]} if message.get("text") else {}
        own = {"sender": {"id": ACCOUNT}, "recipient": {"id": phone.id}, "timestamp": int(self.clock() * 1000)}
        self.poster.post({**own, "message": {"mid": mid, "is_echo": True, **shown}})


class InstagramPhone(PrivatePhone):
    """A person's Instagram."""

    can = frozenset({"file", "voice", "quote", "react", "press", "edit", "unsend", "story", "comment"})
    root = ""
    """Their first comment."""

    @property
    def handle(self) -> str:
        """What others call them."""
        return f"traveller_{self.id[:5]}"

    def profile(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "username": self.handle, "is_verified_user": False, **self.shown()}

    async def do(self, act: Act) -> None:
        if act.kind == "comment" and isinstance(self.network, Instagram):
            made = self.network.comment(self, act.text, self.root)
            self.root = self.root or made
            return None
        if act.kind == "story":
            kept = self.network.keep(act)
            self.last = self.network.next_mid()
            story = {"id": f"179{kept.id[1:]:0>14}", "url": f"{self.network.address}/files/{kept.id}"}
            return self.tell(message={"mid": self.last, "text": act.text, "reply_to": {"story": story}})
        return await super().do(act)

    async def read(self, heard: Heard) -> None:
        now = int(self.network.clock() * 1000)
        head = {"sender": {"id": self.id}, "recipient": {"id": ACCOUNT}, "timestamp": now}
        self.network.poster.post({**head, "read": {"mid": heard.id}})
