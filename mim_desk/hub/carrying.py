"""Whether an inbox can carry a reply, told before it is stored."""

from mim_desk.domain.inbox import MediaRule
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import attachments
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.plain_rows import missing
from mim_desk.protocol import api, rows


def check(conn: Connection, inbox: rows.Inbox, new: api.NewMessage) -> None:
    """Raise a Refusal that names what this inbox cannot carry, and why."""
    can = inbox.capabilities
    if new.template is None and len(new.text) > can.text_length:
        told = f"{inbox.name} carries at most {can.text_length} characters; this text has {len(new.text)}."
        raise Refusal("not-carried", told, "text")
    if len(new.attachments) > can.attachments_per_message:
        told = f"{inbox.name} carries at most {can.attachments_per_message} files in one message."
        raise Refusal("not-carried", told, "attachments")
    if new.template is not None and not can.templates:
        raise Refusal("not-carried", f"{inbox.name} has no templates.", "template")
    if new.buttons and not can.buttons:
        raise Refusal("not-carried", f"{inbox.name} carries no buttons.", "buttons")
    for attachment_id in new.attachments:
        _check_file(conn, inbox, attachment_id)


def _check_file(conn: Connection, inbox: rows.Inbox, attachment_id: str) -> None:
    file = attachments.by_id(conn, attachment_id)
    if file is None:
        raise missing("attachment")
    rules = [MediaRule(rule.types, rule.max_bytes) for rule in inbox.capabilities.media]
    fitting = [rule for rule in rules if rule.allows(file.mime_type)]
    if not fitting:
        raise Refusal("not-carried", f"{inbox.name} does not carry files of the type {file.mime_type}.", "attachments")
    most = max(rule.max_bytes for rule in fitting)
    if file.size > most:
        told = f"{inbox.name} carries files up to {most >> 20} MB; {file.name} is larger."
        raise Refusal("not-carried", told, "attachments")
