"""The floor of P1: a bare QWidget, and the time it was painted by the clock all processes share. Run as a file."""

import os
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class Bare(QWidget):
    """Paints its background and says when."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint nothing more than Qt does; the flush is done when the loop turns again."""
        super().paintEvent(event)
        QTimer.singleShot(0, self.tell)

    def tell(self) -> None:
        """Print the time and end without ceremony."""
        sys.stdout.write(f"{time.monotonic()}\n")
        sys.stdout.flush()
        os._exit(0)


application = QApplication(sys.argv)
window = Bare()
window.resize(1360, 860)
window.show()
sys.exit(application.exec())
