"""Viber's status codes, which come inside an HTTP 200: what each asks of the sender, and the sentence for the agent."""

from collections.abc import Mapping
from typing import Final

import msgspec

from mim_desk.channels.base import UNREADABLE_ANSWER, Action, InDoubt, Refused, Response, Taken, Unwanted
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.viber import payloads
from mim_desk.channels.viber.events import token

_LONGEST_DETAIL: Final = 300
_answer = msgspec.json.Decoder(payloads.Answer)

_NOT_SUBSCRIBED: Final = 6
NO_WEBHOOK: Final = "10"
WEBHOOK_SET: Final = "Viber had forgotten where to deliver and was told again; trying again."

RULES: Final[Mapping[int, tuple[Action, str]]] = {
    1: (Action.REJECTED, "Viber could not use an address."),
    2: (Action.SETTINGS, "Viber does not accept the auth token. Copy it again from the bot's page."),
    3: (Action.REJECTED, "Viber did not understand the message."),
    4: (Action.REJECTED, "Something that Viber needs was missing in the message."),
    5: (Action.BLOCKED, "This contact is not on Viber any more."),
    6: (Action.BLOCKED, "This contact left or blocked the bot on Viber."),
    7: (Action.SETTINGS, "Viber has blocked the bot. Ask Viber's support why."),
    8: (Action.SETTINGS, "Viber knows no bot of this auth token. Copy it again from the bot's page."),
    9: (Action.SETTINGS, "Viber has suspended the bot. Ask Viber's support why."),
    10: (Action.SETTINGS, "Viber has forgotten where to deliver. Save the inbox again."),
    11: (Action.REJECTED, "None of this contact's devices can show such a message."),
    12: (Action.RETRY, "Viber takes no more messages for this contact for now; trying again."),
    13: (Action.REJECTED, "The contact's Viber is too old for such a message. Send plain text."),
    14: (Action.REJECTED, "The contact's Viber is too old for such a message. Send plain text."),
    15: (Action.SETTINGS, "The bot may not send this. Check its rights at Viber."),
    16: (Action.REJECTED, "Viber does not take such a message from the bot."),
    17: (Action.REJECTED, "Viber does not take such a message from the bot."),
    18: (Action.REJECTED, "Viber does not take such a message from the bot."),
    19: (Action.REJECTED, "Viber does not take such a message from the bot."),
    20: (Action.REJECTED, "Viber does not deliver the bot's messages in this contact's country."),
    21: (Action.REJECTED, "Viber does not take payments from the bot."),
    22: (Action.REJECTED, "Viber does not take payments from the bot."),
    23: (Action.WINDOW_CLOSED, "The bot's free messages are used up. Wait until the customer writes again."),
    24: (Action.WINDOW_CLOSED, "The bot's balance at Viber is used up. Wait until the customer writes again."),
}
"""What 16 to 22 stand for is known only in groups: inline, announcements, country, payment."""


_MONEY: Final = "Money at Viber"
_ALARMS: Final = {
    23: (_MONEY, "The free messages are used up: only answers within a day of what a customer wrote go out."),
    24: (_MONEY, "The balance is used up: only answers within a day of what a customer wrote go out."),
}
"""What supervisors have to know beside whose reply it was."""


def answer_of(response: Response) -> payloads.Answer | None:
    """What Viber says in an answer."""
    return read(_answer, response.body)


def classified(response: Response) -> Taken | Refused | InDoubt:
    """What an answer means: by the status inside it, else by that of HTTP."""
    if not 200 <= response.status < 300:
        return _by_http(response)
    told = answer_of(response)
    if told is None or told.status is None:
        return UNREADABLE_ANSWER
    if not told.status:
        number = token(told.message_token)
        return Taken((number,) if number else ())
    action, reason = RULES.get(told.status, (Action.RETRY, "Viber could not take it now; trying again."))
    if action is Action.REJECTED and told.status in (1, 3, 4):
        reason = _with_words(reason, told.status_message or "")
    wait_s = retry_after_s(response.headers) if action is Action.RETRY else None
    unwanted = Unwanted() if told.status == _NOT_SUBSCRIBED else None
    return Refused(action, reason, str(told.status), wait_s, unwanted, alarm=_ALARMS.get(told.status))


def _with_words(reason: str, said: str) -> str:
    line = " ".join(said.split()).rstrip(".")[:_LONGEST_DETAIL]
    return f"{reason.rstrip('.')}: {line}." if line else reason


def _by_http(response: Response) -> Refused:
    code = str(response.status)
    if response.status in (408, 425, 429) or response.status >= 500:
        return Refused(Action.RETRY, "Viber is busy; trying again.", code, retry_after_s(response.headers))
    if response.status in (401, 403, 404):
        return Refused(Action.SETTINGS, "Viber does not accept our calls. Check the inbox's settings.", code)
    return Refused(Action.REJECTED, "Viber did not take the message.", code)
