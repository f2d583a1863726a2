"""How a number stands at Meta: its quality rating, how many people it may write to first, its name's approval."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared import meta, meta_standing
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.standing import Figure, FigureState, Standing

FIELDS: Final = (
    "display_phone_number,verified_name,name_status,quality_rating,whatsapp_business_manager_messaging_limit,throughput"
)
_RATINGS: Final = {"GREEN": FigureState.OK, "YELLOW": FigureState.WARNING, "RED": FigureState.DANGER}
TIERS: Final = {
    "TIER_50": "50",
    "TIER_250": "250",
    "TIER_1K": "1,000",
    "TIER_2K": "2,000",
    "TIER_10K": "10,000",
    "TIER_100K": "100,000",
}


class _Number(msgspec.Struct, frozen=True):
    """``{"quality_rating": "GREEN", "whatsapp_business_manager_messaging_limit": "TIER_2K", "name_status": "APPROVED"}``."""

    display_phone_number: str = ""
    verified_name: str = ""
    name_status: str = ""
    quality_rating: str = ""
    whatsapp_business_manager_messaging_limit: str = ""


class _Apps(msgspec.Struct, frozen=True):
    """Which apps hear of the business account: ``{"data": [{"whatsapp_business_api_data": {...}}]}``; empty for none."""

    data: list[msgspec.Raw]


_number = msgspec.json.Decoder(_Number)
_apps = msgspec.json.Decoder(_Apps)


def requests(account: Account) -> list[Request]:
    """How the number stands; and, of a business account that is named, which apps hear of it."""
    number, business = (str(account.settings.get(name) or "") for name in ("phone_number_id", "waba_id"))
    asked = [Request("GET", meta.address(account, number, fields=FIELDS), meta.bearer(account))]
    return [*asked, *(meta_standing.requests(account, business) if business else ())]


def standing(account: Account, answers: Sequence[Response | None]) -> Standing:
    """What Meta tells of the number and of its deliveries; what it leaves out is left out."""
    figures, mended_by = _of_number(answers), _subscribing(account, answers[1:])
    if mended_by:
        reason = "no app is subscribed to the business account: subscribe it at Meta"
        figures = [*figures, Figure(meta_standing.NAME, reason, FigureState.DANGER)]
    return Standing(tuple(figures), mended_by=mended_by)


def _subscribing(account: Account, answers: Sequence[Response | None]) -> tuple[Request, ...]:
    """The call that subscribes our app, where none is; the fields are chosen on the app's page."""
    answer = answers[0] if answers else None
    told = read(_apps, answer.body) if answer is not None and 200 <= answer.status < 300 else None
    if told is None or told.data:
        return ()
    return (meta_standing.subscribing(account, str(account.settings.get("waba_id") or ""), ()),)


def _of_number(answers: Sequence[Response | None]) -> list[Figure]:
    answer = answers[0] if answers else None
    told = read(_number, answer.body) if answer is not None and 200 <= answer.status < 300 else None
    if told is None:
        return []
    figures: list[Figure] = []
    if told.display_phone_number:
        name = f", {told.verified_name}" if told.verified_name else ""
        figures.append(Figure("Number", told.display_phone_number + name))
    if told.quality_rating:
        rating = told.quality_rating.upper()
        figures.append(Figure("Quality rating", rating.lower(), _RATINGS.get(rating, FigureState.OK)))
    if told.whatsapp_business_manager_messaging_limit:
        figures.append(Figure("People it may write to first in a day", _limit(told)))
    if told.name_status and told.name_status.upper() not in ("APPROVED", "AVAILABLE_WITHOUT_REVIEW"):
        status = told.name_status.replace("_", " ").lower()
        figures.append(Figure("Display name", status, FigureState.WARNING))
    return figures


def _limit(told: _Number) -> str:
    tier = told.whatsapp_business_manager_messaging_limit
    return "no limit" if tier == "TIER_UNLIMITED" else TIERS.get(tier, tier.removeprefix("TIER_"))
