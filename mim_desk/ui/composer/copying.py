"""When a reply may carry copies to others, and who else got the customer's mail."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from mim_desk.protocol import rows

if TYPE_CHECKING:
    from mim_desk.ui.composer.panel import ComposerPanel


class Copying(QObject):
    """Opens the lines for Cc and Bcc where the inbox sends copies; nobody is named by itself."""

    def __init__(self, panel: "ComposerPanel") -> None:
        super().__init__(panel)
        self._panel = panel
        self._others: Sequence[str] = ()
        self._of = ""
        frame = panel.frame
        frame.copy.clicked.connect(self.open)
        frame.copies.left.connect(panel.editor.setFocus)
        key = QKeySequence("Ctrl+Shift+Y")
        QShortcut(key, panel, self.open, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    @property
    def is_possible(self) -> bool:
        """Whether this reply can have copies."""
        panel = self._panel
        return panel.row is not None and panel.mode == "reply" and bool(panel.inbox and panel.inbox.capabilities.copies)

    @property
    def written(self) -> rows.Copies:
        """Who will get the reply too."""
        return self._panel.frame.copies.copies if self._panel.mode == "reply" else rows.Copies()

    def open(self) -> None:
        """Name somebody."""
        if self.is_possible and self._panel.frame.copy.isEnabled():
            self._panel.frame.copies.open()

    def tell(self, *, closed: bool) -> None:
        """Show or hide the tool and the lines as the inbox is now."""
        panel, on = self._panel, self.is_possible
        panel.frame.copy.setVisible(on)
        panel.frame.copy.setEnabled(not closed)
        panel.frame.copies.setEnabled(not closed)
        here = panel.row.conversation.id if panel.row is not None else ""
        panel.frame.copies.tell(self._others if here == self._of else (), on=on)

    async def read(self) -> None:
        """Who else got the customer's last mail here."""
        row = self._panel.row
        if row is None:
            return
        found = await self._panel.session.cache.newest_incoming(row.conversation.contact_id)
        if self._panel.row is None or self._panel.row.conversation.id != row.conversation.id:
            return
        told = found.details.get("copies_to", "") if found is not None else ""
        self._others, self._of = [one for one in told.split(", ") if one], row.conversation.id
        self.tell(closed=not self._panel.frame.copy.isEnabled())
