"""Consultation talk through Infobip: batches in, JSON messages out, reports told or asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    InDoubt,
    Outgoing,
    OutgoingFile,
    Parsed,
    Poll,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
    Unknown,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.kakaotalk import alimtalk
from mim_desk.channels.kakaotalk import infobip_errors as errors
from mim_desk.channels.kakaotalk import infobip_payloads as payloads
from mim_desk.channels.kakaotalk.infobip_items import event_of
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened, read
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal

LONGEST_TEXT: Final = 1000
LONGEST_ADDRESS: Final = 1000
PATH: Final = "/kakao-sangdam/1"
ASKED_EVERY_S: Final = 20.0
"""Between two questions for reports."""

_batch = msgspec.json.Decoder(payloads.Batch)
_answer = msgspec.json.Decoder(payloads.Answer)
_problem = msgspec.json.Decoder(payloads.Problem)


class Infobip:
    """The dealer Infobip: https://www.infobip.com/docs/api/channels/kakao/sangdam."""

    name = "Infobip"
    sends_notices = True
    files_lie_at: tuple[str, ...] = ("https://",)

    def check(self, settings: Mapping[str, Any]) -> None:
        if not settings.get("api_base_url"):
            told = "Infobip gives every account an address of its own. Copy it from the account's first page."
            raise Refusal("invalid-settings", told, "settings.api_base_url")

    def probe(self, account: Account) -> Request | None:
        return Request("GET", _address(account, "/logs?limit=1"), _signed_in(account))

    def judge_probe(self, response: Response | None) -> None:
        if response is None or response.status in (404, 429) or response.status >= 500:
            told = "Infobip did not answer at the base address. Copy it from the account's first page."
            raise Refusal("invalid-settings", told, "settings.api_base_url")
        if not 200 <= response.status < 300:
            told = "Infobip does not accept the API key for consultation talk. Copy it again and check its scopes."
            raise Refusal("invalid-settings", told, "secrets.api_key")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        try:
            raw = opened(_batch.decode, request.body).results
        except UNREADABLE as problem:
            return Parsed((Unknown("body", str(problem)),))
        return Parsed(tuple(event_of(item, request.received_at) for item in raw))

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if message.template is not None:
            webhooks = payloads.Webhooks(_reports_to(account), message.message_id)
            return [alimtalk.request(account, message, message.template, _signed_in(account), webhooks)]
        texts = [
            payloads.Sending("TEXT", text=text)
            for text in texts_of(message, LONGEST_TEXT, utf16_units, keep_blank=True)
        ]
        pictures = [payloads.Sending("IMAGE", url=_public_address(file)) for file in message.files]
        contents = [*texts, *pictures]
        if message.buttons and texts:
            buttons = [_button(one) for one in message.buttons]
            contents = [*pictures, *texts[:-1], payloads.Sending("BUTTON_LIST", texts[-1].text, buttons=buttons)]
        # Of later parts the id is our own too, so that each report finds its message.
        keys = [f"{message.message_id}.{n}" if n else message.message_id for n in range(len(contents))]
        return [
            _send(account, message.recipient, key, message.message_id, content)
            for key, content in zip(keys, contents, strict=True)
        ]

    def classify(self, response: Response) -> Taken | Refused | InDoubt:
        if not 200 <= response.status < 300:
            return errors.refused(response, read(_problem, response.body) or payloads.Problem())
        answer = read(_answer, response.body)
        if answer is None:
            return UNREADABLE_ANSWER
        for one in answer.messages:
            if one.status.group_name in errors.REFUSED:
                return errors.refused_message(one.status)
        return Taken(tuple(one.message_id for one in answer.messages if one.message_id))

    def end_session(self, account: Account, target: Target) -> Request:
        """The end is a message too; what becomes of it nobody has to be told."""
        return _send(account, target.recipient, target.key, "", payloads.Sending("TERMINATE_SESSION"), told=False)

    def next_poll(self, account: Account) -> Request | None:
        if not _asks(account):
            return None
        return Request("GET", _address(account, "/reports"), _signed_in(account))

    def read_poll(self, response: Response) -> Poll | Refused:
        """Each report by itself: Infobip hands it out once, so that one nobody can read costs no other."""
        if not 200 <= response.status < 300:
            return errors.refused(response, read(_problem, response.body) or payloads.Problem())
        found = read(_batch, response.body)
        if found is None:
            return errors.refused(Response(502, response.headers, b""), payloads.Problem())
        items = tuple(b'{"results":[' + bytes(one) + b"]}" for one in found.results)
        return Poll(items, "", ASKED_EVERY_S)


def _asks(account: Account) -> bool:
    """Whether reports are asked for instead of being told."""
    return account.settings.get("reports") == "asked"


def _button(button: Button) -> payloads.Button:
    if button.url:
        return payloads.Button("OPEN_URL", button.title, url_mobile=button.url, url_pc=button.url)
    return payloads.Button("REPLY", button.title, extra=button.id)


def _address(account: Account, path: str) -> str:
    return f"{str(account.settings.get('api_base_url') or '').rstrip('/')}{PATH}{path}"


def _signed_in(account: Account) -> dict[str, str]:
    return {"authorization": f"App {account.secrets.get('api_key', '')}", "accept": "application/json"}


def _public_address(file: OutgoingFile) -> str:
    if not file.mime_type.startswith("image/"):
        raise Refusal("not-carried", "Infobip carries pictures only. Send a link to the file.", "attachments")
    if not file.url or len(file.url) > LONGEST_ADDRESS:
        told = "KakaoTalk fetches pictures from a public address, and this hub has none. Send a link instead."
        raise Refusal("no-public-address", told, "attachments")
    return file.url


def _send(
    account: Account, to: str, key: str, message_id: str, content: payloads.Sending, *, told: bool = True
) -> Request:
    """A message under a key of ours; ``told`` when its report is wanted."""
    hooks = payloads.Webhooks(_reports_to(account), message_id) if told else None
    sender = str(account.settings.get("sender_key", ""))
    body = payloads.Messages([payloads.Outbound(sender, [payloads.Destination(to, key)], content, hooks)])
    headers = {**_signed_in(account), "content-type": "application/json"}
    return Request("POST", _address(account, "/messages"), headers, msgspec.json.encode(body), once=True)


def _reports_to(account: Account) -> payloads.Delivery | None:
    if not account.webhook_url or _asks(account):
        return None
    base, _, query = account.webhook_url.partition("#")[0].partition("?")
    token = urlencode({"token": account.secrets.get("verify_token", "")}, quote_via=quote, errors="replace")
    return payloads.Delivery(f"{base}?{query}&{token}" if query else f"{base}?{token}")
