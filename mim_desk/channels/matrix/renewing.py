"""Access tokens that end: a new one for the refresh token, of which each is good once.

See https://spec.matrix.org/latest/client-server-api/#refreshing-access-tokens.
"""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import Final

import msgspec

from mim_desk.channels.base import AccessToken, Account, Action, Refused, Request, Response
from mim_desk.channels.matrix import errors, names, payloads
from mim_desk.channels.shared.json_bodies import read

EARLY_S: Final = 60.0
_renewed = msgspec.json.Decoder(payloads.Renewed)
_ENDED: Final = "The homeserver does not take the refresh token any more. Sign in again and enter both tokens."


def token_at_hand(account: Account, now: datetime) -> AccessToken | None:
    """The access token that was entered or renewed last; an empty one where it never ends: then calls have it already."""
    if not account.secrets.get("refresh_token"):
        return AccessToken("", inf)
    until = account.renewed.get("until", "")
    left_s = float(until) - now.timestamp() if until else inf
    return AccessToken(account.newest("access_token"), left_s) if left_s > EARLY_S else None


def request_of(account: Account) -> Request:
    """The call for a new access token."""
    body = msgspec.json.encode({"refresh_token": account.newest("refresh_token")})
    head = {"content-type": "application/json"}
    return Request("POST", f"{names.base(account)}/_matrix/client/v3/refresh", head, body, prepares=True)


def token_in(account: Account, response: Response) -> AccessToken | Refused:
    """The tokens in the answer: both are kept, since every hub has to call with the same."""
    told = read(_renewed, response.body) if errors.is_good(response) else None
    if told is None or not told.access_token:
        why = errors.refused(response)
        if errors.is_good(response):
            return Refused(Action.RETRY, "The homeserver's answer could not be read; trying again.", "unreadable")
        if why.action is Action.RETRY:
            return why
        return Refused(Action.SETTINGS, _ENDED, why.code, field="secrets.refresh_token")
    lasts_s = told.expires_in_ms / 1000 if told.expires_in_ms else inf
    until = str(int(datetime.now(UTC).timestamp() + lasts_s)) if lasts_s < inf else ""
    refresh_token = told.refresh_token or account.newest("refresh_token")
    kept = {"access_token": told.access_token, "refresh_token": refresh_token, "until": until}
    return AccessToken(told.access_token, lasts_s, kept)


def authorized(account: Account, request: Request, token: str) -> Request:
    """The call with this token; to nobody but the homeserver."""
    if not request.url.startswith(f"{names.base(account)}/_matrix/"):
        return request
    return replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})


def is_refused(response: Response) -> bool:
    """Whether the token is no longer good, softly or for ever."""
    return response.status == 401 and errors.told(response).errcode == "M_UNKNOWN_TOKEN"
