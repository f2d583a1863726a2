"""Follows a training: asks the hub for the figures when conversations changed, and tells them above the inbox."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from mim_desk.desk.changes import Change
from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api
from mim_desk.ui import texts
from mim_desk.ui.texts import tr
from mim_desk.ui.training.view import TrainingPage, share, took
from mim_desk.ui.widgets.banner import Fact

if TYPE_CHECKING:
    from mim_desk.ui.at_work import DeskAtWork

FACT = "training"
ASK_AGAIN_MS = 1000
"""Changes are gathered for so long."""


class Training(QObject):
    """One training, from its first customer on.

    Attributes:
        page: the score.
        over: everybody has been here.
    """

    def __init__(self, desk: "DeskAtWork") -> None:
        super().__init__(desk)
        self.page = TrainingPage(desk.window.theme)
        self.over = False
        self._desk = desk
        self._report = api.ResponseReport(api.ResponseSpread(0), api.ResponseSpread(0))
        self._later = QTimer(self, singleShot=True, interval=ASK_AGAIN_MS)
        self._later.timeout.connect(self._spawn)
        self.page.went_back.connect(lambda: desk.window.show_place(None))
        desk.window.banner.acted.connect(self._act)
        end = desk.session.changes.subscribe(self._changed)
        self.destroyed.connect(end)
        self._tell()

    def end(self) -> None:
        """Nobody new comes: show how it went."""
        self.over = True
        self._desk.owner.spawn(self._read(shows=True), name="read the training's score")

    def show(self) -> None:
        """Open the page."""
        self._desk.window.show_place(self.page)

    def _act(self, key: str) -> None:
        if key == FACT:
            self.show()

    def _changed(self, change: Change) -> None:
        if (change.conversations or change.reset) and not self._later.isActive():
            self._later.start()

    def _spawn(self) -> None:
        self._desk.owner.spawn(self._read(), name="read the training's figures")

    async def _read(self, *, shows: bool = False) -> None:
        try:
            self._report = await self._desk.session.response_report()
        except Refusal:
            return  # the next change asks again; the desk says itself that it is offline
        self._tell()
        if shows:
            self.show()

    def _tell(self) -> None:
        report = self._report
        self.page.tell(report, over=self.over)
        self._desk.window.banner.tell(
            Fact(
                FACT, "info", "play", tr("training", "Training"), _summary(report), act=tr("training", "Show the score")
            )
        )


def _summary(report: api.ResponseReport) -> str:
    told = {
        "first": took(report.first_response.median_s),
        "share": share(report),
        "waiting": texts.count(report.waiting),
    }
    return tr("training", "First response {first}, in time {share}, waiting {waiting}").format(**told)
