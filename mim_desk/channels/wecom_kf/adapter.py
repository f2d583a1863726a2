"""The adapter of WeCom customer service: the hub asks for what is new; the callback is proven and says nothing more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mim_desk.channels.base import (
    AccessToken,
    Account,
    HandshakeAnswer,
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
from mim_desk.channels.shared.addresses import check_base
from mim_desk.channels.shared.tencent import key_of
from mim_desk.channels.wecom_kf import account_token, asking, callbacks, errors, files, reading, rendering
from mim_desk.domain.refusal import Refusal

SUCCESS: Final = HandshakeAnswer(b"success")


class WecomKfAdapter:
    """Adapter of the channel ``wecom_kf``."""

    channel = "wecom_kf"
    keyed = True
    local = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
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
            return Parsed(callbacks.events_of(account, request.body), SUCCESS)
        return Parsed(reading.events_of(request.body, request.received_at), SUCCESS)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return callbacks.echo(account, request)

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        return rendering.steps_of(account, message)

    def messages_in(self, text: str, files: int) -> int:
        return files + len(rendering.text_parts(text))

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        return errors.classified(response)

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        return asking.question(account, cursor)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return asking.answer(account, cursor, response)

    def token_request(self, account: Account, now: datetime) -> Request:
        return account_token.request_of(account)

    def read_token(self, account: Account, response: Response) -> AccessToken | Refused:
        return account_token.read_token(response)

    def authorized(self, account: Account, request: Request, token: str) -> Request:
        return account_token.authorized(account, request, token)

    def refuses_token(self, response: Response) -> bool:
        return account_token.is_refused(response)

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        return files.next_call(account, source, answered)


def _wrong(reason: str, field: str) -> Refusal:
    return Refusal("invalid-settings", reason, field)
