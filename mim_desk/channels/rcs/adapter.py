"""The RCS adapter: signed deliveries in, texts and files out under ids of ours, with a token of a service account."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID, uuid5

import msgspec

from mim_desk.channels.base import (
    OK,
    UNREADABLE_ANSWER,
    AccessToken,
    Account,
    Action,
    HandshakeAnswer,
    InDoubt,
    Outgoing,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.rcs import access, payloads, reading
from mim_desk.channels.rcs.contents import Content, contents_of
from mim_desk.channels.rcs.lasting import lasts, minutes
from mim_desk.channels.shared.addresses import address, check_base
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.refusal import Refusal

_KEYS: Final = UUID("0d1f6f5e-6c51-4c1c-8f8e-5f4b8f9a7c21")
_ID: Final = re.compile(r"[A-Za-z0-9_.@-]{1,200}")
_ERRORS: Final = {
    400: (Action.REJECTED, "The phone or RCS cannot take this message. Send it as plain text."),
    401: (Action.SETTINGS, "Google does not take our token. Enter a new key file in the inbox's settings."),
    403: (Action.SETTINGS, "The service account may not send for this RCS sender. Check the inbox's settings."),
    404: (Action.REJECTED, "This phone has no RCS, or the sender is not launched there. Answer by SMS."),
    429: (Action.RETRY, "RCS asks to wait a moment; trying again."),
}
_BUSY: Final = (Action.RETRY, "RCS is not available right now; trying again.")
_sent = msgspec.json.Decoder(payloads.Sent)


class RcsAdapter:
    """Adapter of the channel ``rcs``."""

    channel = "rcs"
    keyed = True
    local = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        if not _ID.fullmatch(str(settings.get("agent_id") or "")):
            reason = "The agent ID has letters, digits, _ and - alone. Copy it from the developer console."
            raise Refusal("invalid-settings", reason, "settings.agent_id")
        for name in ("expires_after", "fallback_after"):
            minutes(settings, name)
        access.keys_of(secrets.get("service_account", ""))

    def probe(self, account: Account, now: datetime) -> Request | None:
        return access.token_request(account, now)

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None:
            reason = "Google could not be reached. Check the hub's way to the internet."
            raise Refusal("invalid-settings", reason, "settings.api_base_url")
        told = access.read_token(response)
        if isinstance(told, Refused):
            field = "secrets.service_account" if told.action is Action.SETTINGS else "settings.api_base_url"
            raise Refusal("invalid-settings", told.reason, field)

    def verify(self, account: Account, request: RawRequest) -> None:
        access.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        envelope = access.envelope_of(request.body)
        answer = OK
        if envelope is not None and envelope.message is None and envelope.secret:
            # As plain text, and nothing around it:
            # https://developers.google.com/business-communications/rcs-business-messaging/guides/integrate/webhooks
            answer = HandshakeAnswer(envelope.secret.encode(errors="replace"))
        return Parsed(reading.events_of(account, request.body, request.received_at), answer)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "This channel is called by POST only.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        contents = contents_of(message)
        if not contents:
            raise Refusal("nothing-to-send", "There is nothing to send.")
        ttl = lasts(account.settings)
        return [_call(account, message, number, content, ttl) for number, content in enumerate(contents)]

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        if 200 <= response.status < 300:
            told = read(_sent, response.body)
            if told is None:
                return UNREADABLE_ANSWER
            external_id = told.name.rpartition("/")[2]
            return Taken((external_id,) if external_id else ())
        if response.status == 409:
            return Taken()  # it is there already, under our id
        busy = response.status >= 500 or response.status in (408, 425)
        otherwise = _BUSY if busy else (Action.REJECTED, "RCS did not take the message.")
        action, reason = _ERRORS.get(response.status, otherwise)
        pause = retry_after_s(response.headers) if action is Action.RETRY else None
        return Refused(action, reason, str(response.status), pause, elsewhere=response.status == 404)

    def typing(self, account: Account, target: Target) -> Request | None:
        return _event(account, target, {"eventType": "IS_TYPING"})

    def mark_read(self, account: Account, target: Target) -> Request | None:
        return _event(account, target, {"eventType": "READ", "messageId": target.external_id})

    def token_request(self, account: Account, now: datetime) -> Request:
        return access.token_request(account, now)

    def read_token(self, account: Account, response: Response) -> AccessToken | Refused:
        return access.read_token(response)

    def authorized(self, account: Account, request: Request, token: str) -> Request:
        return access.authorized(account, request, token)

    def refuses_token(self, response: Response) -> bool:
        return response.status == 401


def _call(account: Account, message: Outgoing, number: int, content: Content, ttl: Mapping[str, str]) -> Request:
    """A message; what the phone cannot show goes as plain text, under another id since the first may be known."""
    phone, told = message.recipient, {"contentMessage": content.rich, **ttl}
    made = _post(account, phone, "agentMessages", {"messageId": _key(message.message_id, str(number))}, told)
    if content.plain is None:
        return made
    plain = {"contentMessage": content.plain, **ttl}
    key = {"messageId": _key(message.message_id, f"{number} plain")}
    return replace(made, instead=_post(account, phone, "agentMessages", key, plain))


def _event(account: Account, target: Target, told: Mapping[str, str]) -> Request:
    return _post(account, target.recipient, "agentEvents", {"eventId": target.key}, told)


def _post(account: Account, phone: str, what: str, key: Mapping[str, str], told: Mapping[str, Any]) -> Request:
    region = str(account.settings.get("region") or "")
    host = f"{region}-{access.API_HOST}" if region else access.API_HOST
    query = urlencode({**key, "agentId": account.settings.get("agent_id", "")})
    url = address(account.settings, f"https://{host}/v1/phones/{quote(phone, safe='+')}/{what}?{query}")
    return Request("POST", url, {"content-type": "application/json"}, msgspec.json.encode(told))


def _key(message_id: str, number: str) -> str:
    """Our id for the first call where it is a UUID, as RCS wants one; for the others one made of it."""
    try:
        own = str(UUID(message_id))
    except ValueError:
        own = ""
    return own if own and number == "0" else str(uuid5(_KEYS, f"{message_id} {number}"))
