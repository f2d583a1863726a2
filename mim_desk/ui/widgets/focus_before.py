"""Where the keyboard was before something came over it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class FocusBefore:
    """Remembers one widget, and goes back to it where it still is."""

    def __init__(self) -> None:
        self._widget: QWidget | None = None

    def note(self) -> None:
        """Something comes over what has the keyboard now."""
        self._widget = QApplication.focusWidget()

    def go_back(self) -> bool:
        """Whether it could."""
        widget, self._widget = self._widget, None
        if widget is None or not isValid(widget) or not (widget.isVisible() and widget.isEnabled()):
            return False
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        return True
