"""Consultation talk through Happytalk: one message a call, pictures and files uploaded to KakaoTalk first.

Two generations of its interface live side by side: texts, pictures and files go by the first, whose fields are all
documented, buttons and uploads by the third. https://developer-center.happytalk.io and
https://mbi-developer-center.happytalk.io/kakaotalk_webhook/counseling/send_chat
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    Account,
    InDoubt,
    Outgoing,
    OutgoingFile,
    Parsed,
    Poll,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.kakaotalk import happytalk_errors as errors
from mim_desk.channels.kakaotalk import happytalk_reading as reading
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.shared.multipart import form
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal

API: Final = "https://kakao-api.happytalk.io"
WRITE, END = "/v1/chat/write", "/v1/chat/end"
_V3: Final = "/kakaoWebhook/v3/bzc"
RICH, END_WITH_BOT = f"{_V3}/chat/send/rich", f"{_V3}/chat/endWithBot"
UPLOAD_IMAGE, UPLOAD_FILE = f"{_V3}/image/upload", f"{_V3}/file/upload"
LONGEST_TEXT: Final = 1000
LONGEST_EVENT: Final = 100
_ENDINGS: Final = {"image/png": "png", "image/gif": "gif"}
_FAMILIES: Final = ("audio", "video")


class Uploaded(msgspec.Struct, frozen=True):
    """``{"code": "0000", "image": "http://…"}``, of a file ``{"code": "0000", "file": "…", "name": "…", "size": 9}``."""

    image: str = ""
    file: str = ""
    name: str = ""
    size: int = 0


_uploaded = msgspec.json.Decoder(Uploaded, strict=False)


class Happytalk:
    """The dealer Happytalk; it tells of no message whether it arrived."""

    name = "Happytalk"
    sends_notices = False
    files_lie_at: tuple[str, ...] = ("https://", "http://")

    def check(self, settings: Mapping[str, Any]) -> None:
        if not settings.get("client_id"):
            told = "Happytalk gives an ID beside the key (HT-Client-Id). Fill it in."
            raise Refusal("invalid-settings", told, "settings.client_id")
        if len(str(settings.get("bot_event") or "")) > LONGEST_EVENT:
            told = f"The bot's event has up to {LONGEST_EVENT} characters."
            raise Refusal("invalid-settings", told, "settings.bot_event")
        reading.check(settings)

    def probe(self, account: Account) -> Request | None:
        """It has no call that changes nothing."""
        return None

    def judge_probe(self, response: Response | None) -> None:
        return None

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed((reading.event_of(account.settings, request),))

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        """Files first, so that one that is not taken leaves no half reply."""
        if message.template is not None:
            raise Refusal(
                "no-templates", "Notices that Kakao approved do not go through Happytalk. Choose NCP SENS for them."
            )
        steps: list[Step] = []
        for number, file in enumerate(message.files):
            steps += _file(account, message.recipient, _key(message.message_id, number), file)
        texts = texts_of(message, LONGEST_TEXT, utf16_units, keep_blank=True)
        for number, text in enumerate(texts, len(message.files)):
            key = _key(message.message_id, number)
            if message.buttons and number == len(message.files) + len(texts) - 1:
                steps.append(_rich(account, message, key, text))
            else:
                steps.append(_said(account, message.recipient, key, {"message_type": "TX", "message": text}))
        return steps

    def classify(self, response: Response) -> Taken | Refused | InDoubt:
        return errors.classified(response)

    def end_session(self, account: Account, target: Target) -> Request:
        """Its end, or its end with an event for the bot, where the settings name one."""
        whom = {"user_key": target.recipient, "sender_key": str(account.settings.get("sender_key", ""))}
        event = str(account.settings.get("bot_event") or "")
        return _post(account, END_WITH_BOT, {**whom, "bot_event": event}) if event else _post(account, END, whom)

    def next_poll(self, account: Account) -> Request | None:
        return None

    def read_poll(self, response: Response) -> Poll | Refused:
        return Poll()


def _key(message_id: str, number: int) -> str:
    """The serial number of one call: 30 characters, the same at each try."""
    return hashlib.blake2b(f"{message_id}:{number}".encode(), digest_size=15).hexdigest()


def _signed_in(account: Account) -> dict[str, str]:
    ours = str(account.settings.get("client_id", ""))
    return {"ht-client-id": ours, "ht-client-secret": account.secrets.get("api_key", "")}


def _post(account: Account, path: str, body: Mapping[str, Any]) -> Request:
    url = address(account.settings, API + path)
    headers = {**_signed_in(account), "content-type": "application/json"}
    return Request("POST", url, headers, msgspec.json.encode(body), once=True)


def _whom(account: Account, to: str, key: str) -> dict[str, Any]:
    return {"user_key": to, "sender_key": str(account.settings.get("sender_key", "")), "serial_number": key}


def _said(account: Account, to: str, key: str, content: Mapping[str, Any]) -> Request:
    return _post(account, WRITE, {**_whom(account, to, key), **content})


def _rich(account: Account, message: Outgoing, key: str, text: str) -> Request:
    buttons = [_button(one) for one in message.buttons]
    told = {"chat_bubble_type": "TEXT", "message": text, "attachment": {"buttons": buttons}}
    return _post(account, RICH, {**_whom(account, message.recipient, key), **told})


def _button(button: Button) -> dict[str, str]:
    """A link, or one that says its own words for the customer: no button of Happytalk's brings a word of ours back."""
    if button.url:
        return {"name": button.title, "type": "WL", "url_mobile": button.url, "url_pc": button.url}
    return {"name": button.title, "type": "MD"}


def _file(account: Account, to: str, key: str, file: OutgoingFile) -> list[Step]:
    family = file.mime_type.partition("/")[0]
    fields = {"sender_key": str(account.settings.get("sender_key", ""))}
    if family == "image":
        path, part, name = UPLOAD_IMAGE, "image", f"image.{_ENDINGS.get(file.mime_type, 'jpg')}"
    else:
        path, part, name = UPLOAD_FILE, "file", file.name
        fields |= {"file_type": family} if family in _FAMILIES else {}
    content_type, body = form(fields, part, name, file.mime_type, file.data)
    headers = {**_signed_in(account), "content-type": content_type}
    upload = Request("POST", address(account.settings, API + path), headers, body, prepares=True)
    return [upload, _naming(account, to, key, file)]


def _naming(account: Account, to: str, key: str, file: OutgoingFile) -> Callable[[Response], Request]:
    def named(answer: Response) -> Request:
        found = read(_uploaded, answer.body) or Uploaded()
        if found.image:
            return _said(account, to, key, {"message_type": "IM", "image_url": found.image})
        if not found.file:
            raise Refusal("no-upload", "KakaoTalk did not take the file. Send it again.")
        told = {"file_url": found.file, "file_name": found.name or file.name, "file_size": found.size or len(file.data)}
        return _said(account, to, key, {"message_type": "FI", **told})

    return named
