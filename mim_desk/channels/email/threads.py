"""Threads: the signed token in our Message-IDs, and how it is found again in what comes back."""

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mim_desk.channels.base import Account
from mim_desk.domain.mail_headers import normal

_SIGNED_BYTES: Final = 10
_PERSON_BYTES: Final = 5
_TOKEN: Final = re.compile(r"m\.([a-z2-7]{26})\.([a-z2-7]{16})\.([a-z2-7]{8})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Thread:
    """A reply of ours that a mail answers.

    Attributes:
        is_theirs: the sender is whom we wrote to; else somebody got hold of the mail, as when it was forwarded.
    """

    message_id: str
    is_theirs: bool


def own_id(account: Account, message_id: str, recipient: str) -> str:
    """The Message-ID of a reply, without brackets: the same for each try of it."""
    return f"{token(account, message_id, recipient)}@{domain(account)}"


def token(account: Account, message_id: str, recipient: str) -> str:
    """Names a reply and whom it went to; only who has the secret can make one."""
    return f"m.{_letters(_number(message_id))}.{_proof(account, message_id)}.{_person(account, message_id, recipient)}"


def found(account: Account, places: Iterable[str], sender: str) -> Thread | None:
    """The first of ``places`` that holds a token of this account."""
    for place in places:
        for one in _TOKEN.finditer(place[:2000]):
            message_id = _opened(one[1].lower())
            if message_id and hmac.compare_digest(one[2].lower(), _proof(account, message_id)):
                theirs = hmac.compare_digest(one[3].lower(), _person(account, message_id, sender))
                return Thread(message_id, theirs)
    return None


def domain(account: Account) -> str:
    """The brand's domain; no machine's name is ever written instead."""
    told = str(account.settings.get("address", "")).rpartition("@")[2].strip().lower()
    return told if re.fullmatch(r"[a-z0-9.-]{1,190}", told) else "mail.invalid"


def _proof(account: Account, message_id: str) -> str:
    return _letters(_keyed(account, f"{account.inbox_id}\0{message_id}")[:_SIGNED_BYTES])


def _person(account: Account, message_id: str, address: str) -> str:
    return _letters(_keyed(account, f"{message_id}\0{normal(address)}")[:_PERSON_BYTES])


def _keyed(account: Account, told: str) -> bytes:
    key = account.secrets.get("thread_secret") or account.secrets.get("password") or ""
    return hmac.new(key.encode(), told.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _number(message_id: str) -> bytes:
    try:
        return uuid.UUID(message_id).bytes
    except ValueError:
        return uuid.uuid5(uuid.NAMESPACE_OID, message_id).bytes


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _opened(letters: str) -> str:
    try:
        return str(uuid.UUID(bytes=base64.b32decode(letters.upper() + "======")))
    except (binascii.Error, ValueError):
        return ""
