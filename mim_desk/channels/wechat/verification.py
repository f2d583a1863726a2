"""News of the account's verification at WeChat, by which it may send at all; its sender is a system account.

https://developers.weixin.qq.com/doc/service/guide/product/Accreditation.html
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from mim_desk.channels.base import AccountTold
from mim_desk.channels.wechat.payloads import Push
from mim_desk.domain.inbox import FigureState

VERIFICATION: Final = "Verification at WeChat"
_SHOWN: Final = timedelta(days=3)
_LONGEST: Final = 200
_OK, _WARNING, _DANGER = FigureState.OK, FigureState.WARNING, FigureState.DANGER
_NEWS: Final[Mapping[str, tuple[str, FigureState]]] = {
    "qualification_verify_success": ("The account is verified.", _OK),
    "qualification_verify_fail": ("The account was not verified", _DANGER),
    "naming_verify_success": ("The account's name is verified.", _OK),
    "naming_verify_fail": ("The account's name was not verified", _WARNING),
    "annual_renew": ("Verify the account again: WeChat asks for it once a year.", _WARNING),
    "verify_expired": ("The verification is over. Verify the account again: until then it may not send.", _DANGER),
}
KINDS: Final = frozenset(_NEWS)
"""The events that are read here."""


def news(name: str, push: Push, at: datetime) -> AccountTold:
    """What became of the verification; good news are over after a while."""
    told, state = _NEWS[name]
    if not told.endswith("."):
        why = " ".join(push.fail_reason.split()).rstrip(".")[:_LONGEST]
        told = f"{told}: {why}." if why else f"{told}."
    return AccountTold(VERIFICATION, told, at, state, at + _SHOWN if state is _OK else None)
