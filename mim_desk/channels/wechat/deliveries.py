"""Deliveries of WeChat: whether they are its own, and the message in them, plain or sealed."""

from collections.abc import Mapping
from typing import Any, Final

from mim_desk.channels.base import Account, HandshakeAnswer, RawRequest
from mim_desk.channels.shared.tencent import is_signed, query_of, sealed_in, unsealed
from mim_desk.domain.refusal import Refusal

OLDEST_PLAIN_S: Final = 300
"""A plain signature does not cover the message, so it is good for five minutes only; WeChat's three tries take 15 s.

What is sealed is proven whole and known by its id when it comes again, so that a wrong clock costs no message there.
"""
_LONGEST_ECHO: Final = 2_000


def is_sealed(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> bool:
    """Whether messages come sealed; without the setting they do where there is a key."""
    mode = settings.get("mode") or ("aes" if secrets.get("encoding_aes_key") else "plain")
    return bool(mode != "plain")


def verify(account: Account, request: RawRequest) -> None:
    """Raise a Refusal unless the delivery is WeChat's own; what is sealed must open too."""
    asked = query_of(request)
    if is_sealed(account.settings, account.secrets):
        _verify_sealed(account, asked, request.body)
        return
    if not is_signed(account, asked, "signature"):
        raise Refusal("bad-signature", "The signature does not match.")
    stamp = asked.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise Refusal("bad-signature", "The delivery names no time.")
    if abs(request.received_at.timestamp() - int(stamp)) > OLDEST_PLAIN_S:
        raise Refusal("bad-signature", "The signature's time is more than five minutes away.")


def _verify_sealed(account: Account, asked: dict[str, str], body: bytes) -> None:
    sealed = sealed_in(body)
    if not sealed:
        raise Refusal(
            "bad-signature", "The inbox takes sealed messages only. Set the account to secure mode at WeChat."
        )
    if "signature" in asked and not is_signed(account, asked, "signature"):
        raise Refusal("bad-signature", "The signature does not match.")
    if not is_signed(account, asked, "msg_signature", sealed):
        raise Refusal("bad-signature", "The signature of the sealed message does not match.")
    _unsealed(account, sealed)


def message_in(account: Account, body: bytes) -> tuple[bytes, bool]:
    """The message of a verified delivery, and whether its content is proven; a Refusal when it cannot be opened.

    In compatible mode the message comes both open and sealed; where there is a key, the sealed one counts.
    """
    sealed = sealed_in(body)
    if sealed and (account.secrets.get("encoding_aes_key") or is_sealed(account.settings, account.secrets)):
        return _unsealed(account, sealed), True
    return body, False


def _unsealed(account: Account, sealed: str) -> bytes:
    return unsealed(account, sealed, str(account.settings.get("app_id", "")))


def echo(account: Account, request: RawRequest) -> HandshakeAnswer:
    """The word that WeChat wants to hear again; opened first where it is sealed."""
    asked = query_of(request)
    word = asked.get("echostr", "")
    if word and "msg_signature" in asked and is_signed(account, asked, "msg_signature", word):
        return HandshakeAnswer(_unsealed(account, word))
    if not (0 < len(word) <= _LONGEST_ECHO and is_signed(account, asked, "signature")):
        raise Refusal("forbidden", "The token is not the one of this inbox.")
    return HandshakeAnswer(word.encode("utf-8", "surrogateescape"))
