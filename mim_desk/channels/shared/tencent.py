"""What WeChat's Official Accounts and WeCom share: signatures over sorted words, and messages sealed with AES."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from mim_desk.channels.base import Account, RawRequest
from mim_desk.channels.shared.safe_xml import Element, UnreadableXml, read_xml
from mim_desk.domain.refusal import Refusal

KEY_CHARACTERS: Final = 43
_BLOCK, _CIPHER_BLOCK = 32, 16
"""Bytes; the padding goes by the first."""
_RANDOM, _LENGTH = 16, 4


def query_of(request: RawRequest) -> dict[str, str]:
    """The words of the query, each the first of its name."""
    try:
        asked = parse_qs(request.query, keep_blank_values=True, errors="surrogateescape", max_num_fields=30)
    except ValueError:
        return {}
    return {name: values[0] for name, values in asked.items()}


def signature(*words: str) -> str:
    """SHA-1 over the sorted words, as Tencent signs."""
    joined = "".join(sorted(words)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def tokens(account: Account) -> list[str]:
    """The tokens that may have signed: the one in use and, while it is changed, the one before it."""
    given = (account.secrets.get(name, "") for name in ("token", "previous_token"))
    return [token for token in given if token]


def is_signed(account: Account, asked: dict[str, str], name: str, *more: str) -> bool:
    """Whether the word ``name`` of the query is the signature over time, nonce and ``more``; compared in constant time."""
    given = asked.get(name, "").encode("utf-8", "surrogateescape")
    signed = (asked.get("timestamp", ""), asked.get("nonce", ""), *more)
    matches = [hmac.compare_digest(signature(token, *signed).encode(), given) for token in tokens(account)]
    return any(matches)


def unsealed(account: Account, sealed: str, receiver: str) -> bytes:
    """The message in ``sealed``; a Refusal unless one of the account's keys opens it and it is for ``receiver``."""
    for name in ("encoding_aes_key", "previous_encoding_aes_key"):
        key = key_of(account.secrets.get(name, ""))
        found = _opened(key, sealed) if key else None
        if found is not None:
            message, told = found
            if hmac.compare_digest(told, receiver.encode("utf-8", "surrogatepass")):
                return message
    raise Refusal("bad-signature", "The message cannot be opened with this inbox's key, or it is for another account.")


def key_of(written: str) -> bytes | None:
    """The 32 bytes of an EncodingAESKey, None when it is none."""
    if len(written) != KEY_CHARACTERS or not written.isascii():
        return None
    try:
        return base64.b64decode(f"{written}=", validate=True)
    except binascii.Error:
        return None


def _opened(key: bytes, sealed: str) -> tuple[bytes, bytes] | None:
    """The message and whom it is for: 16 random bytes, the length, the message, the receiver, padding up to 32."""
    try:
        raw = base64.b64decode(sealed.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    if not raw or len(raw) % _CIPHER_BLOCK:
        return None
    opening = Cipher(AES(key), CBC(key[:16])).decryptor()
    try:
        plain = opening.update(raw) + opening.finalize()
    except ValueError:
        return None
    padding = plain[-1]
    if not 1 <= padding <= _BLOCK or len(plain) < padding + _RANDOM + _LENGTH:
        return None
    plain = plain[_RANDOM:-padding]
    length = int.from_bytes(plain[:_LENGTH])
    if length > len(plain) - _LENGTH:
        return None
    return plain[_LENGTH : _LENGTH + length], plain[_LENGTH + length :]


def sealed_in(body: bytes) -> str:
    """The text of the element Encrypt; empty when there is none."""
    try:
        return next(iter(_texts(read_xml(body), "encrypt")), "")
    except UnreadableXml:
        return ""


def _texts(root: Element, name: str) -> Iterable[str]:
    return (child.text.strip() for child in root.children if child.name.lower() == name)
