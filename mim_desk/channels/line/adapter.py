"""LINE: signed deliveries in, replies by reply token or push out."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    HandshakeAnswer,
    InDoubt,
    Outgoing,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
    TemplatePage,
    Unknown,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.line import payloads, prepared, profiles, standing
from mim_desk.channels.line.errors import refused
from mim_desk.channels.line.events import QUOTE_BY, READ_BY, events_of
from mim_desk.channels.line.rendering import API, act, headers, requests
from mim_desk.channels.shared.addresses import address, check_base
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened, read
from mim_desk.channels.standing import Standing
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Template

DATA: Final = "https://api-data.line.me"
LOADING_S: Final = 20
"""How long LINE shows that we write; a message of ours ends it."""
KEY_LASTS: Final = timedelta(hours=23)
"""LINE knows a retry key for 24 hours; under an older one it would send again."""
_batch = msgspec.json.Decoder(payloads.Batch)
_sent = msgspec.json.Decoder(payloads.Sent)


class LineAdapter:
    """Adapter of the channel ``line``; a push is repeated safely under ``X-Line-Retry-Key``."""

    channel = "line"
    keyed = True
    local = False
    asks_named = False
    key_lasts = KEY_LASTS

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        prepared.check(settings)
        for name in ("channel_access_token", "channel_secret"):
            if any(char.isspace() or not char.isprintable() for char in secrets.get(name) or ""):
                raise Refusal("invalid-settings", "There are spaces in it. Copy it again.", f"secrets.{name}")
        if not (secrets.get("channel_access_token") or "").isascii():
            told = "There are foreign characters in it. Copy it again."
            raise Refusal("invalid-settings", told, "secrets.channel_access_token")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request("GET", address(account.settings, f"{API}/v2/bot/info"), headers(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None or response.status == 429 or response.status >= 500:
            told = "LINE could not be reached. Try again in a moment."
            raise Refusal("invalid-settings", told, "settings.api_base_url")
        if response.status != 200:
            told = "LINE does not accept the channel access token. Issue a long-lived one and copy it whole."
            raise Refusal("invalid-settings", told, "secrets.channel_access_token")

    def standing_requests(self, account: Account) -> Sequence[Request]:
        return standing.requests(account)

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        return standing.standing(answers)

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return profiles.request(account, external_id)

    def read_profile(self, response: Response) -> str | None:
        return profiles.name_in(response)

    def read_picture(self, response: Response) -> str:
        return profiles.picture_in(response)

    def verify(self, account: Account, request: RawRequest) -> None:
        secret = account.secrets.get("channel_secret") or ""
        given = request.headers.get("x-line-signature") or ""
        if not secret or not given:
            raise Refusal("bad-signature", "The header X-Line-Signature is missing.")
        digest = hmac.new(secret.encode("utf-8", "surrogatepass"), request.body, hashlib.sha256).digest()
        if not hmac.compare_digest(base64.b64encode(digest), given.encode("utf-8", "surrogatepass")):
            raise Refusal("bad-signature", "The signature does not match.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        try:
            raw = opened(_batch.decode, request.body).events
        except UNREADABLE as problem:
            return Parsed((Unknown("body", str(problem)),))
        return Parsed(tuple(event for item in raw for event in events_of(item, request.received_at)))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "LINE calls this address by POST only.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        return requests(account, message)

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        if 200 <= response.status < 300 or response.status == 409:  # 409: taken before, under the same key
            told = read(_sent, response.body)
            if told is None:
                return Taken() if response.status == 409 else UNREADABLE_ANSWER
            quotable = told.messages[0].quote_token if told.messages else None
            noted = {QUOTE_BY: quotable} if quotable else {}
            return Taken(tuple(one.id for one in told.messages if one.id), details=noted)
        return refused(response)

    def written_templates(self, account: Account) -> Sequence[Template]:
        return prepared.templates(account)

    def list_templates(self, account: Account, cursor: str) -> Request | None:
        """LINE knows none."""
        return None

    def read_templates(self, account: Account, cursor: str, response: Response) -> TemplatePage | Refused:
        return TemplatePage()

    def typing(self, account: Account, target: Target) -> Request | None:
        return act(account, "loading/start", {"chatId": target.recipient, "loadingSeconds": LOADING_S})

    def mark_read(self, account: Account, target: Target) -> Request | None:
        token = target.details.get(READ_BY)
        return act(account, "markAsRead", {"markAsReadToken": token}) if token else None

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        """A file by its message's id, or at the address elsewhere that its sender named; that gets no token."""
        if answered:
            if answered[-1].status == 202:
                raise Refusal("not-ready", "LINE is still preparing the file.")
            return None
        if source.startswith("https://"):
            return Request("GET", source)
        if not (source.isascii() and source.isalnum()):
            raise Refusal("no-file", "LINE named no file.")
        url = address(account.settings, f"{DATA}/v2/bot/message/{source}/content")
        token = account.secrets.get("channel_access_token", "")
        return Request("GET", url, {"authorization": f"Bearer {token}"})
