"""An inbox is one connected account of a channel; its capabilities say what it can carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mim_desk.domain.buttons import ButtonLimits
from mim_desk.domain.enclosed import CardLimits, PlaceLimits, StickerLimits
from mim_desk.domain.formatting import Formatting
from mim_desk.domain.sms_segments import USUAL_RULES, SmsRules
from mim_desk.domain.splitting import Counting

ANY_EMOJI = "*"
"""Among the reactions of a channel that takes every emoji."""


class FigureState(StrEnum):
    """Whether what is told of an account is as it should be."""

    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True)
class MediaRule:
    """Which files a channel carries.

    Attributes:
        types: MIME types, ``image/*`` for a whole family.
        max_bytes: size of the largest file.
        as_link: the channel takes no such file itself: customers get the address of it.
    """

    types: Sequence[str]
    max_bytes: int
    as_link: bool = False

    def allows(self, mime_type: str) -> bool:
        """Whether a file of this type is carried."""
        family = mime_type.partition("/")[0] + "/*"
        return mime_type in self.types or family in self.types

    def carries(self, mime_type: str, size: int) -> bool:
        """Whether a file of this type and size goes as itself."""
        return not self.as_link and size <= self.max_bytes and self.allows(mime_type)


@dataclass(frozen=True)
class CommentRules:
    """What can be done about the public comments of an inbox, besides answering below them.

    Attributes:
        private_s: seconds after a comment in which its author may be answered privately, once; None where never.
        private_channel: the channel on which that goes, empty for the inbox's own; it is the inbox there whose
            setting ``private_setting`` is the same as here.
        hiding: they can be hidden from others and shown again; ``deleting`` removed for good.
        liking: they take the inbox's reactions.
    """

    private_s: int | None = None
    private_channel: str = ""
    private_setting: str = ""
    hiding: bool = False
    deleting: bool = False
    liking: bool = False

    def is_private_way(self, here: Mapping[str, Any], channel: str, there: Mapping[str, Any]) -> bool:
        """Whether an inbox of ``channel`` carries the private answers, by the settings of both."""
        own = str(here.get(self.private_setting) or "")
        same = bool(own) and own == str(there.get(self.private_setting) or "")
        return bool(self.private_channel) and channel == self.private_channel and same


@dataclass(frozen=True)
class Capabilities:
    """What an inbox can carry; the composer greys out from it.

    Attributes:
        text_length: most characters in one message.
        part_length: how much of it the channel takes at once, counted as ``counted`` says; 0 where it is never cut.
        segments: the text becomes SMS, whose number is shown; ``sms`` says how the account writes them.
        media: rules tried in order.
        attachments_per_message: most files in one message.
        files_bytes: most that all of them may have together; 0 where that is not limited.
        reply_window_s: seconds after the customer's last message in which we answer freely, None for ever.
        replies_per_message: how many messages may answer one of the customer's, None for any number.
        receipts: whether delivered and read are told.
        typing: whether we learn that the contact types.
        buttons: whether they are shown as such; ``button_limits`` says which, where they are.
        editing: our own sent text can be changed, ``deleting`` the whole message taken back.
        typing_every_s: the contact sees that we type, for so long after each telling; 0 where not.
        read_marks: the contact sees that we read.
        reactions: emoji that we can put on the contact's message; ``*`` is any.
        copies: how many people besides the contact may get a reply (Cc and Bcc); 0 where nobody can.
        location, contact_card, sticker: what it carries of these; None where a place or a card goes by words, and a
            sticker not at all.
        comments: what can be done about public comments, None where there are none.
        formatting: how it takes marks for bold and the like.
    """

    text_length: int
    part_length: int = 0
    counted: Counting = Counting.CHARACTERS
    segments: bool = False
    sms: SmsRules = USUAL_RULES
    media: Sequence[MediaRule] = field(default_factory=tuple)
    attachments_per_message: int = 1
    files_bytes: int = 0
    reply_window_s: int | None = None
    replies_per_message: int | None = None
    receipts: bool = False
    typing: bool = False
    quoting: bool = False
    buttons: bool = False
    templates: bool = False
    editing: bool = False
    button_limits: ButtonLimits | None = None
    deleting: bool = False
    typing_every_s: float = 0.0
    read_marks: bool = False
    reactions: Sequence[str] = ()
    copies: int = 0
    location: PlaceLimits | None = None
    contact_card: CardLimits | None = None
    sticker: StickerLimits | None = None
    comments: CommentRules | None = None
    formatting: Formatting = Formatting.PLAIN
