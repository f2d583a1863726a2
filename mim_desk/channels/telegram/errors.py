"""What the Bot API's answers mean (contract sheet, section 4). Descriptions are reworded now and then: matched loosely."""

from dataclasses import dataclass
from typing import Final

import msgspec

from mim_desk.channels.base import UNREADABLE_ANSWER, Action, InDoubt, Poll, Refused, Response, Taken, Unwanted
from mim_desk.channels.shared.http_answers import LONGEST_PAUSE_S, retry_after_s
from mim_desk.channels.shared.json_bodies import UNREADABLE, read
from mim_desk.channels.telegram import names, payloads

_CONFLICT_PAUSE_S: Final = 10.0

_answer = msgspec.json.Decoder(payloads.Answer)
_sent_one = msgspec.json.Decoder(payloads.Message)
_sent_many = msgspec.json.Decoder(list[payloads.Message])
_updates = msgspec.json.Decoder(list[msgspec.Raw])
_numbered = msgspec.json.Decoder(payloads.Numbered)


@dataclass(frozen=True, slots=True)
class _Rule:
    """An error: its code, a part of its description (in small letters), what to do and what to say."""

    code: int
    part: str
    action: Action
    reason: str


_REVOKED: Final = "The bot token is not valid any more. Enter the current one in the inbox's settings."
_FILE: Final = "Telegram could not take this file. Attach it again, or send it in another format."
_BLOCKED: Final = "blocked by the user"
_RULES: Final = (
    _Rule(403, _BLOCKED, Action.BLOCKED, "The customer has blocked the bot."),
    _Rule(403, "user is deactivated", Action.BLOCKED, "The customer's Telegram account was deleted."),
    # the text of the next one is unverified
    _Rule(403, "initiate conversation", Action.BLOCKED, "The customer has to press Start in the bot's chat first."),
    _Rule(403, "was kicked", Action.BLOCKED, "The bot was removed from this chat."),
    _Rule(403, "allow_payment_required", Action.REJECTED, "The customer takes messages only from who pays for them."),
    _Rule(403, "", Action.BLOCKED, "Telegram does not let the bot write to this customer."),
    _Rule(400, "chat not found", Action.BLOCKED, "Telegram does not know this chat. The customer has to write first."),
    _Rule(400, "wrong http url", Action.REJECTED, _FILE),
    _Rule(400, "file is too big", Action.REJECTED, "The file is too large for Telegram. Send a smaller one."),
    _Rule(400, "wrong file identifier", Action.REJECTED, _FILE),
    _Rule(400, "wrong remote file", Action.REJECTED, _FILE),
    _Rule(400, "photo_invalid_dimensions", Action.REJECTED, "The picture is too long or too wide. Make it smaller."),
    _Rule(400, "image_process_failed", Action.REJECTED, _FILE),
    _Rule(400, "can't parse entities", Action.REJECTED, "Telegram could not read the text. Send it as plain text."),
    _Rule(400, "message is too long", Action.REJECTED, "The text is too long for Telegram. Send it in parts."),
    _Rule(400, "caption is too long", Action.REJECTED, "The text beside the file is too long. Send it by itself."),
    _Rule(400, "text is empty", Action.REJECTED, "Telegram does not send an empty message. Write something."),
    _Rule(400, "user_is_blocked", Action.BLOCKED, "The customer and the account block each other."),
    _Rule(400, "peer_id_invalid", Action.BLOCKED, "Telegram does not know this chat. The customer has to write first."),
    _Rule(
        400, "voice_messages_forbidden", Action.REJECTED, "The customer takes no voice messages. Send a text or a file."
    ),
    _Rule(
        400, "button_url_invalid", Action.REJECTED, "Telegram does not take the address behind a button. Correct it."
    ),
    # business errors come as bare words (https://core.telegram.org/method/messages.sendMessage, possible errors)
    _Rule(400, "business_peer_invalid", Action.REJECTED, "The owner does not let the bot write in this chat."),
    _Rule(400, "business_peer", Action.WINDOW_CLOSED, "The customer has not written in the last 24 hours."),
    _Rule(400, "business_connection", Action.REJECTED, "The owner has switched the bot off in their business account."),
    _Rule(400, "business connection", Action.REJECTED, "The owner has switched the bot off in their business account."),
    _Rule(400, "webhook", Action.SETTINGS, "Telegram does not take the hub's address for webhooks. Choose polling."),
    _Rule(401, "", Action.SETTINGS, _REVOKED),
    _Rule(404, "", Action.SETTINGS, _REVOKED),
    _Rule(409, "", Action.RETRY, "Telegram is busy with another call of this bot; trying again."),
    _Rule(413, "", Action.REJECTED, "The file is too large for Telegram. Send a smaller one."),
    _Rule(429, "", Action.RETRY, "Telegram asks to wait a moment; trying again."),
)
_NO_HARM: Final = ("message is not modified", "query is too old", "query id is invalid")
_MOVED: Final = "This group has moved to another address; trying again there."
_BUSY: Final = "Telegram is not available right now; trying again."
_NEXT_TRIES: Final = (408, 425)


