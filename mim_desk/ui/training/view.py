"""The page of a training: how quickly one answers, in six figures."""

from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from mim_desk.protocol import api
from mim_desk.ui import texts
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button
from mim_desk.ui.widgets.form import Card, label

NONE = "–"
"""What is not yet known is a dash, never 0 or 100 %."""


def took(seconds: float | None) -> str:
    """A duration, or a dash."""
    return NONE if seconds is None else texts.duration(timedelta(seconds=seconds))


def share(report: api.ResponseReport) -> str:
    """How many of the answers were in time."""
    answered = report.in_time + report.late
    return f"{texts.count(round(100 * report.in_time / answered))} %" if answered else NONE


class Figure(Card):
    """One figure with its name."""

    def __init__(self, theme: Theme, name: str) -> None:
        self._name = name
        self.value = label(theme, NONE, "title")
        self.below = label(theme, "", "meta", "muted", wrap=True)
        super().__init__(theme, label(theme, name, "label", "secondary", wrap=True), self.value, self.below)
        self.column.addStretch(1)
        self.tell(NONE)

    def tell(self, value: str, below: str = "") -> None:
        """Show another value."""
        self.value.setText(value)
        self.below.setText(below)
        self.setAccessibleName(f"{self._name}: {value}. {below}".strip())


class TrainingPage(QWidget):
    """The score.

    Attributes:
        went_back: back to the conversations.
    """

    went_back = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Training"))
        self.head = label(theme, self.tr("Your training"), "title")
        self.why = label(theme, "", "body", "secondary", wrap=True)
        self.figures = {
            "first": Figure(theme, self.tr("First response, median")),
            "first_slowest": Figure(theme, self.tr("First response, slowest")),
            "next": Figure(theme, self.tr("Next response, median")),
            "next_slowest": Figure(theme, self.tr("Next response, slowest")),
            "share": Figure(theme, self.tr("Answered in time")),
            "waiting": Figure(theme, self.tr("Waiting for an answer")),
        }
        self.back = Button(theme, self.tr("Back to the conversations"), kind="primary")
        self.back.clicked.connect(self.went_back)
        self._lay_out()

    def _lay_out(self) -> None:
        theme = self.theme
        inner = QWidget()
        inner.setObjectName("preferences")
        inner.setMaximumWidth(theme.size("form") + theme.space(16))
        grid = QGridLayout()
        grid.setSpacing(theme.space(3))
        for number, figure in enumerate(self.figures.values()):
            grid.addWidget(figure, number // 2, number % 2)
        foot = QHBoxLayout()
        foot.addWidget(self.back)
        foot.addStretch(1)
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.space(10), theme.space(6), theme.space(10), theme.space(6))
        column.setSpacing(theme.space(4))
        column.addWidget(self.head)
        column.addWidget(self.why)
        column.addLayout(grid)
        column.addLayout(foot)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def showEvent(self, event: QShowEvent) -> None:
        """The way back is at hand."""
        super().showEvent(event)
        self.back.setFocus()

    def tell(self, report: api.ResponseReport, *, over: bool) -> None:
        """Show the figures as they are; ``over`` when nobody new will come."""
        running = self.tr("Counted by the hub while you answer, as supervisors see it.")
        self.why.setText(self.tr("Everybody has been here. This is how you did.") if over else running)
        answered = self.tr("Of {count} answered")
        first, following = report.first_response, report.next_response
        self.figures["first"].tell(took(first.median_s), answered.format(count=texts.count(first.count)))
        self.figures["first_slowest"].tell(took(first.slowest_s))
        self.figures["next"].tell(took(following.median_s), answered.format(count=texts.count(following.count)))
        self.figures["next_slowest"].tell(took(following.slowest_s))
        late = self.tr("{in_time} in time, {late} late, {no_reply} resolved without an answer")
        told = {name: texts.count(getattr(report, name)) for name in ("in_time", "late", "no_reply")}
        self.figures["share"].tell(share(report), late.format(**told))
        self.figures["waiting"].tell(texts.count(report.waiting))
