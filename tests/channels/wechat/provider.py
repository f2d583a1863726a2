"""WeChat's side, written from its documents alone: it signs, seals and posts as the platform does."""

import base64
import hashlib
import os
from dataclasses import dataclass
from time import time
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "mimdesktoken7"
AES_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
APP_ID = "wxaa11bb22cc33dd44"
OPENID = "oMIMdesk0000000000000000001A"


def sha1(*words: str) -> str:
    return hashlib.sha1("".join(sorted(words)).encode()).hexdigest()


def seal(message: bytes, receiver: str = APP_ID, key: str = AES_KEY, random16: bytes | None = None) -> str:
    secret = base64.b64decode(key + "=")
    plain = (random16 or os.urandom(16)) + len(message).to_bytes(4, "big") + message + receiver.encode()
    missing = 32 - len(plain) % 32
    plain += bytes([missing]) * missing
    sealing = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(sealing.update(plain) + sealing.finalize()).decode()


def xml(**elements: str) -> str:
    return "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in elements.items()) + "</xml>"


def text(content: str, msg_id: str, at: int, openid: str = OPENID) -> str:
    told = {"ToUserName": "gh_1", "FromUserName": openid, "CreateTime": str(at), "MsgType": "text"}
    return xml(**told, Content=content, MsgId=msg_id)


@dataclass
class Signed:
    """A push as it leaves the platform."""

    query: str
    body: bytes


def plain_push(message: str, at: int, token: str = TOKEN) -> Signed:
    asked = {"signature": sha1(token, str(at), "882014"), "timestamp": str(at), "nonce": "882014", "openid": OPENID}
    return Signed(urlencode(asked), message.encode())


def sealed_push(message: str, at: int, token: str = TOKEN, key: str = AES_KEY, receiver: str = APP_ID) -> Signed:
    sealed = seal(message.encode(), receiver, key)
    asked = {
        "signature": sha1(token, str(at), "882014"),
        "timestamp": str(at),
        "nonce": "882014",
        "openid": OPENID,
        "encrypt_type": "aes",
        "msg_signature": sha1(token, str(at), "882014", sealed),
    }
    return Signed(urlencode(asked), xml(ToUserName="gh_1", Encrypt=sealed).encode())


def now() -> int:
    return int(time())
