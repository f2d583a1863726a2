"""Opening hours in set-up: always open, or a time zone with the times of each weekday and the days that are off."""

import re
from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QLocale, QTimeZone
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from mim_desk.domain.business_hours import WEEKDAYS
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import Field, label
from mim_desk.ui.widgets.segment import Segment

_USUAL: Final = "09:00-17:00"
_SPAN: Final = re.compile(r"(\d{1,2})(?::?(\d{2}))?\s*[-\u2013\u2014]\s*(\d{1,2})(?::?(\d{2}))?")


class Hours(QWidget):
    """The field.

    Attributes:
        zone: the time zone.
        days: a line for each weekday, empty where it is closed.
        off: dates on which it is closed all day.
    """

    def __init__(self, theme: Theme, title: str, *, help_text: str = "", value: object = None) -> None:
        super().__init__()
        given: Mapping[str, Any] = value if isinstance(value, dict) else {}
        self._help, self._special = help_text, given.get("special") or {}
        self.setAccessibleName(title)
        self.always = _segment(theme, title, tr("channel_setup", "Always open"), on=not given)
        self.some = _segment(theme, title, tr("channel_setup", "At these times"), on=bool(given))
        self.zone = Field(
            theme,
            tr("channel_setup", "Time zone"),
            help_text=tr("channel_setup", "Such as Europe/Madrid."),
            value=str(given.get("time_zone") or bytes(QTimeZone.systemTimeZoneId().data()).decode()),
        )
        self.days = {day: self._day(theme, number, given) for number, day in enumerate(WEEKDAYS, start=1)}
        self.off = Field(
            theme,
            tr("channel_setup", "Closed on"),
            help_text=tr("channel_setup", "Holidays like 2026-12-25, separated by commas."),
            value=", ".join(map(str, given.get("holidays") or [])),
        )
        self.below = label(theme, help_text, "meta", "muted", wrap=True)
        self._lay_out(theme, title)
        for button in (self.always, self.some):
            button.clicked.connect(self._show)
        self._show()

    def _day(self, theme: Theme, number: int, given: Mapping[str, Any]) -> QLineEdit:
        day = WEEKDAYS[number - 1]
        written = _written((given.get("weekly") or {}).get(day) or [])
        line = QLineEdit(written if given or number > 5 else _USUAL)
        line.setFont(theme.font("body"))
        line.setAccessibleName(QLocale().standaloneDayName(number))
        line.setPlaceholderText(tr("channel_setup", "Closed"))
        line.textEdited.connect(lambda: self.refuse(""))
        return line

    def _lay_out(self, theme: Theme, title: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        row.addWidget(self.always)
        row.addWidget(self.some)
        row.addStretch(1)
        self.times = QWidget()
        grid = QGridLayout()
        grid.setSpacing(theme.space(2))
        for number, line in enumerate(self.days.values(), start=1):
            named = label(theme, QLocale().standaloneDayName(number), "body")
            named.setBuddy(line)
            grid.addWidget(named, number, 0)
            grid.addWidget(line, number, 1)
        inside = QVBoxLayout(self.times)
        inside.setContentsMargins(0, theme.space(2), 0, 0)
        inside.setSpacing(theme.space(3))
        inside.addWidget(self.zone)
        inside.addLayout(grid)
        inside.addWidget(self.off)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        column.addWidget(label(theme, title, "label"))
        column.addLayout(row)
        column.addWidget(self.below)
        column.addWidget(self.times)

    def _show(self) -> None:
        self.times.setVisible(self.some.isChecked())
        self.refuse("")

    @property
    def text(self) -> str:
        """Something where there are hours, empty where it is always open."""
        return self.zone.text or "UTC" if self.some.isChecked() else ""

    @property
    def value(self) -> dict[str, Any] | str:
        """The hours as the hub takes them; what cannot be read it refuses in words."""
        if not self.text:
            return ""
        spans = {day: _spans(line.text()) for day, line in self.days.items()}
        told: dict[str, Any] = {"time_zone": self.text, "weekly": {day: one for day, one in spans.items() if one}}
        off = [part for part in self.off.text.replace(",", " ").split() if part]
        return {**told, **({"holidays": off} if off else {}), **({"special": self._special} if self._special else {})}

    def refuse(self, reason: str) -> None:
        """Say what is wrong; empty takes it back."""
        self.below.setObjectName("danger" if reason else "muted")
        self.below.setText(reason or self._help)
        self.below.setVisible(bool(reason or self._help))
        self.below.style().unpolish(self.below)
        self.below.style().polish(self.below)


def _segment(theme: Theme, title: str, words: str, *, on: bool) -> Segment:
    segment = Segment(theme, words)
    segment.setAccessibleName(f"{title}: {words}")
    segment.setChecked(on)
    return segment


def _written(spans: object) -> str:
    if not isinstance(spans, list):
        return ""
    return ", ".join("-".join(map(str, span)) for span in spans if isinstance(span, list | tuple))


def _spans(text: str) -> list[list[str]]:
    """``9-13, 15:30-19`` as times of day; what is none of these stays as it is for the hub to refuse."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        span = _SPAN.fullmatch(part)
        found.append([_clock(span[1], span[2]), _clock(span[3], span[4])] if span else [part])
    return found


def _clock(hours: str, minutes: str | None) -> str:
    return f"{int(hours):02}:{minutes or '00'}"
