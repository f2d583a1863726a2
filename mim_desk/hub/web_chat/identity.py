"""Proofs of who a visitor is: a signed token (JWT) or a keyed hash with its time."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mim_desk.channels.web_chat.keys import public_key
from mim_desk.channels.web_chat.payloads import Proof
from mim_desk.hub.web_chat.problems import identity_expired, identity_invalid, invalid

HASH_WINDOW_S: Final = 600
LONGEST_JWT_S: Final = 3600
_SKEW_S: Final = 30
_LONGEST_ID: Final = 200
_MOST_ATTRS: Final = 20
_CHECKS_OFF: Final = dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud"), False)


@dataclass(frozen=True)
class ProofKey:
    """One key that may sign; its algorithm is fixed, whatever a token says of itself."""

    algorithm: str
    value: str | Ed25519PublicKey = field(repr=False)


@dataclass(frozen=True)
class Proven:
    """What a valid proof says."""

    external_id: str
    name: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def keys_of(secrets: Mapping[str, str], settings: Mapping[str, Any]) -> list[ProofKey]:
    """The keys of an inbox: of each kind two at once, for rotation."""
    shared = (secrets.get(name, "") for name in ("identity_secret", "previous_identity_secret"))
    public = (settings.get(name) or "" for name in ("identity_public_key", "previous_identity_public_key"))
    keys = [ProofKey("HS256", value) for value in shared if value]
    return keys + [ProofKey("EdDSA", key) for key in map(public_key, public) if key is not None]


def identity_hash(secret: str, external_id: str, ts: int | str) -> str:
    """The hash a site makes: hex HMAC-SHA256 over the customer's id, a dot and the time."""
    return hmac.new(secret.encode(), f"{external_id}.{ts}".encode(), hashlib.sha256).hexdigest()


def proven(proof: Proof, keys: Sequence[ProofKey], audience: str, now: datetime) -> Proven:
    """Who the proof names; ``identity_invalid`` when it is wrong, ``identity_expired`` when it is old."""
    if not keys:
        raise identity_invalid("This inbox has no identity key yet.")
    if proof.jwt is not None:
        return _by_token(proof.jwt, keys, audience, now.timestamp())
    if proof.external_id is None or proof.ts is None or proof.hash is None:
        raise invalid("A proof is either jwt, or external_id with ts and hash.")
    return _by_hash(proof.external_id, str(proof.ts), proof.hash, keys, now.timestamp())


def _by_hash(external_id: str, ts: str, given: str, keys: Sequence[ProofKey], now: float) -> Proven:
    if not (ts.isascii() and ts.isdigit() and len(ts) <= 12):
        raise identity_invalid("ts must be whole seconds since 1970.")
    made = [identity_hash(key.value, external_id, ts) for key in keys if isinstance(key.value, str)]
    # Every key is compared, so that the time tells nothing about which one was close.
    matches = [hmac.compare_digest(one.encode(), given.lower().encode("utf-8", "replace")) for one in made]
    if not any(matches):
        raise identity_invalid()
    if abs(now - int(ts)) > HASH_WINDOW_S:
        raise identity_expired()
    return Proven(_checked_id(external_id))


def _by_token(token: str, keys: Sequence[ProofKey], audience: str, now: float) -> Proven:
    claims = _claims(token, keys)
    audiences = claims.get("aud")
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise identity_invalid("The proof is for another widget (aud).")
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if expires <= now - _SKEW_S:
        raise identity_expired()
    begins = max(issued, _time(claims, "nbf") if "nbf" in claims else issued)
    if expires - issued > LONGEST_JWT_S or begins > now + _SKEW_S:
        raise identity_invalid("The proof must be made now and be valid for one hour at most.")
    return Proven(_checked_id(claims.get("sub")), _text(claims.get("name")), _fields(claims))


def _claims(token: str, keys: Sequence[ProofKey]) -> dict[str, Any]:
    for key in keys:
        try:
            # Times and audience are checked by the caller, against the hub's clock and with their own codes.
            return jwt.decode(token, key.value, algorithms=[key.algorithm], options=_CHECKS_OFF)  # type: ignore[arg-type]
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
    raise identity_invalid()


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        raise identity_invalid(f"The proof needs {name} in seconds.")
    return value


def _checked_id(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID or value != value.strip():
        raise identity_invalid("The customer's id must be a text of 1 to 200 characters.")
    if any(unicodedata.category(ch) in ("Cc", "Cf", "Cs") for ch in value):
        raise identity_invalid("The customer's id holds control characters.")
    return value


def _text(value: object) -> str:
    return value.strip()[:200] if isinstance(value, str) else ""


def _fields(claims: dict[str, Any]) -> dict[str, str]:
    """E-mail and attributes; numbers and truth values as text, anything nested is left out."""
    attrs = claims.get("attrs")
    told = (
        {f"{name}"[:60]: value for name, value in list(attrs.items())[:_MOST_ATTRS]} if isinstance(attrs, dict) else {}
    )
    if claims.get("email"):
        told["email"] = claims["email"]
    return {name: str(value)[:500] for name, value in told.items() if isinstance(value, str | int | float | bool)}
