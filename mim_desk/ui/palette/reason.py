"""Asks why an unanswered conversation is resolved: one key for a ready reason, or a few words."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from mim_desk.ui import texts
from mim_desk.ui.palette.model import Choice, grouped
from mim_desk.ui.palette.view import Palette
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme

LONGEST: Final = 200
_READY: Final = (
    ("No answer needed", "check"),
    ("Answered elsewhere", "globe"),
    ("Duplicate", "copy"),
    ("Spam", "block"),
)


class ReasonPalette(Palette):
    """Enter takes the first reason, digits choose, letters write another one, Esc leaves everything as it is."""

    glyph = "resolve"

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window)
        self._then: Callable[[str], None] | None = None
        question = tr("reason", "Why without an answer? Choose or write")
        self.setAccessibleName(question)
        self.field.setPlaceholderText(question)
        self.field.setAccessibleName(question)
        self.field.setMaxLength(LONGEST)
        self.chosen.connect(self._give)

    def ask(self, name: str, then: Callable[[str], None]) -> None:
        """Ask about the contact ``name``; ``then`` is called with the reason, never without one."""
        self._then = then
        group = tr("reason", "The last message is unanswered")
        ready = [
            Choice(tr("reason", words), tr("reason", words), glyph, str(at), group=group)
            for at, (words, glyph) in enumerate(_READY, start=1)
        ]
        self.open(ready, (group,), texts.one_line(name, 40))

    def _give(self, reason: str) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(reason)

    def _fill(self) -> None:
        typed = self.field.text().strip()
        own = [Choice(typed, typed, "edit", "Enter", group=self.groups[0])] if typed else []
        self.model.show(grouped(own or self._fixed, self.groups), "")
        self._point(self.model.next_choice(-1, 1))
        self._place()

    def _key_acts(self) -> dict[Qt.Key, Callable[[], None]]:
        acts = super()._key_acts()
        if not self.field.text():
            for at in range(len(self._fixed)):
                acts[Qt.Key(Qt.Key.Key_1 + at)] = partial(self._run, at + 1)  # the head is line 0
        return acts

    def _legend(self) -> tuple[tuple[str, str], ...]:
        return ("↑+↓", tr("reason", "Choose")), ("Enter", tr("reason", "Resolve")), ("Esc", tr("reason", "Cancel"))
