"""Business time: how much of it passed, and when a target is due (response_times.md, exactly).

The clocks of a conversation (``sla_clocks``) and the supervisor's figures are built on these functions.
Inside, an instant is a whole number of microseconds since 1970 in UTC, so nothing is ever rounded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from mim_desk.domain.refusal import Refusal

Span = tuple[str, str]
Plan = Sequence[Span]
Pause = tuple[datetime, datetime | None]
_Stretch = tuple[int, int]

_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_FOR_EVER: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICRO
_LONGEST_SPAN_DAYS: Final = 2
_REMEMBERED_DAYS: Final = 4096
_PLANNED: Final = timedelta(days=60)


class SlaRefusal(Refusal, ValueError):
    """A calendar or a question about time that makes no sense; ``field`` names the input."""


def _refused(name: str, reason: str) -> SlaRefusal:
    return SlaRefusal("invalid-business-hours", f"{name}: {reason}", name)


def _minute(text: str, name: str, *, is_end: bool) -> int:
    """Minutes since midnight of "HH:MM"; "24:00" only where a span ends."""
    hours, colon, minutes = text.partition(":")
    is_clock = bool(colon) and all(len(part) == 2 and part.isascii() and part.isdigit() for part in (hours, minutes))
    if is_clock and int(minutes) < 60:
        value = int(hours) * 60 + int(minutes)
        if value < _DAY or (is_end and value == _DAY):
            return value
    raise _refused(name, f"{text!r} is not a time of day. Write HH:MM.")


def _stretches(plan: Plan, name: str) -> list[_Stretch]:
    """A day's plan as minutes since its midnight, in order; an end not after its start passes midnight."""
    found: list[_Stretch] = []
    for opens, closes in plan:
        start, end = _minute(opens, name, is_end=False), _minute(closes, name, is_end=True)
        found.append((start, end if end > start else end + _DAY))
    return sorted(found)


def _check_apart(stretches: Iterable[_Stretch], name: str) -> None:
    for (_, end), (start, _) in pairwise(sorted(stretches)):
        if start < end:
            raise _refused(name, "opening times overlap. Let each begin when the one before has ended.")


def _moved(stretches: Iterable[_Stretch], minutes: int) -> list[_Stretch]:
    return [(start + minutes, end + minutes) for start, end in stretches]


