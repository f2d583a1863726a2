"""An inbox is one connected account of a channel; its capabilities say what it can carry."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MediaRule:
    """Which files a channel carries.

    Attributes:
        types: MIME types, ``image/*`` for a whole family.
        max_bytes: size of the largest file.
    """

    types: Sequence[str]
    max_bytes: int

    def allows(self, mime_type: str) -> bool:
        """Whether a file of this type is carried."""
        family = mime_type.partition("/")[0] + "/*"
        return mime_type in self.types or family in self.types


@dataclass(frozen=True)
class Capabilities:
    """What an inbox can carry; the composer greys out from it.

    Attributes:
        text_length: most characters in one message.
        media: rules tried in order.
        attachments_per_message: most files in one message.
        reply_window_s: seconds after the customer's last message in which we answer freely, None for ever.
        replies_per_message: how many messages may answer one of the customer's, None for any number.
        receipts: whether delivered and read are told.
    """

    text_length: int
    media: Sequence[MediaRule] = field(default_factory=tuple)
    attachments_per_message: int = 1
    reply_window_s: int | None = None
    replies_per_message: int | None = None
    receipts: bool = False
    typing: bool = False
    quoting: bool = False
    buttons: bool = False
    templates: bool = False
    editing: bool = False
