"""What Infobip's answers and reports mean: what to do, and the sentence for the agent."""

from typing import Final

from mim_desk.channels.base import Action, Refused, Response
from mim_desk.channels.kakaotalk.infobip_payloads import Fault, Problem, Status
from mim_desk.channels.shared.http_answers import retry_after_s

_SESSION: Final = (
    "The consultation is over; only the customer can open it again. Reach them by another channel until then."
)
_REASONS: Final = {
    "REJECTED": "Infobip rejected the message.",
    "UNDELIVERABLE": "KakaoTalk did not deliver the message.",
    "EXPIRED": "KakaoTalk could not deliver the message in time. Send it again if it still says the right thing.",
}
REFUSED: Final = ("REJECTED", "UNDELIVERABLE", "EXPIRED")
"""Status groups of a message that does not reach the customer."""
_LONGEST_DETAIL: Final = 300


def reason_of(status: Status, error: Fault | None) -> str:
    """Why a message was not delivered, in a sentence."""
    if is_session_over(status.name or "", (error.name if error else None) or ""):
        return _SESSION
    reason = _REASONS.get(status.group_name, "The message was not delivered.")
    said = (error.description if error else None) or status.description
    permanent = " It will not reach this customer." if error and error.permanent else ""
    return f"{reason}{permanent} {_sentence(said)}".strip()


def refused_message(status: Status) -> Refused:
    """What the refusal of one message in a good answer means."""
    action = Action.WINDOW_CLOSED if is_session_over(status.name or "") else Action.REJECTED
    return Refused(action, reason_of(status, None), status.name or status.group_name)


def refused(response: Response, problem: Problem) -> Refused:
    """What an answer that is no success means."""
    code, status = problem.error_code or str(response.status), response.status
    if status in (408, 425, 429) or status >= 500:
        return Refused(Action.RETRY, "Infobip is busy; trying again.", code, retry_after_s(response.headers))
    if status in (401, 403):
        told = "Infobip does not accept the API key for consultation talk. Renew it in the inbox's settings."
        return Refused(Action.SETTINGS, told, code)
    if status == 404:
        return Refused(Action.SETTINGS, "Infobip is not at the base address. Check it in the inbox's settings.", code)
    if is_session_over(problem.description or ""):
        return Refused(Action.WINDOW_CLOSED, _SESSION, code)
    told = f"Infobip did not take the message. {_sentence(problem.description)}".strip()
    return Refused(Action.REJECTED, told, code)


def is_session_over(*said: str) -> bool:
    """Whether the missing session is the reason. No list of names is published, so its word is looked for."""
    return any("SESSION" in one.upper() for one in said)


def _sentence(said: str | None) -> str:
    line = " ".join((said or "").split()).rstrip(".")[:_LONGEST_DETAIL]
    return f"{line}." if line else ""
