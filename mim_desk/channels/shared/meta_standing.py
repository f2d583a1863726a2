"""Whether Meta delivers to the app what this inbox lives on, and the calls that have it delivered again.

https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps/
An account that an app is not subscribed to stays silent, and Meta ends a subscription whose deliveries fail for an hour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.standing import Figure, FigureState, Standing

NAME: Final = "Deliveries"


class _App(msgspec.Struct, frozen=True):
    id: str | int | None = None
    subscribed_fields: list[str] = []


class _Apps(msgspec.Struct, frozen=True):
    """``{"data": [{"id": "1", "name": "Our app", "subscribed_fields": ["messages", "feed"]}]}``."""

    data: list[_App]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an inbox is to be told.

    Attributes:
        field: without which it hears nothing.
        also: what else it reads.
        odd: a name that Meta's pages do not agree on: asked for by itself, since one refused name refuses a whole call.
        any_will_do: what it hears is chosen elsewhere: the app only has to be subscribed to something.
    """

    field: str
    also: tuple[str, ...] = ()
    odd: str = ""
    any_will_do: bool = False


_apps = msgspec.json.Decoder(_Apps)


def requests(account: Account, owner: str, host: str = meta.GRAPH) -> list[Request]:
    """Which apps hear of ``owner``; its token sees its own app alone."""
    return [Request("GET", meta.address(account, owner, "subscribed_apps", host=host), meta.bearer(account))]


def subscribing(account: Account, owner: str, fields: Iterable[str], host: str = meta.GRAPH) -> Request:
    """The call that subscribes the app of the token to ``fields`` of ``owner``; to all, where none are named."""
    named = ",".join(dict.fromkeys(fields))
    more = {"subscribed_fields": named} if named else {}
    return Request("POST", meta.address(account, owner, "subscribed_apps", host=host, **more), meta.bearer(account))


def standing(
    account: Account, owner: str, wanted: Wanted, answers: Sequence[Response | None], host: str = meta.GRAPH
) -> Standing:
    """Whether the app hears of what is wanted; where not, it is subscribed to that besides what it hears already.

    [unverified] Whether such a call adds fields or puts them in place of the others: so all of them are named in each.
    """
    answer = answers[0] if answers else None
    told = read(_apps, answer.body) if answer is not None and 200 <= answer.status < 300 else None
    if told is None:
        return Standing()
    heard = _heard(told, str(account.settings.get("app_id") or ""))
    missing = [one for one in (wanted.field, *wanted.also) if one not in heard]
    if not missing or (wanted.any_will_do and told.data):
        return Standing((Figure(NAME, "the app is subscribed"),))
    steps = [(wanted.field,), (wanted.field, *wanted.also), (wanted.field, *wanted.also, wanted.odd)]
    calls = [[*heard, *filter(None, step)] for step in dict.fromkeys(steps[: 3 if wanted.odd else 2])]
    mended_by = tuple(subscribing(account, owner, fields, host) for fields in calls)
    return Standing((_silent(wanted, missing),), mended_by=mended_by)


def _heard(told: _Apps, app_id: str) -> list[str]:
    ours = [one for one in told.data if app_id and str(one.id) == app_id] or told.data
    return list(dict.fromkeys(field for one in ours for field in one.subscribed_fields))


def _silent(wanted: Wanted, missing: Sequence[str]) -> Figure:
    if wanted.field in missing:
        return Figure(NAME, f"the app is not subscribed to {wanted.field}: subscribe it at Meta", FigureState.DANGER)
    return Figure(NAME, f"the app is not subscribed to {', '.join(missing)}", FigureState.WARNING)
