"""What moved a conversation's clocks, as its messages tell it.

Where another conversation is told on in it since two contacts were merged, the segments of both stay: what was said
there before counts there, and only what was still unanswered is carried over (response_times.md 1.2, rule 11).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from mim_desk.domain.sla_clocks import Carried, Facts, Out
from mim_desk.hub.store import driver
from mim_desk.hub.store.sla import AUTO, BOT, HANDOFF, HUMAN, IN, RESOLVED
from mim_desk.hub.store.times import moment


@dataclass(frozen=True, slots=True)
class _Fact:
    kind: str
    at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Folded:
    """A conversation that is told on in another one since ``at``; ``facts`` are those from before."""

    id: str
    at: datetime
    facts: Facts


def facts(conn: Connection, conversation_id: str, *, agent_started: bool) -> tuple[Facts, list[Folded]]:
    """All that moved a conversation's clocks, and what moved those of the conversations that it goes on with."""
    found = driver.rows(
        conn,
        "SELECT coalesce(home_conversation, conversation_id), fact, fact_at, n FROM messages"
        " WHERE conversation_id = ? AND fact_at IS NOT NULL ORDER BY fact_at, n",
        (conversation_id,),
    )
    homes: dict[str, list[_Fact]] = {}
    for home, kind, at, number in found:
        homes.setdefault(home, []).append(_Fact(kind, moment(at), number))
    if homes.keys() <= {conversation_id}:
        return _plain(homes.get(conversation_id, ()), agent_started=agent_started), []
    tree = _Tree(homes, _folds(conn, conversation_id))
    return tree.of(conversation_id, agent_started=agent_started), tree.folded


def waiting(facts: Facts) -> list[datetime]:
    """When what no person answered or resolved was written; a resolve ends no wait that nobody could know of."""
    answered_at = max((out.accepted_at for out in facts.outs if out.human), default=None)
    unanswered = [at for at in facts.incoming if answered_at is None or at >= answered_at]
    left = [at for at in unanswered if all(at >= end or at in facts.unseen[end] for end in facts.resolved)]
    ended_at = max((*facts.resolved, *([answered_at] if answered_at else [])), default=None)
    return left + [one.since for one in facts.carried if ended_at is None or one.at >= ended_at]


def _plain(told: Sequence[_Fact], *, agent_started: bool) -> Facts:
    return Facts(
        incoming=[one.at for one in told if one.kind == IN],
        outs=[Out(one.at, human=one.kind == HUMAN) for one in told if one.kind in (HUMAN, AUTO)],
        resolved=[one.at for one in told if one.kind == RESOLVED],
        unseen=_unseen(told),
        bot_spans=_bot_spans(told),
        agent_started=agent_started,
    )


def _unseen(told: Sequence[_Fact]) -> dict[datetime, list[datetime]]:
    """What was written before a resolve and is numbered after it: the hub had it only then."""
    return {
        end.at: [one.at for one in told if one.kind == IN and one.at < end.at and one.number > end.number]
        for end in told
        if end.kind == RESOLVED
    }


def _bot_spans(told: Sequence[_Fact]) -> list[tuple[datetime, datetime | None]]:
    """When a bot owned it; what was resolved is nobody's, and opens again for people."""
    spans: list[tuple[datetime, datetime | None]] = []
    for one in told:
        owns = bool(spans) and spans[-1][1] is None
        if one.kind == BOT and not owns:
            spans.append((one.at, None))
        elif one.kind in (HANDOFF, RESOLVED) and owns:
            spans[-1] = (spans[-1][0], one.at)
    return spans


@dataclass(frozen=True, slots=True)
class _Fold:
    id: str
    at: datetime
    agent_started: bool


def _folds(conn: Connection, conversation_id: str) -> dict[str, list[_Fold]]:
    """The conversations that are told on in each, from this one down."""
    folds: dict[str, list[_Fold]] = {}
    left = [conversation_id]
    while left:
        into = left.pop()
        found = driver.rows(
            conn,
            "SELECT id, resolved_at, agent_started FROM conversations WHERE folded_into = ? AND resolved_at IS NOT NULL"
            " ORDER BY resolved_at, id",
            (into,),
        )
        folds[into] = [_Fold(one, moment(at), bool(started)) for one, at, started in found]
        left += [one for one, _, _ in found]
    return folds


class _Tree:
    """A conversation with those that are told on in it, and those in them."""

    def __init__(self, homes: Mapping[str, list[_Fact]], folds: Mapping[str, list[_Fold]]) -> None:
        self._homes = homes
        self._folds = folds
        self.folded: list[Folded] = []

    def of(self, conversation_id: str, *, agent_started: bool) -> Facts:
        told = _plain(self._homes.get(conversation_id, ()), agent_started=agent_started)
        incoming, outs, carried = list(told.incoming), list(told.outs), list(told.carried)
        for fold in self._folds.get(conversation_id, ()):
            there = self.of(fold.id, agent_started=fold.agent_started)
            before = _until(there, fold.at)
            self.folded.append(Folded(fold.id, fold.at, before))
            outs += [out for out in there.outs if out.accepted_at >= fold.at]
            for since in waiting(before):
                if _is_bots(before, since):
                    incoming.append(fold.at)
                else:
                    carried.append(Carried(fold.at, since))
        return replace(told, incoming=incoming, outs=outs, carried=carried)


def _until(told: Facts, end: datetime) -> Facts:
    return replace(
        told,
        outs=[out for out in told.outs if out.accepted_at < end],
        resolved=[at for at in told.resolved if at < end],
        carried=[one for one in told.carried if one.at < end],
    )


def _is_bots(told: Facts, since: datetime) -> bool:
    """Whether it still waited for the bot to hand off."""
    return any(end is None and since >= begin for begin, end in told.bot_spans)


def bot_moves(told: Facts) -> Iterator[datetime]:
    """When a bot took or left the conversation."""
    for begin, end in told.bot_spans:
        yield begin
        if end is not None:
            yield end
