"""The adapter of WeChat's Official Accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mim_desk.channels.base import (
    AccessToken,
    Account,
    HandshakeAnswer,
    InDoubt,
    Outgoing,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Step,
    Taken,
    TemplatePage,
    Unknown,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.shared.addresses import check_base
from mim_desk.channels.shared.safe_xml import UnreadableXml, read_xml
from mim_desk.channels.shared.tencent import key_of
from mim_desk.channels.shared.tencent_calls import CallsWithToken
from mim_desk.channels.standing import Standing
from mim_desk.channels.wechat import account_token, acts, deliveries, errors, files, notices, profiles, standing
from mim_desk.channels.wechat.parsing import events_of
from mim_desk.channels.wechat.rendering import steps_of, text_parts, typing
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Template

SUCCESS: Final = HandshakeAnswer(b"success")
"""Anything else that is not empty shows the customer that the account is out of order."""


class WeChatAdapter(CallsWithToken):
    """Adapter of the channel ``wechat``."""

    channel = "wechat"
    api = account_token.API
    keyed = False
    local = False

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        acts.check(settings)
        for name in ("token", "previous_token"):
            token = secrets.get(name)
            if token and not (len(token) > 2 and token.isascii() and token.isprintable() and " " not in token):
                raise _wrong("The token has 3 to 32 letters and digits.", f"secrets.{name}")
        if not deliveries.is_sealed(settings, secrets):
            return
        if not secrets.get("encoding_aes_key"):
            raise _wrong("Secure mode needs the EncodingAESKey. Copy it from WeChat.", "secrets.encoding_aes_key")
        for name in ("encoding_aes_key", "previous_encoding_aes_key"):
            if secrets.get(name) and key_of(secrets[name]) is None:
                raise _wrong("The key has 43 letters and digits. Copy it again.", f"secrets.{name}")

    def probe(self, account: Account, now: datetime) -> Request | None:
        return account_token.request_of(account)

    def judge_probe(self, account: Account, response: Response | None) -> None:
        account_token.judge(response)

    def standing_requests(self, account: Account) -> Sequence[Request]:
        return standing.requests(account)

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        return standing.standing(account, answers)

    def verify(self, account: Account, request: RawRequest) -> None:
        deliveries.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        try:
            message, proven = deliveries.message_in(account, request.body)
            return Parsed(events_of(account.settings, read_xml(message), request.received_at, proven=proven), SUCCESS)
        except (Refusal, UnreadableXml, msgspec.ValidationError) as problem:
            return Parsed((Unknown("body", str(problem)),), SUCCESS)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return deliveries.echo(account, request)

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if message.template is not None:
            return [notices.request(account, message, message.template)]
        return steps_of(account, message)

    def written_templates(self, account: Account) -> Sequence[Template]:
        return ()

    def list_templates(self, account: Account, cursor: str) -> Request | None:
        return notices.list_request(account, cursor)

    def read_templates(self, account: Account, cursor: str, response: Response) -> TemplatePage | Refused:
        return notices.page_of(cursor, response)

    def messages_in(self, text: str, files: int) -> int:
        return files + len(text_parts(text))

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        return errors.classified(response)

    def typing(self, account: Account, target: Target) -> Request | None:
        return typing(account, target.recipient)

    def profile_request(self, account: Account, external_id: str) -> Request | None:
        return profiles.request(account, external_id)

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
