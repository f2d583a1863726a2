"""Sessions of WeCom: where the customer came from, the welcome, who serves them, and the end.

The forms of the calls beyond the contract sheet are those of WeCom's pages as client libraries have them:
https://developer.work.weixin.qq.com/document/path/94669 and https://developer.work.weixin.qq.com/document/path/95122
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Action, ContactActed, Refused, Request, Response, Sender
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wecom_kf import payloads
from mim_desk.channels.wecom_kf.account_token import API
from mim_desk.channels.wecom_kf.rendering import MOST_TEXT_BYTES, key_of
from mim_desk.domain.message import Activity
from mim_desk.domain.refusal import Refusal

WELCOME_LASTS: Final = timedelta(seconds=20)
_WAITING, _WITH_A_COLLEAGUE, _ENDED = 2, 3, 4
_STATE_CODES: Final = range(95000, 96000)
_OWN_CODES: Final = frozenset({95000, 95001, 95002, 95004, 95011, 95012, 95017})
"""Of these the account is the reason, not the session."""
_SENTENCES: Final[Mapping[int, tuple[Action, str]]] = {
    _WAITING: (
        Action.REJECTED,
        "The customer waits in WeCom's own queue for a colleague there. End that session in WeCom first.",
    ),
    _WITH_A_COLLEAGUE: (
        Action.REJECTED,
        "A colleague serves this customer in the WeCom client. They have to end it there before you can write.",
    ),
    _ENDED: (Action.WINDOW_CLOSED, "WeCom has closed this conversation. Wait until the customer writes again."),
}
_state = msgspec.json.Decoder(payloads.ServiceState)


def check(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal that names the field."""
    if len(str(settings.get("welcome") or "").encode()) > MOST_TEXT_BYTES:
        told = f"The welcome has up to {MOST_TEXT_BYTES} bytes, which is about 680 Chinese characters."
        raise Refusal("invalid-settings", told, "settings.welcome")


def came(event: payloads.Happening, msgid: str, at: datetime) -> ContactActed | None:
    """How somebody who opened the chat came to it, where the link says so."""
    there = event.wechat_channels.nickname or event.wechat_channels.shop_nickname
    if not (event.external_userid and (event.scene or event.scene_param or there)):
        return None
    sender = Sender(event.external_userid, stand_in=stand_in(event.external_userid), verified=True)
    key = msgid or f"{event.external_userid}:{at.timestamp()}"
    line_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"wecom:{key}"))
    told = {"way": "enter", "referral": event.scene or event.scene_param or there, "scene_param": event.scene_param}
    return ContactActed(sender, at, Activity.CAME_BY, line_id, {name: one[:300] for name, one in told.items() if one})


def stand_in(external_userid: str) -> str:
    """What a customer is called until WeCom tells their name, or people give one."""
    return f"WeChat customer …{external_userid[-4:]}"


def welcome(account: Account, event: payloads.Happening, at: datetime, now: datetime) -> Request | None:
    """The welcome for who opened the chat: once, and within 20 seconds; a code that is older is not taken."""
    text = str(account.settings.get("welcome") or "").strip()
    if not (text and event.welcome_code) or now - at > WELCOME_LASTS:
        return None
    told = {"code": event.welcome_code, "msgid": key_of(event.welcome_code, 0), "msgtype": "text"}
    return _post(account, "send_msg_on_event", {**told, "text": {"content": text}})


def question_of_state(account: Account, request: Request, refused: Refused) -> Request | None:
    """Who serves the customer, where a reply was refused for the session's sake."""
    if not (refused.code.isdecimal() and int(refused.code) in _STATE_CODES) or int(refused.code) in _OWN_CODES:
        return None
    sent = read(_recipient, request.body)
    return _post(account, "service_state/get", _whom(account, sent.touser)) if sent and sent.touser else None


class _Sent(msgspec.Struct, frozen=True):
    touser: str = ""


_recipient = msgspec.json.Decoder(_Sent)


def explained(refused: Refused, response: Response) -> Refused:
    """The refusal as the state explains it."""
    told = read(_state, response.body)
    if told is None or told.errcode or told.service_state not in _SENTENCES:
        return refused
    action, reason = _SENTENCES[told.service_state]
    return Refused(action, reason, refused.code)


def are_ended(account: Account) -> bool:
    """Whether the settings want sessions to be ended."""
    return account.settings.get("end_sessions") == "yes"


def end(account: Account, target: Target) -> Request | None:
    """The call that ends a session, where the settings want it."""
    if not are_ended(account):
        return None
    return _post(account, "service_state/trans", {**_whom(account, target.recipient), "service_state": _ENDED})


def _whom(account: Account, external_userid: str) -> dict[str, Any]:
    return {"open_kfid": str(account.settings.get("open_kfid", "")), "external_userid": external_userid}


def _post(account: Account, path: str, body: Mapping[str, Any]) -> Request:
    url = address(account.settings, f"{API}/cgi-bin/kf/{path}")
    return Request("POST", url, {"content-type": "application/json"}, msgspec.json.encode(body))
