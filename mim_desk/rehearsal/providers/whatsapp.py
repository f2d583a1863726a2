"""WhatsApp's Cloud API as the sheet has it: media by id, a window of 24 hours, statuses that come after the answer."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.graph import DAY_S, ORDERED, TOKEN, Graph, error, fields
from mim_desk.rehearsal.providers.meta_news import past_chat, wish
from mim_desk.rehearsal.providers.posting import CALM, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Connection, KeptFile, Order, digits
from mim_desk.rehearsal.providers.whatsapp_rules import PRODUCT, fault_of
from mim_desk.rehearsal.providers.wire import Answer, Call, Upload, told
from mim_desk.rehearsal.scripts import Act, Script

WABA: Final = "210987654321098"
NUMBER: Final = "310555000111222"
SHOWN: Final = "15555550100"
_REFUSALS: Final = {
    **ORDERED,
    Order.WINDOW_CLOSED: error(131047, "More than 24 hours have passed since the customer last replied."),
    Order.BLOCKED: error(131026, "Message undeliverable."),
    Order.BUSY: error(130429, "Rate limit hit.", status=429, retry_after="1"),
}


class WhatsApp(Graph):
    """The brand's number."""

    channel = "whatsapp"
    tells = "read"
    object = "whatsapp_business_account"
    account = WABA
    refusals = _REFUSALS

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self._people: dict[str, WhatsAppPhone] = {}
        self.known: set[str] = set()
        self._uploads: dict[str, Upload] = {}

    def connection(self) -> Connection:
        settings = {"phone_number_id": NUMBER, "waba_id": WABA, "api_base_url": self.address}
        return Connection("WhatsApp", settings, self.secrets())

    def new_phone(self, script: Script) -> Phone:
        phone = WhatsAppPhone(self, script)
        self._people |= {phone.number: phone, phone.user_id: phone}
        return phone

    def entries(self, news: Sequence[Any]) -> list[dict[str, Any]]:
        """Messages of a batch stand in one list, statuses each in a change of their own."""
        written = [one for one in news if "message" in one]
        values = [{"statuses": [one["status"]], **_people_of([one])} for one in news if "status" in one]
        if written:
            values.insert(0, {"messages": [one["message"] for one in written], **_people_of(written)})
        head = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": SHOWN, "phone_number_id": NUMBER},
        }
        told = [{"field": "messages", "value": {**head, **value}} for value in values]
        of_number = [one["of_number"] for one in news if "of_number" in one]
        told += [{"field": field, "value": {**head, **value}} for field, value in of_number]
        told += [one["of_account"] for one in news if "of_account" in one]
        return [{"id": WABA, "time": int(self.clock()), "changes": told}]

    def notice(self, field: str, **value: Any) -> None:
        """News of the business account; they name no number."""
        self.poster.post({"of_account": {"field": field, "value": value}})

    def past(self, phone: "WhatsAppPhone", *said: tuple[bool, str]) -> None:
        """What was said on the phone's app before: whether the customer said it, and what."""
        first = self.next_number()
        self.poster.post({"of_number": ("history", past_chat(phone.number, SHOWN, said, self.clock(), first))})

    def written_on_the_phone(self, phone: "WhatsAppPhone", text: str) -> None:
        """Somebody of the brand wrote with the app on the phone."""
        sides = {"from": SHOWN, "to": phone.number, "to_user_id": phone.user_id}
        body = {"id": self.next_id(), "timestamp": str(int(self.clock())), "type": "text", "text": {"body": text}}
        self.poster.post({"of_number": ("smb_message_echoes", {"message_echoes": [{**sides, **body}]})})

    def next_id(self) -> str:
        """The id of a message."""
        made = f"wamid.REHEARSAL{self.next_number():06}"
        self.known.add(made)
        return made

    def handed_out(self, call: Call, file_id: str) -> Answer:
        return self.file(file_id) if call.bearer == TOKEN else self.no("a file without the token", Answer(401))

    def asked(self, call: Call, path: Sequence[str]) -> Answer:
        match (call.method, *path):
            case "GET", number if number == NUMBER:
                return fields(call, {"id": NUMBER, "display_phone_number": "+1 555-555-0100", **self._state()})
            case "GET", media_id if found := self._files.get(media_id):
                return told(self._medium(found))
            case "POST", number, "media" if number == NUMBER:
                return self._upload(call)
            case "POST", number, "messages" if number == NUMBER:
                if call.json().get("status") == "read":
                    return self._mark_read(call.json())
                return self.as_ordered(lambda: self._take(call.json()))
        return self.unknown(call)

    def _state(self) -> dict[str, Any]:
        limit = {"whatsapp_business_manager_messaging_limit": "TIER_2K", "throughput": {"level": "STANDARD"}}
        return {"verified_name": self.brand, "quality_rating": "GREEN", "name_status": "APPROVED", **limit}

    def _medium(self, kept: KeptFile) -> dict[str, Any]:
        sha256 = hashlib.sha256(kept.data).hexdigest()
        url = f"{self.address}/files/{kept.id}"
        return {"id": kept.id, "url": url, "mime_type": kept.mime_type, "sha256": sha256, "file_size": len(kept.data)}

    def _upload(self, call: Call) -> Answer:
        form = call.form()
        file = form.get("file")
        if form.get("messaging_product") != PRODUCT or not isinstance(file, Upload) or not file.data:
            return self.no("an upload without its fields", error(100, "Invalid parameter."))
        media_id = f"88{self.next_number():013}"
        self._uploads[media_id] = file
        return told({"id": media_id})

    def _mark_read(self, body: Mapping[str, Any]) -> Answer:
        if body.get("message_id") not in self.known:
            return self.no("a message nobody wrote is marked as read", error(100, "Invalid parameter."))
        return told({"success": True})

    def _take(self, body: Mapping[str, Any]) -> Answer:
        code, why = fault_of(body, self._uploads.keys(), self.known)
        if code:
            return self.no(why, error(code, why))
        addressed = str(body.get("to") or body.get("recipient"))
        phone = self._people.get(addressed)
        if phone is None or (addressed == phone.number and phone.hidden):
            return self.no(f"nobody is {addressed!r}", error(131026, "Message undeliverable."))
        if body["type"] != "template" and self.clock() - phone.wrote_at > DAY_S:
            return self.no("the window is closed", _REFUSALS[Order.WINDOW_CLOSED])
        return self._deliver(phone, addressed, body)

    def _deliver(self, phone: "WhatsAppPhone", addressed: str, body: Mapping[str, Any]) -> Answer:
        mid = self.next_id()
        phone.hear(self._heard(mid, body))
        for status in ("sent", "delivered"):
            self.poster.post(phone.status(mid, status, str(body.get("biz_opaque_callback_data", ""))))
        phone.marks[mid] = str(body.get("biz_opaque_callback_data", ""))
        who = {"input": addressed, **({"user_id": phone.user_id} if phone.hidden else {"wa_id": phone.number})}
        return told({"messaging_product": "whatsapp", "contacts": [who], "messages": [{"id": mid}]})

    def _heard(self, mid: str, body: Mapping[str, Any]) -> Heard:
        kind = str(body["type"])
        content = {"contacts": body[kind]} if kind == "contacts" else body[kind]
        header = content.get("header") or {}
        above = header.get(header.get("type")) if kind == "interactive" else None
        upload = self._uploads.get(str((above if isinstance(above, dict) else content).get("id", "")))
        text = str(content.get("body") or content.get("caption") or "")
        if kind == "interactive":
            text = str(content["body"]["text"])
        if kind == "reaction":
            text = str(content.get("emoji", ""))
        quotes = str((body.get("context") or {}).get("message_id", ""))
        shown = dict(content) if kind in ("location", "contacts", "interactive") else {}
        data = upload.data if upload else b""
        return Heard(mid, text, self.brand, kind, data, _buttons(kind, content), quotes, shown)


