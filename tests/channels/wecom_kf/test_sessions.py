"""Sessions of WeCom: the welcome, the end, and why somebody cannot be written to."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mim_desk.channels.base import Action, Outgoing, RawRequest, Refused, Request, Response
from mim_desk.channels.gestures import Target
from mim_desk.domain.refusal import Refusal
from tests.channels.wecom_kf.provider import MIA, OPEN_KFID
from tests.channels.wecom_kf.test_reading import ACCOUNT, ADAPTER, AT, RECEIVED, event

API = "https://qyapi.weixin.qq.com/cgi-bin/kf"
WELCOMING = replace(ACCOUNT, settings={**ACCOUNT.settings, "welcome": " 欢迎光临! "})


def calls(item: object, *, after_s: float = 2.0, account: Any = WELCOMING) -> tuple[Request, ...]:
    came_at = AT + timedelta(seconds=after_s)
    return ADAPTER.parse(account, RawRequest("POST", "", "", {}, json.dumps(item).encode(), came_at)).calls


ENTERED = event("enter_session", welcome_code="CODE1")


def test_who_opens_the_chat_is_welcomed_once_with_the_code():
    (first,), (again,) = calls(ENTERED), calls(ENTERED)

    assert (first.method, first.url) == ("POST", f"{API}/send_msg_on_event")
    told = json.loads(first.body)
    key = told.pop("msgid")
    assert told == {"code": "CODE1", "msgtype": "text", "text": {"content": "欢迎光临!"}}
    assert (len(key), key.isalnum()) == (32, True)
    assert first == again


NOBODY = {
    "without a welcome in the settings": (ENTERED, 2.0, ACCOUNT),
    "without a code": (event("enter_session", scene="shop7"), 2.0, WELCOMING),
    "later than 20 seconds": (ENTERED, 20.5, WELCOMING),
    "for another event": (event("session_status_change", welcome_code="CODE1"), 2.0, WELCOMING),
}


@pytest.mark.parametrize(("item", "after_s", "account"), NOBODY.values(), ids=NOBODY.keys())
def test_nobody_is_welcomed(item: object, after_s: float, account: Any):
    assert calls(item, after_s=after_s, account=account) == ()


def test_a_welcome_that_is_too_long_is_refused_at_set_up():
    with pytest.raises(Refusal, match="2048 bytes") as refused:
        ADAPTER.check({"welcome": "欢" * 683}, {})

    assert refused.value.field == "settings.welcome"


def test_a_session_is_ended_where_the_inbox_wants_it():
    target = Target(MIA, RECEIVED, "act-1")
    request = ADAPTER.end_session(replace(ACCOUNT, settings={**ACCOUNT.settings, "end_sessions": "yes"}), target)

    assert request is not None
    assert request.url == f"{API}/service_state/trans"
    assert json.loads(request.body) == {"open_kfid": OPEN_KFID, "external_userid": MIA, "service_state": 4}
    assert ADAPTER.end_session(ACCOUNT, target) is None


def refused_with(code: str) -> Refused:
    return Refused(Action.WINDOW_CLOSED, "As it was.", code)


def sent() -> Request:
    (step,) = ADAPTER.render(ACCOUNT, Outgoing("id-1", MIA, RECEIVED, "x"))
    assert isinstance(step, Request)
    return step


@pytest.mark.parametrize("code", ["95013", "95016", "95018"])
def test_where_the_session_is_the_reason_its_state_is_asked_for(code: str):
    request = ADAPTER.explanation_request(ACCOUNT, sent(), refused_with(code))

    assert request is not None
    assert request.url == f"{API}/service_state/get"
    assert json.loads(request.body) == {"open_kfid": OPEN_KFID, "external_userid": MIA}


@pytest.mark.parametrize("code", ["45033", "95000", "95001", "95002", "95004", "95011", "95012", "95017", "", "503"])
def test_for_other_reasons_nothing_is_asked(code: str):
    assert ADAPTER.explanation_request(ACCOUNT, sent(), refused_with(code)) is None


STATES = {
    "in the queue": ({"errcode": 0, "service_state": 2}, Action.REJECTED, "waits in WeCom's own queue"),
    "with a colleague": ({"errcode": 0, "service_state": 3}, Action.REJECTED, "A colleague serves this customer"),
    "over": ({"errcode": 0, "service_state": 4}, Action.WINDOW_CLOSED, "closed this conversation"),
    "ours": ({"errcode": 0, "service_state": 1}, Action.WINDOW_CLOSED, "As it was."),
    "refused too": ({"errcode": 48002}, Action.WINDOW_CLOSED, "As it was."),
    "not to be read": ([], Action.WINDOW_CLOSED, "As it was."),
}


@pytest.mark.parametrize(("told", "action", "said"), STATES.values(), ids=STATES.keys())
def test_the_agent_reads_who_has_the_customer(told: object, action: Action, said: str):
    found = ADAPTER.read_explanation(refused_with("95013"), Response(200, {}, json.dumps(told).encode()))

    assert (found.action, found.code) == (action, "95013")
    assert said in found.reason
