"""Viber's REST interface for bots, as the sheet has it: errors in the body of a 200, news one by one, seen and delivered."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.posting import CALM, Delivery, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

TOKEN: Final = "4f00000000000000-aaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb"  # noqa: S105  # of the rehearsal
FIRST_TOKEN: Final = 6_000_000_000_000_000_001
MOST_UNANSWERED: Final = 100
LONGEST_BODY: Final = 30_000
STATUSES: Final = {
    1: "invalidUrl",
    2: "invalidAuthToken",
    3: "badData",
    4: "missingData",
    5: "receiverNotRegistered",
    6: "receiverNotSubscribed",
    10: "webhookNotSet",
    12: "tooManyRequests",
}
_NEEDED: Final = {
    "text": ("text",),
    "picture": ("media",),
    "video": ("media", "size"),
    "file": ("media", "size", "file_name"),
    "contact": ("contact",),
    "location": ("location",),
    "url": ("media",),
    "sticker": ("sticker_id",),
    "rich_media": ("rich_media",),
}
_SHOWN: Final = {"contact": ("name", "phone_number"), "location": ("lat", "lon")}
_LONGEST: Final = {"text": 7000, "picture": 512}


def _status(number: int, **more: object) -> Answer:
    return told({"status": number, "status_message": STATUSES.get(number, "ok"), **more})


_REFUSALS: Final = {
    Order.BLOCKED: _status(6),
    Order.BUSY: _status(12),
    Order.TOKEN_EXPIRED: _status(2),
    Order.BROKEN: Answer(503),
}


class Viber(Provider):
    """The bot's account at Viber."""

    channel = "viber"
    tells = "read"
    refusals = _REFUSALS

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self._people: dict[str, ViberPhone] = {}
        self._tokens = 0

    def connection(self) -> Connection:
        return Connection(
            "Viber",
            {"sender_name": self.brand, "api_base_url": self.address},
            {"auth_token": TOKEN},
        )

    def new_phone(self, script: Script) -> Phone:
        phone = ViberPhone(self, script)
        self._people[phone.id] = phone
        return phone

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        return [self._delivery(self.webhook_url, one) for one in news]

    def _delivery(self, url: str, one: Mapping[str, Any]) -> Delivery:
        body = json.dumps(one).encode()
        mark = hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
        return Delivery(url, body, {"X-Viber-Content-Signature": mark, "Content-Type": "application/json"})

    def news(self, event: str, **more: Any) -> dict[str, Any]:
        """An event that happens now."""
        own = {"timestamp": int(self.clock() * 1000), "message_token": self.next_token()}
        return {"event": event, **own, **more}

    def next_token(self) -> int:
        """A number above what a float can hold exactly."""
        self._tokens += 1
        return FIRST_TOKEN + self._tokens

    async def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path.startswith("/files/"):
            return self.file(call.path.rsplit("/", 1)[-1])
        if call.method != "POST" or not call.path.startswith("/pa/"):
            return self.no(f"no such call: {call.method} {call.path}", NOWHERE)
        if call.headers.get("x-viber-auth-token") != TOKEN:
            return self.no("wrong X-Viber-Auth-Token", _status(2))
        match call.path.removeprefix("/pa/"):
            case "set_webhook":
                return await self._set_webhook(str(call.json().get("url", "")))
            case "get_account_info":
                return _status(0, id="pa:1000000000000001", name=self.brand, uri="juniperandsail", subscribers_count=7)
            case "send_message":
                return self.as_ordered(lambda: self._take(call))
        return self.no(f"no such method: {call.path}", NOWHERE)

    async def _set_webhook(self, url: str) -> Answer:
        """The address is called before the answer, and only a 200 makes it ours."""
        if url:
            one = self._delivery(url, self.news("webhook"))
            try:
                answer = await self.http.post(one.url, content=one.body, headers=dict(one.headers))
            except httpx.TransportError as problem:
                return self.no(f"the webhook cannot be reached: {problem}", _status(1))
            if answer.status_code != 200:
                return self.no(f"the webhook answered {answer.status_code}", _status(1))
        self.webhook_url = url
        return _status(0, event_types=["delivered", "seen", "failed", "subscribed", "unsubscribed"])

    def _take(self, call: Call) -> Answer:
        body = call.json()
        fault, why = self._fault(body, len(call.body))
        if fault:
            return self.no(why, _status(fault))
        phone = self._people[body["receiver"]]
        phone.unanswered += 1
        token = self.next_token()
        phone.hear(_heard(str(token), body))
        self.poster.post(self.news("delivered", user_id=phone.id, message_token=token))
        return _status(0, message_token=token, chat_hostname="SN-CHAT-00_", billing_status=1)

    def _fault(self, body: Mapping[str, Any], size: int) -> tuple[int, str]:
        kind = str(body.get("type", ""))
        phone = self._people.get(str(body.get("receiver", "")))
        sender = body.get("sender") or {}
        missing = [name for name in ("receiver", *_NEEDED.get(kind, ())) if not body.get(name)]
        faults = (
            (not self.webhook_url, 10, "no webhook is set"),
            (kind not in _NEEDED, 3, f"unknown type {kind!r}"),
            (bool(missing) or not sender.get("name"), 4, f"missing: {missing or 'sender.name'}"),
            (size > LONGEST_BODY, 3, "the body is larger than 30 KB"),
            (len(str(sender.get("name"))) > 28, 3, "sender.name is longer than 28"),
            (len(str(body.get("text", ""))) > _LONGEST.get(kind, 7000), 3, "the text is too long"),
            (len(str(body.get("file_name", ""))) > 256, 3, "the file name is too long"),
            (len(str(body.get("media", ""))) > 2000, 3, "the address is too long"),
            *_in_parts(body, kind),
            (phone is None, 5, f"nobody is {body.get('receiver')!r}"),
            (phone is not None and not phone.subscribed, 6, "the person never wrote, or left"),
            (phone is not None and phone.unanswered >= MOST_UNANSWERED, 12, "100 messages without an answer"),
        )
        return next(((number, why) for wrong, number, why in faults if wrong), (0, ""))


