"""Whether a public comment can be answered privately, and by which inbox: all that can be said before it is sent."""

from datetime import timedelta

import msgspec

from mim_desk.channels.registry import manifest
from mim_desk.domain.inbox import CommentRules
from mim_desk.domain.message import MessageKind
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.splitting import split_text
from mim_desk.hub.store import inboxes, private_replies
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.plain_rows import missing
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import api, rows

_PRIVATE = "private"


def ready(unit: Unit, conversation: rows.Conversation, new: api.NewMessage) -> api.NewMessage:
    """The reply with the inbox that carries it and the comment by our id; a Refusal where it cannot go."""
    if new.kind != MessageKind.REPLY or new.template is not None:
        raise Refusal("invalid", "Only a reply in your own words can be private.", _PRIVATE)
    comment = private_replies.quoted_by(unit.conn, conversation.inbox_id, new)
    if comment is None or comment.contact_id != conversation.contact_id or not _is_comment(comment):
        raise Refusal("invalid", "A private reply answers a public comment. Choose the comment.", "reply_to")
    here = inboxes.by_id(unit.conn, comment.inbox_id)
    if here is None:
        raise missing("inbox")
    rules = _rules(here, comment)
    assert rules.private_s is not None
    if unit.now - comment.occurred_at >= timedelta(seconds=rules.private_s):
        days = rules.private_s // 86_400
        told = f"A comment can be answered privately for {days} days; this one is older. Answer it publicly."
        raise Refusal("window-closed", told, _PRIVATE)
    there = way(unit.conn, here, rules)
    _check_one_message(there, new)
    return msgspec.structs.replace(new, inbox_id=there.id, reply_to=rows.ReplyTo(comment.id, comment.external_id))


def _is_comment(message: rows.Message) -> bool:
    is_there = message.kind is MessageKind.INCOMING and message.deleted_at is None
    return is_there and message.details.get("public") == "yes"


def _rules(here: rows.Inbox, comment: rows.Message) -> CommentRules:
    sheet = here.capabilities.comments
    if sheet is None or sheet.private_s is None:
        raise Refusal("not-carried", f"{here.name} has no private replies.", _PRIVATE)
    if not comment.details.get("private_as"):
        raise Refusal("not-carried", f"{here.name} has no private reply to this kind of message.", _PRIVATE)
    return CommentRules(**msgspec.structs.asdict(sheet))


def way(conn: Connection, here: rows.Inbox, rules: CommentRules) -> rows.Inbox:
    """The inbox in which the private conversation goes on; a Refusal where nobody would hear the answer."""
    for there in (here, *inboxes.everything(conn)):
        if rules.is_private_way(here.settings, there.channel, there.settings):
            return there
    name = manifest(rules.private_channel).name
    told = f"The customer would answer on {name}, which is not connected for this account. Connect it first."
    raise Refusal("no-private-inbox", told, _PRIVATE)


def _check_one_message(there: rows.Inbox, new: api.NewMessage) -> None:
    """A second message is not taken before the person answers."""
    can = there.capabilities
    text = new.text.strip()
    parts = len(split_text(text, can.part_length or can.text_length, can.counted.size)) if text else 0
    if parts > 1:
        told = f"A private reply is one message; this text would be {parts} in {there.name}. Shorten it."
        raise Refusal("not-carried", told, "text")
    more = rows.enclosed(new.location, new.contact_card, new.sticker) is not None
    if parts + len(new.attachments) > 1 or more:
        told = "A private reply is one message: a text, or one file. Send the rest once they answer."
        raise Refusal("not-carried", told, "attachments")
