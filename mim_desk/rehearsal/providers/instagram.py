"""Instagram's messages as the sheet has them: 1000 bytes of text, files by address alone, reading per message."""

from collections.abc import Mapping
from typing import Any, Final

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.graph import faults
from mim_desk.rehearsal.providers.provider import Connection, digits
from mim_desk.rehearsal.providers.send_api import PrivatePhone, SendApi
from mim_desk.rehearsal.scripts import Act, Script

ACCOUNT: Final = "17841400000000009"
PAGE: Final = "701000000000001"


class Instagram(SendApi):
    """The brand's professional account, linked to its Page."""

    channel = "instagram"
    tells = "read"
    object = "instagram"
    account = ACCOUNT
    senders = (ACCOUNT, PAGE, "me")

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

    can = frozenset({"file", "voice", "quote", "react", "press", "edit", "unsend", "story"})

    def profile(self) -> dict[str, Any]:
        handle = f"traveller_{self.id[:5]}"
        return {"id": self.id, "name": self.name, "username": handle, "is_verified_user": False}

    async def do(self, act: Act) -> None:
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
