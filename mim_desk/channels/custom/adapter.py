"""The custom channel: both directions signed by HMAC-SHA256 over time and raw body."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from mim_desk.channels.base import (
    Account,
    Action,
    ContactCard,
    HandshakeAnswer,
    Outgoing,
    Parsed,
    Place,
    RawRequest,
    Refused,
    Request,
    Response,
    Taken,
    Unknown,
)
from mim_desk.channels.custom import payloads
from mim_desk.channels.custom.items import event_of
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened
from mim_desk.channels.shared.phones import check_region
from mim_desk.domain.refusal import Refusal

Shape = TypeVar("Shape")

WINDOW_S = 300
SHORTEST_SECRET = 16

_batch = msgspec.json.Decoder(payloads.Batch)
_accepted = msgspec.json.Decoder(payloads.Accepted)
_rejected = msgspec.json.Decoder(payloads.Rejected)


def sign(secret: str, unix_time: int, body: bytes) -> str:
    """The value of ``X-MIM-Signature`` for a body sent at a time."""
    return f"t={unix_time},v1={_digest(secret, str(unix_time), body)}"


def _digest(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class CustomAdapter:
    """Adapter of the channel ``custom``."""

    channel = "custom"
    keyed = True
    local = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_region(settings)
        for name in ("callback_url", "api_base_url"):
            if settings.get(name) and not _has_host(settings[name]):
                raise Refusal("invalid-settings", "The address has no valid host name.", f"settings.{name}")
        for name in ("signing_secret", "previous_signing_secret"):
            if secrets.get(name) and len(secrets[name]) < SHORTEST_SECRET:
                raise Refusal("invalid-settings", "The signing secret needs at least 16 characters.", f"secrets.{name}")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return _signed(account, now, payloads.Callback(type="ping"))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None:
            raise Refusal("invalid-settings", "The callback address did not answer. Check it.", "settings.callback_url")
        if response.status in (401, 403):
            raise Refusal(
                "invalid-settings", "The callback refused our signature. Check the secret.", "secrets.signing_secret"
            )
        if not 200 <= response.status < 300:
            raise Refusal(
                "invalid-settings",
                f"The callback address answered {response.status} to the test call. Check it.",
                "settings.callback_url",
            )

    def verify(self, account: Account, request: RawRequest) -> None:
        stamp, given = _signature_parts(request.headers.get("x-mim-signature", ""))
        if abs(request.received_at.timestamp() - int(stamp)) > WINDOW_S:
            raise Refusal("bad-signature", "The signature's time is more than five minutes away.")
        for name in ("signing_secret", "previous_signing_secret"):
            secret = account.secrets.get(name)
            if secret:
                wanted = _digest(secret, stamp, request.body).encode()
                if any(hmac.compare_digest(wanted, one) for one in given):
                    return
        raise Refusal("bad-signature", "The signature does not match.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        try:
            raw = opened(_batch.decode, request.body).events
        except UNREADABLE as problem:
            return Parsed((Unknown("body", str(problem)),))
        return Parsed(tuple(event_of(item, request.received_at) for item in raw))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "This channel is called by POST only.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        told = message.enclosed
        body = payloads.Callback(
            type="message",
            id=message.message_id,
            to=message.recipient,
            text=message.text,
            attachments=[payloads.File(file.name, file.mime_type, file.data) for file in message.files],
            reply_to=message.reply_to,
            buttons=[
                payloads.Button(one.title, one.id, one.url, one.description, one.section) for one in message.buttons
            ],
            location=told if isinstance(told, Place) else None,
            contact_card=told if isinstance(told, ContactCard) else None,
        )
        return [_signed(account, message.at, body, key=message.message_id)]

    def typing(self, account: Account, target: Target) -> Request | None:
        return _act(account, target, "typing")

    def mark_read(self, account: Account, target: Target) -> Request | None:
        return _act(account, target, "read", of=target.external_id)

    def react(self, account: Account, target: Target, emoji: str) -> Request:
        return _act(account, target, "reaction", of=target.external_id, emoji=emoji)

    def change_text(self, account: Account, target: Target, text: str) -> Request:
        return _act(account, target, "edit", of=target.external_id, text=text)

    def take_back(self, account: Account, target: Target) -> Sequence[Request]:
        return [_act(account, target, "delete", of=one) for one in target.external_ids]

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        status = response.status
        if 200 <= status < 300:
            accepted = _told(_accepted, response.body)
            return Taken((accepted.id,) if accepted and accepted.id else ())
        told = _told(_rejected, response.body) or payloads.Rejected()
        code = told.code or str(status)
        if status in (408, 425, 429) or status >= 500:
            return Refused(Action.RETRY, "The gateway is busy; trying again.", code, retry_after_s(response.headers))
        if status in (401, 403, 404):
            return Refused(Action.SETTINGS, "The gateway does not accept our calls. Check the inbox's settings.", code)
        if status == 410:
            return Refused(Action.BLOCKED, "This contact can no longer be reached here.", code)
        return Refused(Action.REJECTED, told.detail[:300] or "The gateway rejected the message.", code)


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _signature_parts(header: str) -> tuple[str, list[bytes]]:
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value.encode("utf-8", "surrogatepass") for name, _, value in parts if name == "v1"]
    if len(stamps) != 1 or not given or not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) < 12):
        raise Refusal("bad-signature", "The header X-MIM-Signature is missing or malformed.")
    return stamps[0], given


def _signed(account: Account, now: datetime, body: payloads.Callback, key: str = "") -> Request:
    data = msgspec.json.encode(body)
    headers = {
        "content-type": "application/json",
        "x-mim-signature": sign(account.secrets["signing_secret"], int(now.timestamp()), data),
    }
    if key:
        headers["idempotency-key"] = key
    return Request("POST", _address(account.settings), headers, data)


def _act(
    account: Account, target: Target, kind: str, of: str = "", text: str = "", emoji: str | None = None
) -> Request:
    body = payloads.Callback(type=kind, id=target.key, to=target.recipient, text=text, of=of, emoji=emoji)
    return _signed(account, target.at, body, key=target.key)


def _address(settings: Mapping[str, Any]) -> str:
    url = urlsplit(str(settings["callback_url"]))
    base = urlsplit(str(settings.get("api_base_url") or ""))
    if not base.hostname:
        return urlunsplit(url)
    return urlunsplit((base.scheme, base.netloc, base.path.rstrip("/") + url.path, url.query, ""))


def _told(decoder: msgspec.json.Decoder[Shape], body: bytes) -> Shape | None:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
