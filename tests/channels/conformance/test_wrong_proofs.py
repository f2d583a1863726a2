"""Every channel that is called proves who calls; the same wrong proofs are tried on each, by their names.

Each begins from a real delivery of the channel's simulator, of which one thing alone is changed.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final
from urllib.parse import parse_qsl, urlencode

import pytest

from mim_desk.channels.base import Account, RawRequest
from mim_desk.channels.registry import ADAPTERS, manifest
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.asgi_types import headers_of
from mim_desk.hub.store.times import utc_now
from mim_desk.rehearsal.providers import custom
from tests.benchmarks.samples import samples
from tests.channels.matrix import test_pushed as matrix
from tests.channels.wechat import provider as wechat
from tests.channels.wecom_kf import provider as wecom

WHOLE: Final = re.compile(rb".*", re.DOTALL)
CALLED: Final = "https://desk.example.test/webhooks/sms_twilio/inbox"


@dataclass(frozen=True)
class Proven:
    """A delivery that is let in.

    Attributes:
        header: holds the proof, or else ``parameter`` of the query does.
        secrets: each of them decides.
        covers: the part of the body that the proof is of; None where it is of none.
        at: the delivery as it would be proven at another time; None where no time is proven.
    """

    account: Account
    request: RawRequest
    header: str = ""
    parameter: str = ""
    secrets: tuple[str, ...] = ()
    covers: re.Pattern[bytes] | None = WHOLE
    at: Callable[[int], RawRequest] | None = None

    @property
    def proof(self) -> str:
        return self.request.headers[self.header] if self.header else dict(parse_qsl(self.request.query))[self.parameter]

    def with_proof(self, told: str | None) -> RawRequest:
        """The same with another proof, or with none."""
        if self.header:
            rest = {name: value for name, value in self.request.headers.items() if name != self.header}
            return replace(self.request, headers=rest if told is None else {**rest, self.header: told})
        asked = [(name, value) for name, value in parse_qsl(self.request.query) if name != self.parameter]
        return replace(self.request, query=urlencode(asked if told is None else [*asked, (self.parameter, told)]))


@cache
def real(channel: str) -> tuple[Account, RawRequest]:
    one = asyncio.run(samples())[channel]
    return replace(one.account, webhook_url=CALLED), one.request


def by_header(channel: str, header: str, *secrets: str) -> Proven:
    return Proven(*real(channel), header, secrets=secrets)


def signed_by_custom(at: int) -> RawRequest:
    request = real("custom")[1]
    return replace(request, headers={**request.headers, "x-mim-signature": custom.signature(request.body, at)})


def twilio() -> Proven:
    """Its simulator signs for the address it calls."""
    found = by_header("sms_twilio", "x-twilio-signature", "auth_token")
    return replace(found, account=replace(found.account, webhook_url="http://127.0.0.1:1/webhooks/sms_twilio/inbox"))


def telegram() -> Proven:
    account, request = real("telegram")
    token = "a-Secret-token-of-the-tests"
    known = replace(account, secrets={**account.secrets, "secret_token": token})
    header = "x-telegram-bot-api-secret-token"
    return Proven(known, replace(request, headers={header: token}), header, secrets=("secret_token",), covers=None)


def kakaotalk() -> Proven:
    account, request = real("kakaotalk")
    token = "A-verify-token-of-the-tests"
    known = replace(account, secrets={**account.secrets, "verify_token": token})
    asked = replace(request, query=urlencode({"token": token}))
    return Proven(known, asked, parameter="token", secrets=("verify_token",), covers=None)


def wecom_kf() -> Proven:
    settings = {"corp_id": wecom.CORP_ID, "open_kfid": wecom.OPEN_KFID}
    account = Account("inbox", settings, {"secret": "s", "token": wecom.TOKEN, "encoding_aes_key": wecom.AES_KEY})
    sealed = wecom.seal(wecom.NUDGE.encode())
    request = RawRequest("POST", "/", wecom.signed(sealed), {}, wecom.body_of(sealed), utc_now())
    inside = re.compile(rb"(?<=<Encrypt><!\[CDATA\[)[^\]]+")
    return Proven(account, request, parameter="msg_signature", secrets=("token", "encoding_aes_key"), covers=inside)


def plain_wechat() -> Proven:
    account = Account("inbox", {"app_id": wechat.APP_ID, "mode": "plain"}, {"app_secret": "s", "token": wechat.TOKEN})

    def pushed(at: int) -> RawRequest:
        told = wechat.plain_push(wechat.text("Hi", "1", at), at)
        return RawRequest("POST", "/", told.query, {}, told.body, utc_now())

    request = pushed(int(utc_now().timestamp()))
    return Proven(account, request, parameter="signature", secrets=("token",), covers=None, at=pushed)


def sealed_wechat() -> Proven:
    inside = re.compile(rb"(?<=<Encrypt><!\[CDATA\[)[^\]]+")
    secrets = ("token", "encoding_aes_key")
    return Proven(*real("wechat"), parameter="msg_signature", secrets=secrets, covers=inside)


def matrix_pushed() -> Proven:
    return Proven(
        matrix.ACCOUNT,
        matrix.transaction(matrix.said(1)),
        "authorization",
        secrets=("hs_token",),
        covers=None,
    )


def rcs() -> Proven:
    inside = re.compile(rb'(?<="data": ")[A-Za-z0-9+/]+')
    return replace(by_header("rcs", "x-goog-signature", "verify_token"), covers=inside)


META: Final = "x-hub-signature-256"
PROVEN: Final[Mapping[str, Callable[[], Proven]]] = {
    "custom": lambda: replace(by_header("custom", "x-mim-signature", "signing_secret"), at=signed_by_custom),
    "facebook_comments": lambda: by_header("facebook_comments", META, "app_secret"),
    "instagram": lambda: by_header("instagram", META, "app_secret"),
    "kakaotalk": kakaotalk,
    "line": lambda: by_header("line", "x-line-signature", "channel_secret"),
    "matrix": matrix_pushed,
    "messenger": lambda: by_header("messenger", META, "app_secret"),
    "rcs": rcs,
    "sms_twilio": twilio,
    "telegram": telegram,
    "viber": lambda: by_header("viber", "x-viber-content-signature", "auth_token"),
    "wechat, plain": plain_wechat,
    "wechat, sealed": sealed_wechat,
    "wecom_kf": wecom_kf,
    "whatsapp": lambda: by_header("whatsapp", META, "app_secret"),
}
BODY, STAMP = "a byte of the body", "a time far off"
NEVER: Final[Mapping[str, Mapping[str, str]]] = {
    BODY: dict.fromkeys(
        ("kakaotalk", "matrix", "telegram", "wechat, plain"), "the provider proves itself by a word that it sends along"
    ),
    STAMP: dict.fromkeys(
        PROVEN.keys() - {"custom", "wechat, plain"},
        "the provider proves no time: what comes again is known by its id",
    ),
}
"""Wrong proofs that a channel's provider gives no means to tell."""


