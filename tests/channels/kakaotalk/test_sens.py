"""AlimTalk through NCP SENS, beside the dealer that carries consultation talk."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    Action,
    Outgoing,
    OutgoingTemplate,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.kakaotalk import sens
from mim_desk.channels.kakaotalk.adapter import KakaotalkAdapter
from mim_desk.channels.registry import manifest
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Filling, as_text
from mim_desk.rehearsal.providers import sens as platform
from mim_desk.rehearsal.providers.kakaotalk import KakaoTalk
from mim_desk.rehearsal.providers.provider import Order
from mim_desk.rehearsal.scripts import Act
from tests.channels.kakaotalk.test_adapter import ACCOUNT, HOOK, SETTINGS
from tests.channels.kakaotalk.test_alimtalk import READY, VALUES
from tests.channels.kakaotalk.test_at_the_hub import MINSEO, connected, conversation
from tests.hub.live import Live

NOW = datetime(2026, 11, 22, 5, 0, 10, 250_000, tzinfo=UTC)
ADAPTER = KakaotalkAdapter()
SENS = {"notices": "sens", "sens_service_id": "ncp:kkobizmsg:kr:1:brand", "sens_access_key": "ak-1"}
CALL = Request("POST", "https://sens.apigw.ntruss.com/alimtalk/v2/services/x/messages")
BY_DEALER = Request("POST", "https://acme.api.example.test/kakao-sangdam/1/messages")


def account(**more: Any) -> Account:
    settings = {**SETTINGS, **SENS, "templates": {"order_ready": READY}, **more}
    return Account("inbox", settings, {**ACCOUNT.secrets, "sens_secret_key": "sk-1"}, "Brand", HOOK)


def rendered(there: Account, **values: str) -> Request:
    (found,) = ADAPTER.written_templates(there)
    filling = Filling({**VALUES, **values})
    template = OutgoingTemplate(found, filling)
    (step,) = ADAPTER.render(
        there, Outgoing("m-1", "user-key-1", NOW, as_text(found.parts, filling), template=template)
    )
    assert isinstance(step, Request)
    return step


@pytest.mark.parametrize("dealer", ["infobip", "happytalk"])
def test_a_notice_goes_by_sens_whatever_the_dealer(dealer: str):
    call = rendered(account(dealer=dealer))

    assert call.url == "https://sens.apigw.ntruss.com/alimtalk/v2/services/ncp:kkobizmsg:kr:1:brand/messages"
    assert call.once
    assert json.loads(call.body) == {
        "plusFriendId": "@brand",
        "templateCode": "order_ready",
        "messages": [
            {
                "countryCode": "82",
                "to": "01012345678",
                "title": "주문 77",
                "content": "김서연님, 주문하신 코트 준비되었습니다.",
                "buttons": [
                    {
                        "type": "WL",
                        "name": "보기",
                        "linkMobile": "https://acme.example/o/77",
                        "linkPc": "https://acme.example/o/77",
                    }
                ],
            }
        ],
    }


def test_the_call_is_signed_over_method_path_time_and_access_key():
    call = rendered(account())
    lines = b"POST /alimtalk/v2/services/ncp:kkobizmsg:kr:1:brand/messages\n1795323610250\nak-1"

    mark = base64.b64encode(hmac.new(b"sk-1", lines, hashlib.sha256).digest()).decode()
    assert call.headers["x-ncp-apigw-timestamp"] == "1795323610250"
    assert call.headers["x-ncp-iam-access-key"] == "ak-1"
    assert call.headers["x-ncp-apigw-signature-v2"] == mark
    assert "sk-1" not in str(call)


@pytest.mark.parametrize(
    ("number", "wanted"),
    [("010-1234-5678", ("82", "01012345678")), ("+46 70 123 45 67", ("46", "0701234567"))],
)
def test_the_country_of_a_number_stands_apart(number: str, wanted: tuple[str, str]):
    (told,) = json.loads(rendered(account(), **{"recipient.phone": number}).body)["messages"]

    assert (told["countryCode"], told["to"]) == wanted


def test_another_channel_and_address_may_be_named():
    call = rendered(account(sens_channel="@notices", sens_base_url="https://gateway.example/"))

    assert call.url.startswith("https://gateway.example/alimtalk/v2/services/")
    assert json.loads(call.body)["plusFriendId"] == "@notices"


def said(**more: str) -> dict[str, Any]:
    return {"requestId": "r", "statusCode": "202", "messages": [{"messageId": "m-9", "to": "010", **more}]}


ANSWERS = {
    "taken": (202, said(requestStatusCode="A000", requestStatusName="success"), Taken(("m-9",))),
    "taken, of a name not known": (202, said(requestStatusName="reserved"), Taken(("m-9",))),
    "one that failed": (
        202,
        said(requestStatusCode="A401", requestStatusName="fail", requestStatusDesc="The text differs"),
        Refused(Action.REJECTED, "SENS did not take the notice. The text differs.", "A401"),
    ),
    "a yes without a message": (202, {"requestId": "r", "messages": []}, UNREADABLE_ANSWER),
    "a wrong key": (
        401,
        {"error": {"errorCode": "200", "message": "Authentication Failed"}},
        Refused(
            Action.REJECTED,
            "SENS does not accept the access key and its secret key. Renew them in the inbox's settings.",
            "200",
        ),
    ),
    "no such service": (
        404,
        {},
        Refused(Action.REJECTED, "SENS knows no service of this ID. Check it in the inbox's settings.", "404"),
    ),
    "a wrong body": (
        400,
        {"status": 400, "errors": ["templateCode is wrong"]},
        Refused(Action.REJECTED, "SENS did not take the notice. templateCode is wrong.", "400"),
    ),
    "too many": (429, {}, Refused(Action.RETRY, "SENS is busy; trying again.", "429")),
}


@pytest.mark.parametrize(("status", "body", "wanted"), ANSWERS.values(), ids=ANSWERS.keys())
def test_what_the_answers_of_sens_mean(status: int, body: dict[str, Any], wanted: object):
    assert ADAPTER.classify_of(account(), CALL, Response(status, {}, json.dumps(body).encode())) == wanted


def test_answers_of_the_dealer_are_read_as_the_dealers():
    unauthorized = Response(401, {}, b"{}")

    told = ADAPTER.classify_of(account(), BY_DEALER, unauthorized)

    assert told == ADAPTER.classify(account(), unauthorized)
    assert isinstance(told, Refused)
    assert told.action is Action.SETTINGS


def test_a_yes_that_nobody_can_read_is_no_yes():
    assert sens.classify(Response(200, {}, b"<html>")) == UNREADABLE_ANSWER


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"sens_service_id": "a b"}, "settings.sens_service_id"),
        ({"sens_service_id": "é"}, "settings.sens_service_id"),
        ({"sens_base_url": "https://"}, "settings.sens_base_url"),
    ],
)
def test_set_up_names_the_wrong_field(settings: dict[str, str], field: str):
    with pytest.raises(Refusal) as refused:
        ADAPTER.check(account(**settings).settings, ACCOUNT.secrets)

    assert refused.value.field == field


def test_with_happytalk_notices_are_offered_where_sens_sends_them():
    asked = manifest("kakaotalk")

    assert asked.capabilities_of({"dealer": "happytalk", "notices": "sens"}).templates
    assert not asked.capabilities_of({"dealer": "happytalk"}).templates
    assert asked.capabilities_of({"dealer": "infobip", "notices": "sens"}).templates
    with pytest.raises(Refusal):
        asked.check({**SETTINGS, "notices": "sens"}, {"api_key": "k"})


async def noticed(hub: Live, kakao: KakaoTalk, text: str) -> dict[str, Any]:
    """A notice sent to a customer who wrote; what became of it."""
    template = {"order_ready": {"text": text, "language": "ko"}}
    settings = {**platform.SETTINGS, "sens_base_url": kakao.address, "templates": template}
    body = {"settings": settings, "secrets": platform.SECRETS}
    (await hub.client.patch(f"/api/v1/inboxes/{hub.inbox_id}", json=body)).raise_for_status()
    await kakao.phone(MINSEO).do(Act(text="안녕하세요"))
    found = await conversation(hub)
    chosen = {
        "name": "order_ready",
        "language": "ko",
        "parameters": {"recipient.phone": "+82 10-1234-5678", "body.item": "코트"},
    }
    posted = (await hub.reply(found["id"], "", template=chosen)).raise_for_status().json()
    return dict(await hub.until_status(found["id"], posted["id"], "sent", "failed", "unknown"))


async def test_a_notice_reaches_the_phone_with_its_number_and_the_approved_text(tmp_path: Path):
    kakao = KakaoTalk()
    kakao.sens.approved["order_ready"] = "#{} 준비되었습니다."
    async with connected(tmp_path, kakao) as hub:
        told = await noticed(hub, kakao, "{{item}} 준비되었습니다.")

    assert told["delivery"]["status"] == "sent"
    assert kakao.sens.heard == [("+82 01012345678", "코트 준비되었습니다.")]
    assert kakao.phone(MINSEO).heard == []
    assert kakao.refused == []


async def test_a_text_that_kakao_did_not_approve_says_so_and_pauses_nothing(tmp_path: Path):
    kakao = KakaoTalk()
    kakao.sens.approved["order_ready"] = "#{} 준비되었습니다."
    async with connected(tmp_path, kakao) as hub:
        told = await noticed(hub, kakao, "{{item}} 왔습니다.")
        inbox = (await hub.client.get(f"/api/v1/inboxes/{hub.inbox_id}")).json()

    assert told["delivery"]["status"] == "failed"
    assert "differs from the approved template" in told["delivery"]["reason"]
    assert inbox["health"]["state"] != "paused"
    assert kakao.sens.heard == []


async def test_a_notice_in_doubt_is_not_sent_again(tmp_path: Path):
    kakao = KakaoTalk()
    kakao.sens.approved["order_ready"] = "#{} 준비되었습니다."
    kakao.order(Order.BROKEN)
    async with connected(tmp_path, kakao) as hub:
        told = await noticed(hub, kakao, "{{item}} 준비되었습니다.")

    assert told["delivery"]["status"] == "unknown"
    assert kakao.sens.heard == []
