"""That a delivery comes from who may bring it: no dealer signs in a way that is documented, so our token is the proof.

It stands in the query, in the path (where the dealer adds ``/message`` behind the address), or in ``Authorization``.
"""

import base64
import hmac
from typing import Final
from urllib.parse import parse_qs, unquote

from mim_desk.channels.base import Account, RawRequest
from mim_desk.domain.refusal import Refusal

_OWN_PARTS: Final = 4
"""Of the path: nothing, ``webhooks``, the channel and the inbox."""


def verify(account: Account, request: RawRequest) -> None:
    """Raise a Refusal unless the delivery brings the inbox's token."""
    token = account.secrets.get("verify_token", "").encode("utf-8", "surrogatepass")
    found = [hmac.compare_digest(one, token) for one in _told_tokens(request)]
    if not token or not any(found):
        raise Refusal("bad-signature", "The verify token is missing or not the one of this inbox.")


def _told_tokens(request: RawRequest) -> list[bytes]:
    try:
        asked = parse_qs(request.query, errors="surrogateescape", max_num_fields=20).get("token", [])
    except ValueError:
        asked = []
    in_path = (unquote(part, errors="surrogateescape") for part in request.path.split("/")[_OWN_PARTS:])
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    told = [one.encode("utf-8", "surrogateescape") for one in (*asked, *in_path)]
    if scheme.lower() == "basic":
        return [*told, _password(given)]
    return [*told, given.encode("utf-8", "surrogatepass")]


def _password(given: str) -> bytes:
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except ValueError:
        return b""
