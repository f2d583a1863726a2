"""Applies deliveries to the store: journal, contact, conversation, message, clocks and events in one transaction."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from mim_desk.channels.events import Event, IncomingMessage, Unknown
from mim_desk.hub import incoming, news, unasked
from mim_desk.hub.deliveries import Delivery, IngestResult, Outcome
from mim_desk.hub.incoming import Arrival, arrival
from mim_desk.hub.store import aliases, journal, polls
from mim_desk.hub.store.journal import Entry, JournalState
from mim_desk.hub.store.polls import Overtaken
from mim_desk.hub.store.unit import Unit

LONGEST_PROBLEM: Final = 500
__all__ = ["Delivery", "IngestResult", "apply_deliveries"]


def apply_deliveries(unit: Unit, items: Sequence[Delivery]) -> list[IngestResult]:
    """Apply ``items`` in order, in few statements.

    Raises when one of several cannot be applied, so that the writer tries each alone; of a single
    one the items that cannot be applied are kept in the journal as dead and the others are stored.
    What comes with the cursor of a hold that another hub has by now is not stored at all (Overtaken).
    """
    for one in items:
        if one.advance is not None and not polls.advance(unit, one.advance.held, one.advance.cursor):
            raise Overtaken(one.inbox_id)
    outcomes = [Outcome() for _ in items]
    if len(items) == 1:
        _apply_one(unit, items[0], outcomes[0])
    else:
        _apply_all(unit, items, outcomes)
    numbers = _journal(unit, items, outcomes)
    return [outcome.result(n) for outcome, n in zip(outcomes, numbers, strict=True)]


def _apply_all(unit: Unit, items: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
    arrivals: list[Arrival] = []
    others: list[tuple[Delivery, Event, Outcome]] = []
    told: list[tuple[str, str, str]] = []
    for delivery, outcome in zip(items, outcomes, strict=True):
        told += [(delivery.inbox_id, *ids) for ids in aliases.newly_told(unit, delivery.inbox_id, delivery.events)]
        for event in aliases.resolved(unit, delivery.inbox_id, delivery.events):
            if isinstance(event, IncomingMessage) and event.wants_answer:
                arrivals.append(arrival(delivery, event, outcome))
            elif isinstance(event, Unknown):
                outcome.unknown += 1
                outcome.unread.append(f"{event.kind} ({event.problem})" if event.problem else event.kind)
            else:
                others.append((delivery, event, outcome))
    stored = incoming.apply(unit, arrivals)
    news.apply_early(unit, [message.row for message in stored])
    for delivery, event, outcome in others:
        if isinstance(event, IncomingMessage):
            unasked.keep(unit, arrival(delivery, event, outcome))
        else:
            news.apply(unit, delivery, event, outcome)
    for inbox_id, alias, external_id in told:
        aliases.join(unit, inbox_id, alias, external_id)


def _apply_one(unit: Unit, delivery: Delivery, outcome: Outcome) -> None:
    """Apply a delivery whole; where that fails, each of its items in a savepoint of its own."""
    whole = Outcome()
    if unit.attempt(partial(_apply_all, items=[delivery], outcomes=[whole])) is None:
        outcome.take(whole)
        return
    for place, event in enumerate(delivery.events):
        part, only = Outcome(), delivery.with_events((event,))
        problem = unit.attempt(partial(_apply_all, items=[only], outcomes=[part]))
        if problem is None:
            outcome.take(part)
        else:
            outcome.problems.append((place, type(event).__name__, f"{type(problem).__name__}: {problem}"))


def _journal(unit: Unit, items: Sequence[Delivery], outcomes: Sequence[Outcome]) -> list[int]:
    entries = [
        Entry(one.inbox_id, one.channel, one.received_at, one.headers, one.raw, _state(outcome), _problem(outcome))
        for one, outcome in zip(items, outcomes, strict=True)
        if one.replay_of is None
    ]
    taken = iter(journal.record(unit, entries))
    numbers = [next(taken) if one.replay_of is None else one.replay_of for one in items]
    for one, outcome, n in zip(items, outcomes, numbers, strict=True):
        if one.replay_of is not None:
            journal.replayed(unit, n, _state(outcome), _problem(outcome))
        if outcome.problems or one.replay_of is not None:
            journal.bury(unit, n, outcome.problems)
    return numbers


def _state(outcome: Outcome) -> JournalState:
    if outcome.problems:
        return JournalState.DEAD
    return JournalState.UNPARSED if outcome.unknown else JournalState.APPLIED


def _problem(outcome: Outcome) -> str:
    if outcome.unread:
        return f"Not understood: {', '.join(dict.fromkeys(outcome.unread))}"[:LONGEST_PROBLEM]
    if outcome.conflicts:
        return "A message came again with another body; the first one stays."
    return ""
