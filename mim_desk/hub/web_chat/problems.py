"""Every "no" of the web chat with its stable code (channels/web_chat/README.md, "Errors")."""

from dataclasses import dataclass
from typing import Final

_TITLES: Final = {
    400: "Not valid",
    401: "Not recognised",
    403: "Not allowed",
    404: "Not there",
    405: "Not possible",
    409: "In conflict",
    413: "Too large",
    415: "Kind not taken",
    422: "Something is missing",
    429: "Too much at once",
    503: "Not now",
}


@dataclass(eq=False)
class ChatProblem(Exception):
    """A refusal to a visitor's browser; nothing in it tells who works for the brand.

    Attributes:
        retry_after_s: when it is worth another try, 0 where it never is.
        field: the answer of the form that it is about.
        bits: how much work is asked.
    """

    status: int
    code: str
    detail: str
    retry_after_s: float = 0
    field: str = ""
    bits: int = 0

    def __str__(self) -> str:
        return self.detail

    @property
    def title(self) -> str:
        """A few words for the status."""
        return _TITLES.get(self.status, "Failed")


def invalid(detail: str) -> ChatProblem:
    """Shape, length or a bad file."""
    return ChatProblem(400, "invalid", detail)


def bad_token() -> ChatProblem:
    """The token was never ours."""
    return ChatProblem(401, "bad_token", "The session token is not valid. Start a new session.")


def session_expired() -> ChatProblem:
    """The token was ours."""
    return ChatProblem(401, "session_expired", "The session has ended. Start a new one.")


def identity_invalid(detail: str = "The proof of identity is not valid.") -> ChatProblem:
    """The proof is wrong."""
    return ChatProblem(401, "identity_invalid", detail)


def identity_expired() -> ChatProblem:
    """The proof was right once."""
    return ChatProblem(401, "identity_expired", "The proof of identity is too old. Ask the site for a new one.")


def identity_required() -> ChatProblem:
    """Nobody writes here unproven."""
    return ChatProblem(403, "identity_required", "Sign in on the site first.")


def origin_denied() -> ChatProblem:
    """The page that calls may not."""
    return ChatProblem(403, "origin_denied", "This site may not use this chat. Add its origin to the inbox.")


def widget_disabled() -> ChatProblem:
    """Switched off."""
    return ChatProblem(403, "widget_disabled", "This chat is switched off.")


def blocked() -> ChatProblem:
    """The visitor was blocked."""
    return ChatProblem(403, "blocked", "Messages from here are not taken.")


def unknown_widget() -> ChatProblem:
    """No such inbox."""
    return ChatProblem(404, "unknown_widget", "There is no chat of this name.")


def not_found() -> ChatProblem:
    """No such address or file."""
    return ChatProblem(404, "not_found", "There is nothing at this address.")


def id_conflict() -> ChatProblem:
    """The client's id names another message."""
    return ChatProblem(409, "id_conflict", "This client_msg_id was used for another message.")


def closed() -> ChatProblem:
    """The conversation was resolved and this widget asks before it goes on."""
    return ChatProblem(409, "closed", "This conversation is closed. Reopen it first.")


def work_required(bits: int) -> ChatProblem:
    """A new visitor's browser has to reckon first."""
    return ChatProblem(403, "work_required", "This chat asks new visitors' browsers for a proof of work.", bits=bits)


def form_required(field: str) -> ChatProblem:
    """An answer of the form is missing or wrong."""
    return ChatProblem(422, "form_required", f"The form needs an answer: {field}.", field=field)


def too_large(most: int) -> ChatProblem:
    """More bytes than allowed."""
    return ChatProblem(413, "too_large", f"More than {most} bytes are not taken.")


def bad_type(detail: str = "This kind of file is not taken.") -> ChatProblem:
    """Not on the list of types."""
    return ChatProblem(415, "bad_type", detail)


def too_many(wait_s: float) -> ChatProblem:
    """A limit was reached."""
    return ChatProblem(429, "too_many", "That was too much at once. Wait a moment.", max(1.0, wait_s))


def not_now(detail: str, wait_s: float) -> ChatProblem:
    """The hub cannot do its part of it yet."""
    return ChatProblem(503, "not_now", detail, wait_s)


def draining() -> ChatProblem:
    """The hub is about to stop."""
    return ChatProblem(503, "draining", "The hub is about to stop. Try again.", 2)


def internal() -> ChatProblem:
    """Nobody foresaw it; nothing of the inside is told."""
    return ChatProblem(500, "internal", "The chat failed at this request. Try again in a moment.")
