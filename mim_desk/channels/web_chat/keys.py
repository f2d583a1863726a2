"""Public keys of identity proofs (Ed25519), as people paste them: PEM in any line breaks, a JWK, or the bare bytes."""

import base64
import binascii
import re
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

_PEM: Final = re.compile(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----")
_RAW_BYTES: Final = 32


class _Jwk(msgspec.Struct, frozen=True):
    """``{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`` (RFC 8037)."""

    kty: str
    crv: str
    x: str
    d: str = ""


def public_key(text: str) -> Ed25519PublicKey | None:
    """The key; None when the text holds none, or a private one, which belongs to the site alone."""
    text = text.strip()
    if "PRIVATE" in text:
        return None
    try:
        pem = _PEM.fullmatch(text)
        if pem:
            loaded = load_der_public_key(base64.b64decode("".join(pem[1].split()), validate=True))
            return loaded if isinstance(loaded, Ed25519PublicKey) else None
        return Ed25519PublicKey.from_public_bytes(_raw(text))
    except (ValueError, UnsupportedAlgorithm, binascii.Error, msgspec.MsgspecError):
        return None


def _raw(text: str) -> bytes:
    if text.startswith("{"):
        jwk = msgspec.json.decode(text, type=_Jwk)
        if jwk.kty != "OKP" or jwk.crv != "Ed25519" or jwk.d:
            raise ValueError("not a public Ed25519 key")
        text = jwk.x
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(raw) != _RAW_BYTES:
        raise ValueError("not 32 bytes")
    return raw
