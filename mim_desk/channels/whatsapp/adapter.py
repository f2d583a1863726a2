"""The channel ``whatsapp``: the Cloud API of Meta, webhooks signed by the app, replies sent over the Graph."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
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
    TemplatePage,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared import meta, meta_templates
from mim_desk.channels.shared.meta_sharing import FAMILY, shared_out
from mim_desk.channels.standing import Standing
from mim_desk.channels.whatsapp import gestures, payloads, standing
from mim_desk.channels.whatsapp.bodies import read
from mim_desk.channels.whatsapp.deliveries import events_of
from mim_desk.channels.whatsapp.errors import RULES, SERVICE, refused
from mim_desk.channels.whatsapp.rendering import steps
from mim_desk.channels.whatsapp.template_steps import template_steps
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Template

_OLD_VERSION: Final = (2500, 2635)
"""An address that Graph does not know, and a version that ended; neither is stated in the API's own table."""


class WhatsappAdapter:
    """Adapter of the channel ``whatsapp``; Meta knows no idempotency key, so no send in doubt is repeated."""

    channel = "whatsapp"
    keyed = False
    local = False
    shared_with = FAMILY

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        meta.check(settings, secrets, "phone_number_id", "waba_id")

    def probe(self, account: Account, now: datetime) -> Request | None:
        number = str(account.settings["phone_number_id"])
        fields = "id,display_phone_number,verified_name"
        return Request("GET", meta.address(account, number, fields=fields), meta.bearer(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None:
            raise _wrong("Meta could not be reached. Check the network and the base address.", "settings.api_base_url")
        if 200 <= response.status < 300:
            told = read(payloads.Number, response.body)
            if told and told.id and told.id != account.settings["phone_number_id"]:
                raise _wrong("Meta knows this number by another ID. Copy it again.", "settings.phone_number_id")
            return
        error = meta.told_error(response.body) or meta.GraphError()
        rule = meta.rule_of(RULES, error)
        if response.status == 401 or (rule and rule.action is Action.SETTINGS):
            reason = rule.reason if rule else "Meta does not accept the access token. Copy it again."
            raise _wrong(reason, "secrets.access_token")
        if error.code in _OLD_VERSION:
            raise _wrong(f"Meta does not know this Graph version. {error.said}".strip(), "settings.graph_version")
        if response.status == 429 or response.status >= 500 or (rule and rule.action is Action.RETRY):
            raise _wrong("Meta is busy at the moment. Try again in some minutes.", "")
        said = error.said or f"It answered {response.status}."
        raise _wrong(f"Meta does not know the phone number ID. {said}", "settings.phone_number_id")

    def standing_requests(self, account: Account) -> Sequence[Request]:
        return standing.requests(account)

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        return standing.standing(account, answers)

    def verify(self, account: Account, request: RawRequest) -> None:
        meta.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return meta.parsed(events_of(account, request.body, request.received_at))

    def shared_out(self, body: bytes, accounts: Sequence[tuple[str, Account]]) -> Sequence[bytes]:
        return shared_out(body, accounts)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return meta.handshake(account, request)

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if message.template is not None:
            return template_steps(account, message, message.template)
        return steps(account, message)

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        if not 200 <= response.status < 300:
            return refused(response)
        told = read(payloads.Sent, response.body)
        return Taken(tuple(one.id for one in told.messages if one.id)) if told else UNREADABLE_ANSWER

    def written_templates(self, account: Account) -> Sequence[Template]:
        return ()

    def list_templates(self, account: Account, cursor: str) -> Request | None:
        """Templates belong to the business account, not to the number; without its ID they cannot be asked for."""
        business = str(account.settings.get("waba_id") or "")
        if not business:
            return None
        asked = {"fields": meta_templates.FIELDS, "limit": meta_templates.PAGE, **({"after": cursor} if cursor else {})}
        return Request("GET", meta.address(account, business, "message_templates", **asked), meta.bearer(account))

    def read_templates(self, account: Account, cursor: str, response: Response) -> TemplatePage | Refused:
        return meta_templates.page_of(response, RULES, SERVICE)

    def typing(self, account: Account, target: Target) -> Request | None:
        last = target.last_incoming
        return gestures.read_mark(account, (last.external_id if last else "") or "", typing=True)

    def mark_read(self, account: Account, target: Target) -> Request | None:
        return gestures.read_mark(account, target.external_id)

    def react(self, account: Account, target: Target, emoji: str) -> Request:
        return gestures.reaction(account, target, emoji)

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        """A file by its id takes two calls: where it lies (for five minutes), then the file; both need the token."""
        url = source if source.startswith(("https://", "http://")) else ""
        if len(answered) == (1 if url else 2):
            return None
        if not url and not answered:
            number = str(account.settings.get("phone_number_id") or "")
            return Request("GET", meta.address(account, source, phone_number_id=number), meta.bearer(account))
        if not url:
            told = read(payloads.MediaAnswer, answered[0].body)
            url = told.url if told else ""
        return Request("GET", meta.file_address(account, url), meta.bearer(account))


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)
