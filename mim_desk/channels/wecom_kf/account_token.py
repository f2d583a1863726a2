"""The access token of a company's app: asked for with corp ID and secret, and put into the address of every call."""

from typing import Final
from urllib.parse import urlencode

import msgspec

from mim_desk.channels.base import AccessToken, Account, Action, Refused, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wecom_kf import payloads
from mim_desk.channels.wecom_kf.errors import refused, told
from mim_desk.domain.refusal import Refusal

API: Final = "https://qyapi.weixin.qq.com"
_FIELDS: Final = {
    40001: ("WeCom does not accept the secret. Copy it again.", "secrets.secret"),
    40013: ("WeCom does not know this corp ID. Copy it again.", "settings.corp_id"),
    41004: ("WeCom misses the secret. Copy it again.", "secrets.secret"),
    60020: ("WeCom does not allow calls from this hub. Add its address to the app's trusted IPs.", "settings.corp_id"),
}
_BASE: Final = "settings.api_base_url"

_token = msgspec.json.Decoder(payloads.Token)


def request_of(account: Account) -> Request:
    """Ask for the token: the same for all that ask, until its end."""
    asked = urlencode({"corpid": account.settings.get("corp_id", ""), "corpsecret": account.secrets.get("secret", "")})
    return Request("GET", address(account.settings, f"{API}/cgi-bin/gettoken?{asked}"))


def read_token(response: Response) -> AccessToken | Refused:
    """The token, or why there is none."""
    found = read(_token, response.body)
    if found is not None and found.access_token and found.expires_in > 0:
        return AccessToken(found.access_token, found.expires_in)
    code = told(response).errcode
    if code in _FIELDS:
        return Refused(Action.SETTINGS, _FIELDS[code][0], str(code))
    why = refused(response, code)
    if why.action in (Action.RETRY, Action.SETTINGS):
        return why
    return Refused(Action.RETRY, "WeCom gave no access token; trying again.", why.code)


def judge(response: Response | None) -> None:
    """Raise a Refusal that names the field unless the answer holds a token."""
    if response is None:
        raise Refusal("invalid-settings", "WeCom could not be reached. Try again, or check the base address.", _BASE)
    found = read_token(response)
    if isinstance(found, AccessToken):
        return
    code = told(response).errcode
    if code:
        raise Refusal("invalid-settings", *_FIELDS.get(code, (found.reason, "settings.corp_id")))
    said = f"The test call was answered with {response.status} and no token. Check the base address."
    raise Refusal("invalid-settings", said, _BASE)
