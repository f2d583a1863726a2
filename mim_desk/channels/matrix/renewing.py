"""Access tokens that end: a new one for the refresh token, of which each is good once, or by signing in with the password.

See https://spec.matrix.org/latest/client-server-api/#refreshing-access-tokens and #soft-logout.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import Any, Final

import msgspec

from mim_desk.channels.base import AccessToken, Account, Action, Refused, Request, Response
from mim_desk.channels.in_doubt import KEYS_SINCE
from mim_desk.channels.matrix import errors, names, payloads
from mim_desk.channels.shared.json_bodies import read

EARLY_S: Final = 60.0
_renewed = msgspec.json.Decoder(payloads.Renewed)
_PASSWORD: Final = "The homeserver does not take the brand's user with this password. Enter the current one."  # noqa: S105
_ENDED: Final = "The homeserver does not take the refresh token any more. Sign in again and enter both tokens."


def token_at_hand(account: Account, now: datetime) -> AccessToken | None:
    """The access token that was entered or renewed last; an empty one where it never ends: then calls have it already."""
    if not (account.secrets.get("refresh_token") or signs_in(account)):
        return AccessToken("", inf)
    until = account.renewed.get("until", "")
    left_s = float(until) - now.timestamp() if until else inf
    return AccessToken(account.newest("access_token"), left_s) if left_s > EARLY_S else None


def signs_in(account: Account) -> bool:
    """Whether a token that ended is followed by a new sign-in; an application service has a token that never ends."""
    return bool(account.secrets.get("password")) and not names.is_pushed(account)


def request_of(account: Account) -> Request:
    """The call for a new access token."""
    call, body = ("login", _sign_in(account)) if signs_in(account) else ("refresh", _refresh(account))
    head = {"content-type": "application/json"}
    url = f"{names.base(account)}/_matrix/client/v3/{call}"
    return Request("POST", url, head, msgspec.json.encode(body), prepares=True)


def _refresh(account: Account) -> dict[str, Any]:
    return {"refresh_token": account.newest("refresh_token")}


def _sign_in(account: Account) -> dict[str, Any]:
    """Always as the same device: a homeserver knows a repeated transaction by the device that it came from."""
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": names.own_id(account)},
        "password": account.secrets.get("password", ""),
        "device_id": _device(account),
    }


def _device(account: Account) -> str:
    return hashlib.blake2b(account.inbox_id.encode(), digest_size=5).hexdigest().upper()


def keys_since(account: Account) -> datetime | None:
    """Since when the account calls from the device it calls from now: transaction ids are known by it."""
    told = account.renewed.get(KEYS_SINCE)
    return datetime.fromisoformat(told) if told else None


def _moved(account: Account, now: datetime) -> dict[str, str]:
    """What is noted of a sign-in: the first one leaves the device whose token was entered."""
    device = _device(account)
    known = not signs_in(account) or account.renewed.get("device") == device
    return {} if known else {"device": device, KEYS_SINCE: now.isoformat()}


def token_in(account: Account, response: Response) -> AccessToken | Refused:
    """The tokens in the answer: both are kept, since every hub has to call with the same."""
    told = read(_renewed, response.body) if errors.is_good(response) else None
    if told is None or not told.access_token:
        why = errors.refused(response)
        if errors.is_good(response):
            return Refused(Action.RETRY, "The homeserver's answer could not be read; trying again.", "unreadable")
        if why.action is Action.RETRY:
            return why
        reason, field = (_PASSWORD, "password") if signs_in(account) else (_ENDED, "refresh_token")
        return Refused(Action.SETTINGS, reason, why.code, field=f"secrets.{field}")
    lasts_s = told.expires_in_ms / 1000 if told.expires_in_ms else inf
    now = datetime.now(UTC)
    until = str(int(now.timestamp() + lasts_s)) if lasts_s < inf else ""
    refresh_token = told.refresh_token or account.newest("refresh_token")
    kept = {"access_token": told.access_token, "refresh_token": refresh_token, "until": until}
    return AccessToken(told.access_token, lasts_s, kept | _moved(account, now))


def authorized(account: Account, request: Request, token: str) -> Request:
    """The call with this token; to nobody but the homeserver."""
    if not request.url.startswith(f"{names.base(account)}/_matrix/"):
        return request
    return replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})


def is_refused(response: Response) -> bool:
    """Whether the token is no longer good, softly or for ever."""
    return response.status == 401 and errors.told(response).errcode == "M_UNKNOWN_TOKEN"
