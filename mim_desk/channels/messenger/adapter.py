"""The channel ``messenger``: one Facebook Page, webhooks signed by the app, replies sent over the Graph."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mim_desk.channels.base import (
    Account,
    HandshakeAnswer,
    Outgoing,
    Parsed,
    Poll,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
    TemplatePage,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.messenger.rendering import steps
from mim_desk.channels.messenger.template_steps import list_request, template_steps, usable
from mim_desk.channels.shared import meta, meta_polling, meta_profiles, meta_standing, meta_templates
from mim_desk.channels.shared.meta_errors import Probe, judge_probe, rules_of, told_of
from mim_desk.channels.shared.meta_events import Platform, events_of
from mim_desk.channels.shared.meta_sends import reaction, sender_action
from mim_desk.channels.shared.meta_sharing import FAMILY, shared_out
from mim_desk.channels.standing import Standing
from mim_desk.domain.template import Template

SERVICE: Final = "Messenger"
PLATFORM: Final = Platform(object="page", setting="page_id")
RULES: Final = rules_of(SERVICE)


def _page(account: Account) -> str:
    return str(account.settings.get("page_id") or "")


ASKED: Final = meta_polling.Asked("page", "messenger", RULES, SERVICE, _page, _page, mark="m_")


class MessengerAdapter:
    """Adapter of the channel ``messenger``; Meta knows no idempotency key, so no send in doubt is repeated."""

    channel = "messenger"
    keyed = False
    local = False
    shared_with = FAMILY

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        meta.check(settings, secrets, "page_id")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request("GET", meta.address(account, _page(account), fields="id,name"), meta.bearer(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        judge_probe(Probe(RULES, "page_id", "Page"), account, response)

    def standing_requests(self, account: Account) -> Sequence[Request]:
        return meta_standing.requests(account, str(account.settings.get("page_id") or ""))

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        return meta_standing.standing(answers, "messages")

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return meta_profiles.request(account, external_id, "first_name,last_name,name")

    def read_profile(self, response: Response) -> str | None:
        return meta_profiles.name_in(response)

    def verify(self, account: Account, request: RawRequest) -> None:
        meta.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed(tuple(events_of(PLATFORM, account, request.body, request.received_at)))

    def shared_out(self, body: bytes, accounts: Sequence[tuple[str, Account]]) -> Sequence[bytes]:
        return shared_out(body, accounts)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return meta.handshake(account, request)

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if message.template is not None:
            return template_steps(account, message, message.template)
        return steps(account, message)

    def written_templates(self, account: Account) -> Sequence[Template]:
        return ()

    def list_templates(self, account: Account, cursor: str) -> Request | None:
        return list_request(account, cursor)

    def read_templates(self, account: Account, cursor: str, response: Response) -> TemplatePage | Refused:
        page = meta_templates.page_of(response, RULES, SERVICE)
        return page if isinstance(page, Refused) else usable(page)

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        return told_of(RULES, response, SERVICE)

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        return meta_polling.next_poll(ASKED, account, cursor)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return meta_polling.read_poll(ASKED, account, cursor, response)

    def typing(self, account: Account, target: Target) -> Request | None:
        return sender_action(account, _messages(account), target, "typing_on")

    def mark_read(self, account: Account, target: Target) -> Request | None:
        return sender_action(account, _messages(account), target, "mark_seen")

    def react(self, account: Account, target: Target, emoji: str) -> Request:
        return reaction(account, _messages(account), target, emoji)


def _messages(account: Account) -> str:
    return meta.address(account, str(account.settings.get("page_id") or ""), "messages")
