"""KakaoTalk consultation talk: what every dealer's way has in common; the rest is the dealer's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

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
    Step,
    Taken,
    TemplatePage,
)
from mim_desk.channels.gestures import Target
from mim_desk.channels.kakaotalk import alimtalk, proof, sens, skill
from mim_desk.channels.kakaotalk.dealers import Dealer
from mim_desk.channels.kakaotalk.happytalk import Happytalk
from mim_desk.channels.kakaotalk.infobip import Infobip
from mim_desk.channels.shared import written_templates
from mim_desk.channels.shared.addresses import check_base
from mim_desk.domain.refusal import Refusal
from mim_desk.domain.template import Template

USUAL: Final = "infobip"
_DEALERS: Final[Mapping[str, Dealer]] = {USUAL: Infobip(), "happytalk": Happytalk()}


class KakaotalkAdapter:
    """Adapter of the channel ``kakaotalk``.

    Attributes:
        only_reports: what the provider is asked for; messages come by the webhook.
    """

    channel = "kakaotalk"
    keyed = False
    local = False
    only_reports = True
    methods_below = ("POST",)

    def check(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        check_base(settings)
        written_templates.check(settings, alimtalk.LIMITS)
        skill.check(settings)
        sens.check(settings)
        if str(settings.get("dealer") or USUAL) not in _DEALERS:
            told = f"MIM Desk speaks with {' and '.join(one.name for one in _DEALERS.values())}."
            raise Refusal("invalid-settings", told, "settings.dealer")
        for name, secret in secrets.items():
            if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
                told = "There are spaces or foreign characters in it. Copy it again."
                raise Refusal("invalid-settings", told, f"secrets.{name}")
        _dealer(settings).check(settings)

    def probe(self, account: Account, now: datetime) -> Request | None:
        return _of(account).probe(account)

    def judge_probe(self, account: Account, response: Response | None) -> None:
        _of(account).judge_probe(response)

    def verify(self, account: Account, request: RawRequest) -> None:
        proof.verify(account, request)

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        return skill.parsed(account, request) or _of(account).parse(account, request)

    def handshake(self, account: Account, request: RawRequest) -> HandshakeAnswer:
        raise Refusal("no-handshake", "This channel is called by POST only.")

    def render(self, account: Account, message: Outgoing) -> Sequence[Step]:
        if message.template is not None and sens.is_chosen(account.settings):
            return [sens.request(account, message, message.template)]
        skill.refuse(message.recipient)
        return _of(account).render(account, message)

    def classify(self, account: Account, response: Response) -> Taken | Refused | InDoubt:
        return _of(account).classify(response)

    def classify_of(self, account: Account, request: Request, response: Response) -> Taken | Refused | InDoubt:
        return sens.classify(response) if sens.is_asked(account, request) else self.classify(account, response)

    def ends_sessions(self, account: Account) -> bool:
        return account.settings.get("end_sessions") == "yes"

    def end_session(self, account: Account, target: Target) -> Request | None:
        """Ends the consultation where the inbox wants that; the bot's people have none."""
        if not self.ends_sessions(account) or target.recipient.startswith(skill.PERSON):
            return None
        return _of(account).end_session(account, target)

    def next_poll(self, account: Account, cursor: str) -> Request | None:
        return _of(account).next_poll(account)

    def read_poll(self, account: Account, cursor: str, response: Response) -> Poll | Refused:
        return _of(account).read_poll(response)

    def written_templates(self, account: Account) -> Sequence[Template]:
        """By which of the dealers notices can go, their form tells; SENS sends them beside any of them."""
        sent = sens.is_chosen(account.settings) or _of(account).sends_notices
        return alimtalk.of_settings(account) if sent else ()

    def list_templates(self, account: Account, cursor: str) -> Request | None:
        """No dealer lists them that we know of."""
        return None

    def read_templates(self, account: Account, cursor: str, response: Response) -> TemplatePage | Refused:
        return TemplatePage()

    def fetch(self, account: Account, source: str, answered: Sequence[Response]) -> Request | None:
        """Files lie at open addresses of KakaoTalk's; they get no key."""
        if not source.startswith(_of(account).files_lie_at):
            raise Refusal("no-file", "The file is at no safe address.")
        return None if answered else Request("GET", source)


def _dealer(settings: Mapping[str, Any]) -> Dealer:
    return _DEALERS[str(settings.get("dealer") or USUAL)]


def _of(account: Account) -> Dealer:
    return _dealer(account.settings)
