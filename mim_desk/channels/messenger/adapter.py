"""The channel ``messenger``: one Facebook Page, webhooks signed by the app, replies sent over the Graph."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

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
    TemplatePage,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.messenger.rendering import steps
from mim_desk.channels.messenger.template_steps import list_request, template_steps, usable
from mim_desk.channels.shared import meta, meta_polling, meta_profiles, meta_templates
from mim_desk.channels.shared.meta_account import OfOneAsset
from mim_desk.channels.shared.meta_errors import rules_of, told_of
from mim_desk.channels.shared.meta_events import Platform, events_of
from mim_desk.channels.shared.meta_sends import reaction, sender_action
from mim_desk.channels.shared.meta_standing import Wanted
from mim_desk.domain.template import Template

SERVICE: Final = "Messenger"
PLATFORM: Final = Platform(object="page", setting="page_id", acts_count=True)
RULES: Final = rules_of(SERVICE)
WANTED: Final = Wanted(
    "messages",
    (
        *("message_echoes", "message_edits", "message_reactions", "message_deliveries", "message_reads"),
        *("messaging_postbacks", "messaging_referrals", "messaging_optins", "messaging_handovers"),
        *("messaging_policy_enforcement", "standby"),
    ),
    odd="messenger_template_status_update",
)


def _page(account: Account) -> str:
    return str(account.settings.get("page_id") or "")


ASKED: Final = meta_polling.Asked("page", "messenger", RULES, SERVICE, _page, _page, mark="m_")


class MessengerAdapter(OfOneAsset):
    """Adapter of the channel ``messenger``."""

    channel = "messenger"
    rules = RULES
    asks_named = False
    wanted = WANTED

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        super().check(settings, secrets)
        meta.check(settings, secrets, "app_id")

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return meta_profiles.request(account, external_id, "first_name,last_name,name,profile_pic")

    def read_profile(self, response: Response) -> str | None:
        return meta_profiles.name_in(response)

    def read_picture(self, response: Response) -> str:
        return meta_profiles.picture_in(response)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return meta.parsed(events_of(PLATFORM, account, request.body, request.received_at))

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

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
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