def _people_of(news: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Who the news is about; a failed status names nobody."""
    found = {str(one["contact"]["user_id"]): one["contact"] for one in news if "contact" in one}
    return {"contacts": list(found.values())} if found else {}


def _buttons(kind: str, content: Mapping[str, Any]) -> tuple[Button, ...]:
    action = content.get("action") or {}
    if kind != "interactive":
        return ()
    replies = [one["reply"] for one in action.get("buttons", ())]
    rows = [row for section in action.get("sections", ()) for row in section["rows"]]
    return tuple(Button(str(one["id"]), str(one["title"])) for one in (*replies, *rows))


class WhatsAppPhone(Phone):
    """A person's WhatsApp.

    Attributes:
        hidden: whether the number stays with WhatsApp, because the person has a username.
        marks: what came with each of our messages, to be given back with its statuses.
    """

    can = frozenset({"file", "sticker", "voice", "place", "card", "quote", "react", "press", "edit", "unsend"})

    def __init__(self, whatsapp: WhatsApp, script: Script) -> None:
        super().__init__()
        self.number = f"1415{digits(script.name, 7)}"
        self.user_id = f"US.{digits(script.name, 17)}"
        self.hidden = script.hidden
        self.wrote_at = 0.0
        self.marks: dict[str, str] = {}
        self._read: set[str] = set()
        self._last = ""
        self._whatsapp = whatsapp
        self._name = script.name

    async def do(self, act: Act) -> None:
        content = self._content(act)
        now = self._whatsapp.clock()
        self.wrote_at = now
        mid = self._whatsapp.next_id()
        if act.kind not in ("edit", "unsend", "react"):
            self._last = mid
        number = {} if self.hidden else {"from": self.number}
        message = {**number, "from_user_id": self.user_id, "id": mid, "timestamp": str(int(now)), **content}
        self._whatsapp.poster.post({"message": message, "contact": self._contact()})

    def _contact(self) -> dict[str, Any]:
        number = {} if self.hidden else {"wa_id": self.number}
        return {"profile": {"name": self._name}, **number, "user_id": self.user_id}

    def _content(self, act: Act) -> dict[str, Any]:
        ours = self.heard[-1].id if self.heard else ""
        button = self.button(act.text)
        match act.kind:
            case "place" if act.at:
                place = {"latitude": act.at[0], "longitude": act.at[1], **({"name": act.text} if act.text else {})}
                asked = bool(self.heard) and self.heard[-1].shown.get("type") == "location_request_message"
                quote = {"context": {"from": SHOWN, "id": ours}} if asked else {}
                return {**quote, "type": "location", "location": place}
            case "card":
                phones = [{"phone": f"+{digits(act.text, 11)}", "type": "CELL"}]
                return {"type": "contacts", "contacts": [{"name": {"formatted_name": act.text}, "phones": phones}]}
            case "react" if ours:
                return {"type": "reaction", "reaction": {"message_id": ours, "emoji": act.text}}
            case "edit" if self._last:
                new = {"type": "text", "text": {"body": act.text}}
                return {"type": "edit", "edit": {"original_message_id": self._last, "message": new}}
            case "unsend" if self._last:
                return {"type": "revoke", "revoke": {"original_message_id": self._last}}
            case "press" if button:
                reply = {"type": "button_reply", "button_reply": {"id": button.id, "title": button.title}}
                return {"context": {"from": SHOWN, "id": ours}, "type": "interactive", "interactive": reply}
        text = {"type": "text", "text": {"body": act.text}}
        if act.file:
            return self._file(act)
        return {"context": {"from": SHOWN, "id": ours}, **text} if act.kind == "quote" and ours else text

    def _file(self, act: Act) -> dict[str, Any]:
        kept = self._whatsapp.keep(act)
        family = kept.mime_type.partition("/")[0]
        kind = family if family in ("image", "audio", "video") else "document"
        kind = "sticker" if act.kind == "sticker" else kind
        medium: dict[str, Any] = {"id": kept.id, "mime_type": kept.mime_type, "sha256": "q0Zt="}
        more: dict[str, dict[str, Any]] = {
            "document": {"filename": kept.name},
            "audio": {"voice": act.kind == "voice"},
            "sticker": {"animated": False},
        }
        caption = {"caption": act.text} if act.text and kind not in ("audio", "sticker") else {}
        return {"type": kind, kind: {**medium, **more.get(kind, {}), **caption}}

    def status(self, mid: str, status: str, mark: str) -> dict[str, Any]:
        """What became of a message of the brand's."""
        number = {} if self.hidden else {"recipient_id": self.number}
        own = {"biz_opaque_callback_data": mark} if mark else {}
        told = {"id": mid, "status": status, "timestamp": str(int(self._whatsapp.clock())), **number, **own}
        return {"status": {**told, "recipient_user_id": self.user_id}, "contact": self._contact()}

    def wants_marketing(self, *, wanted: bool) -> None:
        """Choose in the chat whether to get more of it."""
        told = wish(self.number, self._whatsapp.clock(), wanted=wanted)
        self._whatsapp.poster.post({"of_number": ("user_preferences", told)})

    async def read(self, heard: Heard) -> None:
        """Everything up to here is read, and each message says so."""
        for one in self.heard:
            if one.id not in self._read:
                self._read.add(one.id)
                self._whatsapp.poster.post(self.status(one.id, "read", self.marks.get(one.id, "")))
            if one.id == heard.id:
                return
