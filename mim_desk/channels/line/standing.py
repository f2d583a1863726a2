"""How a LINE account stands: who answers its chats, and what of the month's messages is left."""

from collections.abc import Sequence

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.line import payloads
from mim_desk.channels.line.rendering import API, headers
from mim_desk.channels.shared.addresses import address
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.standing import Figure, FigureState, Standing

NEARLY = 0.9
"""From this share of the quota on it needs care."""
_PATHS = ("/v2/bot/info", "/v2/bot/message/quota", "/v2/bot/message/quota/consumption")
_info, _quota, _used = (
    msgspec.json.Decoder(payloads.BotInfo),
    msgspec.json.Decoder(payloads.Quota),
    msgspec.json.Decoder(payloads.QuotaUsed),
)


def requests(account: Account) -> list[Request]:
    """The three calls."""
    return [Request("GET", address(account.settings, f"{API}{path}"), headers(account)) for path in _PATHS]


def standing(answers: Sequence[Response | None]) -> Standing:
    """What came of them; each stands for itself."""
    info, quota, used = (one.body if one and one.status == 200 else b"" for one in answers)
    figures = [*_who_answers(read(_info, info)), *_left(read(_quota, quota), read(_used, used))]
    return Standing(tuple(figures))


def _who_answers(info: payloads.BotInfo | None) -> list[Figure]:
    if info is None:
        return []
    name = Figure("Account", f"{info.displayName} {info.basicId}".strip())
    if info.chatMode != "chat":
        return [name]
    told = "LINE's own manager answers too: choose the bot mode there"
    return [name, Figure("Who answers", told, FigureState.WARNING)]


def _left(quota: payloads.Quota | None, used: payloads.QuotaUsed | None) -> list[Figure]:
    if quota is None or used is None:
        return []
    name = "Messages of this month"
    if quota.type != "limited":
        return [Figure(name, f"{used.totalUsage:,}, no limit")]
    state = FigureState.OK if used.totalUsage < NEARLY * quota.value else FigureState.WARNING
    if used.totalUsage >= quota.value:
        state = FigureState.DANGER
    return [Figure(name, f"{used.totalUsage:,} of {quota.value:,}", state)]
