"""Messenger as the sheet has it: echoes of everything, delivery and reading by watermarks, files by upload."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.commenting import Comment, Commenter, Comments, PublicSide
from mim_desk.rehearsal.providers.graph import APP_ID, error, faults
from mim_desk.rehearsal.providers.provider import Connection, digits
from mim_desk.rehearsal.providers.send_api import PrivatePhone, SendApi
from mim_desk.rehearsal.providers.wire import Answer, Call, Upload, told
from mim_desk.rehearsal.scripts import Script

PAGE: Final = "701000000000001"
LARGEST: Final = 25 << 20


class Messenger(SendApi):
    """The private conversations of a Page."""

    channel = "messenger"
    tells = "read"
    object = "page"
    account = PAGE
    senders = (PAGE, "me")

    def connection(self) -> Connection:
        return Connection("Messenger", {"page_id": PAGE, "api_base_url": self.address}, self.secrets())

    def node(self) -> Mapping[str, Any]:
        return {"id": PAGE, "name": self.brand}

    def new_phone(self, script: Script) -> Phone:
        phone = MessengerPhone(self, script, digits(f"messenger {script.name}", 16))
        self.people[phone.id] = phone
        return phone

    def asked(self, call: Call, path: Sequence[str]) -> Answer:
        if call.method == "POST" and path[1:] == ["message_attachments"] and path[0] in self.senders:
            return self._upload(call)
        public = self.beside.get("facebook_comments")
        if isinstance(public, PublicSide) and len(path) == 1 and path[0] in public.comments:
            return public.shown(call, path[0])
        return super().asked(call, path)

    def comments(self) -> Comments:
        """Those of the same Page, which are simulated beside it."""
        public = self.beside.get("facebook_comments")
        return public.comments if isinstance(public, PublicSide) else Comments()

    def private_phone(self, comment: Comment) -> PrivatePhone | None:
        """The same person's Messenger; from now on they answer there."""
        if not isinstance(comment.phone, Commenter):
            return None
        found = self.phone(comment.phone.script)
        comment.phone.privately = found
        return found if isinstance(found, PrivatePhone) else None

    def _upload(self, call: Call) -> Answer:
        form = call.form()
        file = form.get("filedata")
        attachment = json.loads(str(form.get("message") or "{}")).get("attachment") or {}
        why = faults(
            (not isinstance(file, Upload), "filedata is missing"),
            (attachment.get("type") not in ("image", "audio", "video", "file"), "message.attachment.type is missing"),
            (isinstance(file, Upload) and len(file.data) > LARGEST, "the file is larger than 25 MB"),
        )
        if why or not isinstance(file, Upload):
            return self.no(why, error(100, why))
        attachment_id = f"99{self.next_number():013}"
        self.attachments[attachment_id] = file.data
        return told({"attachment_id": attachment_id})

    def content_fault(self, message: Mapping[str, Any]) -> str:
        attachment = message.get("attachment") or {}
        payload = attachment.get("payload") or {}
        kind = attachment.get("type")
        is_file = kind in ("image", "audio", "video", "file")
        buttons = payload.get("buttons") or ()
        return faults(
            (len(str(message.get("text", ""))) > 2000, "the text is longer than 2000"),
            (message.get("attachments"), "one attachment in a message"),
            (is_file and not (payload.get("url") or payload.get("attachment_id") in self.attachments), "no file"),
            (attachment and not is_file and kind != "template", f"unknown attachment type {kind!r}"),
            (payload.get("template_type") == "button" and not 1 <= len(buttons) <= 3, "1 to 3 buttons"),
            (payload.get("template_type") == "button" and not 0 < len(payload.get("text", "")) <= 640, "text of 640"),
            (any(len(one.get("title", "")) > 20 for one in buttons), "a button's title is longer than 20"),
        )

    def sent(self, phone: PrivatePhone, mid: str, message: Mapping[str, Any]) -> None:
        """The echo may be there before the answer; the delivery names the message, by its own time."""
        now = int(self.clock() * 1000)
        echo = {"is_echo": True, "app_id": APP_ID, "mid": mid}
        shown = {name: message[name] for name in ("text", "metadata") if message.get(name)}
        own = {"sender": {"id": PAGE}, "recipient": {"id": phone.id}, "timestamp": now}
        self.poster.post({**own, "message": {**echo, **shown}})
        theirs = {"sender": {"id": phone.id}, "recipient": {"id": PAGE}, "timestamp": int(self.clock() * 1000)}
        self.poster.post({**theirs, "delivery": {"mids": [mid], "watermark": now}})


class MessengerPhone(PrivatePhone):
    """A person's Messenger."""

    can = frozenset({"file", "sticker", "voice", "place", "quote", "react", "press", "edit"})

    async def read(self, heard: Heard) -> None:
        now = int(self.network.clock() * 1000)
        head = {"sender": {"id": self.id}, "recipient": {"id": PAGE}, "timestamp": now}
        self.network.poster.post({**head, "read": {"watermark": now}})
