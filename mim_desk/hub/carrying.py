"""Whether an inbox can carry a reply, told before it is stored."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mim_desk.domain import mail_copies
from mim_desk.domain.buttons import NO_FRAME, Button, ButtonLimits, Fault, Problem, in_words, problem
from mim_desk.domain.inbox import MediaRule
from mim_desk.domain.refusal import Refusal
from mim_desk.hub import enclosing
from mim_desk.hub.store import attachments
from mim_desk.hub.store.connection import Connection
from mim_desk.hub.store.plain_rows import missing
from mim_desk.protocol import api, rows

MOST_BUTTON_ID: Final = 256
_SAYS: Final = {
    Fault.NO_TEXT: "Buttons stand under a text. Write what they answer.",
    Fault.NO_TITLE: "Button {place} has no words.",
    Fault.TITLE_LENGTH: "The words of button {place} have more than {most} characters, which is the most in {inbox}.",
    Fault.SAME_TITLE: "Button {place} has the same words as another.",
    Fault.TOO_MANY: "{inbox} carries at most {most} such buttons in one message.",
    Fault.NO_LINKS: "{inbox} has no buttons that open an address. Write the address into the text.",
    Fault.TOO_MANY_LINKS: "{inbox} carries at most {most} buttons that open an address in one message.",
    Fault.NOT_MIXED: "In {inbox} a button that opens an address stands alone.",
    Fault.BAD_LINK: "The address of button {place} must begin with https:// or http:// and have at most {most} characters.",
    Fault.NO_DESCRIPTIONS: "Button {place} has a second line or a heading, which {inbox} does not show.",
    Fault.DESCRIPTION_LENGTH: "The second line of button {place} has more than {most} characters.",
    Fault.SECTION_LENGTH: "The heading of button {place} has more than {most} characters.",
    Fault.NO_PLACE_REQUESTS: "{inbox} has no button that asks for a location. Ask for it in words.",
    Fault.ASKS_ALONE: "In {inbox} a button that asks for a location stands alone.",
    Fault.NO_FRAME: "{inbox} shows nothing above or below this text. Write it into the text.",
    Fault.HEADER_LENGTH: "What stands above the text has at most {most} characters in {inbox}.",
    Fault.FOOTER_LENGTH: "What stands below the text has at most {most} characters in {inbox}.",
}


_OF_FRAME: Final = (Fault.NO_FRAME, Fault.HEADER_LENGTH, Fault.FOOTER_LENGTH)


def plain(buttons: Sequence[rows.Button]) -> list[Button]:
    """Buttons out of a message's row."""
    return [
        Button(one.title, one.id, one.url, one.description, one.section, asks_place=one.asks_place) for one in buttons
    ]


def limits_of(sheet: rows.CapabilitySheet) -> ButtonLimits | None:
    """What an inbox carries of buttons, None where it has none."""
    return ButtonLimits(**msgspec.structs.asdict(sheet.button_limits)) if sheet.button_limits else None


def said(found: Problem, inbox: str) -> str:
    """Why buttons cannot go, one sentence."""
    return _SAYS[found.fault].format(place=found.place + 1, most=found.most, inbox=inbox)


def check(conn: Connection, inbox: rows.Inbox, new: api.NewMessage) -> None:
    """Raise a Refusal that names what this inbox cannot carry, and why."""
    can = inbox.capabilities
    buttons = plain(new.buttons or ())
    limits = limits_of(can)
    text = enclosing.words_of(new, can)
    length = len(text if limits else in_words(text, buttons))
    enclosing.check(conn, inbox, new)
    _check_copies(inbox, new.copies)
    if new.template is None and length > can.text_length:
        told = f"{inbox.name} carries at most {can.text_length} characters; this text has {length}."
        raise Refusal("not-carried", told, "text")
    if len(new.attachments) > can.attachments_per_message:
        told = f"{inbox.name} carries at most {can.attachments_per_message} files in one message."
        raise Refusal("not-carried", told, "attachments")
    if new.template is not None and not can.templates:
        raise Refusal("not-carried", f"{inbox.name} has no templates.", "template")
    found = problem(buttons, limits, text, new.frame or NO_FRAME)
    if found is not None:
        raise Refusal("not-carried", said(found, inbox.name), "frame" if found.fault in _OF_FRAME else "buttons")
    if any(len(one.id) > MOST_BUTTON_ID for one in buttons):
        raise Refusal("not-carried", f"The id of a button has at most {MOST_BUTTON_ID} characters.", "buttons")
    own = new.sticker.attachment if new.sticker else ""
    sizes = [_check_file(conn, inbox, one) for one in new.attachments if one != own]
    if 0 < can.files_bytes < sum(sizes):
        told = f"{inbox.name} carries files up to {can.files_bytes / 1_000_000:.1f} MB together; these have more."
        raise Refusal("not-carried", told, "attachments")


def _check_copies(inbox: rows.Inbox, copies: rows.Copies | None) -> None:
    if not copies:
        return
    most = inbox.capabilities.copies
    if not most:
        raise Refusal("not-carried", f"{inbox.name} sends no copies to others.", "copies")
    if len(copies.cc) + len(copies.bcc) > most:
        raise Refusal("not-carried", f"{inbox.name} sends a reply to at most {most} others.", "copies")
    wrong = mail_copies.first_wrong(copies.cc, copies.bcc)
    if wrong:
        raise Refusal("not-carried", f"{wrong[:80]!r} is no address that mail can be sent to.", "copies")
    again = mail_copies.twice(copies.cc, copies.bcc)
    if again:
        raise Refusal("not-carried", f"{again} is named twice. Take it out once.", "copies")


def _check_file(conn: Connection, inbox: rows.Inbox, attachment_id: str) -> int:
    """The size of a file that the inbox carries."""
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
    return file.size
