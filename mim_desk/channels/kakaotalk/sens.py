"""AlimTalk through NCP SENS: notices that Kakao approved, sent beside the dealer that carries consultation talk.

https://api.ncloud-docs.com/docs/ai-application-service-sens-alimtalkv2 for the call, and
https://api.ncloud-docs.com/docs/common-ncpapi for its signature. The codes of single messages are not published there.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
import phonenumbers

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    Action,
    InDoubt,
    Outgoing,
    OutgoingTemplate,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.kakaotalk.alimtalk import PHONE, written
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Filling, Template

API: Final = "https://sens.apigw.ntruss.com"
_LONGEST_DETAIL: Final = 300


class Said(msgspec.Struct, frozen=True, rename="camel"):
    """``{"messageId": "…", "to": "01012345678", "requestStatusCode": "A000", "requestStatusName": "success"}``."""

    message_id: str = ""
    request_status_code: str = ""
    request_status_name: str = ""
    request_status_desc: str | None = None


class Answer(msgspec.Struct, frozen=True, rename="camel"):
    """``{"requestId": "…", "statusCode": "202", "messages": [{…}]}``."""

    messages: list[Said]
    request_id: str = ""


class Fault(msgspec.Struct, frozen=True, rename="camel"):
    """``{"errorCode": "200", "message": "Authentication Failed"}``."""

    error_code: str = ""
    message: str = ""


class Problem(msgspec.Struct, frozen=True):
    """``{"error": {…}}`` of the gateway, ``{"status": 400, "errors": ["…"]}`` of the service."""

    error: Fault = Fault()
    errors: list[str] = []


_answer = msgspec.json.Decoder(Answer, strict=False)
_problem = msgspec.json.Decoder(Problem, strict=False)


def is_chosen(settings: Mapping[str, Any]) -> bool:
    """Whether notices go this way instead of by the dealer."""
    return settings.get("notices") == "sens"


def check(settings: Mapping[str, Any]) -> None:
    """Raise a Refusal that names the field."""
    service = str(settings.get("sens_service_id") or "")
    if is_chosen(settings) and not (service.isascii() and service.isprintable() and " " not in service):
        raise Refusal("invalid-settings", "There are spaces in it. Copy it again.", "settings.sens_service_id")
    base = settings.get("sens_base_url")
    if base and not urlsplit(str(base)).hostname:
        raise Refusal("invalid-settings", "The address of SENS has no valid host name.", "settings.sens_base_url")


def request(account: Account, message: Outgoing, outgoing: OutgoingTemplate) -> Request:
    """The call that sends a notice. SENS takes no key of ours, so it is made once."""
    path = f"/alimtalk/v2/services/{quote(str(account.settings.get('sens_service_id', '')), safe=':')}/messages"
    body = {
        "plusFriendId": str(account.settings.get("sens_channel") or account.settings.get("sender_key", "")),
        "templateCode": outgoing.template.name,
        "messages": [{**_number(outgoing.filling), **_content(outgoing.template, outgoing.filling)}],
    }
    base = str(account.settings.get("sens_base_url") or API).rstrip("/")
    headers = {"content-type": "application/json; charset=utf-8", **_signed(account, "POST", path, message.at)}
    return Request("POST", f"{base}{path}", headers, msgspec.json.encode(body), once=True)


def is_asked(account: Account, request: Request) -> bool:
    """Whether a call went to SENS."""
    base = str(account.settings.get("sens_base_url") or API).rstrip("/")
    return is_chosen(account.settings) and request.url.startswith(f"{base}/alimtalk/")


def classify(response: Response) -> Taken | Refused | InDoubt:
    """What an answer of SENS means; none of them says anything of consultation talk, so none pauses the inbox."""
    if not 200 <= response.status < 300:
        return _refused(response)
    told = read(_answer, response.body)
    if told is None or not told.messages:
        return UNREADABLE_ANSWER
    (one, *_) = told.messages
    if one.request_status_name == "fail":
        reason = f"SENS did not take the notice. {_sentence(one.request_status_desc)}".strip()
        return Refused(Action.REJECTED, reason, one.request_status_code)
    return Taken((one.message_id,) if one.message_id else ())


def _refused(response: Response) -> Refused:
    problem, status = read(_problem, response.body) or Problem(), response.status
    code = problem.error.error_code or str(status)
    if status in (408, 429) or status >= 500:
        return Refused(Action.RETRY, "SENS is busy; trying again.", str(status), retry_after_s(response.headers))
    if status in (401, 403):
        told = "SENS does not accept the access key and its secret key. Renew them in the inbox's settings."
        return Refused(Action.REJECTED, told, code)
    if status == 404:
        told = "SENS knows no service of this ID. Check it in the inbox's settings."
        return Refused(Action.REJECTED, told, code)
    said = problem.error.message or (problem.errors[0] if problem.errors else "")
    return Refused(Action.REJECTED, f"SENS did not take the notice. {_sentence(said)}".strip(), code)


def _sentence(said: str | None) -> str:
    line = " ".join((said or "").split()).rstrip(".")[:_LONGEST_DETAIL]
    return f"{line}." if line else ""


def _signed(account: Account, method: str, path: str, at: datetime) -> dict[str, str]:
    """Method and path, the time in milliseconds and the access key, each on its line, signed with the secret key."""
    stamp, key = str(int(at.timestamp() * 1000)), str(account.settings.get("sens_access_key", ""))
    secret = account.secrets.get("sens_secret_key", "").encode("utf-8", "surrogatepass")
    text = f"{method} {path}\n{stamp}\n{key}".encode("utf-8", "surrogatepass")
    mark = base64.b64encode(hmac.new(secret, text, hashlib.sha256).digest()).decode()
    return {"x-ncp-apigw-timestamp": stamp, "x-ncp-iam-access-key": key, "x-ncp-apigw-signature-v2": mark}


def _number(filling: Filling) -> dict[str, str]:
    """The country apart, and the number as it is dialled there [unverified: with its zero]."""
    try:
        number = phonenumbers.parse(filling.value(PHONE), "KR")
    except phonenumbers.NumberParseException as problem:
        raise Refusal("template-parameter", "This is no phone number.", "template.parameters") from problem
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return {"countryCode": str(number.country_code), "to": "".join(filter(str.isdecimal, national))}


def _content(template: Template, filling: Filling) -> dict[str, Any]:
    """What is said, in SENS's words."""
    notice = written(template, filling)
    buttons = [{"type": "WL", "name": name, "linkMobile": link, "linkPc": link} for name, link in notice.links]
    told = {"title": notice.title, "content": notice.text, "buttons": buttons}
    return {name: one for name, one in told.items() if one}
