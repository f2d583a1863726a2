"""WeCom's customer service as the sheet has it: a sealed nudge, messages asked for by cursor, keyed sends, late failures."""

import asyncio
import itertools
import os
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

from mim_desk.rehearsal.phone import Heard, Phone
from mim_desk.rehearsal.providers.posting import CALM, Delivery
from mim_desk.rehearsal.providers.provider import Connection, NotShaken, Order, Provider, digits
from mim_desk.rehearsal.providers.tencent import (
    UNKNOWN_FILE,
    Media,
    Seal,
    Tokens,
    body,
    element,
    now_and_nonce,
    raw_json,
    sealed_call,
    signature,
    uploaded_in,
)
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call
from mim_desk.rehearsal.scripts import Act, Script

CORP: Final = "ww0123456789abcdef"
SECRET: Final = "rehearsal_secret_of_customer_service_0123456"  # noqa: S105  # of the rehearsal
TOKEN: Final = "rehearsaltoken9"  # noqa: S105  # the same
AES_KEY: Final = "HhwaGBYUEhAODAoIBgQCAAECAwQFBgcICQoLDA0ODxA"
ACCOUNT: Final = "wkRehearsal0000000001"
MOST: Final = 5
WINDOW_S: Final = 48 * 3600.0
LONGEST_TEXT_BYTES: Final = 2048
NUDGE_LIFE_S: Final = 600.0
WELCOME_LIFE_S: Final = 20.0
WELCOME: Final = "欢迎光临!"
NEW, OURS, QUEUED, SERVED, ENDED = range(5)
"""Whose a session is."""
_ID: Final = re.compile(r"[0-9a-zA-Z_-]{1,32}")
_UPLOADS: Final = ("image", "voice", "video", "file")
_REFUSALS: Final = {
    Order.WINDOW_CLOSED: body(95013, "session is closed"),
    Order.BLOCKED: body(40003, "invalid external_userid"),
    Order.BUSY: body(45033, "concurrent limit"),
    Order.TOKEN_EXPIRED: body(42001, "access_token expired"),
    Order.BROKEN: Answer(502),
}


