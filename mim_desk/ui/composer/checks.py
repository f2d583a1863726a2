"""What speaks against sending what is written, and against a file, in the agent's words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mim_desk.desk.shapes import LocalFile
from mim_desk.domain import canned_reply, consent
from mim_desk.domain.buttons import NO_FRAME, Frame, in_words
from mim_desk.domain.inbox import MediaRule
from mim_desk.protocol import rows
from mim_desk.ui import texts
from mim_desk.ui.composer import copies, offer
from mim_desk.ui.composer.split import plain, split_of
from mim_desk.ui.composer.wording import tr
from mim_desk.ui.timeline.shown_text import file_name


@dataclass(frozen=True)
class Written:
    """What stands in the composer.

    Attributes:
        mode: ``reply`` or ``note``.
    """

    mode: str
    text: str
    files: Sequence[LocalFile]
    buttons: Sequence[rows.Button] = ()
    copies: rows.Copies = field(default_factory=rows.Copies)
    frame: Frame = NO_FRAME


def blanks(written: Written) -> list[str]:
    """Names of variables that nobody filled, in order, each once; notes have none."""
    if written.mode != "reply" or "{{" not in written.text:
        return []
    return list(dict.fromkeys(variable.name for variable in canned_reply.undefined(written.text)))


def window_closed(conversation: rows.Conversation, now: datetime) -> bool:
    """Whether the channel takes no free reply any more."""
    until = conversation.reply_window_until
    return until is not None and until <= now


def replies_used_up(conversation: rows.Conversation) -> bool:
    """Whether the channel takes no further reply to the customer's last message."""
    return conversation.replies_left == 0


def unreachable(contact: rows.Contact | None, inbox_id: str) -> bool:
    """Whether nothing can be sent to the contact through an inbox: they left, blocked us or said stop there."""
    there = [one for one in contact.identities if one.inbox_id == inbox_id] if contact is not None else []
    return bool(there) and all(is_shut(contact, one) for one in there)


def is_shut(contact: rows.Contact | None, one: rows.Identity) -> bool:
    """Whether nothing gets through to an address."""
    said = contact.consents if contact is not None else ()
    return one.blocked_at is not None or consent.stopped(said, one.inbox_id, one.external_id) is not None


def held_by_tool(contact: rows.Contact | None, inbox_id: str) -> bool:
    """Whether another tool of the brand has the contact's chat in an inbox."""
    there = [one for one in contact.identities if one.inbox_id == inbox_id] if contact is not None else []
    return bool(there) and all(one.other_tool for one in there)


def why_not(
    written: Written,
    sheet: rows.CapabilitySheet,
    *,
    closed: bool = False,
    unreachable: bool = False,
    other_tool: bool = False,
    archived: bool = False,
    replies_left: int | None = None,
) -> str:
    """Why this cannot be sent, one sentence; empty when it can, also for an empty composer."""
    if written.mode != "reply":
        return ""
    if archived:
        return tr("An archive cannot be answered. A note still goes to the team.")
    if unreachable:
        return tr("They left, blocked us or said stop here. A note still goes to the team.")
    if other_tool:
        return tr("Another tool has this chat. A note still goes to the team.")
    if closed:
        return tr("The reply window is closed. A note still goes to the team.")
    if replies_left == 0:
        return tr("No more replies until they write again. A note still goes to the team.")
    return (
        _unfilled(written)
        or _too_long(written, sheet)
        or offer.refusal_of(written.buttons, sheet, written.text, written.frame)
        or copies.refusal_of(written.copies, sheet)
        or _files_refused(written, sheet)
        or _too_many(written, sheet, replies_left)
    )


def _unfilled(written: Written) -> str:
    missing = ", ".join(texts.isolated(name) for name in blanks(written))
    return tr("Fill in or remove: {names}").format(names=missing) if missing else ""


