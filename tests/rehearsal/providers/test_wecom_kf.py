"""The simulated WeCom seals its nudge, hands out by cursor, takes a key once and tells late what failed."""

from typing import Any

import httpx
import pytest

from mim_desk.rehearsal.providers import wecom_kf as platform
from mim_desk.rehearsal.providers.posting import CALM
from mim_desk.rehearsal.providers.wecom_kf import ACCOUNT, WeComKf
from mim_desk.rehearsal.providers.wire import Answer, Call
from mim_desk.rehearsal.scripts import Act
from tests.rehearsal.providers.outside import Hook, outside, script_of

WU = script_of("Wu", "wecom_kf")


class Nudged(Hook):
    """A hub that takes nudges."""

    async def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(200, b"success")


async def token_of(client: httpx.AsyncClient) -> str:
    asked = {"corpid": platform.CORP, "corpsecret": platform.SECRET}
    return str((await client.get("/cgi-bin/gettoken", params=asked)).json()["access_token"])


async def ask(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    query = {"access_token": await token_of(client)}
    return dict((await client.post(f"/cgi-bin/kf/{path}", params=query, json=body)).json())


def text(to: str, key: str, content: str = "好") -> dict[str, Any]:
    return {"touser": to, "open_kfid": ACCOUNT, "msgid": key, "msgtype": "text", "text": {"content": content}}


async def test_the_same_cursor_brings_the_same_and_the_next_goes_on() -> None:
    wecom = WeComKf()
    async with outside(wecom, hook=Nudged()) as (client, hook):
        wecom.webhook_url = hook.url
        for word in ("一", "二", "三"):
            await wecom.phone(WU).do(Act(text=word))
        first = await ask(client, "sync_msg", open_kfid=ACCOUNT, limit=2)
        again = await ask(client, "sync_msg", open_kfid=ACCOUNT, limit=2)
        rest = await ask(client, "sync_msg", open_kfid=ACCOUNT, limit=2, cursor=first["next_cursor"])
        await hook.until(3)

    assert first == again
    assert [one["text"]["content"] for one in (*first["msg_list"], *rest["msg_list"])] == ["一", "二", "三"]
    assert (first["has_more"], rest["has_more"]) == (1, 0)


async def test_a_key_is_taken_once_and_the_sixth_answer_fails_later() -> None:
    wecom = WeComKf()
    phone = wecom.phone(WU)
    async with outside(wecom, hook=Nudged()) as (client, hook):
        wecom.webhook_url = hook.url
        await phone.do(Act(text="在吗"))
        told = [
            await ask(client, "send_msg", **text(phone.id, key)) for key in ("k1", "k1", "k2", "k3", "k4", "k5", "k6")
        ]
        log = await ask(client, "sync_msg", open_kfid=ACCOUNT)

    assert [one["errcode"] for one in told] == [0] * 7
    assert [heard.id for heard in phone.heard] == ["k1", "k2", "k3", "k4", "k5"]
    event = log["msg_list"][-1]["event"]
    assert (event["event_type"], event["fail_msgid"], event["fail_type"]) == ("msg_send_fail", "k6", 6)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"open_kfid": "wk0"}, 95000),
        ({"touser": "nobody"}, 40003),
        ({"msgid": "x" * 33}, 40058),
        ({"msgid": "a.b"}, 40058),
        ({"msgtype": "postcard"}, 40008),
        ({"msgtype": "file", "file": {"media_id": "m"}}, 40007),
        ({"text": {"content": "十" * 683}}, 45002),
    ],
    ids=["account", "person", "long key", "key's letters", "kind", "file", "long text"],
)
async def test_what_wecom_refuses_is_refused(changes: dict[str, Any], code: int) -> None:
    wecom = WeComKf()
    phone = wecom.phone(WU)
    async with outside(wecom) as (client, _):
        told = await ask(client, "send_msg", **(text(phone.id, "k1") | changes))

    assert told["errcode"] == code
    assert phone.heard == []


@pytest.mark.parametrize(
    "asked",
    [{"limit": 1001}, {"cursor": "x" * 65}, {"cursor": "elsewhere"}, {"voice_format": 2}, {"token": "old"}],
    ids=["limit", "long cursor", "foreign cursor", "voice", "word"],
)
async def test_an_ill_question_is_refused(asked: dict[str, Any]) -> None:
    async with outside(WeComKf()) as (client, _):
        assert (await ask(client, "sync_msg", open_kfid=ACCOUNT, **asked))["errcode"] == 40058


async def test_a_code_welcomes_once_and_not_after_20_seconds() -> None:
    now = [1_763_790_000.0]
    wecom = WeComKf(CALM, lambda: now[0])
    phone = wecom.phone(WU)
    assert isinstance(phone, platform.WeComPhone)
    async with outside(wecom, hook=Nudged()) as (client, hook):
        wecom.webhook_url = hook.url
        phone.enter("shop7", "p=1")
        phone.enter()
        first, second = wecom.codes
        said = {"msgtype": "text", "text": {"content": "欢迎"}}
        codes = [(await ask(client, "send_msg_on_event", code=first, **said))["errcode"] for _ in range(2)]
        now[0] += 21
        codes.append((await ask(client, "send_msg_on_event", code=second, **said))["errcode"])
        entered = (await ask(client, "sync_msg", open_kfid=ACCOUNT))["msg_list"][0]["event"]

    assert (entered["scene"], entered["scene_param"], entered["welcome_code"]) == ("shop7", "p=1", first)
    assert codes == [0, 95014, 95014]
    assert [heard.text for heard in phone.heard] == ["欢迎"]


async def test_nobody_writes_to_who_is_served_elsewhere_and_what_is_over_begins_with_their_next_word() -> None:
    wecom = WeComKf()
    phone = wecom.phone(WU)
    whom = {"open_kfid": ACCOUNT, "external_userid": phone.id}  # type: ignore[attr-defined]  # a WeComPhone
    async with outside(wecom, hook=Nudged()) as (client, hook):
        wecom.webhook_url = hook.url
        await phone.do(Act(text="在吗"))
        told = []
        for state in (platform.SERVED, platform.ENDED, platform.OURS):
            changed = (await ask(client, "service_state/trans", **whom, service_state=state))["errcode"]
            found = (await ask(client, "service_state/get", **whom))["service_state"]
            sent = (await ask(client, "send_msg", **text(whom["external_userid"], f"k{state}")))["errcode"]
            told.append((changed, found, sent))
        await phone.do(Act(text="还在吗"))
        told.append((0, (await ask(client, "service_state/get", **whom))["service_state"], 0))

    assert told == [(0, 3, 95013), (0, 4, 95013), (95013, 4, 95013), (0, 0, 0)]
