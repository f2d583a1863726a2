"""The adapter of WeCom customer service: the hub asks for what is new, at once where a callback says that there is some."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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
from mim_desk.channels.shared.addresses import check_base
from mim_desk.channels.shared.tencent import key_of
from mim_desk.channels.shared.tencent_calls import CallsWithToken
from mim_desk.channels.wecom_kf import (
    account_token,
    asking,
    callbacks,
    errors,
    files,
    profiles,
    reading,
    rendering,
    sessions,
)
from mim_desk.channels.wecom_kf.callbacks import SUCCESS
from mim_desk.domain.refusal import Refusal


class WecomKfAdapter(CallsWithToken):
    """Adapter of the channel ``wecom_kf``."""

    channel = "wecom_kf"
    api = account_token.API
    keyed = True
    local = False
    asks_named = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        sessions.check(settings)
        if asking.pause_s(settings) is None:
            raise _wrong("The pause is a number of seconds from 2 to 600.", "settings.pause_s")
        for name in ("encoding_aes_key", "previous_encoding_aes_key"):
            if secrets.get(name) and key_of(secrets[name]) is None:
                raise _wrong("The key has 43 letters and digits. Copy it again.", f"secrets.{name}")
        if bool(secrets.get("token")) != bool(secrets.get("encoding_aes_key")):
            missing = "encoding_aes_key" if secrets.get("token") else "token"
            raise _wrong("Token and EncodingAESKey go together. Copy both, or neither.", f"secrets.{missing}")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return account_token.request_of(account)

    def judge_probe(self, account: Account, response: Response | None) -> None:
        account_token.judge(response)

    def verify(self, account: Account, request: RawRequest) -> None:
        callbacks.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        """A callback, which is XML, or an item of ``read_poll``, which is not."""
        if request.body.lstrip().startswith(b"<"):
            return callbacks.parsed(account, request.body)
        told, came_at = request.body, request.received_at
        return Parsed(reading.events_of(told, came_at), SUCCESS, reading.calls_of(account, told, came_at))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return callbacks.echo(account, request)

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        return rendering.steps_of(account, message)

    def messages_in(self, text: str, files: int) -> int:
        return files + len(rendering.text_parts(text))

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        return errors.classified(response)

    def explanation_request(self, account: Account, request: Request, refused: Refused) -> Request | None:
        return sessions.question_of_state(account, request, refused)

    def read_explanation(self, refused: Refused, response: Response) -> Refused:
        return sessions.explained(refused, response)

    def ends_sessions(self, account: Account) -> bool:
        return sessions.are_ended(account)

    def end_session(self, account: Account, target: Target) -> Request | None:
        return sessions.end(account, target)

    def next_poll_with(self, account: Account, cursor: str, word: str) -> Request:
        return asking.question(account, cursor, word)

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        return asking.question(account, cursor)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return asking.answer(account, cursor, response)

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return profiles.request(account, external_id)

    def read_profile(self, response: Response) -> str | None:
        return profiles.name_in(response)

    def read_picture(self, response: Response) -> str:
        return profiles.picture_in(response)

    def read_union_id(self, response: Response) -> str:
        return profiles.union_id_in(response)

    def token_request(self, account: Account, now: datetime) -> Request:
        return account_token.request_of(account)

    def read_token(self, account: Account, response: Response) -> AccessToken | Refused:
        return account_token.read_token(response)

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        return files.next_call(account, source, answered)


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)
