"""Viber: signed deliveries in, messages in the brand's name out."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mim_desk.channels.base import (
    OK,
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
    Step,
    Taken,
)
from mim_desk.channels.shared.addresses import check_base
from mim_desk.channels.viber import payloads, welcome
from mim_desk.channels.viber.errors import NO_WEBHOOK, WEBHOOK_SET, answer_of, classified
from mim_desk.channels.viber.events import events_of
from mim_desk.channels.viber.rendering import LONGEST_NAME, call, requests
from mim_desk.domain.refusal import Refusal

_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TAKEN: Final = 0


class ViberAdapter:
    """Adapter of the channel ``viber``; Viber takes no key, so a send in doubt stays in doubt."""

    channel = "viber"
    keyed = False
    local = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        if len(str(settings.get("sender_name") or "")) > LONGEST_NAME:
            told = f"Viber shows names of at most {LONGEST_NAME} characters."
            raise Refusal("invalid-settings", told, "settings.sender_name")
        welcome.check(settings)
        token = secrets.get("auth_token") or ""
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise Refusal("invalid-settings", "There are spaces in it. Copy it again.", "secrets.auth_token")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return call(account, "get_account_info", {})

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None or response.status == 429 or response.status >= 500:
            told = "Viber could not be reached. Try again in a moment."
            raise Refusal("invalid-settings", told, "settings.api_base_url")
        told_status = (answer_of(response) or payloads.Answer()).status
        if response.status != 200 or told_status is None:
            told = f"What answered is not Viber's interface (HTTP {response.status}). Check the base address."
            raise Refusal("invalid-settings", told, "settings.api_base_url")
        if told_status != _TAKEN:
            verdict = classified(response)
            why = verdict.reason if isinstance(verdict, Refused) else ""
            raise Refusal("invalid-settings", why, "secrets.auth_token")

    def connected(self, account: Account) -> Sequence[Request]:
        """Viber is told where to deliver; before it answers it calls that address, so the inbox is there already."""
        if not account.webhook_url:
            return ()
        return (call(account, "set_webhook", payloads.Webhook(account.webhook_url)),)

    def verify(self, account: Account, request: RawRequest) -> None:
        token = account.secrets.get("auth_token") or ""
        given = request.headers.get("x-viber-content-signature") or ""
        if not token or not _SIGNATURE.fullmatch(given):
            raise Refusal("bad-signature", "The header X-Viber-Content-Signature is missing or malformed.")
        wanted = hmac.new(token.encode("utf-8", "surrogatepass"), request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, given):
            raise Refusal("bad-signature", "The signature does not match.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        events = events_of(request.body, request.received_at)
        greeting = welcome.answer(account, request.body)
        return Parsed(events, OK if greeting is None else greeting)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "Viber calls this address by POST only.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        return requests(account, message)

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        verdict = classified(response)
        if isinstance(verdict, Refused) and verdict.code == NO_WEBHOOK and account.webhook_url:
            return replace(verdict, action=Action.RETRY, reason=WEBHOOK_SET, mended_by=tuple(self.connected(account)))
        return verdict
