"""KakaoTalk's consultation talk through Happytalk as the sheet has it: sessions, serial numbers, files uploaded first.

It posts to ``/message`` and ``/reference`` below the address that is entered. The fields of a message are not published:
here they are named as in the calls that go the other way.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, Upload, told
from mim_desk.rehearsal.scripts import Act, Script

CLIENT_ID: Final = "rehearsal-client"
KEY: Final = "rehearsal0secret0of0nobody"
VERIFY_TOKEN: Final = "rehearsal-verify-token"  # noqa: S105  # of the rehearsal
SENDER: Final = "4c9591f37822ae1ed5b572f278af08b1e2d922ce"
SESSION_S: Final = 30 * 86_400.0
LONGEST: Final = {"user_key": 20, "sender_key": 40, "serial_number": 30, "message": 1000}
_NEEDED: Final = {
    "TX": ("message",),
    "LI": ("message",),
    "IM": ("image_url",),
    "FI": ("file_url", "file_name", "file_size"),
}
_UPLOADED: Final = "http://talk.example/up/"


def refusal(code: int, message: str, status: int = 200, **headers: str) -> Answer:
    """A refusal as Happytalk says it."""
    return told({"code": code, "message": message}, status, **headers)


_REFUSALS: Final = {
    Order.BUSY: refusal(-429, "TooManyRequests", 429, retry_after="1"),
    Order.TOKEN_EXPIRED: refusal(-401, "Unauthorized", 401),
    Order.BROKEN: refusal(-500, "InternalServerError", 500),
}


class Happytalk(Provider):
    """The brand's channel at KakaoTalk, and the other dealer before it.

    Attributes:
        uploaded: files of the brand's, by their address at KakaoTalk.
    """

    channel = "kakaotalk"
    refusals = _REFUSALS

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.uploaded: dict[str, Upload] = {}
        self._people: dict[str, HappytalkPhone] = {}
        self._serials: set[str] = set()
        self._ids = itertools.count(1)

    def connection(self) -> Connection:
        settings = {
            "dealer": "happytalk",
            "sender_key": SENDER,
            "client_id": CLIENT_ID,
            "api_base_url": self.address,
            "end_sessions": "yes",
        }
        return Connection("KakaoTalk", settings, {"api_key": KEY, "verify_token": VERIFY_TOKEN})

    async def connected(self, webhook_url: str, verify_token: str) -> None:
        """The address is entered with the token behind it, since the dealer adds to the path."""
        await super().connected(f"{webhook_url}/{quote(verify_token, safe='')}", verify_token)

    def new_phone(self, script: Script) -> Phone:
        phone = HappytalkPhone(self, script)
        self._people[phone.key] = phone
        return phone

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        return [self._delivery(branch, body) for branch, body in news]

    def _delivery(self, branch: str, body: Mapping[str, Any]) -> Delivery:
        written = json.dumps(body, ensure_ascii=False).encode()
        return Delivery(f"{self.webhook_url}/{branch}", written, {"Content-Type": "application/json"})

    def tell(self, phone: "HappytalkPhone", branch: str, **fields: Any) -> None:
        """The person did something."""
        head = {"user_key": phone.key, "sender_key": SENDER, "session_id": phone.session}
        own = {"serial_number": f"kt{next(self._ids):08}"} if branch == "message" else {"app_user_id": None}
        self.poster.post((branch, {**head, **own, "time": int(self.clock() * 1000), **fields}))

    async def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path.startswith("/files/"):
            return self.file(call.path.rsplit("/", 1)[-1])
        if (call.headers.get("ht-client-id"), call.headers.get("ht-client-secret")) != (CLIENT_ID, KEY):
            return self.no("wrong client", _REFUSALS[Order.TOKEN_EXPIRED])
        match (call.method, call.path):
            case "POST", "/v1/chat/write" | "/kakaoWebhook/v3/bzc/chat/send/rich":
                return self.as_ordered(lambda: self._take(call.json()))
            case "POST", "/v1/chat/end" | "/kakaoWebhook/v3/bzc/chat/endWithBot":
                return self._end(call.json())
            case "POST", "/kakaoWebhook/v3/bzc/image/upload":
                return self._upload(call, "image")
            case "POST", "/kakaoWebhook/v3/bzc/file/upload":
                return self._upload(call, "file")
        return self.no(f"no such call: {call.method} {call.path}", NOWHERE)

    def _upload(self, call: Call, part: str) -> Answer:
        form = call.form()
        file = form.get(part)
        if form.get("sender_key") != SENDER or not isinstance(file, Upload) or not file.data:
            return self.no(f"no {part} in the upload", refusal(-505, "FailedToUploadFileException"))
        where = f"{_UPLOADED}{len(self.uploaded) + 1}/{quote(file.name)}"
        self.uploaded[where] = file
        more: dict[str, object] = {} if part == "image" else {"name": file.name, "size": len(file.data)}
        return told({"code": "0000", part: where, **more})

    def _take(self, body: Mapping[str, Any]) -> Answer:
        code, why = self._fault(body)
        phone = self._people.get(str(body.get("user_key", "")))
        if code or phone is None:
            return self.no(why, refusal(code, why))
        if not phone.session_open(self.clock()):
            return self.no("there is no open session", refusal(-502, "SessionNotFoundException"))
        self._serials.add(str(body["serial_number"]))
        phone.hear(self._heard(body))
        return told({"code": 0, "session_id": phone.session})

    def _fault(self, body: Mapping[str, Any]) -> tuple[int, str]:
        """What is wrong with a message, 0 where nothing is."""
        if body.get("sender_key") != SENDER:
            return -501, f"InvalidSenderException(senderKey: {body.get('sender_key')})"
        if str(body.get("user_key", "")) not in self._people:
            return -503, "InvalidUserException"
        if any(len(str(body.get(name) or "")) > most for name, most in LONGEST.items()):
            return -504, "InvalidParameterException"
        if not body.get("serial_number") or body["serial_number"] in self._serials:
            return -506, "DuplicatedSerialNumberException"
        needed = _NEEDED.get(str(body.get("message_type", "")), ())
        if "chat_bubble_type" in body:
            needed = ("message", "attachment")
        if not needed or any(not body.get(name) for name in needed):
            return -504, "InvalidParameterException"
        named = body.get("image_url") or body.get("file_url")
        return (-507, "the file was not uploaded") if named and named not in self.uploaded else (0, "")

    def _heard(self, body: Mapping[str, Any]) -> Heard:
        kind = {"IM": "image", "FI": "file"}.get(str(body.get("message_type", "")), "text")
        file = self.uploaded.get(str(body.get("image_url") or body.get("file_url")))
        rows = (body.get("attachment") or {}).get("buttons", ())
        buttons = tuple(Button(str(one["name"]), str(one["name"])) for one in rows)
        return Heard(
            str(body["serial_number"]),
            str(body.get("message", "")),
            self.brand,
            kind,
            file.data if file else b"",
            buttons,
        )

    def _end(self, body: Mapping[str, Any]) -> Answer:
        phone = self._people.get(str(body.get("user_key", "")))
        if phone is None or body.get("sender_key") != SENDER:
            return self.no("nobody to end with", refusal(-501, "InvalidSenderException"))
        phone.end()
        return told({"code": 0, "sessionId": phone.session})


class HappytalkPhone(Phone):
    """A person's KakaoTalk.

    Attributes:
        key: their key in this channel.
        session: the id of the consultation, a new one whenever they begin again.
    """

    can = frozenset({"file", "press"})

    def __init__(self, dealer: Happytalk, script: Script) -> None:
        super().__init__()
        self.key = f"Xj{digits(script.name, 10)}"
        self.session = ""
        self._until = 0.0
        self._dealer = dealer

    def session_open(self, now: float) -> bool:
        """Whether the brand may write."""
        return now <= self._until

    def _write(self) -> None:
        now = self._dealer.clock()
        if not self.session_open(now):
            self.session = str(163_755_146 + int(now))
        self._until = now + SESSION_S

    async def do(self, act: Act) -> None:
        self._write()
        if not act.file:
            return self._dealer.tell(self, "message", message_type="TX", message=act.text)
        kept = self._dealer.keep(act)
        where = f"{self._dealer.address}/files/{kept.id}"
        if kept.mime_type.startswith("image/"):
            self._dealer.tell(self, "message", message_type="IM", image_url=where)
        else:
            more = {"file_url": where, "file_name": kept.name, "file_size": len(kept.data)}
            self._dealer.tell(self, "message", message_type="FI", **more)
        if act.text:
            self._dealer.tell(self, "message", message_type="TX", message=act.text)
        return None

    def open_from(self, button: str) -> None:
        """Begin a consultation from a button on a page; what it carries is told beside the first message."""
        self._write()
        reference = {"extra": button, "text": "", "lastText": "", "appUserId": None}
        last = {"extra": button, "bot": "false", "bot_event": "", "created_at": "2026-11-22T14:00:00.000"}
        self._dealer.tell(self, "reference", reference=reference, last_reference=last)

    def end(self) -> None:
        """The session is over; only the person can open another."""
        self._until = 0.0
