"""What a provider tells of an account by itself: shown in the inbox's health until it is over."""

from datetime import datetime, timedelta
from typing import Final

from mim_desk.channels.events import AccountTold
from mim_desk.domain.inbox import FigureState
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.store import inboxes
from mim_desk.hub.store.times import whole_ms
from mim_desk.hub.store.unit import Unit
from mim_desk.protocol import rows

MOST: Final = 12
"""So many are kept of an inbox."""
LONGEST: Final = 400
ALARM_LASTS: Final = timedelta(days=1)


def tell(unit: Unit, inbox_id: str, event: AccountTold) -> None:
    """Keep the news, and have the provider asked soon how the account stands; what was told late changes nothing."""
    inbox = inboxes.by_id(unit.conn, inbox_id)
    if inbox is None:
        return
    told = rows.Notice(
        event.name[:LONGEST],
        event.value[:LONGEST],
        min(whole_ms(event.at), whole_ms(unit.now)),
        event.state.value,
        whole_ms(event.until) if event.until else None,
        event.closes,
    )
    known = [one for one in inbox.health.notices if one.name == told.name]
    if any(one.at > told.at for one in known):
        return
    others = [one for one in inbox.health.notices if one.name != told.name and not _over(one, unit.now)]
    every = sorted([*others, told], key=lambda one: one.at)
    kept = tuple([one for one in every if one.closes] + [one for one in every if not one.closes][-MOST:])
    inboxes.set_health(unit, inbox_id, notices=kept, figures_at=None)


def alarm(unit: Unit, inbox_id: str, name: str, value: str) -> None:
    """What the answer to a reply said of the whole account; it is over when nothing says so for a day."""
    tell(unit, inbox_id, AccountTold(name, value, unit.now, FigureState.DANGER, unit.now + ALARM_LASTS))


def refuse_closed(inbox: rows.Inbox, external_id: str) -> None:
    """Raise a Refusal where the provider said that nothing can be sent there."""
    for one in inbox.health.notices:
        if one.closes and external_id.startswith(one.closes):
            raise Refusal("closed-there", one.value)


def _over(notice: rows.Notice, now: datetime) -> bool:
    return notice.until is not None and notice.until <= now
