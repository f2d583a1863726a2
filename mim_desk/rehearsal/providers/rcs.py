"""Google's RCS Business Messaging as the sheet has it: a token for a signed statement, messages under ids of the brand's."""

import base64
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, NotShaken, Order, Provider, digits
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

AGENT: Final = "juniper_and_sail_agent"
EMAIL: Final = "rehearsal@juniper-and-sail.iam.example"
CLIENT_TOKEN: Final = "rehearsal-client-token-0123456789"  # noqa: S105  # of the rehearsal
SCOPE: Final = "https://www.googleapis.com/auth/rcsbusinessmessaging"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_LIFE_S: Final = 3599
LONGEST_TEXT: Final = 3072
MOST_SUGGESTIONS: Final = 11
MOST_ON_A_CARD: Final = 4
LONGEST_DESCRIPTION: Final = 2000
LONGEST_TTL_S: Final = 15 * 86_400
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def error(status: int, name: str, message: str, **headers: str) -> Answer:
    """A refusal as Google's interfaces say it."""
    return told({"error": {"code": status, "message": message, "status": name}}, status, **headers)


_REFUSALS: Final = {
    Order.BLOCKED: error(404, "NOT_FOUND", "Requested entity was not found."),
    Order.BUSY: error(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", retry_after="1"),
    Order.TOKEN_EXPIRED: error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    Order.BROKEN: error(503, "UNAVAILABLE", "The service is currently unavailable."),
}


def moment(at: float) -> str:
    """A time as Google writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Waiting:
    """A message that its phone has not got yet, and until when it may wait."""

    phone: "RcsPhone"
    until: float
    heard: Heard


class Rcs(Provider):
    """The brand's RCS sender."""

    channel = "rcs"
    tells = "read"
    refusals = _REFUSALS
    renews = True

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self._key: RSAPrivateKey = generate_private_key(65537, 2048)
        self._tokens: dict[str, float] = {}
        self._people: dict[str, RcsPhone] = {}
        self._taken: set[str] = set()
        self._waiting: dict[str, Waiting] = {}
        self._numbers = itertools.count(1)

    def connection(self) -> Connection:
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        account = {"type": "service_account", "client_email": EMAIL, "private_key": pem}
        settings = {"agent_id": AGENT, "api_base_url": self.address}
        return Connection("RCS", settings, {"service_account": json.dumps(account), "verify_token": CLIENT_TOKEN})

    def new_phone(self, script: Script) -> Phone:
        phone = RcsPhone(self, script)
        self._people[phone.number] = phone
        return phone

    async def shake_hands(self, verify_token: str) -> None:
        """The token is named, and a secret has to come back."""
        secret = digits(self.webhook_url, 20)
        answer = await self.http.post(self.webhook_url, json={"clientToken": CLIENT_TOKEN, "secret": secret})
        if answer.status_code != 200 or answer.text != secret:
            raise NotShaken(f"Google wanted its secret back and got {answer.status_code}")

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        return [self._delivery(one) for one in news]

    def _delivery(self, event: Mapping[str, Any]) -> Delivery:
        data = json.dumps(event, ensure_ascii=False).encode()
        mark = base64.b64encode(hmac.new(CLIENT_TOKEN.encode(), data, hashlib.sha512).digest()).decode()
        attributes = {"business_id": AGENT, "message_type": "TEXT"}
        body = json.dumps({"message": {"data": base64.b64encode(data).decode(), "attributes": attributes}}).encode()
        return Delivery(self.webhook_url, body, {"X-Goog-Signature": mark, "Content-Type": "application/json"})

    def tell(self, phone: "RcsPhone", id_name: str = "messageId", id_: str = "", **fields: Any) -> None:
        """Something happened on a phone."""
        own = id_ or f"Mx{next(self._numbers):020}"
        head = {"senderPhoneNumber": phone.number, "agentId": AGENT, "sendTime": moment(self.clock())}
        self.poster.post({**head, id_name: own, **fields})

    def tell_event(self, phone: "RcsPhone", kind: str, message_id: str = "") -> None:
        """A receipt, or that the person types, or wants nothing more."""
        named = {"messageId": message_id} if message_id else {}
        self.tell(phone, "eventId", eventType=kind, **named)

    async def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path.startswith("/files/"):
            return self.file(call.path.rsplit("/", 1)[-1])
        if (call.method, call.path) == ("POST", "/token"):
            return self._token(call.form())
        if self._tokens.get(call.bearer, 0.0) < self.clock():
            return self.no("wrong or old token", _REFUSALS[Order.TOKEN_EXPIRED])
        if call.query.get("agentId", AGENT) != AGENT:
            return self.no("another agent", error(403, "PERMISSION_DENIED", "The caller does not have permission."))
        match (call.method, *call.path.strip("/").split("/")):
            case "POST", "v1", "phones", number, "agentMessages":
                return self.as_ordered(lambda: self._take(number, call))
            case "DELETE", "v1", "phones", number, "agentMessages", message_id:
                return self._revoke(number, message_id)
            case "POST", "v1", "phones", number, "agentEvents":
                return self._notice(number, call)
            case "GET", "v1", "phones", number, "capabilities":
                return self._capable(number)
        return self.no(f"no such call: {call.method} {call.path}", NOWHERE)

    def _token(self, form: Mapping[str, Any]) -> Answer:
        why = self._ill_stated(str(form.get("assertion", "")))
        if form.get("grant_type") != GRANT or why:
            why = why or "wrong grant_type"
            return self.no(why, told({"error": "invalid_grant", "error_description": why}, 400))
        token = f"ya29.rehearsal{next(self._numbers)}"
        self._tokens[token] = self.clock() + TOKEN_LIFE_S
        return told({"access_token": token, "expires_in": TOKEN_LIFE_S, "token_type": "Bearer"})

    def _ill_stated(self, assertion: str) -> str:
        """What is wrong with the statement for which a token is asked."""
        signed, _, mark = assertion.rpartition(".")
        try:
            head, stated = (json.loads(_unpacked(part)) for part in signed.split("."))
            self._key.public_key().verify(_unpacked(mark), signed.encode(), PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return "Invalid JWT Signature."
        faults = (
            (head.get("alg") != "RS256", "wrong alg"),
            (stated.get("iss") != EMAIL, "Invalid issuer"),
            (SCOPE not in str(stated.get("scope", "")).split(), "Invalid scope"),
            (not str(stated.get("aud", "")).endswith("/token"), "Invalid audience"),
            (stated.get("exp", 0) - stated.get("iat", 0) > 3600, "Token must be short-lived"),
        )
        return next((why for wrong, why in faults if wrong), "")

    def _take(self, number: str, call: Call) -> Answer:
        content = call.json().get("contentMessage") or {}
        message_id, phone = call.query.get("messageId", ""), self._people.get(number)
        why = "messageId must be a UUID" if not _ID.fullmatch(message_id) else _why_not(content, call.json().get("ttl"))
        if why:
            return self.no(why, error(400, "INVALID_ARGUMENT", why))
        if phone is None or not phone.has_rcs:
            return self.no("no RCS on that phone", _REFUSALS[Order.BLOCKED])
        if message_id in self._taken:
            return error(409, "ALREADY_EXISTS", "Requested entity already exists.")
        self._taken.add(message_id)
        if phone.offline:
            until = self.clock() + float(str(call.json().get("ttl") or "2592000s").removesuffix("s"))
            self._waiting[message_id] = Waiting(phone, until, self._heard(message_id, content))
        else:
            phone.hear(self._heard(message_id, content))
            self.tell_event(phone, "DELIVERED", message_id)
        sent = {"name": f"phones/{number}/agentMessages/{message_id}", "sendTime": moment(self.clock())}
        return told({**sent, "contentMessage": content})

    def come_back(self, phone: "RcsPhone") -> None:
        """The phone is on again: what waited and did not run out arrives."""
        phone.offline = False
        self.run_out()
        for message_id in [one for one, waiting in self._waiting.items() if waiting.phone is phone]:
            phone.hear(self._waiting.pop(message_id).heard)
            self.tell_event(phone, "DELIVERED", message_id)

    def run_out(self) -> None:
        """What has waited as long as it may is taken back, which the brand is told."""
        for message_id in [one for one, waiting in self._waiting.items() if waiting.until <= self.clock()]:
            waiting = self._waiting.pop(message_id)
            self._taken.discard(message_id)
            told = {"messageId": message_id, "phoneNumber": waiting.phone.number}
            self.tell(waiting.phone, "eventId", eventType="TTL_EXPIRATION_REVOKED", **told)

    def _heard(self, message_id: str, content: Mapping[str, Any]) -> Heard:
        card = (content.get("richCard") or {}).get("standaloneCard", {}).get("cardContent")
        if card:
            content = {**content, "text": card.get("description", ""), "suggestions": card.get("suggestions")}
        suggestions = content.get("suggestions") or ()
        replies = [one["reply"] for one in suggestions if "reply" in one]
        buttons = tuple(Button(str(one.get("postbackData", "")), str(one.get("text", ""))) for one in replies)
        file = str((content.get("contentInfo") or {}).get("fileUrl", ""))
        kind = "file" if file else "card" if "richCard" in content else "text"
        return Heard(message_id, str(content.get("text", "")), self.brand, kind, file, buttons)

    def _revoke(self, number: str, message_id: str) -> Answer:
        phone = self._people.get(number)
        delivered = phone is None or any(heard.id == message_id for heard in phone.heard)
        if delivered or message_id not in self._taken:
            return error(404, "NOT_FOUND", "Requested entity was not found.")
        self._taken.discard(message_id)
        self._waiting.pop(message_id, None)
        return told({})

    def _notice(self, number: str, call: Call) -> Answer:
        phone, kind = self._people.get(number), call.json().get("eventType")
        if phone is None or kind not in ("READ", "IS_TYPING") or not call.query.get("eventId"):
            return self.no("an event without its fields", error(400, "INVALID_ARGUMENT", "Invalid event."))
        phone.noticed.append(str(kind))
        return told({"name": f"phones/{number}/agentEvents/{call.query['eventId']}", "eventType": kind})

    def _capable(self, number: str) -> Answer:
        phone = self._people.get(number)
        if phone is None or not phone.has_rcs:
            return _REFUSALS[Order.BLOCKED]
        return told({"features": ["RICHCARD_STANDALONE", "RICHCARD_CAROUSEL", "ACTION_DIAL", "ACTION_OPEN_URL"]})


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _why_not(content: Mapping[str, Any], ttl: object = None) -> str:
    """What is wrong with a message, empty where nothing is."""
    carried = [name for name in ("text", "contentInfo", "richCard", "uploadedRbmFile") if content.get(name)]
    suggestions = content.get("suggestions") or []
    file = (content.get("contentInfo") or {}).get("fileUrl", "")
    faults = (
        (len(carried) != 1, "contentMessage must have exactly one content"),
        (len(str(content.get("text", ""))) > LONGEST_TEXT, "text is longer than 3072"),
        ("contentInfo" in carried and not str(file).startswith("https://"), "fileUrl must be public"),
        (len(suggestions) > MOST_SUGGESTIONS, "more than 11 suggestions"),
        (
            "richCard" in carried and not _is_card(content["richCard"]),
            "richCard is not a card or a carousel of 2 to 10",
        ),
        (ttl is not None and not _is_ttl(ttl), "ttl must be 10 seconds to 15 days"),
    )
    return next((why for wrong, why in faults if wrong), "")


def _is_ttl(told: object) -> bool:
    found = re.fullmatch(r"([0-9]{1,7})s", str(told))
    return found is not None and 10 <= int(found[1]) <= LONGEST_TTL_S


def _is_card(card: Mapping[str, Any]) -> bool:
    alone = (card.get("standaloneCard") or {}).get("cardContent")
    cards = (card.get("carouselCard") or {}).get("cardContents")
    if (alone is None) == (cards is None) or (cards is not None and not 2 <= len(cards) <= 10):
        return False
    return all(_is_card_content(one) for one in (cards or [alone]))


def _is_card_content(content: Mapping[str, Any]) -> bool:
    file = ((content.get("media") or {}).get("contentInfo") or {}).get("fileUrl", "https://")
    short = len(content.get("description", "")) <= LONGEST_DESCRIPTION
    return short and len(content.get("suggestions") or ()) <= MOST_ON_A_CARD and str(file).startswith("https://")


class RcsPhone(Phone):
    """A person's telephone with RCS.

    Attributes:
        has_rcs: whether the phone and its network carry it.
        offline: what is sent waits.
        noticed: what the brand let them see: READ, IS_TYPING.
    """

    can = frozenset({"place", "press"})
    """Files of people lie at https addresses of Google's, which a rehearsal on this machine has none of."""

    def __init__(self, rcs: Rcs, script: Script) -> None:
        super().__init__()
        self.number = f"+1666{digits(script.name, 7)}"
        self.has_rcs, self.offline = True, False
        self.noticed: list[str] = []
        self._rcs = rcs

    async def do(self, act: Act) -> None:
        button = self.button(act.text) if act.kind == "press" else None
        if button:
            tapped = {"postbackData": button.id, "text": button.title, "type": "REPLY"}
            return self._rcs.tell(self, suggestionResponse=tapped)
        if act.kind == "place" and act.at:
            return self._rcs.tell(self, location={"latitude": act.at[0], "longitude": act.at[1]})
        if not act.file:
            return self._rcs.tell(self, text=act.text)
        kept = self._rcs.keep(act)
        facts = {"mimeType": kept.mime_type, "fileSizeBytes": len(kept.data), "fileName": kept.name}
        return self._rcs.tell(self, userFile={"payload": {**facts, "fileUri": f"{self._rcs.address}/files/{kept.id}"}})

    async def typing(self) -> None:
        self._rcs.tell_event(self, "IS_TYPING")

    async def read(self, heard: Heard) -> None:
        self._rcs.tell_event(self, "READ", heard.id)

    def leave(self) -> None:
        """Unsubscribe in the phone's own application."""
        self._rcs.tell_event(self, "UNSUBSCRIBE")
