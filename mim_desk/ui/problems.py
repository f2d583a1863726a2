"""The unforeseen: one banner, one log record, and a ring of what happened before it."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QObject, Signal

from mim_desk.domain.refusal import Refusal

KEPT: Final = 200
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the ring: ids and names, never contents."""

    at: datetime
    what: str


class Problems(QObject):
    """Collects what nobody foresaw.

    Attributes:
        shown: a sentence for the banner.
        ring: what happened lately, for the report.
    """

    shown = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ring: deque[Happened] = deque(maxlen=KEPT)

    def note(self, what: str) -> None:
        """Remember a step in case something fails after it."""
        self.ring.append(Happened(datetime.now(UTC), what))

    def report(self, doing: str, error: BaseException) -> None:
        """Something failed while ``doing``; a foreseen no that nobody caught is said in its own words."""
        kind = type(error).__name__
        self.note(f"failed: {doing}: {kind}")
        _log.error("unforeseen while %s", doing, exc_info=error)
        words = self.tr("Something went wrong while doing: {doing}. The log has details.")
        self.shown.emit(error.reason if isinstance(error, Refusal) else words.format(doing=doing))

    def text(self) -> str:
        """The ring as lines for a report."""
        return "\n".join(f"{each.at:%H:%M:%S} {each.what}" for each in self.ring)

    @property
    def callback(self) -> Callable[[str, BaseException], None]:
        """What a TaskOwner calls."""
        return self.report
