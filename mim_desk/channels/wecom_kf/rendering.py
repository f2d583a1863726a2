"""Writing replies: files uploaded first, long texts in parts, each call under an id of ours."""

import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import msgspec

from mim_desk.channels.base import Account, Outgoing, OutgoingFile, Place, Request, Response, Step
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.shared.multipart import form
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import split_text, utf8_bytes
from mim_desk.channels.wecom_kf import payloads
from mim_desk.channels.wecom_kf.account_token import API
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal

MOST_TEXT_BYTES: Final = 2_048
_KINDS: Final = {
    "image/png": ("image", "png", 10_485_760),
    "image/jpeg": ("image", "jpg", 10_485_760),
    "audio/amr": ("voice", "amr", 2_097_152),
    "video/mp4": ("video", "mp4", 10_485_760),
}
"""What is shown as what it is, up to so many bytes; anything else is a file."""
_uploaded = msgspec.json.Decoder(payloads.Uploaded)


def steps_of(account: Account, message: Outgoing) -> list[Step]:
    """The calls of one reply: files first, so that one that is not taken leaves no half reply."""
    steps: list[Step] = []
    for number, file in enumerate(message.files):
        steps += _file(account, message, number, file)
    before = len(message.files)
    if isinstance(message.enclosed, Place):
        told = asdict(message.enclosed)
        steps.append(_send(account, message, before, "location", {key: one for key, one in told.items() if one != ""}))
        before += 1
    parts = [part.strip() for part in texts_of(message, MOST_TEXT_BYTES, utf8_bytes)]
    for number, part in enumerate(parts, before):
        if message.buttons and number == before + len(parts) - 1:
            steps.append(_send(account, message, number, "msgmenu", _menu(message, part)))
        else:
            steps.append(_send(account, message, number, "text", {"content": part}))
    return steps


def text_parts(text: str) -> list[str]:
    """A text as WeCom's messages; each of them counts."""
    return [part.strip() for part in split_text(text, MOST_TEXT_BYTES, utf8_bytes) if part.strip()]


def _menu(message: Outgoing, text: str) -> dict[str, Any]:
    return {"head_content": text, "list": [_row(one) for one in message.buttons], "tail_content": ""}


def _row(button: Button) -> dict[str, Any]:
    if button.url:
        return {"type": "view", "view": {"url": button.url, "content": button.title}}
    return {"type": "click", "click": {"id": button.id, "content": button.title}}


def key_of(message_id: str, number: int) -> str:
    """WeCom's id of one call, which it takes once: at most 32 letters and digits, the same at each try."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{message_id}:{number}").hex


def _send(account: Account, message: Outgoing, number: int, kind: str, content: dict[str, Any]) -> Request:
    body = {
        "touser": message.recipient,
        "open_kfid": str(account.settings.get("open_kfid", "")),
        "msgid": key_of(message.message_id, number),
        "msgtype": kind,
        kind: content,
    }
    url = address(account.settings, f"{API}/cgi-bin/kf/send_msg")
    return Request("POST", url, {"content-type": "application/json"}, msgspec.json.encode(body))


def _file(account: Account, message: Outgoing, number: int, file: OutgoingFile) -> list[Step]:
    kind, suffix, most = _KINDS.get(file.mime_type, ("file", "", 0))
    if len(file.data) > most:
        kind = "file"
    name = file.name if kind == "file" else f"file.{suffix}"
    return [_upload(account, file, kind, name), _naming(account, message, number, kind)]


def _upload(account: Account, file: OutgoingFile, kind: str, name: str) -> Request:
    content_type, body = form({}, "media", name, file.mime_type, file.data)
    url = address(account.settings, f"{API}/cgi-bin/media/upload?type={kind}")
    return Request("POST", url, {"content-type": content_type}, body, prepares=True)


def _naming(account: Account, message: Outgoing, number: int, kind: str) -> Callable[[Response], Request]:
    def named(answer: Response) -> Request:
        found = read(_uploaded, answer.body)
        if found is None or not found.media_id:
            raise Refusal("no-upload", "WeCom did not take the file. Send it again.")
        return _send(account, message, number, kind, {"media_id": found.media_id})

    return named
