"""Asking Meta for what no webhook brought: conversations that changed, then their messages, written as deliveries.

https://developers.facebook.com/docs/graph-api/reference/page/conversations/
Nothing can be asked for "since a time": conversations come newest first, with the second of their last change.
Reactions, receipts and edits are not told this way.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Action, Poll, Refused, Request, Response
from mim_desk.channels.shared import meta
from mim_desk.channels.shared import meta_polled as payloads
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.shared.meta import Rules

POLLED_EVERY_S: Final = 8.0
REPAIRED_EVERY_S: Final = 300.0
"""Where the webhook tells, Meta is still asked now and then, and after each start: it gives up on a hub that is away."""
BETWEEN_CALLS_S: Final = 0.5
"""Meta takes two of these calls a second of a Page."""
NOT_ALLOWED_S: Final = 3600.0
"""Where the token may not read conversations, the webhook alone has to do; rights may be given later."""
_PAGE: Final = "25"
_LATEST: Final = 20
_MOST_THREADS: Final = 500
OVERLAP_S: Final = 120.0
"""A message may be told a moment after its conversation changed; what is known already changes nothing."""
_MESSAGE: Final = "id,created_time,from,to,message,attachments"
_cursor: Final = msgspec.json.Decoder(payloads.Cursor)
_listing: Final = msgspec.json.Decoder(payloads.Listing)
_conversation: Final = msgspec.json.Decoder(payloads.Conversation)
_thread: Final = msgspec.json.Decoder(payloads.Thread)
_message: Final = msgspec.json.Decoder(payloads.Message)


@dataclass(frozen=True, slots=True)
class Asked:
    """How one of the two networks is asked.

    Attributes:
        object: what its deliveries are of.
        platform: its name in the question.
        own_id: the account's id.
        owner: whose conversations are asked for.
        tells_whole: whether a conversation is told with its messages, and not with their ids alone.
        mark: what ids of messages begin with; [unverified] the answers may leave it out.
    """

    object: str
    platform: str
    rules: Rules
    service: str
    own_id: Callable[[Account], str]
    owner: Callable[[Account], str]
    host: Callable[[Account], str] = lambda _: meta.GRAPH
    tells_whole: bool = True
    mark: str = ""


def is_polled(account: Account) -> bool:
    """Whether there is no webhook."""
    return account.settings.get("mode") == "polling"


def every_s(account: Account) -> float:
    """How long from one look to the next."""
    return POLLED_EVERY_S if is_polled(account) else REPAIRED_EVERY_S


def next_poll(asked: Asked, account: Account, cursor: str) -> Request:
    """The next question: a message, a conversation, or which conversations changed."""
    at = _at(cursor)
    if at.messages:
        url = meta.address(account, at.messages[0], host=asked.host(account), fields=_MESSAGE)
    elif _reads_threads(at):
        fields = f"messages.limit({_LATEST}){{{_MESSAGE},sticker,reply_to}}" if asked.tells_whole else "messages"
        url = meta.address(account, at.threads[0], host=asked.host(account), fields=fields)
    else:
        query = {"platform": asked.platform, "fields": "id,updated_time", "limit": _PAGE}
        query |= {"after": at.after} if at.after else {}
        url = meta.address(account, asked.owner(account), "conversations", host=asked.host(account), **query)
    return Request("GET", url, meta.bearer(account))


def read_poll(asked: Asked, account: Account, cursor: str, response: Response) -> Poll | Refused:
    """What the answer brought, and the place to ask on."""
    at = _at(cursor)
    if not 200 <= response.status < 300:
        is_part = bool(at.messages or at.threads or at.after)
        told = refused_poll(asked.rules, asked.service, account, cursor, response, is_part=is_part)
        return told or _without_first(at, account)
    if at.messages:
        message = read(_message, response.body)
        found = [message] if message else []
        return _on(msgspec.structs.replace(at, messages=at.messages[1:]), account, _written(asked, account, at, found))
    if _reads_threads(at):
        return _of_thread(asked, account, at, response)
    listing = read(_listing, response.body)
    if listing is None:
        return Refused(Action.RETRY, f"{asked.service}'s answer could not be read; trying again.", "unreadable")
    return _of_listing(at, account, listing)


def refused_poll(
    rules: Rules, service: str, account: Account, cursor: str, response: Response, *, is_part: bool
) -> Poll | Refused | None:
    """What a refusal means: wait, mend the settings, do without; None where only a part that was asked for is gone."""
    refused = meta.refused(rules, response, service)
    if refused.action is Action.RETRY or refused.code.split("/")[0] == "190":
        return refused
    if is_part and refused.action is not Action.SETTINGS:
        return None
    if not is_polled(account):
        return Poll((), cursor, NOT_ALLOWED_S)
    if refused.action is not Action.SETTINGS:
        return Refused(Action.RETRY, refused.reason, refused.code)
    reason = f"The access token may not read on {service}. An admin must renew it with pages_read_engagement."
    return Refused(Action.SETTINGS, reason, refused.code)


def _reads_threads(at: payloads.Cursor) -> bool:
    """The list of changed conversations is read first, as far as it can be kept, so that old ones come first."""
    return bool(at.threads) and (not at.after or len(at.threads) >= _MOST_THREADS)


def _at(cursor: str) -> payloads.Cursor:
    return read(_cursor, cursor.encode()) or payloads.Cursor()


def _on(at: payloads.Cursor, account: Account, items: Sequence[bytes] = ()) -> Poll:
    """Go on at ``at``; once all is read, what was new is what is known."""
    if at.messages or at.threads or at.after:
        wait_s = BETWEEN_CALLS_S
    else:
        wait_s = every_s(account)
        at = payloads.Cursor(at.floor, at.until or at.since, at.read_again)
    return Poll(tuple(items), msgspec.json.encode(at).decode(), wait_s)


def _without_first(at: payloads.Cursor, account: Account) -> Poll:
    """A message, a conversation or a place in the list that is gone is asked for no more."""
    if at.messages:
        return _on(msgspec.structs.replace(at, messages=at.messages[1:]), account)
    if _reads_threads(at):
        return _on(msgspec.structs.replace(at, threads=at.threads[1:]), account)
    return _on(msgspec.structs.replace(at, after=""), account)


def _of_listing(at: payloads.Cursor, account: Account, listing: payloads.Listing) -> Poll:
    """Which conversations to read; on the first look none, since a new inbox begins with what comes from then on.

    Times are whole seconds, so a conversation of the last known second is read once more.
    """
    listed = filter(None, (read(_conversation, raw) for raw in listing.data))
    told = [one for one in listed if one.id and instant(one.updated_time)]
    newest = max((one.updated_time for one in told), key=stamp, default=payloads.NEVER)
    if not at.since:
        last = tuple(one.id for one in told if one.updated_time == newest)
        return _on(payloads.Cursor(newest, newest, last), account)
    changed = [one for one in told if _is_news(one, at)]
    again = [one.id for one in changed if one.updated_time == at.since]
    until = max(at.until or at.since, newest, key=stamp)
    threads = (*(one.id for one in reversed(changed)), *at.threads)
    read_again = (*at.read_again, *again) if until == at.since else ()
    after = listing.after if told and len(changed) == len(told) else ""
    return _on(payloads.Cursor(at.floor, at.since, read_again, until, threads, after=after), account)


def _is_news(one: payloads.Conversation, at: payloads.Cursor) -> bool:
    if one.updated_time == at.since:
        return one.id not in at.read_again
    return stamp(one.updated_time) > stamp(at.since)


def instant(told: str) -> datetime | None:
    """The time that Meta writes as ``2026-11-22T00:00:00+0000``."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return None
    return at if at.tzinfo else None