@dataclass
class Tried:
    """A wrong proof: whose account it is tried at, and the delivery."""

    account: Account
    request: RawRequest
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


def flipped(told: str, at: int) -> str:
    """With another letter or digit there, of the same kind."""
    other = {"A": "B", "a": "b", "0": "1", "9": "8", "z": "y", "Z": "Y", "f": "e"}
    letter = told[at]
    changed = other.get(letter) or (chr(ord(letter) + 1) if letter.isalnum() else "x")
    return told[:at] + changed + told[at:][1:]


def at_places(length: int) -> Iterator[int]:
    yield from sorted({0, length // 3, length // 2, max(length - 9, 0)})


def tries(one: Proven) -> dict[str, list[Tried]]:
    """Everything that is tried, by its name."""
    proof, account, request = one.proof, one.account, one.request
    found = {
        "no proof": [one.with_proof(None)],
        "an empty one": [one.with_proof("")],
        "its letters large and small the other way round": [one.with_proof(proof.swapcase())],
        "cut short": [one.with_proof(proof[:-1]), one.with_proof(proof[: len(proof) // 2])],
        "longer": [one.with_proof(proof + "0"), one.with_proof("0" + proof)],
        "foreign letters": [one.with_proof(proof + "é"), one.with_proof("²" * len(proof))],
        "a byte of the proof": [one.with_proof(flipped(proof, len(proof) - n)) for n in (6, 9, 12)],
        BODY: [replace(request, body=body) for body in _flipped_bodies(one)],
        STAMP: [one.at(int(request.received_at.timestamp()) + by) for by in (-301, 301, -86_400)] if one.at else [],
    }
    made = {name: [Tried(account, each) for each in requests] for name, requests in found.items() if requests}
    secrets = [(name, account.secrets[name]) for name in one.secrets]
    made["a byte of the secret"] = [
        Tried(replace(account, secrets={**account.secrets, name: flipped(value, at)}), request)
        for name, value in secrets
        for at in at_places(len(value) - 1)
    ]
    made["no secret"] = [
        Tried(replace(account, secrets={**account.secrets, name: ""}), each)
        for name, _ in secrets
        for each in (request, one.with_proof(""))
    ]
    made["twice, the second one wrong"] = [Tried(account, _twice(one, flipped(proof, len(proof) - 6)))]
    return made


def _flipped_bodies(one: Proven) -> Iterator[bytes]:
    if one.covers is None:
        return
    found = one.covers.search(one.request.body)
    assert found is not None
    body, (start, end) = one.request.body, found.span()
    for at in at_places(end - start):
        yield body[: start + at] + bytes((body[start + at] ^ 1,)) + body[start + at + 1 :]


def _twice(one: Proven, wrong: str) -> RawRequest:
    """In headers the last one counts; of parameters both are wrong, since programs differ in which of them counts."""
    if one.header:
        name = one.header.encode()
        raw = [(name, one.proof.encode()), (name, wrong.encode())]
        return replace(one.request, headers={**one.request.headers, **headers_of({"headers": raw})})
    told = one.with_proof(wrong)
    return replace(told, query=f"{told.query}&{urlencode({one.parameter: wrong})}")


NAMES: Final = (
    "no proof",
    "an empty one",
    "its letters large and small the other way round",
    "cut short",
    "longer",
    "foreign letters",
    "a byte of the proof",
    BODY,
    "a byte of the secret",
    "no secret",
    "twice, the second one wrong",
    STAMP,
)


def test_every_channel_that_is_called_has_the_whole_table():
    called = {name for name in ADAPTERS if manifest(name).checklist["signature"] == "done"}

    assert {name.partition(",")[0] for name in PROVEN} == called
    for channel, make in PROVEN.items():
        missing = {name for name in NAMES if channel in NEVER.get(name, {})}
        assert tries(make()).keys() == set(NAMES) - missing, channel


@pytest.mark.parametrize("channel", PROVEN)
def test_the_delivery_itself_is_let_in(channel: str):
    one = PROVEN[channel]()

    ADAPTERS[channel.partition(",")[0]].verify(one.account, one.request)


@pytest.mark.parametrize(
    ("channel", "name"),
    [(channel, name) for channel in PROVEN for name in NAMES if channel not in NEVER.get(name, {})],
)
def test_a_wrong_proof_is_refused(channel: str, name: str):
    for tried in tries(PROVEN[channel]())[name]:
        with pytest.raises(Refusal) as refused:
            ADAPTERS[channel.partition(",")[0]].verify(tried.account, tried.request)
        assert refused.value.code == "bad-signature"
