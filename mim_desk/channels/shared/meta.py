"""What all channels of Meta share: the signature, the handshake, addresses and errors of the Graph interface."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

import msgspec

from mim_desk.channels.base import (
    OK,
    Account,
    Action,
    Event,
    HandshakeAnswer,
    Parsed,
    RawRequest,
    Refused,
    Response,
    Unknown,
    Unwanted,
)
from mim_desk.channels.shared.addresses import check_base
from mim_desk.channels.shared.http_answers import retry_after_s
from mim_desk.channels.shared.json_bodies import read
from mim_desk.domain.refusal import Refusal

OBJECTS: Final = ("page", "instagram", "whatsapp_business_account")
"""What deliveries to inboxes are of."""
GRAPH: Final = "https://graph.facebook.com"
VERSION: Final = "v25.0"
"""Of the Graph interface, where the settings name none; it ends on 2028-07-29."""
_META_HOSTS: Final = ("facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net", "whatsapp.com", "cdninstagram.com")
_SIGNATURE: Final = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
_VERSION: Final = re.compile(r"v[1-9][0-9]{0,2}\.[0-9]{1,2}", re.ASCII)
_LONGEST_CHALLENGE: Final = 200
_LONGEST_DETAIL: Final = 300
_NO_OBJECT: Final = "object"
_NOT_SERVED: Final = HandshakeAnswer(b"unknown object", 404)


def verify(account: Account, request: RawRequest, *more: str) -> None:
    """Raise a Refusal unless the raw body is signed with the app's secret, the one before it, or one of ``more``."""
    given = _SIGNATURE.fullmatch(request.headers.get("x-hub-signature-256", ""))
    if given is None:
        raise Refusal("bad-signature", "The header X-Hub-Signature-256 is missing or malformed.")
    for name in ("app_secret", "previous_app_secret", *more):
        secret = account.secrets.get(name)
        if secret and hmac.compare_digest(_digest(secret, request.body), given[1]):
            return
    raise Refusal("bad-signature", "The signature does not match.")