def _in_parts(body: Mapping[str, Any], kind: str) -> list[tuple[bool, int, str]]:
    """What is wrong with a place, a card or a sticker."""
    parts = body.get(kind) if kind in _SHOWN else {}
    missing = [name for name in _SHOWN.get(kind, ()) if name not in (parts or {})]
    return [
        (bool(missing), 4, f"missing: {missing}"),
        (kind == "sticker" and not isinstance(body.get("sticker_id"), int), 3, "sticker_id is no number"),
    ]


def _heard(token: str, body: Mapping[str, Any]) -> Heard:
    sender = str(body["sender"]["name"])
    kind = str(body["type"])
    shown = (
        {"sticker_id": body["sticker_id"]}
        if kind == "sticker"
        else dict(body.get(kind) or {})
        if kind in _SHOWN
        else {}
    )
    return Heard(token, str(body.get("text", "")), sender, kind, str(body.get("media", "")), shown=shown)


class ViberPhone(Phone):
    """A person's Viber.

    Attributes:
        subscribed: whether the bot may write.
        unanswered: how many messages in a row the bot wrote.
    """

    can = frozenset({"file", "sticker", "place", "card"})

    def __init__(self, viber: Viber, script: Script) -> None:
        super().__init__()
        self.id = f"{digits(script.name, 20)}=="
        self.subscribed = False
        self.unanswered = 0
        self._viber = viber
        self._script = script

    async def do(self, act: Act) -> None:
        self.subscribed = True
        self.unanswered = 0
        language = self._script.locale
        sender = {"id": self.id, "name": self._script.name, "language": language, "country": "BG", "api_version": 10}
        self._viber.poster.post(self._viber.news("message", sender=sender, message=self._message(act), silent=False))

    def _message(self, act: Act) -> dict[str, Any]:
        if act.kind == "place" and act.at:
            return {"type": "location", "location": {"lat": act.at[0], "lon": act.at[1]}}
        if act.kind == "card":
            return {"type": "contact", "contact": {"name": act.text, "phone_number": f"+{digits(act.text, 11)}"}}
        if not act.file:
            return {"type": "text", "text": act.text}
        kept = self._viber.keep(act)
        url = f"{self._viber.address}/files/{kept.id}"
        if act.kind == "sticker":
            return {"type": "sticker", "sticker_id": 40133, "media": url}
        kind = "picture" if kept.mime_type.startswith("image/") else "file"
        return {"type": kind, "text": act.text, "media": url, "file_name": kept.name, "size": len(kept.data)}

    async def read(self, heard: Heard) -> None:
        self._viber.poster.post(self._viber.news("seen", user_id=self.id, message_token=int(heard.id)))

    def leave(self) -> None:
        """Unsubscribe."""
        self.subscribed = False
        self._viber.poster.post(self._viber.news("unsubscribed", user_id=self.id))
