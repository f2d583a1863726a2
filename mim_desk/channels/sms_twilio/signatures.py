"""Twilio's signature: over the address it called and the form it sent, or over the address that names the body's hash.

https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

from mim_desk.channels.base import Account, RawRequest
from mim_desk.channels.sms_twilio.forms import Fields, fields_of, first_values
from mim_desk.domain.refusal import Refusal

SECRETS: Final = ("auth_token", "previous_auth_token", "webhook_key")
_HASHES: Final = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_FORM: Final = "application/x-www-form-urlencoded"
_BODY_HASH: Final = "bodySHA256"
_PORT: Final = re.compile(r":[0-9]+$")


def verify(account: Account, request: RawRequest) -> None:
    """Raise a Refusal unless the delivery is signed with a secret of the account."""
    given = request.headers.get("x-twilio-signature", "").encode("utf-8", "surrogatepass")
    if not given:
        raise _bad("The header X-Twilio-Signature is missing.")
    if not account.webhook_url:
        raise _bad("The address that Twilio calls is not known, so the signature cannot be checked.")
    method = _method(request.headers.get("x-twilio-webhooks-signature-settings", ""))
    fields = _signed_fields(request)
    for name in SECRETS:
        secret = account.secrets.get(name)
        if secret and _matches(secret, method, addresses(account.webhook_url, request.query), fields, given):
            return
    raise _bad("The signature does not match. Check the auth token and the webhook's public address.")


def signature(secret: str, method: str, address: bytes, fields: Fields) -> bytes:
    """What Twilio writes into its header for a call of ``address`` with the fields of a form."""
    values: dict[bytes, set[bytes]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    signed = b"".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(secret.encode("utf-8", "surrogatepass"), address + signed, method).digest())


def addresses(called: str, query: str) -> tuple[bytes, bytes]:
    """The address as it may have been signed: with the query of this call, and with or without a port."""
    base, _, own_query = called.partition("#")[0].partition("?")
    scheme, _, rest = base.partition("://")
    host, slash, path = rest.partition("/")
    bare = _PORT.sub("", host)
    other = bare if bare != host else f"{host}:{443 if scheme == 'https' else 80}"
    asked = query.encode("latin-1", "replace") or own_query.encode()
    tail = (slash + path).encode() + (b"?" + asked if asked else b"")
    first, second = (f"{scheme}://{one}".encode() + tail for one in (host, other))
    return first, second


def _matches(secret: str, method: str, called: Iterable[bytes], fields: Fields, given: bytes) -> bool:
    found = [hmac.compare_digest(signature(secret, method, one, fields), given) for one in called]
    return any(found)


def _method(settings: str) -> str:
    """The hash that the header with the signature's settings names, SHA-1 where there is none."""
    parts = (part.partition("=") for part in settings.split(","))
    named = next((value.strip() for name, _, value in parts if name.strip() == "algorithm" and value.strip()), "")
    method = _HASHES.get(named.upper() or "HMAC_SHA1")
    if method is None:
        raise _bad("The signature is of a kind that is not known here.")
    return method


def _signed_fields(request: RawRequest) -> Fields:
    """The form's fields; none when the address names the hash of a body that is no form, which must fit."""
    is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() in ("", _FORM)
    try:
        told = "" if is_form else first_values(request.query.encode("latin-1", "replace")).get(_BODY_HASH, "")
        if not told:
            return fields_of(request.body)
    except ValueError as problem:
        raise _bad("The form has too many fields.") from problem
    is_ours = hmac.compare_digest(hashlib.sha256(request.body).hexdigest().encode(), told.lower().encode())
    if not is_ours:
        raise _bad("The body is not the one that was signed.")
    return []


def _bad(reason: str) -> Refusal:
    return Refusal("bad-signature", reason)
