"""KakaoTalk's consultation talk through Infobip as the sheet has it: sessions, batches, reports to an address of ours."""

import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers import sens
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, Order, Provider, digits
from mim_desk.rehearsal.providers.sens import Sens
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

KEY: Final = "rehearsal0key0of0nobody-0123456789"
VERIFY_TOKEN: Final = "rehearsal-verify-token"  # noqa: S105  # of the rehearsal
SENDER: Final = "@juniperandsail"
SESSION_S: Final = 30 * 86_400.0
LONGEST: Final = {"TEXT": ("text", 1000), "IMAGE": ("url", 1000), "BUTTON_LIST": ("text", 1000)}
_PENDING: Final = (1, "PENDING", 7, "PENDING_ENROUTE", "Message sent to next instance")
_NO_SESSION: Final = (5, "REJECTED", 90, "REJECTED_SESSION_NOT_FOUND", "There is no open session with this user")
_DELIVERED: Final = (3, "DELIVERED", 5, "DELIVERED_TO_HANDSET", "Message delivered to handset")
"""The numbers and names below the group are not published for this channel."""


def fault(status: int, message_id: str, text: str, **headers: str) -> Answer:
    """A refusal as Infobip says it."""
    return told({"requestError": {"serviceException": {"messageId": message_id, "text": text}}}, status, **headers)


_REFUSALS: Final = {
    Order.BUSY: fault(429, "TOO_MANY_REQUESTS", "Too many requests", retry_after="1"),
    Order.TOKEN_EXPIRED: fault(401, "UNAUTHORIZED", "Invalid login details"),
    Order.BROKEN: fault(500, "GENERAL_ERROR", "Something went wrong. Please contact support."),
}


