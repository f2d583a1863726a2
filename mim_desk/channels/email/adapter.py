"""The email adapter: mails in and out of one mailbox; its driver talks IMAP and SMTP."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mim_desk.channels.base import (
    Account,
    HandshakeAnswer,
    Outgoing,
    Parsed,
    RawRequest,
    Refused,
    Request,
    Response,
    Taken,
)
from mim_desk.channels.email import answers, parsing, rendering, settings
from mim_desk.domain.refusal import Refusal


class EmailAdapter:
    """Adapter of the channel ``email``."""

    channel = "email"
    keyed = False
    local = False

    def check(self, settings_: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        settings.check(settings_)

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request(rendering.TRY, "")

    def judge_probe(self, account: Account, response: Response | None) -> None:
        answers.judge(account, response)

    def beginning_request(self, account: Account) -> Request | None:
        return Request(rendering.BEGIN, "")

    def read_beginning(self, account: Account, response: Response) -> str | Refused:
        return answers.beginning(response)

    def verify(self, account: Account, request: RawRequest) -> None:
        raise Refusal("bad-signature", "Nobody calls this inbox: the hub reads its mailbox.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed(parsing.events_of(account, request))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "Nobody calls this inbox: the hub reads its mailbox.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        return [rendering.request_of(account, message)]

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        return answers.taken_or_refused(response)
