"""What was tried just now: each check with a mark, its words, and what came of it."""

from PySide6.QtWidgets import QWidget

from mim_desk.protocol.api import Check, TriedOut
from mim_desk.ui.channel_setup.fields import AccountFields
from mim_desk.ui.channel_setup.page import bring_into_sight, line_of
from mim_desk.ui.channel_setup.steps import StateMark
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import Card, Hairline, label

_SHORT = 36
"""Characters that stand at the end of the line; more stand beside what was checked."""
TONES = {"ok": "positive", "warning": "warning", "danger": "danger"}


class TriedCard(Card):
    """The list of checks; hidden until something was tried."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.took = label(theme, "", "meta", "muted")
        head = line_of(theme, label(theme, tr("channel_setup", "Tried just now"), "body-strong"), self.took)
        super().__init__(theme, head)
        self.lines: list[QWidget] = []
        self._rules: list[QWidget] = []
        self.hide()

    def tell(self, tried: TriedOut) -> None:
        """Show these in the place of those before."""
        for old in (*self._rules, *self.lines):
            self.column.removeWidget(old)
            old.deleteLater()
        self.took.setText(tr("channel_setup", "{seconds} s").format(seconds=f"{tried.took_s:.1f}"))
        self.lines = [self._line(one) for one in tried.checks]
        self._rules = [Hairline() for _ in self.lines]
        for rule, line in zip(self._rules, self.lines, strict=True):
            self.column.addWidget(rule)
            self.column.addWidget(line)
        self.show()

    def _line(self, one: Check) -> QWidget:
        theme, tone = self.theme, TONES.get(one.state, "danger")
        is_long = len(one.told) > _SHORT
        told = label(theme, one.told, "meta", tone if one.state != "ok" else "muted", wrap=is_long)
        made = line_of(theme, StateMark(theme, tone), label(theme, one.title), told, stretch=2 if is_long else 1)
        said = {"ok": tr("channel_setup", "good"), "warning": tr("channel_setup", "look at it")}
        state = said.get(one.state, tr("channel_setup", "wrong"))
        made.setAccessibleName(f"{one.title}: {state}. {one.told}")
        return made


def show_checks(fields: AccountFields, card: TriedCard, tried: TriedOut) -> None:
    """Tell the checks, and blame the fields that failed: one goes on at the first, which is in sight."""
    card.tell(tried)
    bring_into_sight(card)
    for one in reversed(tried.checks):
        if one.state == "danger":
            fields.blame(one)
