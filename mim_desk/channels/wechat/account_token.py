"""The access token of an account: asked for with AppID and AppSecret, and put into the address of every call."""

from typing import Final

import msgspec

from mim_desk.channels.base import AccessToken, Account, Action, Refused, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wechat import payloads
from mim_desk.channels.wechat.errors import IP_CODES, RULES, address_in, classified, told
from mim_desk.domain.refusal import Refusal

API: Final = "https://api.weixin.qq.com"
_SECRET_CODES: Final = frozenset({40001, 40125, 40243, 41004})
_APP_CODES: Final = frozenset({40002, 40013, 41002})
_SETTINGS_CODES: Final = _SECRET_CODES | _APP_CODES | IP_CODES

_token = msgspec.json.Decoder(payloads.Token, strict=False)


def request_of(account: Account) -> Request:
    """Ask for the stable token: the same for all that ask, until shortly before its end."""
    body = {
        "grant_type": "client_credential",
        "appid": str(account.settings.get("app_id", "")),
        "secret": account.secrets.get("app_secret", ""),
        "force_refresh": False,
    }
    url = address(account.settings, f"{API}/cgi-bin/stable_token")
    return Request("POST", url, {"content-type": "application/json"}, msgspec.json.encode(body))


def read_token(response: Response) -> AccessToken | Refused:
    """The token, or why there is none."""
    found = read(_token, response.body)
    if found is not None and found.access_token and found.expires_in > 0:
        return AccessToken(found.access_token, found.expires_in)
    code = told(response).errcode
    if code in _SETTINGS_CODES:
        return Refused(Action.SETTINGS, _problem(response)[0], str(code))
    refused = classified(response)
    if isinstance(refused, Refused) and refused.action in (Action.RETRY, Action.SETTINGS):
        return refused
    return Refused(Action.RETRY, "WeChat gave no access token; trying again.", str(code or response.status))


def judge(response: Response | None) -> None:
    """Raise a Refusal that names the field unless the answer holds a token."""
    if response is None:
        raise Refusal("invalid-settings", "WeChat could not be reached. Try again, or check the base address.", _BASE)
    if isinstance(read_token(response), AccessToken):
        return
    raise Refusal("invalid-settings", *_problem(response))


_BASE: Final = "settings.api_base_url"


def _problem(response: Response) -> tuple[str, str]:
    """The sentence and the field of an answer without a token."""
    answer = told(response)
    if answer.errcode in _SECRET_CODES:
        return "WeChat does not accept the app secret. Copy it again, or reset it at WeChat.", "secrets.app_secret"
    if answer.errcode in _APP_CODES:
        return "WeChat does not know this app ID. Copy it again.", "settings.app_id"
    if answer.errcode in IP_CODES:
        reason = f"WeChat does not allow calls from this hub. Add {address_in(answer.errmsg)} to the account's IP list."
        return reason, "settings.app_id"
    if answer.errcode:
        rule = RULES.get(answer.errcode)
        return (rule.reason if rule else f"WeChat refused the test call (error {answer.errcode})."), "settings.app_id"
    return f"The test call was answered with {response.status} and no token. Check the base address.", _BASE
