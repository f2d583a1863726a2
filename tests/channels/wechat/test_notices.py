"""Template messages and subscribed notices of WeChat: listed as far as the account may, and sent."""

import json

import pytest

from mim_desk.channels.base import Outgoing, OutgoingTemplate, Refused, Request, Response, TemplatePage
from mim_desk.channels.wechat.notices import NOTICES
from mim_desk.domain.template import Filling, parameters
from mim_desk.domain.template_checks import Wrong, faults
from tests.channels.wechat.test_sending import ACCOUNT, ADAPTER, API, NOW, answer

PRIVATE = {
    "template_id": "tpl-1",
    "title": "订单通知",
    "content": "{{first.DATA}}\n商品：{{thing1.DATA}}\n时间：{{ time2.DATA }}",
    "example": "…",
}
NOTICE = {"priTmplId": "ntc-1", "title": "到货通知", "content": "商品:{{thing1.DATA}}", "type": 2}


def page(response: Response, cursor: str = "") -> TemplatePage:
    found = ADAPTER.read_templates(ACCOUNT, cursor, response)
    assert isinstance(found, TemplatePage)
    return found


def test_both_lists_are_asked_for_one_after_the_other():
    first, second = ADAPTER.list_templates(ACCOUNT, ""), ADAPTER.list_templates(ACCOUNT, NOTICES)

    assert first is not None
    assert second is not None
    assert first.url == f"{API}/template/get_all_private_template"
    assert second.url == "https://api.weixin.qq.com/wxaapi/newtmpl/gettemplate"
    assert page(answer({"template_list": [PRIVATE]})).cursor == NOTICES
    assert page(answer({"errcode": 0, "data": [NOTICE]}), NOTICES).cursor == ""


def test_a_template_is_read_with_its_blanks_and_their_lengths():
    (found,) = page(answer({"template_list": [PRIVATE, 17, {"title": "no id"}]})).templates

    assert (found.name, found.title, found.language) == ("tpl-1", "订单通知", "")
    assert found.parts[0].text == "{{first}}\n商品：{{thing1}}\n时间：{{time2}}"
    assert [(one.key, one.longest) for _, one in parameters(found.parts)] == [
        ("body.first", 0),
        ("body.thing1", 20),
        ("body.time2", 0),
    ]


def test_an_account_without_the_privilege_has_none_and_the_rest_is_asked():
    refused = answer({"errcode": 48001, "errmsg": "api unauthorized"})

    assert page(refused) == TemplatePage((), NOTICES)
    assert page(refused, NOTICES) == TemplatePage()


def test_another_refusal_says_why():
    assert isinstance(ADAPTER.read_templates(ACCOUNT, "", answer({"errcode": 45009})), Refused)


def test_a_value_that_is_too_long_for_its_kind_is_told():
    (found,) = page(answer({"template_list": [PRIVATE]})).templates

    (fault,) = faults(found.parts, Filling({"body.first": "x", "body.thing1": "字" * 21, "body.time2": "now"}), NOW)

    assert (fault.key, fault.wrong, fault.limit) == ("body.thing1", Wrong.TOO_LONG, 20)


@pytest.mark.parametrize(
    ("raw", "cursor", "path", "more"),
    [
        (PRIVATE, "", "message/template/send", {"client_msg_id": "0b9cf7c42f4a4d0e9a0e7f8f0f6f1a11"}),
        (NOTICE, NOTICES, "message/subscribe/bizsend", {}),
    ],
)
def test_each_goes_its_own_way_in_raw_utf8(raw: dict[str, object], cursor: str, path: str, more: dict[str, str]):
    listed = {"data": [raw]} if cursor else {"template_list": [raw]}
    (found,) = page(answer(listed), cursor).templates
    filling = Filling({f"body.{name}": "大衣" for name in ("first", "thing1", "time2")})
    message = Outgoing(
        "0b9cf7c4-2f4a-4d0e-9a0e-7f8f0f6f1a11", "oA1", NOW, "x", template=OutgoingTemplate(found, filling)
    )

    (step,) = ADAPTER.render(ACCOUNT, message)

    assert isinstance(step, Request)
    assert step.url == f"{API}/{path}"
    assert "大衣".encode() in step.body
    told = json.loads(step.body)
    blanks = [one.name for _, one in parameters(found.parts)]
    assert told == {
        "touser": "oA1",
        "template_id": found.name,
        "data": {name: {"value": "大衣"} for name in blanks},
        **more,
    }
