"""Writing a reply that goes as a template: its files are uploaded, then one message names template, values and files."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingTemplate, Request, Step
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.meta_template_bodies import components
from mim_desk.channels.whatsapp.people import is_user_id
from mim_desk.channels.whatsapp.rendering import kind_of, naming, number_of, upload


def template_steps(account: Account, message: Outgoing, template: OutgoingTemplate) -> Sequence[Step]:
    """The calls that send a template."""
    uploaded: list[str] = []
    send = partial(_send, account, message, template, uploaded)
    if not message.files:
        return [send()]
    first, *others = [partial(upload, account, file) for file in message.files]
    return [first(), *(naming(uploaded, write) for write in (*others, send))]


def _send(account: Account, message: Outgoing, template: OutgoingTemplate, uploaded: Sequence[str]) -> Request:
    places = {file.id: place for place, file in enumerate(message.files)}

    def media(attachment_id: str) -> Mapping[str, str]:
        file = message.files[places[attachment_id]]
        named = {"filename": file.name} if kind_of(file)[0] == "document" else {}
        return {"id": uploaded[places[attachment_id]], **named}

    told: dict[str, Any] = {
        "name": template.template.name,
        "language": {"policy": "deterministic", "code": template.template.language},
    }
    filled = components(template, media)
    if filled:
        told["components"] = filled
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient" if is_user_id(message.recipient) else "to": message.recipient,
        "type": "template",
        "template": told,
        "biz_opaque_callback_data": message.message_id,
    }
    if message.reply_to:
        body["context"] = {"message_id": message.reply_to}
    headers = meta.bearer(account, **{"content-type": "application/json"})
    return Request("POST", meta.address(account, number_of(account), "messages"), headers, msgspec.json.encode(body))
