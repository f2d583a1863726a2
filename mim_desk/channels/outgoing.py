"""One reply on its way out, as an adapter gets it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mim_desk.domain.buttons import NO_FRAME, Button, ButtonLimits, Frame
from mim_desk.domain.enclosed import Enclosed, Sticker
from mim_desk.domain.template import Filling, Template


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send, with its bytes and its public address; that is empty when nobody outside reaches the hub.

    Attributes:
        preview: address of a small JPEG, at most 1 MB, that stands for a picture or a film.
    """

    id: str
    name: str
    mime_type: str
    data: bytes = field(repr=False)
    url: str = ""
    preview: str = ""


@dataclass(frozen=True, slots=True)
class LastIncoming:
    """The contact's last message in the conversation, for channels whose replies build on it.

    Attributes:
        at: the provider's time of it.
        details: what the adapter noted when it came, such as a token to answer with.
    """

    at: datetime
    external_id: str | None = None
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingTemplate:
    """A template with what stands in its blanks; values that are files name one of the reply's files."""

    template: Template
    filling: Filling


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A reply on its way to a contact; there is no way to make one of a note: it carries no kind.

    Attributes:
        message_id: our UUID, the idempotency key.
        recipient: the contact's external id in this inbox.
        at: the hub's time of this attempt, for signatures.
        reply_to: the provider's id of the quoted message, ``reply_to_details`` what the adapter noted of it.
        automatic: no person wrote it, so some channels allow less.
        template: it goes as this template, and ``text`` is only how that reads.
        cc, bcc: addresses that get it too, where the channel carries copies; of ``bcc`` nobody else may learn.
        buttons: what it offers, each under the key by which a press is known again; none where the channel has no
            buttons: then they are words of the text. ``button_limits`` is what the channel's manifest says of them.
        frame: what stands above and below the text with the buttons.
        enclosed: a place, a card or a sticker, only of those that the channel's manifest names.
        private: it goes to the author of the quoted public comment alone, who may never have written privately:
            then ``recipient`` is empty.
    """

    message_id: str
    recipient: str
    at: datetime
    text: str = ""
    files: tuple[OutgoingFile, ...] = ()
    reply_to: str | None = None
    reply_to_details: Mapping[str, str] = field(default_factory=dict, repr=False)
    last_incoming: LastIncoming | None = None
    automatic: bool = False
    template: OutgoingTemplate | None = None
    buttons: tuple[Button, ...] = ()
    button_limits: ButtonLimits | None = None
    frame: Frame = NO_FRAME
    enclosed: Enclosed | None = None
    private: bool = False
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    @property
    def plain_files(self) -> tuple[OutgoingFile, ...]:
        """The files that are no sticker."""
        own = self.enclosed.attachment if isinstance(self.enclosed, Sticker) else ""
        return tuple(one for one in self.files if one.id != own) if own else self.files

    @property
    def sticker_file(self) -> OutgoingFile | None:
        """The file that goes as a sticker."""
        own = self.enclosed.attachment if isinstance(self.enclosed, Sticker) else ""
        return next((one for one in self.files if own and one.id == own), None)
