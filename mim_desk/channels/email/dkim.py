"""The key by which receivers check the signatures of a domain's mail (DKIM, RFC 6376 and 8301).

``s1._domainkey.example.com``: ``v=DKIM1; k=rsa; p=MIIBIjANBgkqh...``
"""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mim_desk.channels.email.dmarc import tags_of
from mim_desk.channels.email.spf import Known

LEAST_BITS: Final = 1024
"""RFC 8301, 3.2: a signature by a shorter key counts for nothing."""
ADVISED_BITS: Final = 2048


class Fault(StrEnum):
    """Why signatures by the key count for nothing."""

    NONE = "none"
    SEVERAL = "several"
    REVOKED = "revoked"
    BROKEN = "broken"
    SHORT = "short"
    NOT_FOR_MAIL = "not-for-mail"


@dataclass(frozen=True)
class Dkim:
    """What stands where the key should.

    Attributes:
        fault: why it is of no use.
        bits: of an RSA key.
        testing: receivers are told to treat signed mail as if it were not.
        missing, unanswered: it has to be looked up first; the DNS did not say.
    """

    fault: Fault | None = None
    bits: int = 0
    testing: bool = False
    missing: bool = False
    unanswered: bool = False


def place(selector: str, domain: str) -> str:
    """The name at which the key stands; the DNS follows an alias from there by itself."""
    return f"{selector}._domainkey.{domain}"


def told(name: str, known: Known) -> Dkim:
    """What the records at the key's name come to."""
    if name not in known:
        return Dkim(missing=True)
    texts = known[name]
    if texts is None:
        return Dkim(unanswered=True)
    found = [text for text in texts if "p" in tags_of(text)]
    if len(found) != 1:
        return Dkim(Fault.SEVERAL if found else Fault.BROKEN if texts else Fault.NONE)
    return _key(found[0])


def _key(text: str) -> Dkim:
    tags = tags_of(text)
    if not tags["p"]:
        return Dkim(Fault.REVOKED)
    version = next(iter(tags.items())) if "v" in tags else ("v", "DKIM1")
    kind = tags.get("k", "rsa").lower()
    if version != ("v", "DKIM1") or kind not in ("rsa", "ed25519"):
        return Dkim(Fault.BROKEN)
    services, hashes = tags.get("s", "*").lower().split(":"), tags.get("h", "sha256").lower().split(":")
    if not {"*", "email"} & set(services) or "sha256" not in hashes:
        return Dkim(Fault.NOT_FOR_MAIL)
    bits = _bits(tags["p"], kind)
    if bits is None:
        return Dkim(Fault.BROKEN)
    if 0 < bits < LEAST_BITS:
        return Dkim(Fault.SHORT, bits)
    return Dkim(bits=bits, testing="y" in tags.get("t", "").lower().split(":"))


def _bits(packed: str, kind: str) -> int | None:
    """The length of an RSA key, 0 for one of another kind, None for what is no key."""
    try:
        data = base64.b64decode(packed, validate=True)
        if kind == "ed25519":
            return 0 if len(data) == 32 else None
        key = load_der_public_key(data)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
