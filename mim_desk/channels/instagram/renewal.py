"""The long-lived token of Instagram Login: it lasts sixty days and is replaced before its end.

The call and its answer are not in the provider's pages we read (unverified): a token that is younger than a day is said
to be refused, which is asked again a day later.
"""

from urllib.parse import urlencode

import msgspec

from mim_desk.channels.base import Account, Action, Refused, Request, Response
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.shared.meta import Rules
from mim_desk.channels.standing import Renewed


class _Answer(msgspec.Struct, frozen=True):
    """``{"access_token": "...", "token_type": "bearer", "expires_in": 5183944}``."""

    access_token: str
    expires_in: float


_answer = msgspec.json.Decoder(_Answer)


def request_of(account: Account, host: str) -> Request:
    """Ask for a new token with the old one."""
    base = str(account.settings.get("api_base_url") or host).rstrip("/")
    asked = {"grant_type": "ig_refresh_token", "access_token": account.secrets.get("access_token", "")}
    return Request("GET", f"{base}/refresh_access_token?{urlencode(asked)}")


def read_renewal(response: Response, service: str, rules: Rules) -> Renewed | Refused:
    """The new token, or why there is none."""
    told = read(_answer, response.body) if 200 <= response.status < 300 else None
    if told is None:
        return meta.refused(rules, response, service)
    if not told.access_token or told.expires_in <= 0:
        return Refused(Action.RETRY, "Instagram gave no new token.", "no-token")
    return Renewed({"access_token": told.access_token}, told.expires_in)