def moment(at: float) -> str:
    """A time as Infobip writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _status(known: tuple[int, str, int, str, str]) -> dict[str, Any]:
    group, group_name, number, name, description = known
    return {"groupId": group, "groupName": group_name, "id": number, "name": name, "description": description}


class KakaoTalk(Provider):
    """The brand's channel at KakaoTalk, and the dealer before it.

    Attributes:
        reports: what became of messages, until somebody asked; each is handed out once.
        sens: where notices can go beside the dealer.
    """

    channel = "kakaotalk"
    tells = "delivered"
    batch = 10
    refusals = _REFUSALS

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.reports: list[dict[str, Any]] = []
        self.sens = Sens(SENDER, self.clock)
        self._people: dict[str, KakaoPhone] = {}
        self._ids = itertools.count(1)

    def connection(self) -> Connection:
        settings = {"dealer": "infobip", "sender_key": SENDER, "api_base_url": self.address}
        return Connection("KakaoTalk", settings, {"api_key": KEY, "verify_token": VERIFY_TOKEN})

    async def connected(self, webhook_url: str, verify_token: str) -> None:
        """The address is entered with the token in it."""
        joint = "&" if "?" in webhook_url else "?"
        await super().connected(f"{webhook_url}{joint}{urlencode({'token': verify_token})}", verify_token)

    def new_phone(self, script: Script) -> Phone:
        phone = KakaoPhone(self, script)
        self._people[phone.key] = phone
        return phone

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        """Messages in one call, reports in one for each address."""
        calls: dict[str, list[Any]] = {}
        for url, one in news:
            calls.setdefault(url or self.webhook_url, []).append(one)
        return [self._delivery(url, results) for url, results in calls.items()]

    def _delivery(self, url: str, results: Sequence[Any]) -> Delivery:
        body = {"results": list(results)}
        if any("message" in one for one in results):
            body |= {"messageCount": len(results), "pendingMessageCount": 0}  # type: ignore[dict-item]
        return Delivery(url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"})

    def tell(self, phone: "KakaoPhone", **message: Any) -> None:
        """The person did something."""
        now = moment(self.clock())
        head = {"sender": phone.key, "to": SENDER, "integrationType": "KAKAO_SANGDAM", "receivedAt": now}
        own = {"messageId": f"ib-{next(self._ids)}", "pairedMessageId": None, "callbackData": None}
        self.poster.post(("", {**head, **own, "message": {**message, "sentAt": now}}))

    async def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path.startswith("/files/"):
            return self.file(call.path.rsplit("/", 1)[-1])
        if call.path.startswith(sens.PREFIX):
            return self.as_ordered(lambda: self.sens.answer(call))
        if call.headers.get("authorization") != f"App {KEY}":
            return self.no("wrong API key", _REFUSALS[Order.TOKEN_EXPIRED])
        match (call.method, call.path):
            case "GET", "/kakao-sangdam/1/logs":
                return told({"results": []})
            case "GET", "/kakao-sangdam/1/reports":
                found, self.reports = self.reports, []
                return told({"results": found})
            case "POST", "/kakao-sangdam/1/messages":
                return self.as_ordered(lambda: self._take(call.json()))
        return self.no(f"no such call: {call.method} {call.path}", NOWHERE)

    def _take(self, body: Mapping[str, Any]) -> Answer:
        messages = body.get("messages") or []
        why = next((why for one in messages if (why := _why_not(one))), "" if messages else "messages is empty")
        if why:
            return self.no(why, fault(400, "BAD_REQUEST", why))
        taken = [self._send(one, place) for one in messages for place in one["destinations"]]
        return told({"bulkId": f"bulk-{next(self._ids)}", "messages": taken})

    def _send(self, message: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
        own = str(place.get("messageId") or f"ib-{next(self._ids)}")
        head = {"messageId": own, "destination": place["to"]}
        phone = self._people.get(str(place["to"]))
        if phone is None or not phone.session_open(self.clock()):
            self.refused.append("there is no open session")
            return {**head, "status": _status(_NO_SESSION)}
        if message["content"]["type"] == "TERMINATE_SESSION":
            phone.end()
        else:
            phone.hear(_heard(own, message["content"], self.brand))
        self._report(own, phone, message)
        return {**head, "status": _status(_PENDING)}

    def _report(self, own: str, phone: "KakaoPhone", message: Mapping[str, Any]) -> None:
        """To the address the message named, or kept until somebody asks."""
        hooks = message.get("webhooks") or {}
        now = moment(self.clock())
        one = {
            "bulkId": f"bulk-{own}",
            "messageId": own,
            "to": phone.key,
            "sender": SENDER,
            "sentAt": now,
            "doneAt": now,
            "status": _status(_DELIVERED),
            "error": {"id": 0, "name": "NO_ERROR", "permanent": False},
            "callbackData": hooks.get("callbackData"),
        }
        url = (hooks.get("delivery") or {}).get("url")
        if url:
            self.poster.post((str(url), one))
        else:
            self.reports.append(one)


def _why_not(message: Mapping[str, Any]) -> str:
    """What is wrong with a message, empty where nothing is."""
    content, places = message.get("content") or {}, message.get("destinations") or []
    kind = str(content.get("type", ""))
    name, most = LONGEST.get(kind, ("", 0))
    said = str(content.get(name) or "")
    buttons = content.get("buttons") or []
    hooks = message.get("webhooks") or {}
    faults = (
        (message.get("sender") != SENDER, "unknown sender"),
        (not places or not all(place.get("to") for place in places), "destinations.to is missing"),
        (any(len(str(place.get("messageId") or "")) > 200 for place in places), "messageId is longer than 200"),
        (kind not in (*LONGEST, "TERMINATE_SESSION"), f"unknown content.type {kind!r}"),
        (bool(name) and not 0 < len(said) <= most, f"content.{name} must have 1 to {most} characters"),
        (kind == "IMAGE" and not urlsplit(said).netloc, "content.url is no address"),
        (kind == "BUTTON_LIST" and not 1 <= len(buttons) <= 5, "buttons must be 1 to 5"),
        (any(not 0 < len(str(one.get("name") or "")) <= 28 for one in buttons), "button.name must have 1 to 28"),
        (len(str(hooks.get("callbackData") or "")) > 4000, "callbackData is longer than 4000"),
    )
    return next((why for wrong, why in faults if wrong), "")


def _heard(own: str, content: Mapping[str, Any], brand: str) -> Heard:
    buttons = tuple(
        Button(str(one.get("extra") or one["name"]), str(one["name"])) for one in content.get("buttons", ())
    )
    return Heard(
        own, str(content.get("text", "")), brand, content["type"].lower(), str(content.get("url", "")), buttons
    )


class KakaoPhone(Phone):
    """A person's KakaoTalk.

    Attributes:
        key: their key in this channel.
    """

    can = frozenset({"press"})
    """Files lie at open https addresses of Kakao's, which a rehearsal on this machine has none of."""

    def __init__(self, kakao: KakaoTalk, script: Script) -> None:
        super().__init__()
        self.key = f"user-key-{digits(script.name, 12)}"
        self._until = 0.0
        self._kakao = kakao

    def session_open(self, now: float) -> bool:
        """Whether the brand may write."""
        return now <= self._until

    async def do(self, act: Act) -> None:
        self._until = self._kakao.clock() + SESSION_S
        button = self.button(act.text) if act.kind == "press" else None
        if button:
            return self._kakao.tell(self, type="TEXT", text=act.text, extra=button.id)
        if not act.file:
            return self._kakao.tell(self, type="TEXT", text=act.text)
        kept = self._kakao.keep(act)
        family = kept.mime_type.partition("/")[0].upper()
        kind = family if family in ("IMAGE", "VIDEO", "AUDIO") else "FILE"
        return self._kakao.tell(self, type=kind, url=f"{self._kakao.address}/files/{kept.id}", urlsDetails=[])

    def end(self) -> None:
        """The session is over; only the person can open another."""
        self._until = 0.0

    def leave(self) -> None:
        """Leave the room."""
        self.end()
        self._kakao.tell(self, type="EXPIRED_SESSION", sessionId=f"s-{self.key}")
