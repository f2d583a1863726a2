"""Utility messages: templates that Meta approved for the Page, the only thing it takes when nobody wrote for long."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingTemplate, Request, Step, TemplatePage
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.meta_template_bodies import components
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import MEDIA, Template, TemplateStatus, parameters

FIELDS: Final = "id,name,language,status,category,components"


def list_request(account: Account, cursor: str) -> Request:
    """The call for the Page's templates."""
    asked = {"fields": FIELDS, "limit": "100", **({"after": cursor} if cursor else {})}
    return Request("GET", meta.address(account, _page(account), "message_templates", **asked), meta.bearer(account))


def usable(page: TemplatePage) -> TemplatePage:
    """The same, without saying that files can be sent along: how Messenger takes them is not described."""
    return replace(page, templates=tuple(_without_files(one) for one in page.templates))


def _without_files(template: Template) -> Template:
    if all(one.kind not in MEDIA for _, one in parameters(template.parts)):
        return template
    status = TemplateStatus.UNUSABLE if template.status is TemplateStatus.APPROVED else template.status
    return replace(template, status=status, reason="It has a file in its header.")


def template_steps(account: Account, message: Outgoing, template: OutgoingTemplate) -> Sequence[Step]:
    """The one call that sends a utility message."""
    payload: dict[str, Any] = {
        "template_type": "utility_messages",
        "name": template.template.name,
        "language": {"code": template.template.language},
    }
    filled = [_numbered(one) for one in components(template, _no_file)]
    if filled:
        payload["components"] = filled
    body = {
        "recipient": {"id": message.recipient},
        "messaging_type": "UTILITY",
        "message": {"attachment": {"type": "template", "payload": payload}, "metadata": message.message_id},
    }
    headers = meta.bearer(account, **{"content-type": "application/json"})
    url = meta.address(account, _page(account), "messages")
    return [Request("POST", url, headers, msgspec.json.encode(body))]


def _numbered(component: dict[str, Any]) -> dict[str, Any]:
    """Messenger counts its buttons in figures, where WhatsApp writes them as text."""
    return {**component, "index": int(component["index"])} if "index" in component else component


def _no_file(attachment_id: str) -> Mapping[str, str]:
    raise Refusal("not-carried", "Utility messages carry no files.", "attachments")


def _page(account: Account) -> str:
    return str(account.settings.get("page_id") or "")
