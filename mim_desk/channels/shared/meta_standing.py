"""Whether Meta delivers to the app what this inbox lives on: an account that an app is not subscribed to stays silent."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mim_desk.channels.base import Account, Request, Response
from mim_desk.channels.shared import meta
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.standing import Figure, FigureState, Standing

NAME: Final = "Deliveries"


class _App(msgspec.Struct, frozen=True):
    subscribed_fields: list[str] = []


class _Apps(msgspec.Struct, frozen=True):
    """``{"data": [{"id": "1", "name": "Our app", "subscribed_fields": ["messages", "feed"]}]}``."""

    data: list[_App]


_apps = msgspec.json.Decoder(_Apps)


def requests(account: Account, owner: str, host: str = meta.GRAPH) -> list[Request]:
    """Which apps hear of ``owner``; its token sees its own app alone."""
    return [Request("GET", meta.address(account, owner, "subscribed_apps", host=host), meta.bearer(account))]


def standing(answers: Sequence[Response | None], field: str) -> Standing:
    """Whether the app hears of ``field``."""
    answer = answers[0] if answers else None
    told = read(_apps, answer.body) if answer is not None and 200 <= answer.status < 300 else None
    if told is None:
        return Standing()
    if any(field in one.subscribed_fields for one in told.data):
        return Standing((Figure(NAME, "the app is subscribed"),))
    reason = f"the app is not subscribed to {field}: subscribe it at Meta"
    return Standing((Figure(NAME, reason, FigureState.DANGER),))
