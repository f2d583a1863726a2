"""What the channels of Meta with one asset each (a Page, an Instagram account) do alike: set-up, webhook, standing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from mim_desk.channels.base import Account, HandshakeAnswer, RawRequest, Request, Response
from mim_desk.channels.shared import meta, meta_standing
from mim_desk.channels.shared.meta_errors import Probe, judge_probe
from mim_desk.channels.shared.meta_polling import is_polled
from mim_desk.channels.shared.meta_sharing import FAMILY, shared_out
from mim_desk.channels.standing import Standing


class OfOneAsset:
    """The part of an adapter that follows from which asset of Meta's an inbox is.

    Meta knows no idempotency key, so no send in doubt is repeated.

    Attributes:
        setting: the one that holds the asset's id.
        noun: what the asset is, in a sentence.
        shown_as: the field that names it.
        wanted: what its app has to be subscribed to.
        more_secrets: besides the app's secret, what Meta may sign its calls with.
    """

    keyed = False
    local = False
    shared_with = FAMILY
    setting: ClassVar[str] = "page_id"
    noun: ClassVar[str] = "Page"
    shown_as: ClassVar[str] = "name"
    wanted: ClassVar[meta_standing.Wanted] = meta_standing.Wanted("messages")
    more_secrets: ClassVar[Sequence[str]] = ()
    rules: ClassVar[meta.Rules] = {}

    def asset(self, account: Account) -> str:
        """Its id."""
        return str(account.settings.get(self.setting) or "")

    def host(self, account: Account) -> str:
        """Where it is asked for."""
        return meta.GRAPH

    def subscribed(self, account: Account) -> str:
        """Whose news the app is subscribed to; empty where that is nowhere to be asked."""
        return self.asset(account)

    def wanted_by(self, account: Account) -> meta_standing.Wanted:
        """What its app has to be subscribed to, where that depends on the account."""
        return self.wanted

    def same_id(self, account: Account) -> bool:
        """Whether Meta must call it by that id."""
        return True

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        meta.check(settings, secrets, self.setting)

    def probe(self, account: Account, now: datetime) -> Request | None:
        fields = f"id,{self.shown_as}"
        url = meta.address(account, self.asset(account), host=self.host(account), fields=fields)
        return Request("GET", url, meta.bearer(account))

    def judge_probe(self, account: Account, response: Response | None) -> None:
        judge_probe(Probe(self.rules, self.setting, self.noun, self.same_id(account)), account, response)

    def standing_requests(self, account: Account) -> Sequence[Request]:
        """An account that is asked hears of everything by itself."""
        owner = "" if is_polled(account) else self.subscribed(account)
        return meta_standing.requests(account, owner, self.host(account)) if owner else []

    def read_standing(self, account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
        wanted = self.wanted_by(account)
        return meta_standing.standing(account, self.subscribed(account), wanted, answers, self.host(account))

    def verify(self, account: Account, request: RawRequest) -> None:
        meta.verify(account, request, *self.more_secrets)

    def shared_out(self, body: bytes, accounts: Sequence[tuple[str, Account]]) -> Sequence[bytes]:
        return shared_out(body, accounts)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        return meta.handshake(account, request)
