"""Writing a reply as calls of Messenger: first the files are uploaded, then the messages name them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Request, Response, Step
from mim_desk.channels.shared import meta, meta_private
from mim_desk.channels.shared import meta_payloads as payloads
from mim_desk.channels.shared.meta_bodies import read
from mim_desk.channels.shared.meta_cards import button_of, card_of
from mim_desk.channels.shared.meta_sends import kind_of, mime_type_of, quick_replies, send
from mim_desk.channels.shared.multipart import form
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.refusal import Refusal

LONGEST_TEXT: Final = 2000
_UNNAMED: Final = {
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
    "video/mp4": "video.mp4",
    "audio/mpeg": "audio.mp3",
    "audio/mp4": "audio.m4a",
    "audio/aac": "audio.aac",
    "audio/ogg": "audio.ogg",
    "audio/wav": "audio.wav",
}
"""What a file is called where customers see no name."""
_Content = Callable[[], dict[str, Any]]


def steps(account: Account, message: Outgoing) -> Sequence[Step]:
    """The calls that send a reply; a Refusal where there is nothing to send."""
    card = card_of(message)
    if card is not None:
        return _sent_alone(account, message, card)
    texts = texts_of(message, LONGEST_TEXT, utf16_units)
    uploaded: list[str] = []
    files = [partial(_attachment, file, uploaded, place) for place, file in enumerate(message.files)]
    said: list[_Content] = [partial(dict[str, Any], text=one) for one in texts]
    contents: list[_Content] = [*said, *files]
    if message.buttons and texts:
        contents = [*files, *said[:-1], partial(_offer, message, texts[-1])]
    if not contents:
        raise Refusal("nothing-to-send", "The message is empty. Write something or add a file.")
    if message.private:
        meta_private.refuse_many(contents)
    sends = [partial(_send, account, message, contents, place) for place in range(len(contents))]
    calls = _calls(account, message, uploaded, sends)
    return meta_private.looked_up_first(account, message, calls) if message.private else calls


def _sent_alone(account: Account, message: Outgoing, content: dict[str, Any]) -> Sequence[Step]:
    """A reply that is one message without uploads."""
    calls = [_send(account, message, [lambda: content], 0)]
    return meta_private.looked_up_first(account, message, calls) if message.private else calls


def _calls(
    account: Account, message: Outgoing, uploaded: list[str], sends: Sequence[Callable[[], Request]]
) -> list[Step]:
    """First the files, then the messages that name them."""
    if not message.files:
        return [write() for write in sends]
    first, *others = [partial(_upload, account, file) for file in message.files]
    following: list[Callable[[], Request]] = [*others, sends[0]]
    return [first(), *(_naming(uploaded, write) for write in following), *map(_later, sends[1:])]


def _send(account: Account, message: Outgoing, contents: Sequence[_Content], place: int) -> Request:
    # Echoes bring it back; only that of the last part says that all of them were taken.
    own = message.message_id if place == len(contents) - 1 else f"{message.message_id}+{place}"
    content = {**contents[place](), "metadata": own}
    url = meta.address(account, _page(account), "messages")
    if message.private:
        return meta_private.send(account, url, message, content)
    return send(account, url, message, content, is_first=place == 0)


def _offer(message: Outgoing, text: str) -> dict[str, Any]:
    """The text with its buttons: quick replies, or the button template where one opens an address."""
    if not any(one.url for one in message.buttons):
        return {"text": text, "quick_replies": quick_replies(message)}
    payload = {"template_type": "button", "text": text, "buttons": [button_of(one) for one in message.buttons]}
    return {"attachment": {"type": "template", "payload": payload}}


def _attachment(file: OutgoingFile, uploaded: Sequence[str], place: int) -> dict[str, Any]:
    return {"attachment": {"type": kind_of(file), "payload": {"attachment_id": uploaded[place]}}}


def _upload(account: Account, file: OutgoingFile) -> Request:
    told = {"attachment": {"type": kind_of(file), "payload": {"is_reusable": True}}}
    name = _UNNAMED.get(mime_type_of(file), kind_of(file)) if kind_of(file) != "file" else file.name
    fields = {"message": msgspec.json.encode(told).decode()}
    content_type, body = form(fields, "filedata", name, mime_type_of(file), file.data)
    headers = meta.bearer(account, **{"content-type": content_type})
    return Request("POST", meta.address(account, _page(account), "message_attachments"), headers, body, prepares=True)


def _naming(uploaded: list[str], write: Callable[[], Request]) -> Step:
    """A call after an upload, whose answer names the file."""

    def step(answer: Response) -> Request:
        told = read(payloads.Uploaded, answer.body)
        if told is None or not told.attachment_id:
            raise Refusal("no-upload", "Messenger did not take the file. Send it again.")
        uploaded.append(str(told.attachment_id))
        return write()

    return step


def _later(write: Callable[[], Request]) -> Step:
    return lambda _: write()


def _page(account: Account) -> str:
    return str(account.settings.get("page_id") or "")
