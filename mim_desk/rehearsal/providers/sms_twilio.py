"""Twilio's Programmable Messaging as the sheet has it: forms signed with their address, STOP kept by Twilio, statuses later."""

import base64
import hashlib
import hmac
import itertools
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, KeptFile, Order, Provider, digits
from mim_desk.rehearsal.providers.twilio_rules import fault_of, segments, word_of
from mim_desk.rehearsal.providers.wire import Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

ACCOUNT: Final = "AC0123456789abcdef0123456789abcdef"
AUTH_TOKEN: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105  # of the rehearsal
NUMBER: Final = "+15550002222"
TWIML: Final = b"<Response></Response>"
_SAID_BACK: Final = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number.",
    "START": "You have successfully been re-subscribed to messages from this number.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def error(status: int, code: int, message: str, **headers: str) -> Answer:
    """A refusal as Twilio says it."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return told({"code": code, "message": message, "more_info": more_info, "status": status}, status, **headers)


_REFUSALS: Final = {
    Order.BLOCKED: error(400, 21610, "Attempt to send to unsubscribed recipient"),
    Order.BUSY: error(429, 20429, "Too Many Requests", retry_after="1"),
    Order.TOKEN_EXPIRED: error(401, 20003, "Authenticate"),
    Order.BROKEN: error(500, 20500, "Internal Server Error"),
}


def signature(url: str, fields: Mapping[str, str]) -> str:
    """Over the address and the fields in order of their names."""
    signed = url.partition("#")[0] + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


class SmsTwilio(Provider):
    """The brand's number at Twilio.

    Attributes:
        sent: everything that was taken, newest last, as it can be listed.
    """

    channel = "sms_twilio"
    tells = "delivered"
    tells_times = False
    refusals = _REFUSALS

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.sent: list[dict[str, Any]] = []
        self._people: dict[str, SmsPhone] = {}
        self._numbers = itertools.count(1)

    def connection(self) -> Connection:
        settings = {"account_sid": ACCOUNT, "from": NUMBER, "api_base_url": self.address}
        return Connection("SMS", settings, {"auth_token": AUTH_TOKEN})

    def new_phone(self, script: Script) -> Phone:
        phone = SmsPhone(self, script)
        self._people[phone.number] = phone
        return phone

    def next_sid(self, kind: str) -> str:
        """The id of a message or file."""
        return f"{kind}{next(self._numbers):032x}"

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        return [self._delivery(url or self.webhook_url, fields) for url, fields in news]

    def _delivery(self, url: str, fields: Mapping[str, str]) -> Delivery:
        headers = {
            "X-Twilio-Signature": signature(url, fields),
            "I-Twilio-Idempotency-Token": str(uuid.uuid5(uuid.NAMESPACE_URL, url + urlencode(fields))),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        }
        return Delivery(url, urlencode(fields).encode(), headers, wants=(TWIML,))

    def bring(self, phone: "SmsPhone", text: str, files: Sequence[KeptFile] = ()) -> None:
        """An SMS or MMS of the person arrives."""
        sid = self.next_sid("MM" if files else "SM")
        fields = {
            **dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid),
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "From": phone.number,
            "To": NUMBER,
            "Body": text,
            "NumMedia": str(len(files)),
            "NumSegments": str(segments(text)),
            "SmsStatus": "received",
            **dict.fromkeys(("FromCity", "FromState", "FromZip", "FromCountry"), ""),
        }
        for number, kept in enumerate(files):
            place = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/{kept.id}"
            fields |= {f"MediaUrl{number}": self.address + place, f"MediaContentType{number}": kept.mime_type}
        word = word_of(text)
        if word:
            fields["OptOutType"] = word
            phone.opted_out = word == "STOP" or (phone.opted_out and word == "HELP")
            phone.hear(Heard(self.next_sid("SM"), _SAID_BACK[word], NUMBER, "automatic"))
        self.poster.post(("", fields))

    async def answer(self, call: Call) -> Answer:
        pair = base64.b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {pair}":
            return self.no("wrong credentials", _REFUSALS[Order.TOKEN_EXPIRED])
        match (call.method, *call.path.strip("/").split("/")[1:]):
            case "GET", "Accounts", name if name == f"{ACCOUNT}.json":
                return told({"sid": ACCOUNT, "friendly_name": self.brand, "status": "active", "type": "Full"})
            case "GET", "Accounts", sid, "Messages.json" if sid == ACCOUNT:
                return self._listed(call)
            case "POST", "Accounts", sid, "Messages.json" if sid == ACCOUNT:
                return self.as_ordered(lambda: self._take(parse_qs(call.body.decode(), keep_blank_values=True)))
            case "GET", "Accounts", sid, "Messages", _, "Media", file_id if sid == ACCOUNT:
                return self.file(file_id)
        return self.no(f"no such call: {call.method} {call.path}", error(404, 20404, "The resource was not found"))

    def _listed(self, call: Call) -> Answer:
        asked = {name.lower(): call.query[name] for name in ("To", "From") if name in call.query}
        found = [one for one in self.sent if all(one[name] == value for name, value in asked.items())]
        return told({"messages": found[::-1], "page": 0, "page_size": 50, "next_page_uri": None})

    def _take(self, form: Mapping[str, Sequence[str]]) -> Answer:
        code, why = fault_of(form, (NUMBER,))
        to = (form.get("To") or [""])[0]
        phone = self._people.get(to)
        if not code and phone is None:
            code, why = 21614, f"'To' number is not a valid mobile number: {to}"
        if not code and phone is not None and phone.opted_out:
            code, why = 21610, "Attempt to send to unsubscribed recipient"
        if code or phone is None:
            return self.no(why, error(400, code, why))
        return self._sent(phone, form)

    def _sent(self, phone: "SmsPhone", form: Mapping[str, Sequence[str]]) -> Answer:
        text, media = (form.get("Body") or [""])[0], form.get("MediaUrl", ())
        sid = self.next_sid("MM" if media else "SM")
        phone.hear(Heard(sid, text, self.brand, "mms" if media else "sms", media[0] if media else b""))
        one = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "to": phone.number,
            "from": NUMBER,
            "body": text,
            "status": "queued",
            "num_segments": str(segments(text)),
            "num_media": str(len(media)),
            "direction": "outbound-api",
            "date_created": format_datetime(datetime.fromtimestamp(self.clock(), UTC)),
            "error_code": None,
            "error_message": None,
            "price": None,
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
        }
        self.sent.append(one)
        for callback in form.get("StatusCallback", ())[:1]:
            self._report(callback, sid, phone)
        return told(one, 201)

    def _report(self, url: str, sid: str, phone: "SmsPhone") -> None:
        """What becomes of it; the state it begins with is told in the answer alone."""
        head = {"MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01"}
        ends = ("undelivered",) if phone.unreachable else ("delivered",)
        for status in ("sent", *ends):
            fields = {**head, "From": NUMBER, "To": phone.number, "MessageStatus": status, "SmsStatus": status}
            if status == "undelivered":
                fields |= {"ErrorCode": "30003", "ErrorMessage": "Unreachable destination handset"}
            if status in ends:
                fields["RawDlrDoneDate"] = datetime.fromtimestamp(self.clock(), UTC).strftime("%y%m%d%H%M")
            self.poster.post((url, fields))


class SmsPhone(Phone):
    """A person's telephone.

    Attributes:
        opted_out: they said STOP, so Twilio sends them nothing.
        unreachable: what is sent does not arrive.
    """

    can = frozenset({"file"})

    def __init__(self, twilio: SmsTwilio, script: Script) -> None:
        super().__init__()
        self.number = f"+1555{digits(script.name, 7)}"
        self.opted_out = False
        self.unreachable = False
        self._twilio = twilio

    async def do(self, act: Act) -> None:
        self._twilio.bring(self, act.text, [self._twilio.keep(act)] if act.file else [])
