"""Kinds of messages in words, the same in the list, the timeline, notices and the contact panel."""

from typing import TYPE_CHECKING, Final

from mim_desk.ui import texts

if TYPE_CHECKING:
    from mim_desk.protocol import rows

_NAMES: Final = {
    "image": "Photo",
    "video": "Video",
    "audio": "Audio",
    "voice": "Voice message",
    "file": "File",
    "sticker": "Sticker",
    "location": "Location",
    "contact_card": "Contact card",
    "choice": "Chosen answer",
    "order": "Order",
    "story_reply": "Reply to your story",
    "template": "Template",
    "unsupported": "This message needs the channel’s own app",
}


def kind_name(kind: str) -> str:
    """A kind of message in words, empty for plain text."""
    named = _NAMES.get(kind)
    return texts.tr("kinds", named) if named else ""


def deleted() -> str:
    """What stands in the place of a message that was taken back."""
    return texts.tr("kinds", "This message was deleted.")


def preview(last: "rows.LastMessage", longest: int = 400) -> str:
    """One line of a conversation's newest message, never empty."""
    if last.deleted:
        return deleted()
    words = texts.one_line(last.text, longest)
    return words or kind_name(last.type) or texts.tr("kinds", "A message without words")