class WeComKf(Provider):
    """The brand's customer service account.

    Attributes:
        log: everything people did, in the order in which it is handed out.
        nudges: the words of the callback, each good for ten minutes.
        asked_with: the words that came with questions.
        codes: with which somebody may be welcomed, and until when.
    """

    channel = "wecom_kf"
    refusals = _REFUSALS
    renews = True

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.tokens = Tokens(self.clock)
        self.media = Media(self.clock)
        self.log: list[dict[str, Any]] = []
        self.nudges: dict[str, float] = {}
        self.asked_with: list[str] = []
        self.codes: dict[str, tuple[WeComPhone, float]] = {}
        self._people: dict[str, WeComPhone] = {}
        self._taken: set[str] = set()
        self._ids = itertools.count(1)
        self._dice = Random(self.mischief.seed)  # noqa: S311  # a game, no secret

    def connection(self) -> Connection:
        settings = {"corp_id": CORP, "open_kfid": ACCOUNT, "pause_s": "2", "welcome": WELCOME}
        settings |= {"end_sessions": "yes", "api_base_url": self.address}
        return Connection("WeCom", settings, {"secret": SECRET, "token": TOKEN, "encoding_aes_key": AES_KEY})

    def new_phone(self, script: Script) -> Phone:
        phone = WeComPhone(self, script)
        self._people[phone.id] = phone
        return phone

    async def shake_hands(self, verify_token: str) -> None:
        """A sealed word that has to come back open."""
        stamp, nonce = now_and_nonce()
        word = digits(nonce, 19)
        sealed = Seal(AES_KEY, CORP).close(word.encode())
        proof = {"msg_signature": signature(TOKEN, stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce}
        answer = await self.http.get(f"{self.webhook_url}?{urlencode({**proof, 'echostr': sealed})}")
        if answer.status_code != 200 or answer.text != word:
            raise NotShaken(f"WeCom wanted its word opened and got {answer.status_code}")

    def tell(self, kind: str, content: Mapping[str, Any], phone: "WeComPhone", origin: int = 3) -> None:
        """Something happened: it can be asked for, and the callback says that there is something."""
        head = {"msgid": f"kf{next(self._ids):08}", "open_kfid": ACCOUNT, "send_time": int(self.clock())}
        item = {**head, "origin": origin, "msgtype": kind, kind: content}
        if origin == 3:
            item["external_userid"] = phone.id
        if self.mischief != CALM and self._dice.random() < self.mischief.held:
            late_s = self._dice.uniform(0, self.mischief.held_s)
            asyncio.get_running_loop().call_later(late_s, self._enter, item)
        else:
            self._enter(item)

    def _enter(self, item: dict[str, Any]) -> None:
        self.log.append(item)
        nudge = f"ENC{os.urandom(12).hex()}"
        self.nudges[nudge] = self.clock() + NUDGE_LIFE_S
        self.poster.post(nudge)

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        return [self._nudge(str(one)) for one in news]

    def _nudge(self, word: str) -> Delivery:
        told_ = {"MsgType": "event", "Event": "kf_msg_or_event", "Token": word, "OpenKfId": ACCOUNT}
        message = element("xml", {"ToUserName": CORP, "CreateTime": int(self.clock()), **told_})
        return sealed_call(self.webhook_url, TOKEN, Seal(AES_KEY, CORP), CORP, message)

    async def answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("GET", "/cgi-bin/gettoken"):
            return self._token(call.query)
        code, why = self.tokens.fault(call.query.get("access_token", ""))
        if code:
            return self.no(why, body(code, why))
        known: dict[tuple[str, str], Callable[[Call], Answer]] = {
            ("POST", "kf/sync_msg"): self._handed_out,
            ("POST", "kf/send_msg"): lambda asked: self.as_ordered(lambda: self._send(raw_json(asked))),
            ("POST", "kf/send_msg_on_event"): lambda asked: self._welcome(raw_json(asked)),
            ("POST", "kf/customer/batchget"): lambda asked: self._who(asked.json()),
            ("POST", "kf/service_state/get"): lambda asked: self._state_of(asked.json()),
            ("POST", "kf/service_state/trans"): lambda asked: self._hand_over(asked.json()),
            ("POST", "media/upload"): self._upload,
            ("GET", "media/get"): lambda asked: self.media.handed_out(self._files.get(asked.query.get("media_id", ""))),
        }
        ready = known.get((call.method, call.path.removeprefix("/cgi-bin/")))
        return ready(call) if ready else self.no(f"no such call: {call.method} {call.path}", NOWHERE)

    def _token(self, asked: Mapping[str, str]) -> Answer:
        if asked.get("corpid") != CORP:
            return self.no("invalid corpid", body(40013, "invalid corpid"))
        if asked.get("corpsecret") != SECRET:
            return self.no("invalid credential", body(40001, "invalid credential"))
        token, life_s = self.tokens.give()
        return body(0, "ok", access_token=token, expires_in=life_s)

    def _handed_out(self, call: Call) -> Answer:
        """What came after the cursor; the same cursor brings the same."""
        asked = call.json()
        why = self._ill_asked(asked)
        if why:
            return self.no(why, body(40058, why))
        self.asked_with += [str(asked["token"])] if asked.get("token") else []
        place = int(str(asked.get("cursor") or "at0").removeprefix("at"))
        found, place = self._page(place, int(asked.get("limit") or 1000))
        answer = body(0, "ok", next_cursor=f"at{place}", has_more=int(place < len(self.log)), msg_list=found)
        return Answer(lost=True) if self._dice.random() < self.mischief.twice / 2 else answer

    def _page(self, place: int, most: int) -> tuple[list[dict[str, Any]], int]:
        """The next items; where there is mischief, few of them, and now and then none although there are more."""
        if self.mischief != CALM:
            most = min(most, self._dice.randrange(4))
        found = self.log[place : place + most]
        return found, place + len(found)

    def _ill_asked(self, asked: Mapping[str, Any]) -> str:
        faults = (
            (asked.get("open_kfid") != ACCOUNT, "invalid open_kfid"),
            (len(str(asked.get("cursor") or "").encode()) > 64, "cursor too long"),
            (not re.fullmatch(r"(at\d+)?", str(asked.get("cursor") or "")), "invalid cursor"),
            (not 0 <= int(asked.get("limit") or 0) <= 1000, "invalid limit"),
            (asked.get("voice_format") not in (None, 0, 1), "invalid voice_format"),
            (bool(asked.get("token")) and self.nudges.get(str(asked["token"]), 0.0) < self.clock(), "invalid token"),
        )
        return next((why for wrong, why in faults if wrong), "")

    def _welcome(self, message: Mapping[str, Any]) -> Answer:
        """One message for who opened the chat, within 20 seconds."""
        phone, until = self.codes.pop(str(message.get("code", "")), (None, 0.0))
        text = str((message.get("text") or {}).get("content") or "")
        if phone is None or until < self.clock():
            return self.no("invalid code", body(95014, "invalid code"))
        if message.get("msgtype") != "text" or not 0 < len(text.encode()) <= LONGEST_TEXT_BYTES:
            return self.no("invalid message", body(40008, "invalid message type"))
        own = str(message.get("msgid") or f"kf{next(self._ids):08}")
        phone.hear(Heard(own, text, self.brand, "welcome"))
        return body(0, "ok", msgid=own)

    def _who(self, asked: Mapping[str, Any]) -> Answer:
        """What people are called."""
        listed = asked.get("external_userid_list")
        if not (isinstance(listed, list) and 1 <= len(listed) <= 100):
            return self.no("external_userid_list", body(40058, "invalid external_userid_list"))
        known = [self._people[one] for one in listed if one in self._people]
        people = [{"external_userid": one.id, "nickname": one.name, "avatar": "", "gender": 0} for one in known]
        return body(0, "ok", customer_list=people, invalid_external_userid=[x for x in listed if x not in self._people])

    def _whose(self, asked: Mapping[str, Any]) -> "WeComPhone | None":
        return self._people.get(str(asked.get("external_userid", ""))) if asked.get("open_kfid") == ACCOUNT else None

    def _state_of(self, asked: Mapping[str, Any]) -> Answer:
        phone = self._whose(asked)
        if phone is None:
            return self.no("state of nobody", body(40003, "invalid external_userid"))
        more = {"servicer_userid": "li.na"} if phone.state == SERVED else {}
        return body(0, "ok", service_state=phone.state, **more)

    def _hand_over(self, asked: Mapping[str, Any]) -> Answer:
        """Another state; what is over stays so until the customer writes."""
        phone, state = self._whose(asked), asked.get("service_state")
        if phone is None or phone.state == ENDED or state not in (OURS, QUEUED, SERVED, ENDED):
            return self.no("no such change of state", body(95013, "session is closed"))
        phone.state = int(state)
        return body(0, "ok", msg_code="")

    def _send(self, message: Mapping[str, Any]) -> Answer:
        code, why = self._fault(message)
        if code:
            return self.no(why, body(code, why))
        if self._people[str(message["touser"])].state not in (NEW, OURS):
            return self.no("the session is not ours", body(95013, "session is closed"))
        own = str(message.get("msgid") or f"kf{next(self._ids):08}")
        if own not in self._taken:
            self._taken.add(own)
            self._deliver(own, message, self._people[str(message["touser"])])
        return body(0, "ok", msgid=own)

    def _deliver(self, own: str, message: Mapping[str, Any], phone: "WeComPhone") -> None:
        """It is shown, or it fails later and the log says why."""
        reason = phone.why_not(self.clock())
        if reason:
            failed = {"event_type": "msg_send_fail", "open_kfid": ACCOUNT, "external_userid": phone.id}
            self.tell("event", {**failed, "fail_msgid": own, "fail_type": reason}, phone, origin=4)
            return
        phone.left -= 1
        kind = str(message["msgtype"])
        content = message[kind]
        file = self.media.named(content.get("media_id"), kind)
        text = str(content.get("content") or content.get("head_content") or "")
        shown = dict(content) if kind == "location" else {}
        phone.hear(Heard(own, text, self.brand, kind, file.data if file else b"", shown=shown))

    def _fault(self, message: Mapping[str, Any]) -> tuple[int, str]:
        kind = str(message.get("msgtype", ""))
        content = message.get(kind)
        if message.get("open_kfid") != ACCOUNT:
            return 95000, "invalid open_kfid"
        if str(message.get("touser", "")) not in self._people:
            return 40003, "invalid external_userid"
        if message.get("msgid") is not None and not _ID.fullmatch(str(message["msgid"])):
            return 40058, "invalid msgid"
        if kind not in ("text", "link", "msgmenu", "location", "miniprogram", *_UPLOADS) or not content:
            return 40008, "invalid message type"
        if kind in _UPLOADS and self.media.named(content.get("media_id"), kind) is None:
            return UNKNOWN_FILE, "invalid media_id"
        size = len(str(content.get("content") or "").encode())
        if kind == "text" and not 0 < size <= LONGEST_TEXT_BYTES:
            return (45002, "content size out of limit") if size else (44004, "empty content")
        return 0, ""

    def _upload(self, call: Call) -> Answer:
        upload, kind = uploaded_in(call), call.query.get("type", "")
        if upload is None or kind not in _UPLOADS:
            code, why = (41005, "media data missing") if upload is None else (40004, "invalid media type")
            return self.no(why, body(code, why))
        return self.media.take(kind, upload)


class WeComPhone(Phone):
    """A person's WeChat, in which they found the brand's customer service.

    Attributes:
        left: how many messages they may still get.
        refuses: whether they refuse the account's messages.
        state: whose the session is.
    """

    can = frozenset({"file", "voice", "place"})

    def __init__(self, wecom: WeComKf, script: Script) -> None:
        super().__init__()
        self.id = f"wmRehearsal{digits(script.name, 18)}"
        self.name = script.name
        self.left = 0
        self.refuses = False
        self.state = NEW
        self._wrote_at = 0.0
        self._wecom = wecom

    def why_not(self, now: float) -> int:
        """The kind of failure a message to them ends in, 0 where it is shown."""
        if self.refuses:
            return 10
        if now - self._wrote_at > WINDOW_S:
            return 4
        return 0 if self.left else 6

    async def do(self, act: Act) -> None:
        self.left, self._wrote_at = MOST, self._wecom.clock()
        self.state = NEW if self.state == ENDED else self.state
        if act.kind == "place" and act.at:
            where = {"latitude": act.at[0], "longitude": act.at[1], "name": act.text, "address": ""}
            return self._wecom.tell("location", where, self)
        if not act.file:
            return self._wecom.tell("text", {"content": act.text}, self)
        kept = self._wecom.keep(act)
        family = kept.mime_type.partition("/")[0]
        kind = "voice" if act.kind == "voice" else family if family in ("image", "video") else "file"
        self._wecom.tell(kind, {"media_id": kept.id}, self)
        if act.text and kind != "voice":
            self._wecom.tell("text", {"content": act.text}, self)
        return None

    def enter(self, scene: str = "shop", param: str = "") -> None:
        """Open the conversation without a word; who has not been welcomed lately may be."""
        code = f"code{os.urandom(8).hex()}"
        self._wecom.codes[code] = (self, self._wecom.clock() + WELCOME_LIFE_S)
        event = {"event_type": "enter_session", "open_kfid": ACCOUNT, "external_userid": self.id, "scene": scene}
        self._wecom.tell("event", {**event, "scene_param": param, "welcome_code": code}, self, origin=4)
