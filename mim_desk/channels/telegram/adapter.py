"""The Telegram adapter: long polling or webhook, text, files and quotes through a bot."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

from mim_desk.channels.base import (
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
    Taken,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.pace import Pace
from mim_desk.channels.shared.addresses import check_base
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.standing import Standing
from mim_desk.channels.telegram import errors, gestures, names, payloads, pictures, reading, standing, writing
from mim_desk.domain.refusal import Refusal

SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105  # a header's name
POLL_S: Final = 50
_TOKEN: Final = re.compile(r"[A-Za-z0-9:_-]{3,200}")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PATH: Final = re.compile(r"(?!/)(?!.*\.\.)[^\x00-\x1f\x7f]{1,1000}")

_file_path = msgspec.json.Decoder(payloads.FilePath)


class TelegramAdapter:
    """Adapter of the channel ``telegram``."""

    channel = "telegram"
    keyed = False
    local = False
    asks_named = True

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        if not _TOKEN.fullmatch(secrets.get("bot_token", "")):
            reason = "The bot token looks like 123456:ABC-DEF. Copy it whole from BotFather."
            raise Refusal("invalid-settings", reason, "secrets.bot_token")
        if secrets.get("secret_token") and not _SECRET.fullmatch(secrets["secret_token"]):
            reason = "The secret token may have letters, digits, _ and -, at most 256 of them."
            raise Refusal("invalid-settings", reason, "secrets.secret_token")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return writing.api_call(account, "getMe", {})

    def judge_probe(self, account: Account, response: Response | None) -> None:
        if response is None:
            reason = "Telegram could not be reached. Check the hub's way to the internet."
            raise Refusal("invalid-settings", reason, "settings.api_base_url")
        if response.status in (401, 404):
            reason = "Telegram does not know this bot token. Copy it again from BotFather."
            raise Refusal("invalid-settings", reason, "secrets.bot_token")
        if not errors.is_alive(response):
            reason = f"The Bot API answered {response.status} to the test call. Check the address, or try again later."
            raise Refusal("invalid-settings", reason, "settings.api_base_url")

    def connected(self, account: Account) -> Sequence[Request]:
        if not _is_polled(account):
            parameters = {
                "url": account.webhook_url,
                "secret_token": _secret(account),
                "allowed_updates": reading.ASKED_FOR,
                "drop_pending_updates": False,
            }
            return [writing.api_call(account, "setWebhook", parameters)]
        return [writing.api_call(account, "deleteWebhook", {"drop_pending_updates": False})]

    def standing_requests(self, account: Account) -> Sequence[Request]:
        return [] if _is_polled(account) or not account.webhook_url else standing.requests(account)

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        return standing.standing(account, answers, now)

    def verify(self, account: Account, request: RawRequest) -> None:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not given or not hmac.compare_digest(given, _secret(account).encode()):
            raise Refusal("bad-signature", "The secret token of the delivery is missing or wrong.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        query_id = reading.pressed(request.body)
        calls = (writing.api_call(account, "answerCallbackQuery", {"callback_query_id": query_id}),) if query_id else ()
        return Parsed(reading.events_of(account, request.body, request.received_at), calls=calls)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "This channel is called by POST only.")

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        if not _is_polled(account):
            return None
        parameters: dict[str, Any] = {"limit": 100, "timeout": POLL_S, "allowed_updates": reading.ASKED_FOR}
        if cursor:
            parameters["offset"] = int(cursor)
        return writing.api_call(account, "getUpdates", parameters)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return errors.poll_of(response, cursor)

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        return writing.calls_of(account, message)

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        return errors.taken_or_refused(response)

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return pictures.request(account, external_id)

    def read_picture(self, response: Response) -> str:
        return pictures.source_in(response)

    def pace(self, account: Account, recipient: str) -> Pace:
        return writing.GROUP_PACE if names.is_group(recipient) else writing.PACE

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

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        if not answered:
            return writing.api_call(account, "getFile", {"file_id": source})
        if len(answered) > 1:
            return None
        path = _path_in(answered[0])
        if not _PATH.fullmatch(path):
            raise Refusal("not-fetched", "Telegram does not hand out this file; the most a bot may fetch is 20 MB.")
        return Request("GET", names.file_url(account, quote(path)))


def _is_polled(account: Account) -> bool:
    return account.settings.get("mode") != "webhook"


def _secret(account: Account) -> str:
    """What Telegram proves itself with: as given, else made of the token, which nobody else knows."""
    made = hmac.new(account.secrets["bot_token"].encode(), b"webhook secret", hashlib.sha256).hexdigest()
    return account.secrets.get("secret_token") or made


def _path_in(response: Response) -> str:
    told = read(_file_path, errors.result_of(response))
    return told.file_path if told else ""