@dataclass(frozen=True)
class Calendar:
    """Business hours of one time zone.

    An end that falls into a spring gap counts as the zone's offset before it does (RFC 5545), an
    ambiguous one in autumn is the first; so round the clock stays round the clock.

    Attributes:
        zone: IANA name.
        weekly: weekday (0 is Monday) to local ("HH:MM", "HH:MM") spans; "24:00" ends a day, an end
            not after its start passes midnight.
        special: plans that replace the weekly one on that local date; an empty one is closed.
    """

    zone: str
    weekly: Mapping[int, Plan]
    special: Mapping[date, Plan] = field(default_factory=dict)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _days: dict[int, tuple[_Stretch, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _week: tuple[list[_Stretch], ...] = field(init=False, repr=False, compare=False)
    _specials: dict[int, list[_Stretch]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", _zone_of(self.zone))
        for weekday in self.weekly:
            if weekday not in range(7):
                raise _refused(f"weekly[{weekday}]", "is no weekday. Monday is 0, Sunday is 6.")
        week = tuple(_stretches(self.weekly.get(weekday, ()), f"weekly[{weekday}]") for weekday in range(7))
        specials = {day.toordinal(): _stretches(plan, f"special[{day}]") for day, plan in self.special.items()}
        object.__setattr__(self, "_week", week)
        object.__setattr__(self, "_specials", specials)
        if not any(week) and not any(specials.values()):
            raise _refused("weekly", "the calendar never opens. Give at least one opening time.")
        self._check_week()
        self._check_specials()

    def _check_week(self) -> None:
        for weekday, stretches in enumerate(self._week):
            _check_apart(stretches, f"weekly[{weekday}]")
            tomorrow = _moved(self._week[(weekday + 1) % 7], _DAY)
            _check_apart([*stretches[-1:], *tomorrow], f"weekly[{(weekday + 1) % 7}]")

    def _check_specials(self) -> None:
        for ordinal, stretches in self._specials.items():
            yesterday, tomorrow = self._plan(ordinal - 1), self._plan(ordinal + 1)
            around = [*_moved(yesterday[-1:], -_DAY), *stretches, *_moved(tomorrow[:1], _DAY)]
            name = f"special[{date.fromordinal(ordinal)}]"
            _check_apart(stretches, name)
            if stretches:
                _check_apart(around, name)

    def _plan(self, ordinal: int) -> list[_Stretch]:
        special = self._specials.get(ordinal)
        return self._week[(ordinal - 1) % 7] if special is None else special

    def _opens_on(self, ordinal: int) -> tuple[_Stretch, ...]:
        """The instants between which a local day's plan is open."""
        known = self._days.get(ordinal)
        if known is None:
            if len(self._days) >= _REMEMBERED_DAYS:
                self._days.clear()
            known = tuple(
                sorted((self._at(ordinal, start), self._at(ordinal, end)) for start, end in self._plan(ordinal))
            )
            self._days[ordinal] = known
        return known

    def _at(self, ordinal: int, minute: int) -> int:
        day = date.fromordinal(ordinal + minute // _DAY)
        clock = time(minute % _DAY // 60, minute % 60)
        return _instant(datetime.combine(day, clock, self._zone), "weekly")

    def open_from(self, instant: int) -> Iterator[_Stretch]:
        """Open stretches after ``instant``, apart and in order; ends when the calendar never opens again."""
        local = (_EPOCH + instant * _MICRO).astimezone(self._zone)
        first = max(local.date().toordinal() - _LONGEST_SPAN_DAYS, 1)
        last = date.max.toordinal() - _LONGEST_SPAN_DAYS if any(self._week) else max(self._specials)
        reached = instant
        for ordinal in range(first, last + 1):
            for start, end in self._opens_on(ordinal):
                if end > reached:
                    yield max(start, reached), end
                    reached = end


def _zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError) as unknown:
        raise _refused("zone", f"{name!r} is not a known time zone. Choose one such as Europe/Berlin.") from unknown


ROUND_THE_CLOCK: Final = Calendar("UTC", dict.fromkeys(range(7), (("00:00", "24:00"),)))
"""The calendar of a policy that names none."""


def _instant(moment: datetime, name: str) -> int:
    if moment.tzinfo is None:
        raise _refused(name, "has no time zone. Give an aware time.")
    return (moment.astimezone(UTC) - _EPOCH) // _MICRO


def _paused(pauses: Iterable[Pause]) -> list[_Stretch]:
    """Pauses as stretches, apart and in order; an open one lasts for ever."""
    found: list[_Stretch] = []
    for number, (begin, end) in enumerate(pauses):
        name = f"pauses[{number}]"
        found.append((_instant(begin, name), _FOR_EVER if end is None else _instant(end, name)))
    apart: list[_Stretch] = []
    for start, end_at in sorted(found):
        if apart and start <= apart[-1][1]:
            start, end_at = apart[-1][0], max(end_at, apart.pop()[1])
        if end_at > start:
            apart.append((start, end_at))
    return apart


def _counting(calendar: Calendar, start: int, pauses: Sequence[_Stretch]) -> Iterator[_Stretch]:
    """Open stretches after ``start`` without the pauses; ends where a pause is open for ever."""
    place = 0
    for begin, end in calendar.open_from(start):
        while begin < end and place < len(pauses) and pauses[place][0] < end:
            pause_start, pause_end = pauses[place]
            if begin < pause_start:
                yield begin, pause_start
            if pause_end == _FOR_EVER:
                return
            begin = max(begin, pause_end)
            if pause_end <= end:
                place += 1
        if begin < end:
            yield begin, end


def elapsed(calendar: Calendar, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
    """Business time in [start, end) without the pauses; nothing when ``end`` is not after ``start``."""
    first = _instant(start, "start")
    _instant(end, "end")
    counting = _counting(calendar, first, _paused([*pauses, (end, None)]))
    return sum(until - begin for begin, until in counting) * _MICRO


def due_at(calendar: Calendar, start: datetime, target: timedelta, pauses: Iterable[Pause] = ()) -> datetime | None:
    """The first instant at which ``target`` of business time has passed since ``start``, in UTC.

    None while an open pause holds the clock before it gets there.
    """
    left = target // _MICRO
    if left < 0:
        raise _refused("target", "is negative. Give a time to answer in.")
    first, held = _instant(start, "start"), _paused(pauses)
    if left == 0:
        return _EPOCH + first * _MICRO
    for begin, until in _counting(calendar, first, held):
        if left <= until - begin:
            return _EPOCH + (begin + left) * _MICRO
        left -= until - begin
    if held and held[-1][1] == _FOR_EVER:
        return None
    raise _refused("target", "is never reached by this calendar. Give it weekly opening times.")


@dataclass(frozen=True)
class Opening:
    """How a calendar stands at an instant.

    Attributes:
        changes_at: when it closes or opens next; None when it stays so for as long as anybody plans.
    """

    is_open: bool
    changes_at: datetime | None


def opening(calendar: Calendar, now: datetime) -> Opening:
    """Whether ``calendar`` is open at ``now``, and until when that holds."""
    instant = _instant(now, "now")
    horizon, until = instant + _PLANNED // _MICRO, instant
    for begin, end in calendar.open_from(instant):
        if begin > until:
            is_open = until > instant
            return Opening(is_open, _EPOCH + (until if is_open else begin) * _MICRO)
        until = end
        if until > horizon:
            return Opening(is_open=True, changes_at=None)
    return Opening(until > instant, _EPOCH + until * _MICRO if until > instant else None)