def taken_or_refused(response: Response) -> Taken | Refused | InDoubt:
    """What the answer to a sent call means."""
    told = _told(response.body)
    if 200 <= response.status < 300 and told is None:
        return UNREADABLE_ANSWER
    if 200 <= response.status < 300 and told is not None and (told.ok or not told.error_code):
        return Taken(_external_ids(told))
    told = told or payloads.Answer()
    code = told.error_code or response.status
    description = told.description.lower()
    if code == 400 and any(part in description for part in _NO_HARM):
        return Taken()
    if told.parameters is not None and told.parameters.migrate_to_chat_id is not None:
        return Refused(Action.RETRY, _MOVED, str(code), moved_to=str(told.parameters.migrate_to_chat_id))
    for rule in _RULES:
        if rule.code == code and rule.part in description:
            unwanted = Unwanted() if rule.part == _BLOCKED else None
            return Refused(rule.action, rule.reason, str(code), _pause(response, told), unwanted)
    if code in _NEXT_TRIES or code >= 500:
        return Refused(Action.RETRY, _BUSY, str(code), _pause(response, told))
    return Refused(Action.REJECTED, "Telegram did not take the message.", str(code))


def poll_of(response: Response, cursor: str) -> Poll | Refused:
    """The updates of an answer to ``getUpdates``, or why there are none."""
    told = _told(response.body)
    if told is not None and told.ok and 200 <= response.status < 300:
        return _poll(told.result, cursor)
    told = told or payloads.Answer()
    code = told.error_code or response.status
    if code == 409:
        return Refused(Action.REJECTED, _conflict(told.description), "409", _CONFLICT_PAUSE_S)
    if code in (401, 404):
        return Refused(Action.SETTINGS, _REVOKED, str(code))
    pause = _pause(response, told)
    return Refused(Action.RETRY, "Telegram does not answer as it should; trying again.", str(code), pause)


def _poll(result: msgspec.Raw, cursor: str) -> Poll | Refused:
    items = read(_updates, result)
    if items is None:
        return Refused(Action.RETRY, "Telegram's answer could not be read; trying again.", "unreadable")
    numbers = [number for number in map(_number, items) if number is not None]
    if items and not numbers:
        return Refused(Action.RETRY, "Telegram's answer could not be read; trying again.", "unreadable")
    # the highest of these, though it may be lower than the last: after a quiet week numbers begin anywhere
    return Poll(tuple(bytes(item) for item in items), str(max(numbers) + 1) if numbers else cursor)


def _number(item: msgspec.Raw) -> int | None:
    told = read(_numbered, item)
    return told.update_id if told else None


def _conflict(description: str) -> str:
    if "webhook" in description.lower():
        return "A webhook is set for this bot, so it cannot be polled. Save the inbox again, or choose webhook."
    return "Another program receives with the same bot token. Stop it, or get a new token from BotFather."


def is_alive(response: Response) -> bool:
    """Whether the answer is the Bot API's *yes*."""
    told = _told(response.body)
    return 200 <= response.status < 300 and told is not None and told.ok


def result_of(response: Response) -> msgspec.Raw:
    """The result of an answer, empty when there is none."""
    told = _told(response.body)
    return told.result if told is not None and told.ok else msgspec.Raw()


def _told(body: bytes) -> payloads.Answer | None:
    return read(_answer, body)


def _pause(response: Response, told: payloads.Answer) -> float | None:
    asked = told.parameters.retry_after if told.parameters else None
    if asked is not None:
        return min(max(asked, 0.0), LONGEST_PAUSE_S)
    return retry_after_s(response.headers)


def _external_ids(told: payloads.Answer | None) -> tuple[str, ...]:
    if told is None or not bytes(told.result):
        return ()
    try:
        sent = _sent_many.decode(told.result) if bytes(told.result)[:1] == b"[" else [_sent_one.decode(told.result)]
    except UNREADABLE:
        return ()
    return tuple(names.message_id(one.chat.id, one.message_id, one.business_connection_id) for one in sent)
