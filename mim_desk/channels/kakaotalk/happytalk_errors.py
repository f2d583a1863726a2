"""What Happytalk's answers mean: a code that is 0 when it took the message, else a number and a word in English."""

from typing import Final

import msgspec

from mim_desk.channels.base import UNREADABLE_ANSWER, Action, InDoubt, Refused, Response, Taken
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read

_LONGEST_DETAIL: Final = 300
_CHANNEL: Final = "Happytalk does not accept the sender key. Copy it again from Happytalk."
_SETTINGS: Final = {
    "-501": _CHANNEL,
    "1003": _CHANNEL,
    "1007": "KakaoTalk has suspended your channel. See its notices in KakaoTalk's channel manager.",
}
"""Codes that are the account's fault; the last two are KakaoTalk's own, which dealers pass on."""
_OVER: Final = (
    "The consultation is over; only the customer can open it again. Reach them by another channel until then."
)


class Answer(msgspec.Struct, frozen=True):
    """``{"code": 0, "session_id": "1"}``; the code is a number or its digits, ``0000`` after an upload."""

    code: int | str | None = None
    message: str | None = None


_answer = msgspec.json.Decoder(Answer)


def classified(response: Response) -> Taken | Refused | InDoubt:
    """Taken, or what the error asks for."""
    found = read(_answer, response.body)
    if found is None and 200 <= response.status < 300:
        return UNREADABLE_ANSWER
    answer = found or Answer()
    code = "" if answer.code is None else str(answer.code)
    if not 200 <= response.status < 300:
        return _by_status(response, answer, code or str(response.status))
    if not code.strip("0"):
        return Taken()
    return _refused(answer, code)


def _by_status(response: Response, answer: Answer, code: str) -> Refused:
    status = response.status
    if status in (408, 425, 429) or status >= 500:
        return Refused(Action.RETRY, "Happytalk is busy; trying again.", code, retry_after_s(response.headers))
    if status in (401, 403):
        told = "Happytalk does not accept the client ID or the key. Renew them in the inbox's settings."
        return Refused(Action.SETTINGS, told, code)
    if status == 404:
        return Refused(Action.SETTINGS, "Happytalk is not at the base address. Check it in the inbox's settings.", code)
    return _refused(answer, code)


def _refused(answer: Answer, code: str) -> Refused:
    said = " ".join((answer.message or "").split()).rstrip(".")[:_LONGEST_DETAIL]
    if code in _SETTINGS:
        return Refused(Action.SETTINGS, _SETTINGS[code], code)
    if "session" in said.lower():
        return Refused(Action.WINDOW_CLOSED, _OVER, code)
    return Refused(Action.REJECTED, f"Happytalk did not take the message. {said + '.' if said else ''}".strip(), code)
