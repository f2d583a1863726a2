"""The proof both ways: a token made with the service account's key, and the signature of what Google delivers."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mim_desk.channels.base import AccessToken, Account, Action, RawRequest, Refused, Request, Response
from mim_desk.channels.rcs import payloads
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.refusal import Refusal

TOKENS: Final = "https://oauth2.googleapis.com/token"
API_HOST: Final = "rcsbusinessmessaging.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/rcsbusinessmessaging"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_S: Final = 3600

_service_account = msgspec.json.Decoder(payloads.ServiceAccount)
_token = msgspec.json.Decoder(payloads.TokenAnswer)
_envelope = msgspec.json.Decoder(payloads.Envelope)


def keys_of(service_account: str) -> tuple[str, RSAPrivateKey]:
    """Who the service account is and its key; a Refusal that names the field when it is no key file."""
    found = read(_service_account, service_account.encode("utf-8", "surrogatepass"))
    try:
        key = load_pem_private_key(found.private_key.encode(), None) if found else None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if found is None or not isinstance(key, RSAPrivateKey):
        reason = "This is not the key file of a service account. Paste the whole JSON file that Google gave you."
        raise Refusal("invalid-settings", reason, "secrets.service_account")
    return found.client_email, key


def token_request(account: Account, now: datetime) -> Request:
    """The call that exchanges a statement signed with the service account's key for a token."""
    email, key = keys_of(account.secrets.get("service_account", ""))
    at = int(now.timestamp())
    stated = {"iss": email, "scope": SCOPE, "aud": TOKENS, "iat": at, "exp": at + LIFE_S}
    signed = b".".join((_part({"alg": "RS256", "typ": "JWT"}), _part(stated)))
    assertion = b".".join((signed, _unpadded(key.sign(signed, PKCS1v15(), hashes.SHA256()))))
    body = urlencode({"grant_type": GRANT, "assertion": assertion.decode()}).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", address(account.settings, TOKENS), kind, body, prepares=True)


def _part(stated: dict[str, object]) -> bytes:
    return _unpadded(msgspec.json.encode(stated))


def _unpadded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def read_token(response: Response) -> AccessToken | Refused:
    """The token, or why there is none."""
    told = read(_token, response.body)
    if 200 <= response.status < 300:
        if told is not None and told.access_token and told.expires_in > 0:
            return AccessToken(told.access_token, told.expires_in)
        return Refused(Action.RETRY, "Google's answer could not be read; trying again.", "no-token")
    if response.status in (400, 401, 403):
        reason = "Google does not take the service account's key any more. Enter a new key file in the settings."
        return Refused(Action.SETTINGS, reason, str(response.status))
    return Refused(Action.RETRY, "Google gives no access right now; trying again.", str(response.status))


def authorized(account: Account, request: Request, token: str) -> Request:
    """The call with the token, where it goes to Google's interface or what stands in its place."""
    host = urlsplit(request.url).hostname or ""
    own = urlsplit(str(account.settings.get("api_base_url") or "")).hostname
    if host != own if own else not host.endswith(API_HOST):
        return request
    return replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})


def envelope_of(body: bytes) -> payloads.Envelope | None:
    """The envelope of a delivery."""
    return read(_envelope, body)


def event_in(envelope: payloads.Envelope) -> bytes | None:
    """The bytes of the event, which are those that are signed; this choice is not yet confirmed against a live sender."""
    try:
        return base64.b64decode(envelope.message.data, validate=True) if envelope.message else None
    except ValueError:
        return None


def signature(client_token: str, event: bytes) -> bytes:
    """What the header ``X-Goog-Signature`` says."""
    return base64.b64encode(hmac.new(client_token.encode("utf-8", "surrogatepass"), event, hashlib.sha512).digest())


def verify(account: Account, request: RawRequest) -> None:
    """Raise a Refusal unless the delivery is signed with the client token, or names it when the webhook is set up."""
    known = account.secrets.get("verify_token", "")
    envelope = envelope_of(request.body)
    if not known or envelope is None:
        raise Refusal("bad-signature", "The delivery could not be read.")
    if envelope.message is None:
        given = envelope.client_token.encode()
        if given and hmac.compare_digest(given, known.encode("utf-8", "surrogatepass")):
            return
        raise Refusal("bad-signature", "The client token is not the one of this inbox.")
    event = event_in(envelope)
    told = request.headers.get("x-goog-signature", "").encode("utf-8", "surrogatepass")
    if event is None or not told or not hmac.compare_digest(signature(known, event), told):
        raise Refusal("bad-signature", "The header X-Goog-Signature is missing or does not match.")
