"""How a bot's webhook does, as Telegram tells it (getWebhookInfo)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.standing import Figure, FigureState, Standing
from mim_desk.channels.telegram import errors, payloads, writing

STILL_TELLS: Final = timedelta(hours=1)
"""An error of before is over."""
MANY: Final = 100
"""So many updates that wait are more than a moment's."""
_info = msgspec.json.Decoder(payloads.WebhookInfo)


def requests(account: Account) -> list[Request]:
    """The one call."""
    return [writing.api_call(account, "getWebhookInfo", {})]


def standing(account: Account, answers: Sequence[Response | None], now: datetime) -> Standing:
    """Whether the webhook is this hub's, what waits, and what went wrong last."""
    answer = answers[0] if answers else None
    info = read(_info, errors.result_of(answer)) if answer is not None else None
    if info is None:
        return Standing()
    waits = FigureState.WARNING if info.pending_update_count > MANY else FigureState.OK
    figures = [_address(account, info), Figure("Updates that wait at Telegram", str(info.pending_update_count), waits)]
    if info.last_error_date and now.timestamp() - info.last_error_date < STILL_TELLS.total_seconds():
        told = info.last_error_message[:200] or "not told"
        figures.append(Figure("Last error of a delivery", told, FigureState.WARNING))
    return Standing(tuple(figures))


def _address(account: Account, info: payloads.WebhookInfo) -> Figure:
    if info.url == account.webhook_url:
        return Figure("Webhook at Telegram", "this hub")
    told = "another address: save the inbox again" if info.url else "none: save the inbox again"
    return Figure("Webhook at Telegram", told, FigureState.DANGER)
