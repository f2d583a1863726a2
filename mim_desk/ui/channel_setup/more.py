"""What set-up asks only of those who want it: folded away, so that what is needed and what was tried stand in sight."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.ui import texts
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.buttons import Button


class More(QWidget):
    """The optional fields behind one button.

    Attributes:
        toggle: shows and hides them.
        parts: the fields.
    """

    def __init__(self, theme: Theme, parts: Sequence[QWidget], words: str = "") -> None:
        super().__init__()
        self.parts = list(parts)
        words = words or tr("channel_setup", "More settings ({count})").format(count=texts.count(len(self.parts)))
        self.toggle = Button(theme, words, icon="chevron_end", size="control-small")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._show)
        self._place = QWidget()
        inside = QVBoxLayout(self._place)
        inside.setContentsMargins(0, theme.space(3), 0, 0)
        inside.setSpacing(theme.space(4))
        for part in self.parts:
            inside.addWidget(part)
        self._place.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toggle)
        column.addWidget(self._place)

    def open(self) -> None:
        """Show them."""
        self.toggle.setChecked(True)

    def _show(self, on: bool) -> None:
        self.toggle.glyph = "chevron_down" if on else "chevron_end"
        self.toggle.update()
        self._place.setVisible(on)
