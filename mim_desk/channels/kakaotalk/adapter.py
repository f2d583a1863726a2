"""KakaoTalk consultation talk through Infobip: batches in, JSON messages out."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode

import msgspec

from mim_desk.channels.base import (
    Account,
    HandshakeAnswer,
    Outgoing,
    OutgoingFile,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Taken,
    TemplatePage,
    Unknown,
)
from mim_desk.channels.kakaotalk import alimtalk, errors, payloads, skill
from mim_desk.channels.kakaotalk.items import event_of
from mim_desk.channels.shared import written_templates
from mim_desk.channels.shared.addresses import check_base
from mim_desk.channels.shared.json_bodies import UNREADABLE, opened, read
from mim_desk.channels.shared.offers import texts_of
from mim_desk.channels.shared.splitting import utf16_units
from mim_desk.domain.buttons import Button
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Template

LONGEST_TEXT: Final = 1000
LONGEST_ADDRESS: Final = 1000
PATH: Final = "/kakao-sangdam/1"

DEALER: Final = "infobip"
_batch = msgspec.json.Decoder(payloads.Batch)
_answer = msgspec.json.Decoder(payloads.Answer)
_problem = msgspec.json.Decoder(payloads.Problem)


class KakaotalkAdapter:
    """Adapter of the channel ``kakaotalk``."""

    channel = "kakaotalk"
    keyed = False
    local = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        written_templates.check(settings, alimtalk.LIMITS)
        skill.check(settings)
        if (settings.get("dealer") or DEALER) != DEALER:
            told = "Infobip is the one dealer that MIM Desk speaks with."
            raise Refusal("invalid-settings", told, "settings.dealer")
        for name, secret in secrets.items():
            if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
                told = "There are spaces or foreign characters in it. Copy it again."
                raise Refusal("invalid-settings", told, f"secrets.{name}")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request("GET", _address(account, "/logs?limit=1"), _signed_in(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None or response.status in (404, 429) or response.status >= 500:
            told = "Infobip did not answer at the base address. Copy it from the account's first page."
            raise Refusal("invalid-settings", told, "settings.api_base_url")
        if not 200 <= response.status < 300:
            told = "Infobip does not accept the API key for consultation talk. Copy it again and check its scopes."
            raise Refusal("invalid-settings", told, "secrets.api_key")

    def verify(self, account: Account, request: RawRequest) -> None:
        """Infobip signs nothing that is documented: the proof is our token, in the address or in a header."""
        token = account.secrets.get("verify_token", "").encode("utf-8", "surrogatepass")
        found = [hmac.compare_digest(one, token) for one in _told_tokens(request)]
        if not token or not any(found):
            raise Refusal("bad-signature", "The verify token is missing or not the one of this inbox.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        told = skill.parsed(account, request)
        if told is not None:
            return told
        try:
            raw = opened(_batch.decode, request.body).results
        except UNREADABLE as problem:
            return Parsed((Unknown("body", str(problem)),))
        return Parsed(tuple(event_of(item, request.received_at) for item in raw))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "This channel is called by POST only.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        skill.refuse(message.recipient)
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
        return [_send(account, message, content, n) for n, content in enumerate(contents)]

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        if not 200 <= response.status < 300:
            return errors.refused(response, read(_problem, response.body) or payloads.Problem())
        answer = read(_answer, response.body) or payloads.Answer()
        for one in answer.messages:
            if one.status.group_name in errors.REFUSED:
                return errors.refused_message(one.status)
        return Taken(tuple(one.message_id for one in answer.messages if one.message_id))

    def written_templates(self, account: Account) -> Sequence[Template]:
        return alimtalk.of_settings(account)

    def list_templates(self, account: Account, cursor: str) -> Request | None:
        """Infobip lists none that we know of."""
        return None

    def read_templates(self, account: Account, cursor: str, response: Response) -> TemplatePage | Refused:
        return TemplatePage()

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        """Files lie at open addresses of KakaoTalk's; they get no key."""
        if not source.startswith("https://"):
            raise Refusal("no-file", "The file is at no safe address.")
        return None if answered else Request("GET", source)


def _button(button: Button) -> payloads.Button:
    if button.url:
        return payloads.Button("OPEN_URL", button.title, url_mobile=button.url, url_pc=button.url)
    return payloads.Button("REPLY", button.title, extra=button.id)


def _address(account: Account, path: str) -> str:
    return f"{str(account.settings.get('api_base_url') or '').rstrip('/')}{PATH}{path}"


def _signed_in(account: Account) -> dict[str, str]:
    return {"authorization": f"App {account.secrets.get('api_key', '')}", "accept": "application/json"}


def _told_tokens(request: RawRequest) -> list[bytes]:
    """What the caller gives for the token: in the query, as a bearer, or as the password of a basic login."""
    try:
        asked = parse_qs(request.query, errors="surrogateescape", max_num_fields=20).get("token", [])
    except ValueError:
        asked = []
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    told = [one.encode("utf-8", "surrogateescape") for one in asked]
    if scheme.lower() == "basic":
        return [*told, _password(given)]
    return [*told, given.encode("utf-8", "surrogatepass")]


def _password(given: str) -> bytes:
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except ValueError:
        return b""


def _public_address(file: OutgoingFile) -> str:
    if not file.mime_type.startswith("image/"):
        raise Refusal("not-carried", "Consultation talk carries pictures only. Send a link to the file.", "attachments")
    if not file.url or len(file.url) > LONGEST_ADDRESS:
        told = "KakaoTalk fetches pictures from a public address, and this hub has none. Send a link instead."
        raise Refusal("no-public-address", told, "attachments")
    return file.url


def _send(account: Account, message: Outgoing, content: payloads.Sending, n: int) -> Request:
    # Of later parts the id is our own too, so that each report finds its message.
    own_id = f"{message.message_id}.{n}" if n else message.message_id
    body = payloads.Messages(
        [
            payloads.Outbound(
                str(account.settings.get("sender_key", "")),
                [payloads.Destination(message.recipient, own_id)],
                content,
                payloads.Webhooks(_reports_to(account), message.message_id),
            )
        ]
    )
    headers = {**_signed_in(account), "content-type": "application/json"}
    return Request("POST", _address(account, "/messages"), headers, msgspec.json.encode(body), once=True)


def _reports_to(account: Account) -> payloads.Delivery | None:
    if not account.webhook_url:
        return None
    base, _, query = account.webhook_url.partition("#")[0].partition("?")
    token = urlencode({"token": account.secrets.get("verify_token", "")}, quote_via=quote, errors="replace")
    return payloads.Delivery(f"{base}?{query}&{token}" if query else f"{base}?{token}")
