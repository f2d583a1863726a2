"""The channel ``instagram``: one professional account, by Facebook Login or by Instagram Login."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from mim_desk.channels.base import (
    Account,
    InDoubt,
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
from mim_desk.channels.shared import meta, meta_polling, meta_profiles
from mim_desk.channels.shared.meta_account import OfOneAsset
from mim_desk.channels.shared.meta_errors import rules_of, told_of
from mim_desk.channels.shared.meta_events import Platform, events_of
from mim_desk.channels.shared.meta_sends import reaction, sender_action
from mim_desk.channels.shared.meta_standing import Wanted
from mim_desk.channels.standing import Renewed
from mim_desk.domain.buttons import in_words
from mim_desk.domain.inbox import ANY_EMOJI, Capabilities
from mim_desk.domain.refusal import Refusal

SERVICE: Final = "Instagram"
PLATFORM: Final = Platform("instagram", "account_id", entry_is_account=False, change=comments.events_of)
RULES: Final = rules_of(SERVICE)
OF_PAGE: Final = Wanted("feed", any_will_do=True)
"""By Facebook Login the fields of Instagram are chosen on the app's page, and the Page has to be subscribed to any of its own:
https://developers.facebook.com/docs/graph-api/webhooks/getting-started/webhooks-for-instagram"""
_HOSTS: Final = {"facebook": meta.GRAPH, "instagram": "https://graph.instagram.com"}


class InstagramAdapter(OfOneAsset):
    """Adapter of the channel ``instagram``."""

    channel = "instagram"
    rules = RULES
    asks_named = False
    setting, noun, shown_as = "account_id", "Instagram account", "username"
    more_secrets = ("instagram_app_secret",)
    wanted = Wanted(
        "messages",
        (
            "message_reactions",
            "messaging_postbacks",
            "messaging_referral",
            "messaging_seen",
            "message_edits",
            "comments",
        ),
    )

    def host(self, account: Account) -> str:
        return _host(account)

    def capabilities(self, announced: Capabilities, settings: Mapping[str, Any]) -> Capabilities:
        return replace(announced, reactions=(ANY_EMOJI,)) if settings.get("login") == "instagram" else announced

    def same_id(self, account: Account) -> bool:
        # By Instagram Login an account also has an id of the app's own, so that another one proves nothing.
        return _login(account) == "facebook"

    def subscribed(self, account: Account) -> str:
        # By Facebook Login it is the Page: the token is the Page's own, so that it is who asks.
        return "me"

    def wanted_by(self, account: Account) -> Wanted:
        return OF_PAGE if _login(account) == "facebook" else self.wanted

    def renewal(self, account: Account) -> Request | None:
        return None if _login(account) == "facebook" else renewal.request_of(account, _host(account))

    def read_renewal(self, account: Account, response: Response) -> Renewed | Refused:
        return renewal.read_renewal(response, SERVICE, RULES)

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return meta_profiles.request(account, external_id, "name,username,profile_pic", _host(account))

    def read_profile(self, response: Response) -> str | None:
        return meta_profiles.name_in(response)

    def read_picture(self, response: Response) -> str:
        return meta_profiles.picture_in(response)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return meta.parsed(events_of(PLATFORM, account, request.body, request.received_at))

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if message.private:
            return comments.private_steps(account, _messages(account), message)
        if comments.answers_one(message):
            # comments have no buttons
            said = replace(message, text=in_words(message.text, message.buttons), buttons=())
            return comments.steps(account, _host(account), said)
        return steps(account, _messages(account), message)

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        return told_of(RULES, response, SERVICE)

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        return meta_polling.next_poll(ASKED, account, cursor)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return meta_polling.read_poll(ASKED, account, cursor, response)

    def typing(self, account: Account, target: Target) -> Request | None:
        last = target.last_incoming
        if last is not None and comments.is_one(last.details):
            return None  # nobody sees that an account writes a comment
        return sender_action(account, _messages(account), target, "typing_on")

    def mark_read(self, account: Account, target: Target) -> Request | None:
        if comments.is_one(target.details):
            return None
        return sender_action(account, _messages(account), target, "mark_seen")

    def react(self, account: Account, target: Target, emoji: str) -> Request:
        """Any emoji by Instagram Login; by Facebook Login only the heart is documented, under a name."""
        if comments.is_one(target.details):
            raise Refusal("not-carried", "An account cannot like comments on Instagram from here.", "emoji")
        named = emoji if _login(account) == "instagram" else "love"
        return reaction(account, _messages(account), target, named if emoji else "")

    def hide(self, account: Account, target: Target, *, hidden: bool) -> Request:
        return _comment_call(account, "POST", target, hide=str(hidden).lower())

    def remove(self, account: Account, target: Target) -> Request:
        return _comment_call(account, "DELETE", target)


def _comment_call(account: Account, method: str, target: Target, **form: str) -> Request:
    """[unverified] The parameters of these calls were read in no page of Meta's."""
    if not comments.is_one(target.details):
        raise Refusal("not-carried", "Only a public comment can be hidden or deleted on Instagram.")
    url = meta.address(account, target.external_id, host=_host(account))
    if not form:
        return Request(method, url, meta.bearer(account))
    headers = meta.bearer(account, **{"content-type": "application/x-www-form-urlencoded"})
    return Request(method, url, headers, urlencode(form).encode())


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
