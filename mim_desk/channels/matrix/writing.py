"""A reply as calls to the homeserver; each has a transaction id made of ours, so that it may be repeated."""

import html
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Place, Request, Response, Step
from mim_desk.channels.matrix import errors, names
from mim_desk.channels.matrix.names import MXC
from mim_desk.channels.matrix.reading import ROOM
from mim_desk.channels.shared.marks import html_of, without_marks
from mim_desk.channels.shared.splitting import split_text, utf8_bytes
from mim_desk.domain.enclosed import in_words
from mim_desk.domain.refusal import Refusal

LONGEST_PART: Final = 30_000
"""Bytes of text in one event: with what JSON adds it stays below the 64 KiB of an event."""
LONGEST_FORMATTED: Final = 60_000
"""Bytes of a text and its HTML together; beyond that the event holds the text as it was typed."""
_KINDS: Final = {"image": "m.image", "video": "m.video", "audio": "m.audio"}


def worded(text: str, most: int = LONGEST_FORMATTED) -> dict[str, Any]:
    """A text; with marks also as HTML, where that is not too long for one event.

    https://spec.matrix.org/v1.11/client-server-api/#mtext
    """
    content = {"msgtype": "m.text", "body": text}
    formatted = without_marks(text)
    if not formatted.spans:
        return content
    page = html_of(formatted, lambda part: html.escape(part).replace("\n", "<br>"))
    if utf8_bytes(text) + utf8_bytes(page) > most:
        return content
    return {**content, "format": "org.matrix.custom.html", "formatted_body": page}


class _Room:
    """The room a reply goes to: the one the customer wrote in last, else one that its first step makes."""

    def __init__(self, room_id: str) -> None:
        self.id = room_id

    def made(self, response: Response) -> None:
        """Learn the id of the room that was made."""
        self.id = errors.told(response).room_id
        if not self.id:
            raise Refusal("no-room", "The homeserver named no room. Ask the customer to write first.")


def steps_of(account: Account, message: Outgoing) -> Sequence[Step]:
    """The text in parts, the first of which quotes; then each file, brought to the homeserver first."""
    last = message.last_incoming
    room = _Room(last.details.get(ROOM, "") if last else "")
    steps: list[Step] = []
    texts = split_text(message.text, LONGEST_PART, utf8_bytes) if message.text else []
    for text in texts:
        content: dict[str, Any] = worded(text)
        if not steps:
            content |= _quote(message, room)
        steps.append(_sent(account, message, room, len(steps), content))
    for place, file in enumerate(message.files):
        quote = _quote(message, room) if not texts and place == 0 else {}
        steps += [_upload(account, file), _sent_file(account, message, room, len(texts) + place, file, quote)]
    if isinstance(message.enclosed, Place):
        content = {**_place(message.enclosed), **({} if steps else _quote(message, room))}
        steps.append(_sent(account, message, room, len(texts) + len(message.files), content))
    if not steps:
        raise Refusal("nothing-to-send", "There is nothing to send.")
    if room.id:
        return steps
    return [_new_room(account, message), *_after_room(room, steps)]


def _place(place: Place) -> dict[str, Any]:
    """What is there in words, for clients that show no map (client-server API, ``m.location``)."""
    words = in_words("", place)
    return {"msgtype": "m.location", "body": words, "geo_uri": f"geo:{place.latitude},{place.longitude}"}


def _after_room(room: _Room, steps: Sequence[Step]) -> list[Step]:
    """The same steps, the first of which learns the room from the answer to its making."""
    first, *rest = steps

    def learning(response: Response) -> Request:
        room.made(response)
        return first if isinstance(first, Request) else first(response)

    return [learning, *rest]


def _new_room(account: Account, message: Outgoing) -> Request:
    """A room with the contact alone; making it is not covered by a key of ours."""
    body = {"is_direct": True, "invite": [message.recipient], "preset": "trusted_private_chat"}
    return Request("POST", names.call_url(account, "createRoom"), _json(account), msgspec.json.encode(body), once=True)


def _json(account: Account) -> dict[str, str]:
    return {**names.bearer(account), "content-type": "application/json"}


def _put(
    account: Account,
    message: Outgoing,
    room: _Room,
    number: int,
    content: dict[str, Any],
    kind: str = "m.room.message",
) -> Request:
    txn_id = f"{message.message_id}.{number}" if number else message.message_id
    url = names.call_url(account, "rooms", room.id, "send", kind, txn_id)
    return Request("PUT", url, _json(account), msgspec.json.encode(content))


def _sent(account: Account, message: Outgoing, room: _Room, number: int, content: dict[str, Any]) -> Step:
    """The call at once where the room is known, else once it is."""
    if room.id:
        return _put(account, message, room, number, content)
    return lambda response: _put(account, message, room, number, content)


def _upload(account: Account, file: OutgoingFile) -> Request:
    url = names.call_url(account, "upload", query={"filename": file.name}, root="media/v3")
    return Request("POST", url, {**names.bearer(account), "content-type": file.mime_type}, file.data, prepares=True)


def _sent_file(
    account: Account, message: Outgoing, room: _Room, number: int, file: OutgoingFile, quote: dict[str, Any]
) -> Step:
    def written(response: Response) -> Request:
        uri = errors.told(response).content_uri
        if not MXC.fullmatch(uri):
            raise Refusal("not-uploaded", f"The homeserver did not take {file.name}. Send it again.")
        kind = _KINDS.get(file.mime_type.partition("/")[0], "m.file")
        info = {"mimetype": file.mime_type, "size": len(file.data)}
        if file is message.sticker_file:
            told = {"body": file.name, "url": uri, "info": info, **quote}
            return _put(account, message, room, number, told, "m.sticker")
        content = {"msgtype": kind, "body": file.name, "filename": file.name, "url": uri, "info": info, **quote}
        return _put(account, message, room, number, content)

    return written


def _quote(message: Outgoing, room: _Room) -> dict[str, Any]:
    """The reference to the quoted event, where it was said in the same room."""
    there = message.reply_to_details.get(ROOM, room.id)
    if not (message.reply_to and message.reply_to.startswith("$") and room.id and there == room.id):
        return {}
    return {"m.relates_to": {"m.in_reply_to": {"event_id": message.reply_to}}}