def _too_long(written: Written, sheet: rows.CapabilitySheet) -> str:
    told = written.text.strip()
    if written.buttons and sheet.button_limits is None:
        told = in_words(told, plain(written.buttons))
    over = len(told) - sheet.text_length
    if sheet.text_length <= 0 or over <= 0:
        return ""
    return tr("%n characters more than one message carries.", over).replace("%n", texts.count(over))


def _files_refused(written: Written, sheet: rows.CapabilitySheet) -> str:
    if len(written.files) > max(sheet.attachments_per_message, 1):
        most = max(sheet.attachments_per_message, 1)
        return tr("%n files are the most in one message.", most).replace("%n", str(most))
    whys = (refused_file(file.name, file.mime_type, file.size, sheet) for file in written.files)
    return next((why for why in whys if why), "") or too_large(written.files, sheet)


def too_large(files: Sequence[LocalFile], sheet: rows.CapabilitySheet) -> str:
    """Why the inbox does not carry these files in one message, each of which it carries alone; empty when it does."""
    together = sum(one.size for one in files if not goes_as_link(one.mime_type, one.size, sheet))
    if not 0 < sheet.files_bytes < together:
        return ""
    told = {"size": texts.file_size(together), "most": texts.file_size(sheet.files_bytes)}
    return tr("Together these files have {size}; this inbox carries up to {most} in one message.").format(**told)


def _too_many(written: Written, sheet: rows.CapabilitySheet, replies_left: int | None) -> str:
    if replies_left is None:
        return ""
    takes = messages_in(written, sheet)
    if takes <= replies_left:
        return ""
    told = {"takes": texts.count(takes), "left": texts.count(replies_left)}
    return tr("This takes {takes} messages; {left} can still be sent until they write again.").format(**told)


def messages_in(written: Written, sheet: rows.CapabilitySheet) -> int:
    """How many of the channel's messages this is: its files, and the parts of its text."""
    return len(written.files) + len(split_of(written.text, sheet, written.buttons).parts)


def refused_file(name: str, mime_type: str, size: int, sheet: rows.CapabilitySheet) -> str:
    """Why the inbox does not carry a file, empty when it does."""
    rules = [rule for rule in sheet.media if MediaRule(rule.types, rule.max_bytes).allows(mime_type)]
    shown = texts.left_to_right(file_name(name))
    if size == 0:
        return tr("{name} is empty.").format(name=shown)
    if not rules:
        return tr("{name}: this inbox does not carry {kind} files.").format(name=shown, kind=mime_type)
    largest = max(rule.max_bytes for rule in rules)
    largest = min(largest, sheet.files_bytes or largest)
    if size > largest:
        told = {"name": shown, "size": texts.file_size(size), "most": texts.file_size(largest)}
        return tr("{name} has {size}; this inbox carries up to {most}.").format(**told)
    return ""


def goes_as_link(mime_type: str, size: int, sheet: rows.CapabilitySheet) -> bool:
    """Whether the inbox carries a file by its address alone."""
    rules = [MediaRule(rule.types, rule.max_bytes, rule.as_link) for rule in sheet.media]
    return bool(rules) and not any(rule.carries(mime_type, size) for rule in rules)


def values_of(
    contact: rows.Contact | None, conversation: rows.Conversation, agent: rows.Agent | None, inbox: rows.Inbox | None
) -> dict[str, str]:
    """What the variables of canned replies stand for here."""
    values = {"conversation.number": str(conversation.number)}
    if contact is not None:
        values |= {f"contact.{name}": value for name, value in contact.fields.items()}
        values |= {"contact.name": contact.name, "contact.first_name": first_name(contact.name)}
        values["contact.language"] = contact.language
    if agent is not None:
        values |= {"agent.name": agent.name, "agent.first_name": first_name(agent.name)}
    if inbox is not None:
        values |= {"brand.name": inbox.brand.name, "inbox.name": inbox.name}
    return {name: texts.one_line(value, 200) for name, value in values.items() if value}


def first_name(name: str) -> str:
    """The first word of a name in scripts with spaces; else all of it."""
    return name.split(maxsplit=1)[0] if name.split() and not texts.script_of(name) else name
