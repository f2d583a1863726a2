"""The channel ``facebook_comments``: what people write below a Page's posts, answered there in public."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    Action,
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
from mim_desk.channels.facebook_comments import polling
from mim_desk.channels.facebook_comments.reading import events_of
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared import meta
from mim_desk.channels.shared import meta_payloads as payloads
from mim_desk.channels.shared.meta_account import OfOneAsset
from mim_desk.channels.shared.meta_bodies import read
from mim_desk.channels.shared.meta_errors import rules_of
from mim_desk.channels.shared.meta_standing import Wanted
from mim_desk.channels.shared.splitting import split_text, utf16_units
from mim_desk.domain.refusal import Refusal

SERVICE: Final = "Facebook"
LONGEST_TEXT: Final = 8000
RULES: Final[meta.Rules] = {
    **rules_of(SERVICE),
    **dict.fromkeys(
        ((100, 33), 33), meta.Rule(Action.REJECTED, "The comment is gone, or this Page may not answer it.")
    ),
    80001: meta.Rule(
        Action.RETRY, "Facebook takes no more answers of this Page at the moment; trying again.", 60.0, whole=True
    ),
    368: meta.Rule(
        Action.SETTINGS, "Meta keeps this Page from commenting for some hours. Answer less alike, then go on."
    ),
    10900: meta.Rule(Action.REJECTED, "This comment was answered privately already."),
}


class FacebookCommentsAdapter(OfOneAsset):
    """Adapter of the channel ``facebook_comments``."""

    channel = "facebook_comments"
    rules = RULES
    wanted = Wanted("feed", ("mention",))

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return meta.parsed(events_of(account, request.body, request.received_at))

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        url = meta.address(account, _answered(message), "comments")
        headers = meta.bearer(account, **{"content-type": "application/x-www-form-urlencoded"})
        return [Request("POST", url, headers, urlencode(form).encode()) for form in _forms(message)]

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        if not 200 <= response.status < 300:
            return meta.refused(RULES, response, SERVICE)
        told = read(payloads.Node, response.body)
        if told is None:
            return UNREADABLE_ANSWER
        return Taken((str(told.id),) if told.id else ())

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        return polling.next_poll(account, cursor)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return polling.read_poll(RULES, SERVICE, account, cursor, response)

    def react(self, account: Account, target: Target, emoji: str) -> Request:
        """The Page likes a comment, or no longer."""
        url = meta.address(account, target.external_id, "likes")
        return Request("POST" if emoji else "DELETE", url, meta.bearer(account))

    def change_text(self, account: Account, target: Target, text: str) -> Request:
        if utf16_units(text) > LONGEST_TEXT:
            raise Refusal("not-carried", f"A comment has at most {LONGEST_TEXT:,} characters.", "text")
        headers = meta.bearer(account, **{"content-type": "application/x-www-form-urlencoded"})
        url = meta.address(account, target.external_id)
        return Request("POST", url, headers, urlencode({"message": text}).encode())

    def hide(self, account: Account, target: Target, *, hidden: bool) -> Request:
        headers = meta.bearer(account, **{"content-type": "application/x-www-form-urlencoded"})
        url = meta.address(account, target.external_id)
        return Request("POST", url, headers, urlencode({"is_hidden": str(hidden).lower()}).encode())

    def remove(self, account: Account, target: Target) -> Request:
        return Request("DELETE", meta.address(account, target.external_id), meta.bearer(account))

    def take_back(self, account: Account, target: Target) -> Sequence[Request]:
        return [Request("DELETE", meta.address(account, one), meta.bearer(account)) for one in target.external_ids]


def _answered(message: Outgoing) -> str:
    """The comment above the answer: always the first of its thread, since Facebook knows two levels alone."""
    last = message.last_incoming
    if message.reply_to:
        return message.reply_to_details.get("root") or message.reply_to
    found = (last.details.get("root") or last.external_id) if last else None
    if not found:
        raise Refusal("no-comment", "There is no comment to answer in this conversation. Quote the one you mean.")
    return found


def _forms(message: Outgoing) -> list[dict[str, str]]:
    """A comment carries words and one file."""
    forms = [{"message": one} for one in split_text(message.text, LONGEST_TEXT, utf16_units) if one.strip()]
    for place, file in enumerate(message.files):
        if not file.url:
            reason = "Facebook fetches files from this hub, which has no public address. Send a link in words instead."
            raise Refusal("no-public-address", reason)
        if place == 0 and forms:
            forms[-1]["attachment_url"] = file.url
        else:
            forms.append({"attachment_url": file.url})
    if not forms:
        raise Refusal("nothing-to-send", "The message is empty. Write something or add a file.")
    return forms