def _digest(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()


def handshake(account: Account, request: RawRequest) -> HandshakeAnswer:
    """The challenge as it came, when the caller knows our verify token."""
    try:
        asked = parse_qs(request.query, keep_blank_values=True, errors="surrogateescape", max_num_fields=20)
    except ValueError:
        asked = {}
    mode, token, challenge = (asked.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge"))
    known = account.secrets.get("verify_token", "")
    is_ours = hmac.compare_digest(_bytes(token), _bytes(known))
    if not (mode == "subscribe" and known and is_ours and 0 < len(challenge) <= _LONGEST_CHALLENGE):
        raise Refusal("forbidden", "The verify token is not the one of this inbox.")
    return HandshakeAnswer(_bytes(challenge))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def unread_object(told: str | None) -> Unknown:
    """A delivery that is of another object than this inbox's: it is kept unread."""
    if told in OBJECTS or told is None:
        return Unknown("other_object", f"it tells of {told}, which is not this inbox's")
    return Unknown(_NO_OBJECT, f"it tells of {told[:80]!r}, which no inbox can be of")


def parsed(events: Iterable[Event]) -> Parsed:
    """The events, and what Meta hears: an object that nobody knows is refused though it is kept.

    https://developers.facebook.com/docs/messenger-platform/webhooks (an app answers 404 to objects it does not serve)
    """
    read = tuple(events)
    refuses = any(isinstance(event, Unknown) and event.kind == _NO_OBJECT for event in read)
    return Parsed(read, _NOT_SERVED if refuses else OK)


def check(settings: Mapping[str, Any], secrets: Mapping[str, str], *ids: str) -> None:
    """Raise a Refusal that names the field: versions, ids made of digits, tokens that fit into a header."""
    version = str(settings.get("graph_version") or VERSION)
    if not _VERSION.fullmatch(version):
        raise _wrong("The Graph version looks like v25.0.", "settings.graph_version")
    for name in ids:
        told = str(settings.get(name) or "")
        if told and not (told.isascii() and told.isdigit()):
            raise _wrong("The ID consists of digits alone. Copy it from the app's page at Meta.", f"settings.{name}")
    for name, secret in secrets.items():
        if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
            raise _wrong("There are spaces or foreign characters in it. Copy it again.", f"secrets.{name}")
    check_base(settings)


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def address(account: Account, *path: str, host: str = GRAPH, **query: str) -> str:
    """The address of something in the Graph, at the version and base address of the settings."""
    settings = account.settings
    base = str(settings.get("api_base_url") or host).rstrip("/")
    version = str(settings.get("graph_version") or VERSION)
    whole = "/".join((base, version, *(quote(part, safe="") for part in path)))
    return f"{whole}?{urlencode(query)}" if query else whole


def bearer(account: Account, **more: str) -> dict[str, str]:
    """The headers that say who calls."""
    return {"authorization": f"Bearer {account.secrets.get('access_token', '')}", **more}


def file_address(account: Account, url: str) -> str:
    """Where a file of Meta's lies, moved to the base address where one is set; a Refusal for foreign hosts.

    The token goes with the call, so it may be made to Meta alone, or to the gateway of the settings.
    """
    base = str(account.settings.get("api_base_url") or "")
    host = _host(url)
    if not host:
        raise Refusal("no-file", "Meta named no address of the file.")
    if base:
        there, wanted = urlsplit(base), urlsplit(url)
        if (there.scheme, there.netloc) == (wanted.scheme, wanted.netloc):
            return url
        return urlunsplit((there.scheme, there.netloc, there.path.rstrip("/") + wanted.path, wanted.query, ""))
    if not (url.startswith("https://") and any(host == one or host.endswith(f".{one}") for one in _META_HOSTS)):
        raise Refusal("no-file", "The file is not at an address of Meta's.")
    return url


class _Data(msgspec.Struct, frozen=True):
    details: str | None = None


class GraphError(msgspec.Struct, frozen=True):
    """``{"error": {"code": 190, "error_subcode": 463, "message": "...", "error_data": {"details": "..."}}}``.

    Attributes:
        code: decides; -1 where there is none, since 0 is one.
    """

    code: int = -1
    error_subcode: int | None = None
    message: str | None = None
    title: str | None = None
    error_data: _Data | None = None
    error_user_msg: str | None = None

    @property
    def said(self) -> str:
        """What Meta says of it, in a sentence of at most 300 characters; empty when it says nothing."""
        told = (self.error_data and self.error_data.details) or self.error_user_msg or self.message or self.title or ""
        line = " ".join(told.split()).rstrip(".")[:_LONGEST_DETAIL]
        return f"{line}." if line else ""

    @property
    def name(self) -> str:
        """The code as it is shown and searched for."""
        return f"{self.code}/{self.error_subcode}" if self.error_subcode else str(self.code)


class _Answer(msgspec.Struct, frozen=True):
    error: GraphError


_answer = msgspec.json.Decoder(_Answer, strict=False)


def told_error(body: bytes) -> GraphError | None:
    """The error in an answer, if one can be read."""
    told = read(_answer, body)
    return told.error if told else None


@dataclass(frozen=True, slots=True)
class Rule:
    """What an error asks of the sender, and the sentence for the agent.

    Attributes:
        reason: ``{said}`` in it stands for Meta's own words.
        wait_s: for a retry, where the answer names no time.
        most_attempts: for a retry that is not worth more of them.
        unwanted: what the contact said to Meta that they want no more.
        whole: as of Refused: whether the account waits with it, or this contact alone.
        templates_stale: as of Refused.
    """

    action: Action
    reason: str
    wait_s: float | None = None
    most_attempts: int | None = None
    unwanted: Unwanted | None = None
    whole: bool | None = None
    templates_stale: bool = False


Rules = Mapping[int | tuple[int, int], Rule]
"""By code, or by code and subcode, which goes first; a subcode may stand with ``ANY`` code."""
ANY: Final = -1

_UNSAID: Final = "Meta gave no reason."


def refused(rules: Rules, response: Response, service: str) -> Refused:
    """What an answer that is no success means: by its code, else by its status."""
    error = told_error(response.body) or GraphError()
    rule = rule_of(rules, error) or _by_status(response.status, service)
    code = error.name if error.code >= 0 else str(response.status)
    wait_s = None
    if rule.action is Action.RETRY:
        asked = retry_after_s(response.headers)
        wait_s = rule.wait_s if asked is None else asked
    return Refused(
        rule.action,
        sentence(rule, error),
        code,
        wait_s,
        rule.unwanted,
        most_attempts=rule.most_attempts,
        whole=rule.whole,
        templates_stale=rule.templates_stale,
    )


def rule_of(rules: Rules, error: GraphError) -> Rule | None:
    """The rule of a code, its subcode first."""
    subcode = error.error_subcode or 0
    return rules.get((error.code, subcode)) or rules.get((ANY, subcode)) or rules.get(error.code)


def sentence(rule: Rule, error: GraphError) -> str:
    """What the agent reads."""
    return rule.reason.replace("{said}", error.said or _UNSAID)


def _by_status(status: int, service: str) -> Rule:
    if status in (408, 425, 429) or status >= 500:
        return Rule(Action.RETRY, f"{service} is busy; trying again.")
    if status in (401, 403, 404):
        return Rule(Action.SETTINGS, f"{service} does not accept our calls. Check the inbox's settings. {{said}}")
    return Rule(Action.REJECTED, f"{service} did not take the message. {{said}}")
