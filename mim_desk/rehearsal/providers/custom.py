"""A gateway that speaks the custom channel's contract: both directions signed, replies under a key, files inline."""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

SECRET: Final = "rehearsal-signing-secret-0123456789"  # noqa: S105  # of the rehearsal
MOST_SECONDS_APART: Final = 300


def no(status: int, code: str, detail: str, **headers: str) -> Answer:
    """A refusal as the contract has it."""
    return told({"code": code, "detail": detail}, status, **headers)


_REFUSALS: Final = {
    Order.BLOCKED: no(410, "left", "This person has left."),
    Order.BUSY: no(429, "busy", "Too many calls.", retry_after="1"),
    Order.TOKEN_EXPIRED: no(401, "bad-signature", "The signature does not match."),
    Order.BROKEN: no(503, "down", "The gateway is being restarted."),
}


def signature(body: bytes, at: int) -> str:
    """Of a body that is posted at a time."""
    mark = hmac.new(SECRET.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mark}"


def is_signed(call: Call, now: int) -> bool:
    """Whether a call of the hub's is its own and of now."""
    named = dict(part.partition("=")[::2] for part in call.headers.get("x-mim-signature", "").split(","))
    at = named.get("t", "")
    if not at.isdigit() or abs(now - int(at)) > MOST_SECONDS_APART:
        return False
    return hmac.compare_digest(signature(call.body, int(at)), f"t={at},v1={named.get('v1', '')}")


_SHOWN: Final = ("location", "contact_card")
_NOTICES: Final[Mapping[str, Sequence[str]]] = {
    "typing": (),
    "read": ("of",),
    "reaction": ("of", "emoji"),
    "edit": ("of", "text"),
    "delete": ("of",),
}


class Custom(Provider):
    """A program between some network and the hub."""

    channel = "custom"
    tells = "read"
    batch = 20
    refusals = _REFUSALS

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self._people: dict[str, CustomPhone] = {}
        self._answered: dict[str, Answer] = {}
        self._numbers = itertools.count(1)

    def connection(self) -> Connection:
        return Connection("Island radio", {"callback_url": f"{self.address}/replies"}, {"signing_secret": SECRET})

    def new_phone(self, script: Script) -> Phone:
        phone = CustomPhone(self, script)
        self._people[phone.id] = phone
        return phone

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        body = json.dumps({"events": list(news)}, ensure_ascii=False).encode()
        headers = {"X-MIM-Signature": signature(body, int(time.time())), "Content-Type": "application/json"}
        return [Delivery(self.webhook_url, body, headers)]

    def tell(self, kind: str, **fields: Any) -> None:
        """An item that happens now."""
        at = datetime.fromtimestamp(self.clock(), UTC).isoformat().replace("+00:00", "Z")
        self.poster.post({"type": kind, "at": at, **fields})

    def next_id(self) -> str:
        """The id of a message."""
        return f"m-{next(self._numbers)}"

    async def answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", "/replies"):
            return self.no(f"no such call: {call.method} {call.path}", NOWHERE)
        if not is_signed(call, int(time.time())):
            return self.no("the signature does not match", _REFUSALS[Order.TOKEN_EXPIRED])
        body = call.json()
        if body.get("type") == "ping":
            return told({})
        if body.get("type") in _NOTICES:
            return self._notice(body)
        return self.as_ordered(lambda: self._take(call.headers.get("idempotency-key", ""), body))

    def _notice(self, body: Mapping[str, Any]) -> Answer:
        """What happens besides messages."""
        kind = str(body["type"])
        phone = self._people.get(str(body.get("to", "")))
        missing = [name for name in _NOTICES[kind] if name not in body]
        if phone is None or missing:
            return self.no(f"{kind} to nobody, or without {missing}", no(400, "bad-notice", "Something is missing."))
        if kind == "reaction":
            phone.hear(Heard(str(body["of"]), str(body["emoji"]), self.brand, "reaction"))
        return told({})

    def _take(self, key: str, body: Mapping[str, Any]) -> Answer:
        """The same key is answered as the first time and delivered once."""
        if key in self._answered:
            return self._answered[key]
        phone = self._people.get(str(body.get("to", "")))
        faults = (
            (not key or key != body.get("id"), 400, "no-key", "The key is not the id of the message."),
            (body.get("type") != "message", 400, "unknown-type", "Only messages are carried."),
            (phone is None, 404, "unknown-contact", "Nobody has this id."),
            (phone is not None and phone.has_left, 410, "left", "This person has left."),
            (
                not any(body.get(name) for name in ("text", "attachments", *_SHOWN)),
                422,
                "empty",
                "There is nothing in it.",
            ),
        )
        for wrong, status, code, why in faults:
            if wrong:
                return self.no(why, no(status, code, why))
        assert phone is not None
        self._answered[key] = self._deliver(phone, body)
        return self._answered[key]

    def _deliver(self, phone: "CustomPhone", body: Mapping[str, Any]) -> Answer:
        number = self.next_id()
        files = [base64.b64decode(one["data"]) for one in body.get("attachments") or ()]
        quotes = str(body.get("reply_to") or "")
        shown = next((name for name in _SHOWN if body.get(name)), "")
        kind = "file" if files else shown or "text"
        text = str(body.get("text", ""))
        file = files[0] if files else b""
        phone.hear(Heard(number, text, self.brand, kind, file, quotes=quotes, shown=body.get(shown) or {}))
        phone.ours[number] = str(body["id"])
        self.tell("receipt", id=number, status="delivered")
        return told({"id": number})


class CustomPhone(Phone):
    """A person's radio set.

    Attributes:
        ours: the hub's id of each message of the brand's.
    """

    can = frozenset({"file", "place", "quote", "react", "edit", "unsend"})

    def __init__(self, gateway: Custom, script: Script) -> None:
        super().__init__()
        self.id = f"u-{digits(script.name, 9)}"
        self.has_left = False
        self.ours: dict[str, str] = {}
        self._gateway = gateway
        self._script = script
        self._last = ""

    def _contact(self) -> dict[str, str]:
        return {"id": self.id, "name": self._script.name, "language": self._script.locale}

    async def do(self, act: Act) -> None:
        self.has_left = False
        newest = self.heard[-1].id if self.heard else ""
        match act.kind:
            case "edit" if self._last:
                return self._gateway.tell("edit", id=self._last, text=act.text)
            case "unsend" if self._last:
                return self._gateway.tell("delete", id=self._last)
            case "react" if newest:
                return self._gateway.tell("reaction", contact=self._contact(), id=newest, emoji=act.text)
        self._last = self._gateway.next_id()
        said: dict[str, Any] = {"id": self._last, "contact": self._contact(), "text": act.text}
        if act.kind == "quote" and newest:
            said["reply_to"] = newest
        if act.kind == "place" and act.at:
            said |= {"text": "", "location": {"latitude": act.at[0], "longitude": act.at[1], "name": act.text}}
        if act.file:
            kept = self._gateway.keep(act)
            data = base64.b64encode(kept.data).decode()
            said["attachments"] = [{"name": kept.name, "mime_type": kept.mime_type, "data": data}]
        return self._gateway.tell("message", **said)

    async def typing(self) -> None:
        self._gateway.tell("typing", contact=self._contact(), typing=True)

    async def read(self, heard: Heard) -> None:
        self._gateway.tell("read", contact=self._contact(), up_to=self.ours[heard.id])
