"""A reply that goes as a template: checked before it is stored, and made whole for its channel when it is sent."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from mim_desk.channels.base import OutgoingTemplate
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import MEDIA, Filling, Template, TemplateStatus, as_text, parameters
from mim_desk.domain.template_checks import faults, why_not
from mim_desk.hub.store import attachments, templates
from mim_desk.hub.store.connection import Connection
from mim_desk.protocol import api, rows


def ready(conn: Connection, inbox: rows.Inbox, new: api.NewMessage, now: datetime) -> api.NewMessage:
    """The reply with the words of its template; a Refusal names the first blank that is wrong.

    A reply without a template is answered as it is.
    """
    if new.template is None:
        return new
    row = _usable(conn, inbox.id, new.template)
    types = {one: file.mime_type for one in new.attachments if (file := attachments.by_id(conn, one))}
    filling = _filling(new.template, types)
    wrong = faults(row.parts, filling, now)
    if wrong:
        raise Refusal("template-parameter", wrong[0].sentence, f"template.parameters.{wrong[0].key}")
    named = {filling.value(one) for _, one in parameters(row.parts) if filling.kind(one) in MEDIA}
    if set(new.attachments) - named:
        raise Refusal("not-carried", "A template carries only the files that its blanks ask for.", "attachments")
    if new.reply_to is not None:
        raise Refusal("not-carried", "A template quotes no message. Take the quote away.", "reply_to")
    return msgspec.structs.replace(new, text=as_text(row.parts, filling))


def _usable(conn: Connection, inbox_id: str, chosen: rows.ChosenTemplate) -> rows.Template:
    row = templates.by_name(conn, inbox_id, chosen.name, chosen.language)
    if row is None:
        told = "This template does not exist (any more) in this language. Choose another one."
        raise Refusal("no-template", told, "template.name")
    if row.status is not TemplateStatus.APPROVED:
        raise Refusal(
            "template-not-approved", f"{why_not(row.status, row.reason)} Choose another one.", "template.name"
        )
    return row


def _filling(chosen: rows.ChosenTemplate, types: Mapping[str, str]) -> Filling:
    return Filling(chosen.parameters, chosen.kinds, types)


def outgoing(conn: Connection, message: rows.Message) -> OutgoingTemplate | None:
    """The template of a stored reply as its channel gets it; a Refusal when it was paused or went meanwhile."""
    chosen = message.template
    if chosen is None:
        return None
    row = _usable(conn, message.inbox_id, chosen)
    told = {name: getattr(row, name) for name in Template.__dataclass_fields__}
    template = Template(**{**told, "parts": tuple(row.parts)})
    return OutgoingTemplate(template, _filling(chosen, {one.id: one.mime_type for one in message.attachments}))
