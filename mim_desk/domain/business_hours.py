"""Opening hours as a workspace writes them down: checked field by field, read into a calendar."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from mim_desk.domain.sla import Calendar, Opening, SlaRefusal, opening

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KNOWN: Final = frozenset({"time_zone", "weekly", "holidays", "special"})
_MOST_SPANS: Final = 8
_MOST_DAYS: Final = 400

__all__ = ["WEEKDAYS", "Opening", "calendar_of", "opening"]


def calendar_of(told: Mapping[str, Any]) -> Calendar:
    """The calendar of written hours; an SlaRefusal names the first part that makes no sense.

    ``{"time_zone": "Europe/Madrid", "weekly": {"mon": [["09:00", "13:00"], ["15:00", "19:00"]]},
    "holidays": ["2026-12-25"], "special": {"2026-12-24": [["09:00", "12:00"]]}}``
    """
    unknown = sorted(set(told) - _KNOWN)
    if unknown:
        raise _refused(unknown[0], "is not known here. Hours have time_zone, weekly, holidays and special.")
    zone = told.get("time_zone")
    if not isinstance(zone, str) or not zone:
        raise _refused("time_zone", "is missing. Choose one such as Europe/Berlin.")
    weekly = _mapping(told, "weekly")
    for day in weekly:
        if day not in WEEKDAYS:
            raise _refused(f"weekly.{day!s:.20}", f"is no weekday. Write {', '.join(WEEKDAYS)}.")
    special = {
        _day(day, "special"): _spans(spans, f"special.{day}") for day, spans in _mapping(told, "special").items()
    }
    closed: dict[date, tuple[tuple[str, str], ...]] = {_day(day, "holidays"): () for day in _holidays(told)}
    by_number = {WEEKDAYS.index(day): _spans(spans, f"weekly.{day}") for day, spans in weekly.items()}
    return Calendar(zone, by_number, {**closed, **special})


def _refused(name: str, reason: str) -> SlaRefusal:
    return SlaRefusal("invalid-business-hours", f"{name} {reason}", name)


def _mapping(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name) or {}
    if not isinstance(value, Mapping) or len(value) > _MOST_DAYS:
        raise _refused(name, "has the wrong form. Give days with their opening times.")
    return value


def _holidays(told: Mapping[str, Any]) -> Iterable[object]:
    value = told.get("holidays") or []
    if not isinstance(value, list) or len(value) > _MOST_DAYS:
        raise _refused("holidays", "has the wrong form. Give a list of dates like 2026-12-25.")
    return value


def _day(told: object, name: str) -> date:
    try:
        return date.fromisoformat(str(told))
    except ValueError as problem:
        raise _refused(name, f"{told!s:.20} is not a date. Write it like 2026-12-25.") from problem


def _spans(told: object, name: str) -> tuple[tuple[str, str], ...]:
    fits = isinstance(told, list | tuple) and len(told) <= _MOST_SPANS and all(_is_span(one) for one in told)
    if not fits:
        raise _refused(name, 'has the wrong form. Write opening times like [["09:00", "17:00"]].')
    return tuple((opens, closes) for opens, closes in told)  # type: ignore[attr-defined]


def _is_span(one: object) -> bool:
    return isinstance(one, list | tuple) and len(one) == 2 and all(isinstance(part, str) for part in one)