def stamp(told: str) -> float:
    """The same as seconds since 1970, to compare times that are written in different zones."""
    at = instant(told)
    return at.timestamp() if at else 0.0


def _of_thread(asked: Asked, account: Account, at: payloads.Cursor, response: Response) -> Poll:
    told = read(_thread, response.body)
    listed = [one for one in (read(_message, raw) for raw in (told.messages.data if told else ())) if one and one.id]
    fresh = [one for one in reversed(listed) if _is_fresh(one, at)]
    left = msgspec.structs.replace(at, threads=at.threads[1:])
    if asked.tells_whole:
        return _on(left, account, _written(asked, account, at, fresh))
    return _on(msgspec.structs.replace(left, messages=tuple(one.id for one in fresh)), account)


def _is_fresh(one: payloads.Message, at: payloads.Cursor) -> bool:
    return is_fresh(one.created_time, at.floor, at.since)


def is_fresh(told: str, floor: str, since: str) -> bool:
    """Whether something came after the first look, and with a margin after the last; without a time it is new."""
    came = instant(told)
    return came is None or stamp(floor) < came.timestamp() >= stamp(since) - OVERLAP_S


def _written(asked: Asked, account: Account, at: payloads.Cursor, messages: Sequence[payloads.Message]) -> list[bytes]:
    return [item for one in messages if _is_fresh(one, at) for item in _delivery(asked, account, one)]


def _delivery(asked: Asked, account: Account, message: payloads.Message) -> Iterator[bytes]:
    """The message as the webhook would have told it; nothing where it names nobody."""
    own = asked.own_id(account)
    author = str(message.author.id or "") if message.author else ""
    others = [str(one.id) for one in (message.to.data if message.to else ()) if one.id]
    if not author or not message.id:
        return
    mid = message.id if message.id.startswith(asked.mark) else asked.mark + message.id
    told: dict[str, Any] = {"mid": mid, "text": message.message, "attachments": list(_attachments(message))}
    told |= {"is_echo": True} if author == own else {}
    told |= {"reply_to": message.reply_to} if message.reply_to else {}
    if not told["text"] and not told["attachments"]:
        told["is_unsupported"] = True
    came = int(stamp(message.created_time) * 1000) or None
    sides = {"sender": {"id": author}, "recipient": {"id": next(iter(others), own)}, "timestamp": came}
    event = {**sides, "message": {name: value for name, value in told.items() if value}}
    yield msgspec.json.encode({"object": asked.object, "entry": [{"id": own, "messaging": [event]}]})


def _attachments(message: payloads.Message) -> Iterator[dict[str, Any]]:
    if message.sticker:
        yield {"type": "sticker", "payload": {"url": message.sticker}}
    for one in message.attachments.data if message.attachments else ():
        family = (one.mime_type or "").partition("/")[0]
        picture, film = one.image_data or payloads.Media(), one.video_data or payloads.Media()
        kind = "image" if picture.url else "video" if film.url else family if family == "audio" else "file"
        yield {"type": kind, "payload": {"url": picture.url or film.url or one.file_url}, "title": one.name}
