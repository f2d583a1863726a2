"""SMS and MMS through Twilio: forms come in, signed together with the address that was called; forms go out."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from mim_desk.channels.again import Again
from mim_desk.channels.base import (
    UNREADABLE_ANSWER,
    Account,
    HandshakeAnswer,
    InDoubt,
    Outgoing,
    OutgoingFile,
    Parsed,
    RawRequest,
    Receipt,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.shared.addresses import address, check_base
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.shared.phones import check_region
from mim_desk.channels.shared.splitting import split_text, utf16_units
from mim_desk.channels.sms_twilio import asking, errors, payloads, signatures
from mim_desk.channels.sms_twilio.reading import MOST_FILES, OUR_ID, events_of
from mim_desk.domain.refusal import Refusal

API: Final = "https://api.twilio.com"
LONGEST_TEXT: Final = 1600
MOST_FILE_BYTES: Final = 5_000_000
"""Of all files of one MMS together."""
NOTHING_BACK: Final = HandshakeAnswer(b"<Response></Response>", content_type="text/xml")
"""TwiML that sends nothing: replies leave by calls of their own, so that each has a record."""

_TWILIO: Final = re.compile(r"([a-z0-9-]+\.)*twilio\.com", re.ASCII)
_ACCOUNT: Final = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
_SERVICE: Final = re.compile(r"MG[0-9a-f]{32}", re.ASCII)
_NUMBER: Final = re.compile(r"(whatsapp:)?\+[1-9][0-9]{6,14}|[0-9]{3,8}", re.ASCII)
_OTHER_NETWORK: Final = re.compile("(messenger|rcs):")
_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", re.ASCII)

_created = msgspec.json.Decoder(payloads.Created)
_problem = msgspec.json.Decoder(payloads.Problem, strict=False)
_facts = msgspec.json.Decoder(payloads.AccountFacts)


class SmsTwilioAdapter:
    """Adapter of the channel ``sms_twilio``."""

    channel = "sms_twilio"
    keyed = False
    local = False
    reads_query = True

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_region(settings)
        if not _ACCOUNT.fullmatch(str(settings.get("account_sid") or "")):
            raise _wrong("The account SID is AC and 32 digits or small letters a to f.", "settings.account_sid")
        sender = str(settings.get("from") or "")
        if not any(shape.fullmatch(sender) for shape in (_SERVICE, _NUMBER, _NAME)):
            told = "The sender is a number like +15550002222, a short code, or the SID of a messaging service (MG…)."
            raise _wrong(told, "settings.from")
        for name, secret in secrets.items():
            if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
                raise _wrong("There are spaces or foreign characters in it. Copy it again.", f"secrets.{name}")
        _check_public(str(settings.get("public_url") or ""))
        check_base(settings)

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request("GET", _address(account, f"{_path(account)}.json"), _signed_in(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None:
            raise _wrong(
                "Twilio could not be reached. Check the network and the base address.", "settings.api_base_url"
            )
        if response.status in (401, 403):
            raise _wrong("Twilio does not accept this auth token for the account. Copy it again.", "secrets.auth_token")
        if response.status == 404:
            raise _wrong("Twilio does not know this account. Check the account SID.", "settings.account_sid")
        if not 200 <= response.status < 300:
            told = f"Twilio answered {response.status} to the test call. Try again later."
            raise _wrong(told, "settings.account_sid")
        facts = read(_facts, response.body)
        if facts and facts.status in ("suspended", "closed"):
            raise _wrong(f"The account is {facts.status} at Twilio. Settle that there first.", "settings.account_sid")

    def verify(self, account: Account, request: RawRequest) -> None:
        signatures.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed(events_of(request), NOTHING_BACK)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "Twilio shakes no hands: what it calls by GET is a delivery.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        urls = _public_addresses(message.files)
        first, *rest = _texts(message)
        return [_send(account, message, first, urls), *(_send(account, message, part, []) for part in rest)]

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        if not 200 <= response.status < 300:
            problem = read(_problem, response.body) or payloads.Problem()
            return errors.refused(response.status, problem, retry_after_s(response.headers))
        created = read(_created, response.body)
        if created is None:
            return UNREADABLE_ANSWER
        if created.status in ("failed", "undelivered") and created.error_code:
            told = payloads.Problem(created.error_code, created.error_message)
            return errors.refused(400, told, None)
        return Taken((created.sid,) if created.sid else ())

    def ask_for(self, account: Account, message: Outgoing, since: datetime) -> Request:
        return asking.request(_address(account, f"{_path(account)}/Messages.json"), _signed_in(account), message, since)

    def found_in(self, account: Account, message: Outgoing, since: datetime, response: Response) -> Sequence[Receipt]:
        ours = _sender(account, message.recipient)
        return asking.found(response, message, since, ours) if len(_texts(message)) == 1 else ()

    def sent_again(self, code: str) -> Again | None:
        """What may arrive at a later try."""
        return errors.AGAIN.get(code)

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        return None if answered else Request("GET", _file_address(account, source), _signed_in(account))


def _texts(message: Outgoing) -> list[str]:
    return split_text(message.text, LONGEST_TEXT, utf16_units)


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)


def _check_public(url: str) -> None:
    if url and not _parts(url)[1]:
        raise _wrong("The address has no valid host name.", "settings.public_url")


def _parts(url: str) -> tuple[str, str]:
    """Scheme and host with its port; the host is empty where the address makes no sense."""
    try:
        split = urlsplit(url)
        return split.scheme, split.netloc.lower() if split.hostname else ""
    except ValueError:
        return "", ""


def _path(account: Account) -> str:
    return f"/2010-04-01/Accounts/{quote(str(account.settings.get('account_sid', '')), safe='')}"


def _address(account: Account, path: str) -> str:
    return address(account.settings, API + path)


def _signed_in(account: Account) -> dict[str, str]:
    pair = f"{account.settings.get('account_sid', '')}:{account.secrets.get('auth_token', '')}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode('utf-8', 'surrogatepass')).decode()}"}


def _public_addresses(files: Sequence[OutgoingFile]) -> list[str]:
    """Where Twilio finds the files; a Refusal where it cannot."""
    if len(files) > MOST_FILES:
        raise Refusal("not-carried", f"An MMS carries at most {MOST_FILES} files.", "attachments")
    if sum(len(file.data) for file in files) > MOST_FILE_BYTES:
        raise Refusal("not-carried", "The files of one MMS may have 5 MB together. Send fewer or smaller ones.")
    if not all(file.url for file in files):
        told = "Twilio fetches files from a public address, and this hub has none. Send a link instead."
        raise Refusal("no-public-address", told, "attachments")
    return [file.url for file in files]


def _send(account: Account, message: Outgoing, text: str, urls: Sequence[str]) -> Request:
    fields = [("To", message.recipient), _sender(account, message.recipient)]
    if text:
        fields.append(("Body", text))
    fields += [("MediaUrl", url) for url in urls]
    if account.webhook_url:
        fields.append(("StatusCallback", _callback(account.webhook_url, message.message_id)))
    headers = {**_signed_in(account), "content-type": "application/x-www-form-urlencoded"}
    body = urlencode(fields, errors="replace").encode()
    return Request("POST", _address(account, f"{_path(account)}/Messages.json"), headers, body, once=True)


def _sender(account: Account, recipient: str) -> tuple[str, str]:
    """The messaging service, or the number as the recipient's network calls it."""
    sender = str(account.settings.get("from", ""))
    if _SERVICE.fullmatch(sender):
        return "MessagingServiceSid", sender
    if recipient.startswith("whatsapp:") and sender.startswith("+"):
        return "From", f"whatsapp:{sender}"
    if _OTHER_NETWORK.match(recipient) and sender.startswith("+"):
        reason = "Twilio answers here through a messaging service alone. Enter its SID as the sender of this inbox."
        raise Refusal("no-service", reason)
    return "From", sender


def _callback(webhook_url: str, message_id: str) -> str:
    """Our webhook with our message in the query, which Twilio signs and brings back."""
    base = webhook_url.partition("#")[0]
    return f"{base}{'&' if '?' in base else '?'}{urlencode({OUR_ID: message_id})}"


def _file_address(account: Account, url: str) -> str:
    """Where a file lies; a Refusal for foreign hosts, since the credentials go with the call."""
    scheme, host = _parts(url)
    if host and (scheme, host) == _parts(str(account.settings.get("api_base_url") or "")):
        return url
    if scheme != "https" or not _TWILIO.fullmatch(host):
        raise Refusal("no-file", "The file is not at an address of Twilio's.")
    return address(account.settings, url)
