"""What WeChat takes outside the 48 hours: template messages of service accounts, and notices people subscribed to.

The calls that list both are documented by WeChat, though not in our contract sheet; an account without the privilege
answers 48001 and has none.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingTemplate, Refused, Request, Response, TemplatePage
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.wechat import errors
from mim_desk.channels.wechat.account_token import API
from mim_desk.domain.template import Parameter, Part, PartKind, Template, holes

NOTICES: Final = "notices"
"""The cursor that asks for the second list, and the category of what is in it."""
_NOT_ALLOWED: Final = "48001"
_LONGEST: Final[Mapping[str, int]] = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "name": 20,
    "phrase": 5,
}
"""Most characters of a value, by the kind that its name begins with; a name has half as many in Chinese."""
_DATA: Final = re.compile(r"\{\{\s*([A-Za-z_]{1,40}[0-9]{0,3})\.DATA\s*\}\}", re.ASCII)
_KIND: Final = re.compile(r"([a-z_]+?)[0-9]+", re.ASCII)


class Listed(msgspec.Struct, frozen=True, rename={"pri_id": "priTmplId"}):
    """``{"template_id": "…", "title": "…", "content": "{{thing1.DATA}}"}``; of a notice the id is ``priTmplId``."""

    title: str = ""
    content: str = ""
    template_id: str = ""
    pri_id: str = ""


class Answer(msgspec.Struct, frozen=True):
    """``{"template_list": [...]}``, of notices ``{"errcode": 0, "data": [...]}``."""

    template_list: list[msgspec.Raw] = []
    data: list[msgspec.Raw] = []


_answer = msgspec.json.Decoder(Answer)
_listed = msgspec.json.Decoder(Listed)


def list_request(account: Account, cursor: str) -> Request:
    """The call for template messages, then that for notices."""
    path = "/wxaapi/newtmpl/gettemplate" if cursor == NOTICES else "/cgi-bin/template/get_all_private_template"
    return Request("GET", address(account.settings, f"{API}{path}"))


def page_of(cursor: str, response: Response) -> TemplatePage | Refused:
    """What an answer lists; an account that may not ask has none of that kind."""
    following = "" if cursor == NOTICES else NOTICES
    told = errors.classified(response)
    if isinstance(told, Refused):
        return TemplatePage((), following) if told.code == _NOT_ALLOWED else told
    answer = read(_answer, response.body) or Answer()
    raw = answer.data if cursor == NOTICES else answer.template_list
    found = (_template(one, cursor) for item in raw if (one := read(_listed, item)) is not None)
    return TemplatePage(tuple(one for one in found if one is not None), following)


def _template(listed: Listed, category: str) -> Template | None:
    name = listed.pri_id if category == NOTICES else listed.template_id
    if not name:
        return None
    text = _DATA.sub(lambda hole: f"{{{{{hole[1]}}}}}", listed.content).strip()
    blanks = tuple(Parameter(f"body.{one}", name=one, longest=_longest(one)) for one in holes(text))
    return Template(name, "", (Part("body", PartKind.BODY, text, blanks),), title=listed.title, category=category)


def _longest(name: str) -> int:
    kind = _KIND.fullmatch(name)
    return _LONGEST.get(kind[1], 0) if kind else 0


def request(account: Account, message: Outgoing, outgoing: OutgoingTemplate) -> Request:
    """The call that sends a template message, or a notice."""
    template, filling = outgoing.template, outgoing.filling
    blanks = [one for part in template.parts for one in part.parameters]
    body: dict[str, Any] = {
        "touser": message.recipient,
        "template_id": template.name,
        "data": {one.name: {"value": filling.value(one)} for one in blanks},
    }
    path = "/cgi-bin/message/subscribe/bizsend"
    if template.category != NOTICES:
        path = "/cgi-bin/message/template/send"
        body["client_msg_id"] = message.message_id.replace("-", "")
    headers = {"content-type": "application/json"}
    return Request("POST", address(account.settings, f"{API}{path}"), headers, msgspec.json.encode(body))
