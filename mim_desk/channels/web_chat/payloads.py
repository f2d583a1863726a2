"""What the chat page posts (contract: README.md beside this file), and what the hub hands to the adapter of it."""

from typing import Annotated, Any, Final, Literal

import msgspec

from mim_desk.domain.message import Activity

MAX_TEXT = 4000
MAX_FILES = 5
BEST_SCORE: Final = 5
LONGEST_COMMENT: Final = 1000


class PageFacts(msgspec.Struct, frozen=True):
    """Where the visitor stands: ``{"url": "https://shop.example/coats", "title": "Coats", "referrer": ""}``."""

    url: str = ""
    title: str = ""
    referrer: str = ""


class NewSession(msgspec.Struct, frozen=True):
    """POST session: ``{"widget": "wpub_...", "locale": "en", "page": {...}, "client_id": "...", "resume": "wcs_..."}``."""

    widget: str
    resume: str | None = None
    continues: str | None = None
    """What a mailed link holds."""
    locale: str = ""
    page: PageFacts = PageFacts()
    client_id: str = ""


class Proof(msgspec.Struct, frozen=True):
    """POST identify: ``{"jwt": "..."}`` or ``{"external_id": "cust-42", "ts": 1795326742, "hash": "..."}``."""

    jwt: str | None = None
    external_id: str | None = None
    ts: int | str | None = None
    hash: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """A button the visitor chose: ``{"id": "yes", "title": "Yes, reserve it"}``."""

    id: str
    title: str


class Place(msgspec.Struct, frozen=True):
    """A place in degrees: ``{"latitude": 39.47, "longitude": -0.37, "name": "Valencia"}``."""

    latitude: float
    longitude: float
    name: str = ""


class NewPost(msgspec.Struct, frozen=True):
    """POST messages: ``{"client_msg_id": "0d6f...", "kind": "text", "text": "Hello"}``."""

    client_msg_id: str
    kind: Literal["text", "file", "choice", "location"] = "text"
    text: str = ""
    reply_to: str | None = None
    file_id: str | None = None
    file_ids: list[str] = []
    choice: Choice | None = None
    location: Place | None = None
    form: dict[str, str] = {}
    """Answers to the form, with the first message."""

    def files(self) -> list[str]:
        """All files of the post, in order."""
        return [*([self.file_id] if self.file_id else []), *self.file_ids]


class UpTo(msgspec.Struct, frozen=True):
    """POST read, POST received: ``{"up_to": "<message id>"}``."""

    up_to: str


class FormPost(msgspec.Struct, frozen=True):
    """POST form: ``{"answers": {"email": "ana@example.com"}}``, when something is added later."""

    answers: dict[str, str]


class Rating(msgspec.Struct, frozen=True):
    """POST rating: ``{"conversation": "...", "score": 5, "comment": "Quick and friendly"}``."""

    conversation: str
    score: Annotated[int, msgspec.Meta(ge=1, le=BEST_SCORE)]
    comment: Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)] = ""


class StoredFile(msgspec.Struct, frozen=True):
    """A file the hub has taken before the post that names it."""

    id: str
    name: str
    mime_type: str
    size: int
    width: int | None = None
    height: int | None = None


class Visitor(msgspec.Struct, frozen=True):
    """Whose post it is, as the hub knows after checking the session."""

    session_id: str
    identity: str
    verified: bool = False
    name: str = ""
    locale: str = ""
    fields: dict[str, Any] = {}


class Acted(msgspec.Struct, frozen=True):
    """What the visitor did besides writing, as a system line: ``{"line_id": "...", "activity": "form", "details": {}}``."""

    line_id: str
    activity: Activity
    details: dict[str, str] = {}
    conversation_id: str | None = None


class Posted(msgspec.Struct, frozen=True, tag="message", tag_field="type"):
    """A checked post on its way into the store; this is what the journal keeps.

    ``{"type": "message", "visitor": {"session_id": "...", "identity": "visitor:..."}, "message_id": "...",
    "post": {"client_msg_id": "...", "text": "Hello"}, "files": []}``
    """

    visitor: Visitor
    message_id: str
    post: NewPost
    files: list[StoredFile] = []
    acted: list[Acted] = []


class ReadPost(msgspec.Struct, frozen=True, tag="read", tag_field="type"):
    """The visitor has read up to a reply: ``{"type": "read", "visitor": {...}, "message_id": "..."}``."""

    visitor: Visitor
    message_id: str


class ReceivedPost(msgspec.Struct, frozen=True, tag="received", tag_field="type"):
    """Replies have reached the browser: ``{"type": "received", "visitor": {...}, "message_ids": ["..."]}``."""

    visitor: Visitor
    message_ids: list[str]


class TypingPost(msgspec.Struct, frozen=True, tag="typing", tag_field="type"):
    """The visitor types: ``{"type": "typing", "visitor": {...}}``."""

    visitor: Visitor


class ActedPost(msgspec.Struct, frozen=True, tag="acted", tag_field="type"):
    """The visitor did something: ``{"type": "acted", "visitor": {...}, "acted": [...]}``."""

    visitor: Visitor
    acted: list[Acted]


PagePost = Posted | ActedPost | ReadPost | ReceivedPost | TypingPost
