"""What WeChat and WeCom have in common: how they sign and seal what they bring, and their short-lived tokens."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from mim_desk.rehearsal.providers.posting import Delivery
from mim_desk.rehearsal.providers.provider import KeptFile
from mim_desk.rehearsal.providers.wire import Answer, Call, Upload, told

BLOCK: Final = 32
TOKEN_LIFE_S: Final = 7200.0
OLD_TOKEN_LIFE_S: Final = 300.0
"""For so long an old token works beside the new one."""
FILE_LIFE_S: Final = 3 * 86_400.0
UNKNOWN_FILE: Final = 40007


def signature(*words: str) -> str:
    """Of the token, the time, the nonce and, of a sealed message, its text."""
    return hashlib.sha1("".join(sorted(words)).encode()).hexdigest()  # noqa: S324  # as the contract has it


@dataclass(frozen=True)
class Seal:
    """AES in CBC mode, its blocks padded to 32 bytes, around random bytes, the length and the receiver's name."""

    key: str
    receiver: str

    def close(self, message: bytes, random16: bytes = b"") -> str:
        """The message as it travels."""
        plain = (random16 or os.urandom(16)) + len(message).to_bytes(4, "big") + message + self.receiver.encode()
        missing = BLOCK - len(plain) % BLOCK
        sealing = self._cipher().encryptor()
        return base64.b64encode(sealing.update(plain + bytes([missing]) * missing) + sealing.finalize()).decode()

    def _cipher(self) -> "Cipher[modes.CBC]":
        secret = base64.b64decode(self.key + "=")
        return Cipher(algorithms.AES(secret), modes.CBC(secret[:16]))


def element(name: str, value: object) -> str:
    """One element; texts are character data, numbers stand bare, a mapping holds more of them."""
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(element(*one) for one in value.items())}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    safe = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"


def sealed_call(url: str, token: str, seal: Seal, to: str, message: str, **more: str) -> Delivery:
    """A push whose body only the receiver can open."""
    body = seal.close(message.encode())
    stamp, nonce = now_and_nonce()
    proof = {"msg_signature": signature(token, stamp, nonce, body), "timestamp": stamp, "nonce": nonce}
    return call_of(url, {**proof, **more}, element("xml", {"ToUserName": to, "Encrypt": body}))


def call_of(url: str, query: Mapping[str, str], body: str) -> Delivery:
    """A push."""
    joint = "&" if "?" in url else "?"
    headers = {"Content-Type": "text/xml"}
    return Delivery(f"{url}{joint}{urlencode(query)}", body.encode(), headers, wants=(b"success", b""))


def now_and_nonce() -> tuple[str, str]:
    """The time of a call, which is that of the wire and not of what it tells."""
    return str(int(time.time())), str(int.from_bytes(os.urandom(4)))


def body(code: int, message: str, **more: object) -> Answer:
    """An answer; errors come with status 200."""
    return told({"errcode": code, "errmsg": message, **more})


class Tokens:
    """The access tokens of one account.

    Attributes:
        given: how often one was asked for.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.given = 0
        self._clock = clock
        self._ends: dict[str, float] = {}

    def give(self, *, anew: bool = False) -> tuple[str, int]:
        """The token and its life: the same one until shortly before its end."""
        self.given += 1
        now = self._clock()
        newest = next(reversed(self._ends), "")
        if not newest or anew or self._ends[newest] - now < OLD_TOKEN_LIFE_S:
            self._ends = {one: min(ends, now + OLD_TOKEN_LIFE_S) for one, ends in self._ends.items()}
            newest = f"rehearsal_token_{self.given}_{os.urandom(6).hex()}"
            self._ends[newest] = now + TOKEN_LIFE_S
        return newest, int(self._ends[newest] - now)

    def expire(self) -> None:
        """Nothing that was given out is good any more."""
        self._ends = dict.fromkeys(self._ends, 0.0)

    def fault(self, token: str) -> tuple[int, str]:
        """What is wrong with a token, 0 where nothing is."""
        if not token:
            return 41001, "access_token missing"
        if token not in self._ends:
            return 40001, "invalid credential, access_token is invalid or not latest"
        if self._ends[token] <= self._clock():
            return 42001, "access_token expired"
        return 0, ""


@dataclass
class Media:
    """Files by id: the brand's that were uploaded, and the people's; each for three days."""

    clock: Callable[[], float]
    uploaded: dict[str, tuple[str, Upload]] = field(default_factory=dict)
    _ends: dict[str, float] = field(default_factory=dict)

    def take(self, kind: str, upload: Upload) -> Answer:
        """The brand uploads a file."""
        media_id = f"up-{len(self.uploaded) + 1}-{os.urandom(4).hex()}"
        self.uploaded[media_id] = (kind, upload)
        self._ends[media_id] = self.clock() + FILE_LIFE_S
        return told({"type": kind, "media_id": media_id, "created_at": int(self.clock())})

    def named(self, media_id: object, kind: str) -> Upload | None:
        """An uploaded file, if it is there still and of this kind."""
        found = self.uploaded.get(str(media_id))
        if found is None or found[0] != kind or self._ends[str(media_id)] < self.clock():
            return None
        return found[1]

    def handed_out(self, kept: KeptFile | None) -> Answer:
        """A person's file, with its name."""
        if kept is None:
            return body(UNKNOWN_FILE, "invalid media_id")
        headers = {"content-type": kept.mime_type, "content-disposition": f'attachment; filename="{kept.name}"'}
        return Answer(200, kept.data, headers)


def uploaded_in(call: Call) -> Upload | None:
    """The field ``media`` of an upload."""
    file = call.form().get("media")
    return file if isinstance(file, Upload) and file.data else None


def raw_json(call: Call) -> dict[str, Any]:
    r"""A JSON body as Tencent reads it: ``\u`` escapes stay in the text as they are written."""
    try:
        found = json.loads(call.body.replace(b"\\u", b"\\\\u"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
