"""AlimTalk: notices that Kakao approved, sent by phone number, also to people who never wrote.

Infobip cannot list them, so they stand in the settings. Kakao compares the text with what it approved: nothing but the
blanks may differ. The form of the buttons is that of consultation talk; for AlimTalk it is not verified.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingTemplate, Request
from mim_desk.channels.shared.written_templates import Limits, templates
from mim_desk.domain.template import Filling, Parameter, ParameterKind, Part, PartKind, Template, filled

LIMITS: Final = Limits(name=30, text=1000, header=50, buttons=5)
PATH: Final = "/kakao-alim/1/messages"
PHONE: Final = Parameter("recipient.phone", ParameterKind.PHONE, label="phone number")
RECIPIENT: Final = Part("recipient", PartKind.RECIPIENT, parameters=(PHONE,))
_NO_DIGITS: Final = re.compile("[^0-9]")


def of_settings(account: Account) -> Sequence[Template]:
    """The approved notices as the settings have them."""
    return templates(account.settings, LIMITS, RECIPIENT)


class Written(NamedTuple):
    """A notice with its blanks filled: heading, text, and its buttons as words and address."""

    title: str | None
    text: str | None
    links: tuple[tuple[str, str], ...]


def written(template: Template, filling: Filling) -> Written:
    """The whole text as Kakao approved it."""
    said = {
        part.kind: filled(part, filling) for part in template.parts if part.kind in (PartKind.HEADER, PartKind.BODY)
    }
    buttons = (part for part in template.parts if part.kind is PartKind.BUTTON)
    links = tuple((part.text, filled(part, filling, part.target)) for part in buttons)
    return Written(said.get(PartKind.HEADER), said.get(PartKind.BODY), links)


def content_of(template: Template, filling: Filling) -> dict[str, Any]:
    """What is said, in Infobip's words."""
    notice = written(template, filling)
    buttons = [{"type": "OPEN_URL", "name": name, "urlMobile": link, "urlPc": link} for name, link in notice.links]
    told = {"title": notice.title, "text": notice.text, "buttons": buttons}
    return {"type": "TEMPLATE", "templateCode": template.name} | {name: one for name, one in told.items() if one}


def request(
    account: Account, message: Outgoing, outgoing: OutgoingTemplate, headers: dict[str, str], webhooks: Any
) -> Request:
    """The call that sends a notice."""
    to = _NO_DIGITS.sub("", outgoing.filling.value(PHONE))
    body = {
        "messages": [
            {
                "sender": str(account.settings.get("sender_key", "")),
                "destinations": [{"to": to, "messageId": message.message_id}],
                "content": content_of(outgoing.template, outgoing.filling),
                "webhooks": webhooks,
            }
        ]
    }
    url = f"{str(account.settings.get('api_base_url') or '').rstrip('/')}{PATH}"
    return Request("POST", url, {**headers, "content-type": "application/json"}, msgspec.json.encode(body), once=True)
