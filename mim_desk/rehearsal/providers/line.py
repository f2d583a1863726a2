"""LINE's Messaging API as the sheet has it: batches that say when they come again, reply tokens for once, keyed pushes."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.line_rules import fault_of
from mim_desk.rehearsal.providers.posting import CALM, Delivery, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105  # of the rehearsal
TOKEN: Final = "rehearsal/LongLivedToken+of/nobody0123456789="  # noqa: S105  # the same
BOT: Final = "U00000000000000000000000000000001"
REPLY_LIFE_S: Final = 60.0
MONTHLY: Final = 5000


def no(status: int, message: str) -> Answer:
    """A refusal as LINE says it."""
    return told({"message": message}, status)


_REFUSALS: Final = {
    Order.BUSY: no(429, "The API rate limit has been exceeded. Try again later."),
    Order.TOKEN_EXPIRED: no(401, "Authentication failed. Confirm that the access token in the header is valid."),
    Order.BROKEN: no(500, "The server could not complete the request."),
}


class Line(Provider):
    """The brand's Official Account.

    Attributes:
        quote_tokens: the message that each of them quotes.
        pushed: pushes of this month.
    """

    channel = "line"
    batch = 10
    refusals = _REFUSALS

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self._people: dict[str, LinePhone] = {}
        self._numbers = 0
        self._reply_tokens: dict[str, tuple[LinePhone, float]] = {}
        self._accepted: dict[str, Answer] = {}
        self._contents: dict[str, str] = {}
        self.quote_tokens: dict[str, str] = {}
        self.pushed = 0

    def connection(self) -> Connection:
        secrets = {"channel_access_token": TOKEN, "channel_secret": SECRET}
        return Connection("LINE", {"api_base_url": self.address}, secrets)

    def new_phone(self, script: Script) -> Phone:
        phone = LinePhone(self, script)
        self._people[phone.id] = phone
        return phone

    def next_number(self) -> int:
        """For ids, above what a float can hold exactly."""
        self._numbers += 1
        return 500_000_000_000_000_000 + self._numbers

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        repeated = [{**one, "deliveryContext": {"isRedelivery": True}} for one in news]
        return [self._delivery(news, self._delivery(repeated, None))]

    def _delivery(self, events: Sequence[Any], again: Delivery | None) -> Delivery:
        body = json.dumps({"destination": BOT, "events": list(events)}, ensure_ascii=False).encode()
        mark = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"x-line-signature": mark, "Content-Type": "application/json; charset=utf-8"}
        return Delivery(self.webhook_url, body, headers, again)

    def event(self, phone: "LinePhone", kind: str, *, answerable: bool = True, **more: Any) -> dict[str, Any]:
        """Something that happens now."""
        number = self.next_number()
        now = self.clock()
        head = {
            "type": kind,
            "mode": "active",
            "timestamp": int(now * 1000),
            "source": {"type": "user", "userId": phone.id},
            "webhookEventId": f"01HX{number:022}",
            "deliveryContext": {"isRedelivery": False},
        }
        if answerable:
            head["replyToken"] = f"rt{number}"
            self._reply_tokens[f"rt{number}"] = (phone, now)
        return {**head, **more}

    async def answer(self, call: Call) -> Answer:
        if call.bearer != TOKEN:
            return self.no("wrong channel access token", _REFUSALS[Order.TOKEN_EXPIRED])
        path = call.path.removeprefix("/v2/bot/").split("/")
        answer = self._shown(path) if call.method == "GET" else self._done(call, path)
        return answer or self.no(f"no such call: {call.method} {call.path}", NOWHERE)

    def _shown(self, path: Sequence[str]) -> Answer | None:
        """What a GET asks for."""
        match path:
            case ["info"]:
                name = {"displayName": self.brand, "basicId": "@juniperandsail"}
                return told({"userId": BOT, **name, "chatMode": "bot", "markAsReadMode": "auto"})
            case ["profile", person] if found := self._people.get(person):
                return told({"userId": found.id, "displayName": found.name, "language": found.locale})
            case ["message", message_id, "content"] if kept := self._contents.get(message_id):
                return self.file(kept)
            case ["message", "quota"]:
                return told({"type": "limited", "value": MONTHLY})
            case ["message", "quota", "consumption"]:
                return told({"totalUsage": self.pushed})
        return None

    def _done(self, call: Call, path: Sequence[str]) -> Answer | None:
        """What a POST does."""
        match path:
            case ["message", "reply"]:
                return self.as_ordered(lambda: self._reply(call))
            case ["message", "push"]:
                return self.as_ordered(lambda: self._push(call))
            case ["chat", "loading", "start"]:
                return self._loading(call.json())
            case ["chat", "markAsRead"]:
                return told({})
        return None

    def _loading(self, body: Mapping[str, Any]) -> Answer:
        seconds = body.get("loadingSeconds", 20)
        if body.get("chatId") not in self._people or seconds not in range(5, 61, 5):
            return self.no("bad loading/start", no(400, "The request body has 1 error(s)"))
        return told({}, 202)

    def _reply(self, call: Call) -> Answer:
        body = call.json()
        if "x-line-retry-key" in call.headers:
            return self.no("a retry key on a reply", no(400, "X-Line-Retry-Key is not allowed here"))
        why = fault_of(body, self.quote_tokens)
        if why:
            return self.no(why, no(400, why))
        phone, since = self._reply_tokens.pop(str(body.get("replyToken", "")), (None, 0.0))
        if phone is None or self.clock() - since > REPLY_LIFE_S:
            return no(400, "Invalid reply token")
        return told({"sentMessages": self._deliver(phone, body["messages"])})

    def _push(self, call: Call) -> Answer:
        body = call.json()
        key = call.headers.get("x-line-retry-key", "")
        if key and not _is_uuid(key):
            return self.no("the retry key is no UUID", no(400, "X-Line-Retry-Key has the wrong form"))
        if key in self._accepted:
            return self._accepted[key]
        why = fault_of(body, self.quote_tokens)
        if why:
            return self.no(why, no(400, why))
        phone = self._people.get(str(body.get("to", "")))
        if phone is None:
            return self.no("no such person", no(400, "Failed to send messages"))
        if self.pushed >= MONTHLY:
            return no(429, "You have reached your monthly limit.")
        self.pushed += 1
        sent = {"sentMessages": self._deliver(phone, body["messages"])}
        if key:
            request = f"request-{self.next_number()}"
            again = {"message": "The retry key is already accepted", **sent}
            self._accepted[key] = told(again, 409, x_line_accepted_request_id=request)
        return told(sent)

    def _deliver(self, phone: "LinePhone", messages: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Whoever blocked the account gets nothing, and nobody is told."""
        sent = []
        for message in messages:
            number = str(self.next_number())
            self.quote_tokens[f"q{number}"] = number
            sent.append({"id": number, "quoteToken": f"q{number}"})
            if phone.follows:
                phone.hear(self._heard(number, message))
        return sent

    def _heard(self, number: str, message: Mapping[str, Any]) -> Heard:
        template = message.get("template") or {}
        items = [one.get("action") or {} for one in (message.get("quickReply") or {}).get("items") or ()]
        actions = [*items, *(template.get("actions") or ())]
        buttons = tuple(Button(str(one.get("data", "")), str(one.get("label", ""))) for one in actions)
        text = str(message.get("text") or template.get("text") or "")
        file = str(message.get("originalContentUrl", ""))
        quotes = self.quote_tokens.get(str(message.get("quoteToken", "")), "")
        named = ("title", "address", "latitude", "longitude", "packageId", "stickerId")
        shown = {name: message[name] for name in named if name in message}
        return Heard(number, text, self.brand, str(message["type"]), file, buttons, quotes, shown)

    def content(self, act: Act, message_id: str) -> tuple[str, str, int]:
        """Keep a person's file below the id of its message; its kind, name and size."""
        kept = self.keep(act)
        self._contents[message_id] = kept.id
        family = kept.mime_type.partition("/")[0]
        return family if family in ("image", "video", "audio") else "file", kept.name, len(kept.data)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class LinePhone(Phone):
    """A person's LINE.

    Attributes:
        follows: whether the account is a friend, and not blocked.
    """

    can = frozenset({"file", "sticker", "voice", "place", "quote", "press", "unsend"})

    def __init__(self, line: Line, script: Script) -> None:
        super().__init__()
        self.id = f"U{int(digits(script.name, 30)):032x}"
        self.name = script.name
        self.locale = script.locale
        self.follows = False
        self._line = line
        self._last = ""

    async def do(self, act: Act) -> None:
        if not self.follows:
            self.follows = True
            self._line.poster.post(self._line.event(self, "follow", follow={"isUnblocked": False}))
        button = self.button(act.text)
        if act.kind == "unsend" and self._last:
            return self._line.poster.post(
                self._line.event(self, "unsend", answerable=False, unsend={"messageId": self._last})
            )
        if act.kind == "press" and button:
            return self._line.poster.post(self._line.event(self, "postback", postback={"data": button.id}))
        self._last = str(self._line.next_number())
        message = {"id": self._last, **self._content(act)}
        return self._line.poster.post(self._line.event(self, "message", message=message))

    def _content(self, act: Act) -> dict[str, Any]:
        quote_token = {"quoteToken": f"q{self._last}"}
        self._line.quote_tokens[f"q{self._last}"] = self._last
        if act.kind == "place" and act.at:
            named = {"title": act.text, "address": act.text}
            return {"type": "location", **named, "latitude": act.at[0], "longitude": act.at[1]}
        if act.kind == "sticker":
            own = {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"}
            return {"type": "sticker", **own, "keywords": [act.text or "hi"], **quote_token}
        if act.file:
            return self._file(act, quote_token)
        quoted = {"quotedMessageId": self.heard[-1].id} if act.kind == "quote" and self.heard else {}
        return {"type": "text", "text": act.text, **quoted, **quote_token}

    def _file(self, act: Act, quote_token: Mapping[str, str]) -> dict[str, Any]:
        kind, name, size = self._line.content(act, self._last)
        if kind == "file":
            return {"type": "file", "fileName": name, "fileSize": size}
        length = {} if kind == "image" else {"duration": 2000}
        return {"type": kind, "contentProvider": {"type": "line"}, **length, **quote_token}

    def block(self) -> None:
        """Block the account."""
        self.follows = False
        self._line.poster.post(self._line.event(self, "unfollow", answerable=False))
