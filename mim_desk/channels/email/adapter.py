"""The email adapter: mails in and out of one mailbox; its driver talks IMAP and SMTP."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Any

from mim_desk.channels.base import (
    AccessToken,
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
from mim_desk.channels.email import answers, oauth, parsing, rendering, settings, standing
from mim_desk.channels.standing import Standing
from mim_desk.domain.refusal import Refusal


class EmailAdapter:
    """Adapter of the channel ``email``."""

    channel = "email"
    keyed = False
    local = False

    def check(self, settings_: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        settings.check(settings_)
        oauth.check(settings_, secrets)

    def probe(self, account: Account, now: datetime) -> Request | None:
        return Request(rendering.TRY, "")

    def judge_probe(self, account: Account, response: Response | None) -> None:
        answers.judge(account, response)

    def token_at_hand(self, account: Account, now: datetime) -> AccessToken | None:
        return None if oauth.is_used(account.settings) else AccessToken("", inf)

    def token_request(self, account: Account, now: datetime) -> Request:
        return oauth.request_of(account)

    def read_token(self, account: Account, response: Response) -> AccessToken | Refused:
        return oauth.token_in(account, response)

    def authorized(self, account: Account, request: Request, token: str) -> Request:
        return replace(request, headers={**request.headers, oauth.TOKEN: token})

    def refuses_token(self, response: Response) -> bool:
        return answers.refuses_sign_in(response)

    def beginning_request(self, account: Account) -> Request | None:
        return Request(rendering.BEGIN, "")

    def read_beginning(self, account: Account, response: Response) -> str | Refused:
        return answers.beginning(response)

    def files_bytes(self, response: Response) -> int | None:
        return standing.files_bytes(response)

    def standing_requests(self, account: Account) -> Sequence[Request]:
        return standing.requests(account)

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        return standing.standing(account, answers)

    def automatic_per_hour(self, account: Account) -> int:
        return settings.automatic_per_hour(account.settings)

    def verify(self, account: Account, request: RawRequest) -> None:
        raise Refusal("bad-signature", "Nobody calls this inbox: the hub reads its mailbox.")

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return Parsed(parsing.events_of(account, request))

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "Nobody calls this inbox: the hub reads its mailbox.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Request]:
        return [rendering.request_of(account, message)]

    def classify(self, account: Account, response: Response) -> Taken | Refused:
        return answers.taken_or_refused(account, response)
