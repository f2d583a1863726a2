"""WeChat's Official Accounts as the sheet has it: sealed XML one by one, five answers to each message, no receipts."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import Connection, NotShaken, Order, Provider, digits
from mim_desk.rehearsal.providers.tencent import (
    Media,
    Seal,
    Tokens,
    body,
    call_of,
    element,
    now_and_nonce,
    raw_json,
    sealed_call,
    signature,
    uploaded_in,
)
from mim_desk.rehearsal.providers.wechat_rules import Allowances, fault_of, upload_fault
from mim_desk.rehearsal.providers.wire import NOWHERE, Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

ACCOUNT: Final = "gh_0a1b2c3d4e5f"
APP_ID: Final = "wx0123456789abcdef"
APP_SECRET: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105  # of the rehearsal
TOKEN: Final = "rehearsaltoken7"  # noqa: S105  # the same
AES_KEY: Final = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
_OK: Final = body(0, "ok")
_REFUSALS: Final = {
    Order.WINDOW_CLOSED: body(45015, "response out of time limit or subscription is canceled"),
    Order.BLOCKED: body(48002, "user refuse to accept the msg"),
    Order.BUSY: body(-1, "system error"),
    Order.TOKEN_EXPIRED: body(42001, "access_token expired"),
    Order.BROKEN: Answer(502),
}


class WeChat(Provider):
    """The brand's Official Account.

    Attributes:
        mode: how pushes are protected.
        kind: subscription or service; ``verified`` is what WeChat made of its papers.
    """

    channel = "wechat"
    mode: ClassVar[str] = "aes"
    kind: ClassVar[str] = "service"
    verified: ClassVar[bool] = True
    refusals = _REFUSALS
    renews = True

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.tokens = Tokens(self.clock)
        self.media = Media(self.clock)
        self._people: dict[str, WeChatPhone] = {}
        self._ids = itertools.count(24_900_000_000_000_001)

    def connection(self) -> Connection:
        settings = {"app_id": APP_ID, "mode": self.mode, "account_type": self.kind, "api_base_url": self.address}
        secrets = {"app_secret": APP_SECRET, "token": TOKEN}
        return Connection("WeChat", settings, secrets | ({"encoding_aes_key": AES_KEY} if self.mode == "aes" else {}))

    def new_phone(self, script: Script) -> Phone:
        phone = WeChatPhone(self, script)
        self._people[phone.open_id] = phone
        return phone

    async def shake_hands(self, verify_token: str) -> None:
        """A word that has to come back bare."""
        stamp, nonce = now_and_nonce()
        word = digits(nonce, 19)
        asked = {"signature": signature(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce, "echostr": word}
        answer = await self.http.get(f"{self.webhook_url}?{urlencode(asked)}")
        if answer.status_code != 200 or answer.text != word:
            raise NotShaken(f"WeChat wanted its word back and got {answer.status_code}")

    def push(self, phone: "WeChatPhone", kind: str, **fields: object) -> None:
        """Tell what the person did; a message has an id, an event has none."""
        own = {} if kind == "event" else {"MsgId": next(self._ids)}
        head = {"ToUserName": ACCOUNT, "FromUserName": phone.open_id, "CreateTime": int(self.clock()), "MsgType": kind}
        self.poster.post((phone.open_id, element("xml", {**head, **fields, **own})))

    def deliveries(self, news: Sequence[Any]) -> Sequence[Delivery]:
        return [self._delivery(*one) for one in news]

    def _delivery(self, open_id: str, message: str) -> Delivery:
        stamp, nonce = now_and_nonce()
        if self.mode == "aes":
            seal = Seal(AES_KEY, APP_ID)
            return sealed_call(self.webhook_url, TOKEN, seal, ACCOUNT, message, openid=open_id, encrypt_type="aes")
        asked = {"signature": signature(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": open_id}
        return call_of(self.webhook_url, asked, message)

    async def answer(self, call: Call) -> Answer:
        if call.path == "/cgi-bin/stable_token" and call.method == "POST":
            return self._token(call.json())
        if call.method == "GET" and call.path.startswith("/files/"):
            return self.file(call.path.rsplit("/", 1)[-1])
        code, why = self.tokens.fault(call.query.get("access_token", ""))
        if code:
            return self.no(why, body(code, why))
        known: dict[tuple[str, str], Callable[[Call], Answer]] = {
            ("POST", "message/custom/send"): lambda asked: self.as_ordered(lambda: self._send(raw_json(asked))),
            ("POST", "message/custom/typing"): self._typing,
            ("POST", "media/upload"): self._upload,
            ("GET", "media/get"): self._fetched,
            ("GET", "user/info"): self._info,
            ("GET", "user/get"): self._followers,
            ("GET", "customservice/getkflist"): lambda _: self._right(told({"kf_list": []})),
            ("GET", "template/get_all_private_template"): lambda _: self._right(told({"template_list": []})),
        }
        ready = known.get((call.method, call.path.removeprefix("/cgi-bin/")))
        return ready(call) if ready else self.no(f"no such call: {call.method} {call.path}", NOWHERE)

    def _token(self, asked: Mapping[str, Any]) -> Answer:
        faults = (
            (asked.get("grant_type") != "client_credential", 40002, "invalid grant_type"),
            (asked.get("appid") != APP_ID, 40013, "invalid appid"),
            (asked.get("secret") != APP_SECRET, 40125, "invalid appsecret"),
        )
        for wrong, code, why in faults:
            if wrong:
                return self.no(why, body(code, why))
        token, life_s = self.tokens.give(anew=bool(asked.get("force_refresh")))
        return told({"access_token": token, "expires_in": life_s})

    def _right(self, answer: Answer) -> Answer:
        """Only verified accounts may."""
        return answer if self.verified else body(48001, "api unauthorized")

    def _send(self, message: Mapping[str, Any]) -> Answer:
        if not self.verified:
            return self.no("the account is not verified", body(48001, "api unauthorized"))
        phone = self._people.get(str(message.get("touser", "")))
        code, why = fault_of(message, self.media) if phone else (40003, "invalid openid")
        if phone is not None and not code:
            code, why = (0, "") if phone.follows else (43004, "require subscribe")
        if phone is None or code:
            return self.no(why, body(code, why))
        code, why = phone.allowances.take(self.clock())
        if code:
            return self.no(why, body(code, why))
        phone.hear(self._heard(message))
        return _OK

    def _heard(self, message: Mapping[str, Any]) -> Heard:
        """What the person sees; an agent's account, where one is named, is shown in the brand's place."""
        kind = str(message["msgtype"])
        content = message[kind]
        sender = str((message.get("customservice") or {}).get("kf_account") or self.brand)
        file = self.media.named(content.get("media_id"), kind)
        text = str(content.get("content") or content.get("head_content") or "")
        if kind == "news":
            text, link = str(content["articles"][0].get("title")), str(content["articles"][0].get("url"))
            return Heard(str(next(self._ids)), text, sender, kind, link)
        rows = content.get("list") or ()
        buttons = tuple(Button(str(one["id"]), str(one["content"])) for one in rows)
        return Heard(str(next(self._ids)), text, sender, kind, file.data if file else b"", buttons)

    def _typing(self, call: Call) -> Answer:
        asked = call.json()
        phone = self._people.get(str(asked.get("touser", "")))
        if phone is None or asked.get("command") not in ("Typing", "CancelTyping"):
            return self.no("typing to nobody", body(40003, "invalid openid"))
        begins = asked["command"] == "Typing"
        if begins and phone.sees_typing:
            return body(45081, "already typing")
        phone.sees_typing = begins
        return _OK

    def _upload(self, call: Call) -> Answer:
        upload, kind = uploaded_in(call), call.query.get("type", "")
        code, why = upload_fault(kind, upload.name, len(upload.data)) if upload else (41005, "media data missing")
        if upload is None or code:
            return self.no(why, body(code, why))
        return self.media.take(kind, upload)

    def _fetched(self, call: Call) -> Answer:
        kept = self._files.get(call.query.get("media_id", ""))
        if kept is not None and kept.mime_type.startswith("video/"):
            return told({"video_url": f"{self.address}/files/{kept.id}"})
        return self.media.handed_out(kept)

    def _info(self, call: Call) -> Answer:
        phone = self._people.get(call.query.get("openid", ""))
        if phone is None:
            return self.no("invalid openid", body(40003, "invalid openid"))
        facts = {
            "subscribe": int(phone.follows),
            "openid": phone.open_id,
            "unionid": f"oUnion{phone.open_id[-8:]}",
            "language": "zh_CN",
        }
        return self._right(told(facts if phone.follows else {"subscribe": 0, "openid": phone.open_id}))

    def _followers(self, _: Call) -> Answer:
        names = [phone.open_id for phone in self._people.values() if phone.follows]
        return self._right(told({"total": len(names), "count": len(names), "data": {"openid": names}}))


class WeChatPhone(Phone):
    """A person's WeChat.

    Attributes:
        follows: the account; before that nothing can be sent to them.
        sees_typing: that the brand writes.
    """

    can = frozenset({"file", "voice", "place", "press"})

    def __init__(self, wechat: WeChat, script: Script) -> None:
        super().__init__()
        self.open_id = f"oRehearsal{digits(script.name, 18)}"
        self.follows = True
        self.sees_typing = False
        self.allowances = Allowances()
        self._wechat = wechat

    async def do(self, act: Act) -> None:
        self.follows = True
        self.sees_typing = False
        button = self.button(act.text) if act.kind == "press" else None
        self.allowances.act("menu" if button else "message", self._wechat.clock())
        if button:
            return self._wechat.push(self, "text", Content=act.text, bizmsgmenuid=button.id)
        if act.kind == "place" and act.at:
            where = {"Location_X": str(act.at[0]), "Location_Y": str(act.at[1]), "Scale": 15, "Label": act.text}
            return self._wechat.push(self, "location", **where)
        if not act.file:
            return self._wechat.push(self, "text", Content=act.text)
        kept = self._wechat.keep(act)
        family = kept.mime_type.partition("/")[0]
        if act.kind == "voice":
            return self._wechat.push(self, "voice", MediaId=kept.id, Format="amr", Recognition=act.text)
        if family == "image":
            self._wechat.push(self, "image", PicUrl=f"{self._wechat.address}/files/{kept.id}", MediaId=kept.id)
        else:
            self._wechat.push(self, "file", Title=kept.name, MediaId=kept.id)
        if act.text:
            self._wechat.push(self, "text", Content=act.text)
        return None

    def click(self, key: str) -> None:
        """A menu item."""
        self.allowances.act("menu", self._wechat.clock())
        self._wechat.push(self, "event", Event="CLICK", EventKey=key)

    def scan(self, scene: str) -> None:
        """A code of the account's, while they follow it already."""
        self.allowances.act("scan", self._wechat.clock())
        self._wechat.push(self, "event", Event="SCAN", EventKey=scene, Ticket=f"ticket_{scene}")

    def say_to_notice(self, template_id: str, *, agrees: bool) -> None:
        """Agree to a notice, or not."""
        said = {"TemplateId": template_id, "SubscribeStatusString": "accept" if agrees else "reject", "PopupScene": 2}
        self._wechat.push(self, "event", Event="subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": said})

    def follow(self, scene: str = "") -> None:
        """Follow the account, perhaps by a code."""
        self.follows = True
        self.allowances.act("follow", self._wechat.clock())
        self._wechat.push(self, "event", Event="subscribe", EventKey=f"qrscene_{scene}" if scene else "")

    def leave(self) -> None:
        """Follow no more."""
        self.follows = False
        self._wechat.push(self, "event", Event="unsubscribe", EventKey="")
