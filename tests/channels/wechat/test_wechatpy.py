"""Sealed messages both ways with the package ``wechatpy``: it opens what we seal, we open what it seals."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from mim_desk.channels.base import Account, IncomingMessage, RawRequest
from mim_desk.channels.wechat.adapter import WeChatAdapter
from mim_desk.domain.refusal import Refusal
from tests.channels.wechat import provider

ADAPTER = WeChatAdapter()
STAMP = 1763790000
SECRETS = {"app_secret": "s", "token": provider.TOKEN, "encoding_aes_key": provider.AES_KEY}
ACCOUNT = Account("inbox-1", {"app_id": provider.APP_ID, "mode": "aes"}, SECRETS)
OPEN = "from wechatpy.crypto import WeChatCrypto\ncrypto = WeChatCrypto(told['token'], told['key'], told['app'])\n"
TEXTS = ["a", "你好 MIM 👋", "x" * 15, "x" * 16, "x" * 31, "x" * 32, "я" * 2000, "<b>]]&gt;</b>"]


def told(**more: str) -> dict[str, str]:
    return {"token": provider.TOKEN, "key": provider.AES_KEY, "app": provider.APP_ID, **more}


def request(asked: dict[str, str], body: bytes) -> RawRequest:
    at = datetime.fromtimestamp(STAMP + 2, UTC)
    return RawRequest("POST", "/webhooks/wechat/inbox-1", urlencode(asked), {"content-type": "text/xml"}, body, at)


@pytest.mark.parametrize("said", TEXTS, ids=range(len(TEXTS)))
def test_we_open_what_the_package_seals(asked_of_clients: Callable[[str, object], Any], said: str) -> None:
    message = provider.text(said, "24900000000000001", STAMP)
    program = OPEN + "answer = crypto.encrypt_message(told['message'], told['nonce'], told['at'])"
    sealed = asked_of_clients(program, told(message=message, nonce="882014", at=str(STAMP)))
    signature = sealed.partition("<MsgSignature><![CDATA[")[2].partition("]]")[0]
    asked = {
        "timestamp": str(STAMP),
        "nonce": "882014",
        "encrypt_type": "aes",
        "signature": provider.sha1(provider.TOKEN, str(STAMP), "882014"),
        "msg_signature": signature,
    }
    ADAPTER.verify(ACCOUNT, request(asked, sealed.encode()))
    (event,) = ADAPTER.parse(ACCOUNT, request(asked, sealed.encode())).events

    assert isinstance(event, IncomingMessage)
    assert event.text == said
    with pytest.raises(Refusal):
        ADAPTER.verify(ACCOUNT, request({**asked, "msg_signature": signature[::-1]}, sealed.encode()))


@pytest.mark.parametrize("said", TEXTS, ids=range(len(TEXTS)))
def test_the_package_opens_what_our_stand_in_seals(asked_of_clients: Callable[[str, object], Any], said: str) -> None:
    message = provider.text(said, "24900000000000001", STAMP)
    push = provider.sealed_push(message, STAMP)
    asked = dict(pair.split("=") for pair in push.query.split("&"))
    program = OPEN + "answer = crypto.decrypt_message(told['body'], told['signature'], told['at'], told['nonce'])"
    wanted = told(
        body=push.body.decode(), signature=asked["msg_signature"], at=asked["timestamp"], nonce=asked["nonce"]
    )

    assert asked_of_clients(program, wanted) == message
