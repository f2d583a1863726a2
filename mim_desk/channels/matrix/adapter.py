"""The Matrix adapter: a brand's user at a homeserver, asked by long polling."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from mim_desk.channels.base import (
    AccessToken,
    Account,
    HandshakeAnswer,
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
from mim_desk.channels.matrix import asking, errors, gestures, names, pushed, reading, renewing, writing
from mim_desk.channels.shared.addresses import check_base
from mim_desk.domain.refusal import Refusal

_USER_ID: Final = re.compile(r"@[\x21-\x39\x3b-\x7e]*:[A-Za-z0-9.:\[\]-]{1,230}")
SHORTEST_TOKEN: Final = 16
_SERVER: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,230}")


class MatrixAdapter:
    """Adapter of the channel ``matrix``."""

    channel = "matrix"
    keyed = True
    local = False
    methods_below = ("PUT", "POST")

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        if not _has_host(settings.get("homeserver")):
            raise _wrong("The homeserver's address looks like https://matrix.example.org.", "settings.homeserver")
        if not _USER_ID.fullmatch(str(settings.get("user_id") or "")):
            raise _wrong("The user ID looks like @brand:example.org.", "settings.user_id")
        if any(not _SERVER.fullmatch(str(one)) for one in settings.get("allowed_servers") or []):
            raise _wrong("A server's name looks like example.org.", "settings.allowed_servers")
        for name in ("access_token", "refresh_token", "hs_token"):
            token = secrets.get(name, "")
            is_missing = name == "access_token" and not token
            if is_missing or not (token.isascii() and token.isprintable() and " " not in token):
                raise _wrong("There are spaces or foreign characters in it. Copy it again.", f"secrets.{name}")
        if secrets.get("password") and secrets.get("refresh_token"):
            raise _wrong("Enter the password or the refresh token, not both.", "secrets.password")
        if settings.get("mode") == names.PUSHED and len(secrets.get("hs_token", "")) < SHORTEST_TOKEN:
            told = f"Enter the hs_token of the registration; it has at least {SHORTEST_TOKEN} characters."
            raise _wrong(told, "secrets.hs_token")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request("GET", names.call_url(account, "account", "whoami"), names.bearer(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        field = "settings.api_base_url" if account.settings.get("api_base_url") else "settings.homeserver"
        if response is None:
            raise _wrong("The homeserver could not be reached. Check its address.", field)
        if response.status in (401, 403):
            raise _wrong("The homeserver does not take this access token. Copy it again.", "secrets.access_token")
        found = errors.told(response).user_id if errors.is_good(response) else ""
        if not found and (errors.is_good(response) or response.status == 404):
            where = f"{names.base(account)}/.well-known/matrix/client"
            raise _wrong(f"At this address no homeserver answers. Its own may stand at {where}: enter that one.", field)
        if not found:
            raise _wrong(f"The homeserver answered {response.status} to the test call. Check its address.", field)
        if found != names.own_id(account):
            raise _wrong(f"The access token belongs to {found[:100]}. Enter that user ID.", "settings.user_id")

    def token_at_hand(self, account: Account, now: datetime) -> AccessToken | None:
        return renewing.token_at_hand(account, now)

    def token_request(self, account: Account, now: datetime) -> Request:
        return renewing.request_of(account)

    def read_token(self, account: Account, response: Response) -> AccessToken | Refused:
        return renewing.token_in(account, response)

    def authorized(self, account: Account, request: Request, token: str) -> Request:
        return renewing.authorized(account, request, token)

    def refuses_token(self, response: Response) -> bool:
        return renewing.is_refused(response)

    def keys_since(self, account: Account) -> datetime | None:
        return renewing.keys_since(account)

    def beginning_request(self, account: Account) -> Request | None:
        return self.next_poll(account, "")

    def read_beginning(self, account: Account, response: Response) -> str | Refused:
        told = asking.answer(account, "", response)
        return told if isinstance(told, Refused) else told.cursor

    def verify(self, account: Account, request: RawRequest) -> None:
        pushed.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        if names.is_pushed(account):
            return pushed.parsed(account, request)
        return Parsed(reading.events_of(account, request.body, request.received_at))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return pushed.asked(account, request)

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        return None if names.is_pushed(account) else asking.question(account, cursor)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return asking.answer(account, cursor, response)

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        return writing.steps_of(account, message)

    def typing(self, account: Account, target: Target) -> Request | None:
        return gestures.typing(account, target)

    def mark_read(self, account: Account, target: Target) -> Request | None:
        return gestures.mark_read(account, target)

    def react(self, account: Account, target: Target, emoji: str) -> Request:
        return gestures.react(account, target, emoji)

    def change_text(self, account: Account, target: Target, text: str) -> Request:
        return gestures.change_text(account, target, text)

    def take_back(self, account: Account, target: Target) -> Sequence[Request]:
        return gestures.take_back(account, target)

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        return errors.taken_or_refused(response)

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        if answered:
            return None
        found = names.MXC.fullmatch(source)
        if found is None:
            raise Refusal("not-fetched", "This is no address of a file at a homeserver.")
        url = names.call_url(account, "media", "download", found[1], found[2], root="client/v1")
        return Request("GET", url, names.bearer(account))


def _has_host(address: object) -> bool:
    try:
        parts = urlsplit(str(address or ""))
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        return False


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)
