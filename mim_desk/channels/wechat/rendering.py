"""Writing replies: customer service messages, files uploaded first, long texts in parts."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Request, Response, Step
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.shared.multipart import form
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import split_text, utf8_bytes
from mim_desk.channels.wechat import payloads
from mim_desk.channels.wechat.account_token import API
from mim_desk.domain.refusal import Refusal

MOST_TEXT_BYTES: Final = 1_800
"""600 Chinese characters; WeChat's own limit, 2,048 bytes it seems, is not in its documents."""
_KINDS: Final = {
    "image/png": ("image", "png"),
    "image/jpeg": ("image", "jpg"),
    "image/gif": ("image", "gif"),
    "audio/amr": ("voice", "amr"),
    "audio/mpeg": ("voice", "mp3"),
    "audio/mp3": ("voice", "mp3"),
    "video/mp4": ("video", "mp4"),
}
_uploaded = msgspec.json.Decoder(payloads.Uploaded)


def steps_of(account: Account, message: Outgoing) -> list[Step]:
    """The calls of one reply: files first, so that one that is not taken leaves no half reply."""
    steps: list[Step] = []
    for file in message.files:
        steps += _file(account, message.recipient, file)
    texts = [part.strip() for part in texts_of(message, MOST_TEXT_BYTES, utf8_bytes)]
    for place, part in enumerate(texts, 1):
        if message.buttons and place == len(texts):
            steps.append(_send(account, message.recipient, "msgmenu", _menu(message, part)))
        else:
            steps.append(_send(account, message.recipient, "text", {"content": part}))
    return steps


def text_parts(text: str) -> list[str]:
    """A text as WeChat's messages; each of them counts."""
    return [part.strip() for part in split_text(text, MOST_TEXT_BYTES, utf8_bytes) if part.strip()]


def _menu(message: Outgoing, text: str) -> dict[str, Any]:
    """WeChat's only buttons. Their ids are numbers, as in its examples: longer ones are not known to come back."""
    rows = [{"id": str(100 + place), "content": one.title} for place, one in enumerate(message.buttons, 1)]
    return {"head_content": text, "list": rows, "tail_content": ""}


def _send(account: Account, recipient: str, kind: str, content: dict[str, Any]) -> Request:
    """A customer service message, in raw UTF-8: WeChat shows escaped characters as they are written.

    It names no ``kf_account``, since that would show the agent to the customer.
    """
    body = {"touser": recipient, "msgtype": kind, kind: content}
    url = address(account.settings, f"{API}/cgi-bin/message/custom/send")
    return Request("POST", url, {"content-type": "application/json"}, msgspec.json.encode(body))


def typing(account: Account, recipient: str) -> Request:
    """Shown for up to 15 seconds; WeChat minds neither that it is shown already nor that nobody wrote lately."""
    url = address(account.settings, f"{API}/cgi-bin/message/custom/typing")
    body = msgspec.json.encode({"touser": recipient, "command": "Typing"})
    return Request("POST", url, {"content-type": "application/json"}, body)


def _file(account: Account, recipient: str, file: OutgoingFile) -> list[Step]:
    kind = _KINDS.get(file.mime_type)
    if kind is None:
        return [_link(account, recipient, file)]
    return [_upload(account, file, *kind), _naming(account, recipient, kind[0])]


def _upload(account: Account, file: OutgoingFile, kind: str, suffix: str) -> Request:
    content_type, body = form({}, "media", f"file.{suffix}", file.mime_type, file.data)
    url = address(account.settings, f"{API}/cgi-bin/media/upload?type={kind}")
    return Request("POST", url, {"content-type": content_type}, body, prepares=True)


def _naming(account: Account, recipient: str, kind: str) -> Callable[[Response], Request]:
    def named(answer: Response) -> Request:
        found = read(_uploaded, answer.body)
        if found is None or not found.media_id:
            raise Refusal("no-upload", "WeChat did not take the file. Send it again.")
        return _send(account, recipient, kind, {"media_id": found.media_id})

    return named


def _link(account: Account, recipient: str, file: OutgoingFile) -> Request:
    """A file of a kind that WeChat does not carry, as an article that leads to it."""
    if not file.url:
        told = f"WeChat carries pictures, recordings and MP4 videos only, and {file.name} has no public address."
        raise Refusal("no-address", told)
    article = {"title": file.name, "description": "", "url": file.url, "picurl": ""}
    return _send(account, recipient, "news", {"articles": [article]})
