"""The channel ``instagram``: one professional account, by Facebook Login or by Instagram Login."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.instagram import comments, renewal
from mim_desk.channels.instagram.rendering import steps
from mim_desk.channels.shared import meta, meta_polling, meta_profiles, meta_standing
from mim_desk.channels.shared.meta_errors import Probe, judge_probe, rules_of, told_of
from mim_desk.channels.shared.meta_events import Platform, events_of
from mim_desk.channels.shared.meta_sends import reaction, sender_action
from mim_desk.channels.shared.meta_sharing import FAMILY, shared_out
from mim_desk.channels.standing import Renewed, Standing
from mim_desk.domain.buttons import in_words

SERVICE: Final = "Instagram"
PLATFORM: Final = Platform("instagram", "account_id", entry_is_account=False, change=comments.events_of)
RULES: Final = rules_of(SERVICE)
_HOSTS: Final = {"facebook": meta.GRAPH, "instagram": "https://graph.instagram.com"}


class InstagramAdapter:
    """Adapter of the channel ``instagram``; Meta knows no idempotency key, so no send in doubt is repeated."""

    channel = "instagram"
    keyed = False
    local = False
    shared_with = FAMILY

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        meta.check(settings, secrets, "account_id")

    def probe(self, account: Account, now: datetime) -> Request | None:
        url = meta.address(account, _account_id(account), host=_host(account), fields="id,username")
        return Request("GET", url, meta.bearer(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        # By Instagram Login an account also has an id of the app's own, so that another one proves nothing.
        same_id = _login(account) == "facebook"
        judge_probe(Probe(RULES, "account_id", "Instagram account", same_id), account, response)

    def standing_requests(self, account: Account) -> Sequence[Request]:
        return [] if _login(account) == "facebook" else meta_standing.requests(account, "me", _host(account))

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        return meta_standing.standing(answers, "messages")

    def renewal(self, account: Account) -> Request | None:
        return None if _login(account) == "facebook" else renewal.request_of(account, _host(account))

    def read_renewal(self, account: Account, response: Response) -> Renewed | Refused:
        return renewal.read_renewal(response, SERVICE, RULES)

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return meta_profiles.request(account, external_id, "name,username", _host(account))

    def read_profile(self, response: Response) -> str | None:
        return meta_profiles.name_in(response)

    def verify(self, account: Account, request: RawRequest) -> None:
        meta.verify(account, request, "instagram_app_secret")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed(tuple(events_of(PLATFORM, account, request.body, request.received_at)))

    def shared_out(self, body: bytes, accounts: Sequence[tuple[str, Account]]) -> Sequence[bytes]:
        return shared_out(body, accounts)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return meta.handshake(account, request)

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if comments.answers_one(message):
            # comments have no buttons
            said = replace(message, text=in_words(message.text, message.buttons), buttons=())
            return comments.steps(account, _host(account), said)
        return steps(account, _messages(account), message)

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
        """The one reaction that both logins document."""
        return reaction(account, _messages(account), target, "love" if emoji else "")


def _account_id(account: Account) -> str:
    return str(account.settings.get("account_id") or "")


def _messages(account: Account) -> str:
    return meta.address(account, "me", "messages", host=_host(account))


def _login(account: Account) -> str:
    return str(account.settings.get("login") or "facebook")


def _host(account: Account) -> str:
    return _HOSTS.get(_login(account), meta.GRAPH)


ASKED: Final = meta_polling.Asked(
    "instagram", "instagram", RULES, SERVICE, _account_id, lambda _: "me", host=_host, tells_whole=False
)
