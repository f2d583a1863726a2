"""Signing in without a password: an access token for a refresh token (RFC 6749), as Google and Microsoft 365 want it.

XOAUTH2 is described at https://developers.google.com/gmail/imap/xoauth2-protocol, the calls at
https://developers.google.com/identity/protocols/oauth2/web-server#offline and
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from mim_desk.channels.base import AccessToken, Account, Action, Refused, Request, Response
from mim_desk.channels.email.settings import is_here
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.refusal import Refusal

TOKEN: Final = "x-access-token"  # noqa: S105  # the name of a header
WAYS: Final = ("google", "microsoft", "oauth")
USUAL_LIFE_S: Final = 3600.0
_GOOGLE: Final = "https://oauth2.googleapis.com/token"
_MICROSOFT: Final = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_MICROSOFT_SCOPE: Final = (
    "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
)
_TENANT: Final = re.compile(r"[A-Za-z0-9.-]{1,100}")
_ENDED: Final = "The mail account's consent has ended or was withdrawn. Sign in again and enter the new refresh token."
_APP: Final = "The sign-in service does not take the client ID or its secret. Enter them again."
_BUSY: Final = "The sign-in service gives no access now; trying again."
_NOT_GIVEN: Final = "The sign-in service gives no access to the mailbox. Look at the app's permissions there."


class _Told(msgspec.Struct, frozen=True):
    """``{"access_token": "...", "expires_in": 3599, "refresh_token": "..."}`` or ``{"error": "invalid_grant"}``."""

    access_token: str = ""
    expires_in: int | float | str = USUAL_LIFE_S
    refresh_token: str = ""
    error: str = ""


_told = msgspec.json.Decoder(_Told)


def is_used(settings: Mapping[str, Any]) -> bool:
    """Whether the account signs in with a token."""
    return settings.get("sign_in") in WAYS


def check(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    """Raise a Refusal that names the first field that cannot be right."""
    if not is_used(settings):
        if not secrets.get("password"):
            raise _wrong("Enter the password, or choose another way to sign in.", "secrets.password")
        return
    if not settings.get("client_id"):
        raise _wrong("Enter the client ID of your app at the provider.", "settings.client_id")
    if not secrets.get("refresh_token"):
        raise _wrong("Enter the refresh token of the mail account.", "secrets.refresh_token")
    if settings.get("tenant") and not _TENANT.fullmatch(str(settings["tenant"])):
        raise _wrong("A tenant is an ID or a domain, such as example.com.", "settings.tenant")
    if not _is_safe(_address(settings)):
        raise _wrong("The token address begins with https://.", "settings.token_url")


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_here(host)))
    except ValueError:
        return False


def _address(settings: Mapping[str, Any]) -> str:
    if settings.get("token_url"):
        return str(settings["token_url"]).strip()
    if settings.get("sign_in") == "microsoft":
        return _MICROSOFT.format(tenant=settings.get("tenant") or "organizations")
    return _GOOGLE if settings.get("sign_in") == "google" else ""


def request_of(account: Account) -> Request:
    """The call for an access token."""
    settings = account.settings
    form = {
        "grant_type": "refresh_token",
        "client_id": str(settings.get("client_id", "")).strip(),
        "refresh_token": account.newest("refresh_token").strip(),
    }
    if account.secrets.get("client_secret"):
        form["client_secret"] = account.secrets["client_secret"]
    if settings.get("sign_in") == "microsoft":
        form["scope"] = _MICROSOFT_SCOPE
    head = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    return Request("POST", _address(settings), head, urlencode(form).encode(), prepares=True)


def token_in(account: Account, response: Response) -> AccessToken | Refused:
    """The token in the answer; a new refresh token in it takes the old one's place."""
    told = read(_told, response.body) or _Told()
    if response.status == 200 and told.access_token:
        same = told.refresh_token in ("", account.newest("refresh_token"))
        renewed = {} if same else {"refresh_token": told.refresh_token}
        return AccessToken(told.access_token, _seconds(told.expires_in), renewed)
    if response.status >= 500 or response.status == 429 or told.error in ("temporarily_unavailable", "server_error"):
        return Refused(Action.RETRY, _BUSY, told.error[:60] or str(response.status))
    code = told.error[:60] or str(response.status)
    match told.error:
        case "invalid_grant" | "interaction_required" | "consent_required" | "login_required":
            return Refused(Action.SETTINGS, _ENDED, code, field="secrets.refresh_token")
        case "invalid_client" | "unauthorized_client":
            return Refused(Action.SETTINGS, _APP, code, field="settings.client_id")
        case "":
            return Refused(Action.RETRY, _BUSY, code, field="settings.token_url")
    return Refused(Action.SETTINGS, _NOT_GIVEN, code, field="settings.client_id")


def _seconds(told: float | str) -> float:
    """How long the token lasts; some write the number as a text."""
    try:
        return min(max(float(told), 60.0), 86_400.0)
    except ValueError:
        return USUAL_LIFE_S
