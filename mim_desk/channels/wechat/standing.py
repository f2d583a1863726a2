"""What an Official Account may do: WeChat does not say, so harmless calls are made and 48001 says no.

Which calls are harmless is not in the provider's pages we read (unverified): each only lists what there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.standing import Figure, FigureState, Standing
from mim_desk.channels.wechat.account_token import API
from mim_desk.channels.wechat.errors import told

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
NOT_ALLOWED: Final = frozenset({48001, 50001})


@dataclass(frozen=True, slots=True)
class _Right:
    """One right of an account.

    Attributes:
        kinds: which accounts can have it once WeChat verified them.
        state: of an account that could have it and has not.
    """

    name: str
    path: str
    kinds: tuple[str, ...] = ("service", "subscription")
    state: FigureState = FigureState.WARNING


_RIGHTS: Final = (
    _Right("Customer service messages", "/cgi-bin/customservice/getkflist", state=FigureState.DANGER),
    _Right("Names of people", "/cgi-bin/user/get"),
    _Right("Template messages", "/cgi-bin/template/get_all_private_template", ("service",)),
)


def _asked(account: Account) -> list[_Right]:
    """A subscription account never has some of them, so it is not asked for those."""
    kind = str(account.settings.get("account_type") or "service")
    return [one for one in _RIGHTS if kind in one.kinds]


def requests(account: Account) -> list[Request]:
    """A call for each right; the token goes in later."""
    return [Request("GET", address(account.settings, f"{API}{one.path}")) for one in _asked(account)]


def standing(account: Account, answers: Sequence[Response | None]) -> Standing:
    """What is allowed in words; what could not be asked is left out."""
    figures = [_figure(right, answer) for right, answer in zip(_asked(account), answers, strict=True)]
    return Standing(tuple(one for one in figures if one is not None))


def _figure(right: _Right, answer: Response | None) -> Figure | None:
    if answer is None or answer.status != 200 or read(_object, answer.body) is None:
        return None
    code = told(answer).errcode
    if code in NOT_ALLOWED:
        return Figure(right.name, "not allowed: have the account verified by WeChat", right.state)
    return None if code else Figure(right.name, "allowed")
